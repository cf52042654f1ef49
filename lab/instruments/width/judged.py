"""A table that somebody printed: best rates, or a coordinate check, against the width.

    width,lr,hidden move
    64,0.012,1.1
    128,0.0061,1.0
    256,0.003,1.2

Best rates are expected to have the slope 0 in muP, and -c where a rate is still to be scaled.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lab.checks import positive
from lab.data.cells import decimal_mark, parsed
from lab.data.reading import Sheet, sheet
from lab.domains import number
from lab.instruments.width.slopes import Slope, slope

WIDTH = "width"


def judged(
    path: Path,
    expected: float = 0.0,
) -> dict[str, tuple[Slope, str]]:
    """column -> its slope in the width, and the verdict on the expected slope.

    A text table as `lab.data` reads them: names in the first line, separated by comma, semicolon,
    tab or bar, with decimal points or commas. Widths are in the column that is called "width", or
    in the first; every other column is judged by itself, and cells left empty are left out. The
    interval is that of the regression: with two widths there is none, and whatever is not as
    predicted is undecided. ValueError, naming the file and the line, for a file that is not there
    or not of this form, and for NaN: a run that diverged has no logarithm.
    """
    expected = number("expected", expected)
    read = sheet(path)
    rows = len(read.places)
    if rows < 2 or len(read.names) < 2:
        raise ValueError(
            f"{path} has {rows} rows in {len(read.names)} columns: needs at least two widths, and "
            "a column beside"
        )
    mark, _, unclear = decimal_mark(read.columns)
    if unclear:
        raise ValueError(f"{path}: {unclear}")

    called = [name.casefold() for name in read.names]
    first = called.index(WIDTH) if WIDTH in called else 0
    widths = _numbers(path, read, first, mark)
    found = {}
    for k, name in enumerate(read.names):
        values = _numbers(path, read, k, mark)
        given = ~np.isnan(widths) & ~np.isnan(values)
        # a separator at the end of every line is a column without a name or a number
        if k == first or not (name or given.any()):
            continue
        if len(np.unique(widths[given])) < 2:
            raise ValueError(f"{path}: {name} has no numbers at two different widths")
        x = slope(widths[given], values[given])
        found[name] = (x, x.verdict(expected))
    return found


def _numbers(
    path: Path,
    read: Sheet,
    k: int,
    mark: str,
) -> np.ndarray:
    """Column k as positive numbers, NaN where a cell is empty. ValueError for any other cell."""
    column = read.columns[k]
    name = read.names[k] or f"column {k + 1}"
    values = parsed(column, mark).numbers
    for cell, value, place in zip(column, values, read.places, strict=True):
        text = str(cell).strip()
        if text and not np.isfinite(value):
            raise ValueError(f"{path}, {place}: {name} = {text!r} is no finite number")
        if text:
            positive(f"{path}, {place}: {name}", value)
    return values
