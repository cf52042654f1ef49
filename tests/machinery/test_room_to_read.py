"""Room to read: width, one statement a line, and syntax nodes per code line of every file of the
lab."""

import ast
from pathlib import Path

import pytest
from readability import ROOT, WIDTH, measured, per_folder
from sources import TREES
from swept import over

import lab

PACKAGE = Path(lab.__file__).parent


def name(path):
    return path.relative_to(PACKAGE).as_posix()


# Syntax nodes per code line of the files that are denser than ten, and lines beyond
# the width: today's numbers, which may only shrink. Claims are formulas, denser file by file: they
# are looked at as a folder, below.
NODES = 10.0
DENSER = {
    "instruments/condition/models.py": 10.4,
    "instruments/two_cycle.py": 10.1,
    "optimizers/wrappers/moving_basis.py": 10.3,
    "style/looks.py": 10.3,  # a table
    "theory/fisher.py": 11.0,
}
WIDER: dict[str, int] = {}
READ = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if "claims" not in path.relative_to(PACKAGE).parts
]
each_read_file = over(READ)


@each_read_file
def test_room_to_read(path):
    counts = measured(path)
    dense = round(counts.density, 2)
    assert dense <= DENSER.get(name(path), NODES), (
        f"{dense} syntax nodes per code line: name a value"
    )
    assert counts.wide <= WIDER.get(name(path), 0), (
        f"{counts.wide} lines of more than {WIDTH} columns"
    )


def test_the_exceptions_are_needed():
    """A file that has become readable leaves the table, so that it can't become dense again."""
    found = {name(path): measured(path) for path in READ}
    assert not set(DENSER) - {n for n, counts in found.items() if counts.density > NODES}
    assert not set(WIDER) - {n for n, counts in found.items() if counts.wide}


@each_read_file
def test_one_statement_a_line(path):
    """No `check(a), check(b)`: a tuple whose parts are evaluated for what they do."""
    alone = [n.value for n in ast.walk(TREES[path]) if isinstance(n, ast.Expr)]
    assert not [n.lineno for n in alone if isinstance(n, ast.Tuple)]


WRITTEN = ("lab", "experiments", "figures")
# the goals are 25 to 35 % and 3 to 6 %: less by this much is a change that left them out
DOCUMENTED = 0.23
COMMENTED = 0.025


@pytest.fixture(scope="module")
def folders():
    return per_folder(ROOT, WRITTEN)


def test_room_to_read_in_every_folder(folders):
    """Ten syntax nodes per code line, 4 % of the assignments many at once, 100 columns."""
    assert {"lab/claims", "lab/theory", "experiments", "figures"} <= set(folders)
    crowded = {
        name: (round(m.density, 2), m.tuples, m.wide)
        for name, m in folders.items()
        if m.density > NODES or m.tuples > 0.04 * m.assignments or m.wide
    }
    assert not crowded, "nodes per code line, tuple assignments, wide lines"


def test_every_room_of_the_lab_is_documented(folders):
    bare = {}
    for name, m in folders.items():
        written = m.code + m.docstrings
        shares = (m.docstrings / written, m.comments / written)
        if name.startswith("lab") and (shares[0] < DOCUMENTED or shares[1] < COMMENTED):
            bare[name] = shares
    assert not bare, "shares of docstrings and of comments"
