"""Each wrong formula of mutants.py is put into a copy of the lab, and the tests named there must
fail on it.

Slow, hence not part of the default run: `make mutants`. That every mutant still applies is checked
always.
"""

import ast
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from mutants import MUTANTS
from swept import over

import lab

PACKAGE = Path(lab.__file__).parent
TESTS = Path(__file__).parents[1]
FILES = {path.stem: path for path in TESTS.rglob("test_*.py")}
JUDGES = sorted({by for mutant in MUTANTS for by in mutant.by.split()})
OPTIONS = [
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-c",
    f"{TESTS.parent}/pyproject.toml",
    "--rootdir",
    f"{TESTS.parent}",
]
SERVER = Path(__file__).parent / "fork_server.py"


def name(mutant):
    return f"{mutant.file}: {mutant.why}"


each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=name)


@cache
def source_of(file):
    return (PACKAGE / file).read_text(encoding="utf-8")


@cache
def tree_of(file):
    return ast.dump(ast.parse(source_of(file)))


@over(MUTANTS, name)
def test_it_applies(mutant):
    """A text that no longer occurs exactly once, or is no Python any more, is a mutant that tests
    nothing."""
    source = source_of(mutant.file)
    assert source.count(mutant.old) == 1, (
        f"{mutant.old!r} occurs {source.count(mutant.old)} times in {mutant.file}"
    )
    mutated = source.replace(mutant.old, mutant.new)
    assert ast.dump(ast.parse(mutated)) != tree_of(mutant.file)
    missing = [by for by in mutant.by.split() if f"test_{by}" not in FILES]
    assert not missing, f"no test file {missing}"


def test_names_and_formulas_are_distinct():
    assert len({name(m) for m in MUTANTS}) == len(MUTANTS)
    mutated = [(m.file, source_of(m.file).replace(m.old, m.new)) for m in MUTANTS]
    twice = [name(m) for m, text in zip(MUTANTS, mutated, strict=True) if mutated.count(text) > 1]
    assert not twice


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the lab, one for each worker, with its bytecode: only the file with the mistake is
    compiled again."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "lab")
    return folder


@pytest.fixture(scope="module")
def run_tests(copy):
    """Exit code and output of named test files on the lab in `copy`: 0 passed, 1 failed, others
    mean that they did not run. One server each worker, which has imported the libraries once."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment = inherited | {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    server = subprocess.Popen(
        [sys.executable, "-P", str(SERVER), *OPTIONS],
        cwd=copy,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )

    def run(names):
        print(*(FILES[f"test_{n}"] for n in names), sep="\t", file=server.stdin, flush=True)
        code = server.stdout.readline().strip()
        return code, (copy / "told").read_text(encoding="utf-8", errors="replace")[-3000:]

    with server:
        yield run
        server.stdin.close()


@pytest.mark.mutants
@pytest.mark.parametrize("judge", JUDGES)
def test_the_unharmed_copy_passes(judge, run_tests):
    """Otherwise failing would prove nothing."""
    code, told = run_tests([judge])
    assert code == "0", told


@pytest.mark.mutants
@each_mutant
def test_it_is_caught(mutant, copy, run_tests):
    file = copy / "lab" / mutant.file
    try:
        file.write_text(
            file.read_text(encoding="utf-8").replace(mutant.old, mutant.new), encoding="utf-8"
        )
        code, told = run_tests(mutant.by.split())
    finally:
        shutil.copy2(PACKAGE / mutant.file, file)
    assert code == "1", f"not caught by {mutant.by} (exit code {code})\n{told}"
