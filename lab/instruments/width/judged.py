"""A table that somebody printed: best rates, or a coordinate check, against the width.

    width,lr,hidden move
    64,0.012,1.1
    128,0.0061,1.0
    256,0.003,1.2

Best rates are expected to have the slope 0 in muP, and -c where a rate is still to be scaled.
"""

from __future__ import annotations

import csv
from pathlib import Path

from lab.checks import positive, real
from lab.instruments.width.slopes import Slope, slope


def judged(
    path: Path,
    expected: float = 0.0,
) -> dict[str, tuple[Slope, str]]:
    """column -> its slope in the width, and the verdict on the expected slope.

    A CSV file whose first row has names and whose first column has widths; every other column is
    judged by itself, cells left empty are left out. The interval is that of the regression: with
    two widths there is none, and whatever is not as predicted is undecided. ValueError
    for a file that is not there or not of this form, naming the row.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    # spreadsheets write a byte order mark, which would be part of the first name
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    if len(rows) < 3 or len(rows[0]) < 2:
        raise ValueError(
            f"{path} has {len(rows)} rows: needs names, at least two widths, and a column beside"
        )

    names = [name.strip() for name in rows[0]]
    found = {}
    for k, name in enumerate(names[1:], start=1):
        cells = [(row[0], row[k]) for row in rows[1:] if len(row) > k and row[k].strip()]
        widths = [_number(path, cell) for cell, _ in cells]
        values = [_number(path, cell) for _, cell in cells]
        positive(f"{path}: {name}", real(name, values, 1))
        x = slope(widths, values)
        found[name] = (x, x.verdict(expected))
    return found


def _number(
    path,
    cell,
) -> float:
    """A cell as a number. ValueError naming the file and the cell."""
    try:
        return float(cell)
    except ValueError:
        raise ValueError(f"{path}: {cell!r} is no number") from None
