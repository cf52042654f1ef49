"""Wrong formulas, each of which some test must notice.

A mutant is a file of the lab, a text that occurs in it exactly once, what to write instead, what is
wrong with that, and the test files that should notice (names without `test_`, the quickest first).
To add one, append a row to the `mutants_*.py` that fits; a new such file is found by itself.
"""

import importlib
from pathlib import Path
from typing import NamedTuple


class Mutant(NamedTuple):
    """One mistake."""

    file: str
    old: str
    new: str
    why: str
    by: str


LISTS = [
    importlib.import_module(path.stem)
    for path in sorted(Path(__file__).parent.glob("mutants_*.py"))
]
MUTANTS = [Mutant(*row) for part in LISTS for row in part.MUTANTS]
