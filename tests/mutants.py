"""Wrong formulas, each of which some test must notice.

A mutant is a file of the lab, a text that occurs in it exactly once, what to write instead, what is wrong with that, and the test files
that should notice (names without `test_`). To add one, append a row to the list that fits.
"""

from typing import NamedTuple

import mutants_machinery
import mutants_optimizers
import mutants_problems


class Mutant(NamedTuple):
    """One mistake."""

    file: str
    old: str
    new: str
    why: str
    by: str


MUTANTS = [Mutant(*row) for part in (mutants_optimizers, mutants_problems, mutants_machinery) for row in part.MUTANTS]
