"""What public code does otherwise, method by method: a table made from what can be tried.

Its rows are the alterations that hold for one method (formulas that were published or shipped under
its name), and the fields in which a library's defaults are not ours, with the docstring of the
library's entry. Nothing is listed that `lab conform` would not try, so a row is a claim about
public code that a record can confirm.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import NamedTuple

from lab.conformance import matrix_readings, moving, published, rate_readings
from lab.conformance.answers import unrecorded
from lab.conventions import FURTHER, LIBRARIES
from lab.conventions.table import differing
from lab.optimizers import OPTIMIZERS, InMovingBasis, example

HEAD = """# Known public deviations

What published or shipped code of a method does otherwise than our class with its defaults;
`lab conform` tries each of these on a record. A reading is a formula, a default a number or a
choice of a library.

| method | kind | who | what |
|---|---|---|---|
"""


class Deviation(NamedTuple):
    """method: our name; kind: "reading" or "default"; who: library and its name for it, or "-"."""

    method: str
    kind: str
    who: str
    what: str


def deviations() -> list[Deviation]:
    """All of them, by method, readings first.

    method.lower() sorts Adam and AMSGrad as a reader would look for them.
    """
    found = [*_readings(), *_defaults()]
    return sorted(found, key=lambda one: (one.method.lower(), one.kind != "reading"))


def table() -> str:
    """HEAD and a row for every deviation, as Markdown."""
    rows = [f"| {' | '.join(one)} |" for one in deviations()]
    return HEAD + "\n".join(rows) + "\n"


def _readings() -> Iterator[Deviation]:
    """Under the names of registered methods that are of the class, or in a moving basis.

    A change that returns None has nothing to change in this method, and is no row.
    """
    listed = published.READINGS | matrix_readings.READINGS | rate_readings.READINGS
    for name in OPTIMIZERS:
        outer = example(name)
        # a record could not tell
        if unrecorded(outer):
            continue
        for what, change in listed.get(type(outer).__name__, {}).items():
            # an alteration that does nothing here is no deviation
            if change(outer) is not None:
                yield Deviation(name, "reading", "-", what)
        if isinstance(outer, InMovingBasis):
            for what in moving.READINGS:
                yield Deviation(name, "reading", "-", what)


def _defaults() -> Iterator[Deviation]:
    """One per entry whose defaults differ from ours: the fields, and what its docstring says.

    Only fields that both have are compared; a library's own arguments, which have no field here,
    are in its docstring.
    """
    for library, entry, method, fields in differing(LIBRARIES, FURTHER):
        told = ", ".join(f"{field} = {value}" for field, value in fields.items())
        said = inspect.getdoc(LIBRARIES[library][entry.split("(")[0]]) or ""
        # one paragraph is enough for a cell of a table
        first = " ".join(said.split("\n\n")[0].split())
        yield Deviation(method, "default", f"{library} {entry}", f"{told}. {first}")
