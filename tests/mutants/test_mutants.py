"""Each wrong formula of mutants.py is put into a copy of the lab, and the tests named there must
fail on it.

Slow, hence not part of the default run: `make mutants`. That every mutant still applies is checked
always.
"""

import ast
import json
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
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy2(TESTS.parent / name, folder)
    # what some tests expect beside the package; without results and pictures
    for name in ("experiments", "figures"):
        left_out = shutil.ignore_patterns("results", "output", "__pycache__")
        shutil.copytree(TESTS.parent / name, folder / name, ignore=left_out)
    return folder


@pytest.fixture(scope="module")
def ask(copy):
    """A request's exit code and output: 0 passed, 1 failed, others mean that the tests did not run.
    One server each worker, which has imported the libraries once."""
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

    def asked(judges, **request):
        files = [str(FILES[f"test_{judge}"]) for judge in judges]
        server.stdin.write(json.dumps({"files": files} | request) + "\n")
        server.stdin.flush()
        code = server.stdout.readline().strip()
        return code, (copy / "told").read_text(encoding="utf-8", errors="replace")[-3000:]

    with server:
        yield asked
        server.stdin.close()


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Where it is noted which test enters which function: one folder for all workers."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "entered"
    folder.mkdir(exist_ok=True)
    return folder


def function_of(mutant):
    """[file, first line] of the innermost function that the mutant changes, or None outside all."""
    source = source_of(mutant.file)
    first = source[: source.index(mutant.old)].count("\n") + 1
    last = first + mutant.old.count("\n")
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.lineno <= first and last <= node.end_lineno
    ]
    if not around:
        return None
    inner = max(around, key=lambda node: node.lineno)
    # a function begins at its first decorator
    return [mutant.file, min([inner.lineno, *(d.lineno for d in inner.decorator_list)])]


@pytest.mark.mutants
@pytest.mark.parametrize("judge", JUDGES)
def test_the_unharmed_copy_passes(judge, ask, notes):
    """Otherwise failing would prove nothing."""
    code, told = ask([judge], note=str(notes / f"{judge}.json"))
    assert code == "0", told


@pytest.mark.mutants
@each_mutant
def test_it_is_caught(mutant, copy, ask, notes):
    """By a test that enters the mutated function, or else by any of the judge, or by its slow
    ones."""
    file = copy / "lab" / mutant.file
    judges = mutant.by.split()
    function = function_of(mutant)
    noted = [str(path) for path in (notes / f"{judge}.json" for judge in judges) if path.exists()]
    try:
        file.write_text(
            file.read_text(encoding="utf-8").replace(mutant.old, mutant.new), encoding="utf-8"
        )
        code, told = ask(judges, notes=noted, function=function) if function else ("", "")
        for slow in (False, True):
            if code != "1":
                code, told = ask(judges, slow=slow)
    finally:
        shutil.copy2(PACKAGE / mutant.file, file)
    assert code == "1", f"not caught by {mutant.by} (exit code {code})\n{told}"
