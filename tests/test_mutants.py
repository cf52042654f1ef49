"""Each wrong formula of mutants.py is put into a copy of the lab, and the tests named there must fail on it.

Slow, hence not part of the default run: `pytest -m mutants -n 2`. That every mutant still applies is checked always.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import MUTANTS

import lab

PACKAGE, TESTS = Path(lab.__file__).parent, Path(__file__).parent


def name(mutant):
    return f"{mutant.file}: {mutant.why}"


each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=name)


@each_mutant
def test_it_applies(mutant):
    """A text that no longer occurs exactly once, or is no Python any more, is a mutant that tests nothing."""
    source = (PACKAGE / mutant.file).read_text()
    assert source.count(mutant.old) == 1, f"{mutant.old!r} occurs {source.count(mutant.old)} times in {mutant.file}"
    assert mutant.new != mutant.old
    ast.parse(source.replace(mutant.old, mutant.new))
    assert all((TESTS / f"test_{by}.py").is_file() for by in mutant.by.split())


def test_names_are_distinct():
    assert len({name(m) for m in MUTANTS}) == len(MUTANTS)


def run_tests(folder, names):
    """Exit code and output of the named test files on the lab in `folder`: 0 passed, 1 failed, others mean that they did not run."""
    files = [str(TESTS / f"test_{n}.py") for n in names]
    options = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-c",
        str(TESTS.parent / "pyproject.toml"),
        "--rootdir",
        str(TESTS.parent),
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")} | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "pytest", *options, *files]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout[-2000:] + done.stderr[-1000:]


def copy_of_the_lab(folder):
    shutil.copytree(PACKAGE, folder / "lab", ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "lab"


@pytest.mark.mutants
def test_the_unharmed_copy_passes(tmp_path):
    """Otherwise failing would prove nothing."""
    copy_of_the_lab(tmp_path)
    code, told = run_tests(tmp_path, sorted({by for m in MUTANTS for by in m.by.split()}))
    assert code == 0, told


@pytest.mark.mutants
@each_mutant
def test_it_is_caught(mutant, tmp_path):
    file = copy_of_the_lab(tmp_path) / mutant.file
    file.write_text(file.read_text().replace(mutant.old, mutant.new))
    code, told = run_tests(tmp_path, mutant.by.split())
    assert code == 1, f"not caught by {mutant.by} (exit code {code})\n{told}"
