"""Room to read: width, one statement a line, and syntax nodes per code line of every file of the
lab."""

import ast
from pathlib import Path

from readability import WIDTH, measured
from swept import over

import lab

PACKAGE = Path(lab.__file__).parent


def name(path):
    return path.relative_to(PACKAGE).as_posix()


# Syntax nodes per code line of the files that are denser than ten, and lines beyond
# the width: today's numbers, which may only shrink. lab/claims is being rewritten.
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
    alone = [
        n.value
        for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(n, ast.Expr)
    ]
    assert not [n.lineno for n in alone if isinstance(n, ast.Tuple)]
