"""Tables: features and a target; nothing is used that is no feature, nothing left out silently."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lab.checks import one_of
from lab.data.archives import archive
from lab.data.cells import decimal_mark
from lab.data.columns import Column, column, constant
from lab.data.reading import Sheet, sheet

SHOWN = 8


class Table(NamedTuple):
    """Features x (m, n) with the names of their columns, and the target y (m,), or (0,) without.

    classes: the words that y = 0, 1, ... stand for; none for a target of numbers. notes: how the
    file was read, and what was left out.
    """

    x: np.ndarray
    y: np.ndarray
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def table(
    path: str | Path,
    target: str = "",
    *,
    missing: str = "refuse",
    features: Sequence[str] = (),
    drop: Sequence[str] = (),
) -> Table:
    """Features and target of a text file with a header line, or of an NPZ file.

    Text is separated by comma, semicolon, tab or bar, with decimal point or comma, plain or gzip;
    an NPZ file has columns (m,) or (m, 1) and matrices (m, k).

    target: the column to predict, numbers or words; without one, y is empty. missing: "refuse"
    cells that are empty, NA, ?, null or nan, or "drop" their rows. features: the columns to learn
    from; without it, all but the target and those of `drop`, where an index, an id, a date, a unix
    time and a column in the order of the rows are left out and noted. Two words are read as 0 and
    1, in alphabetical order, and noted. ValueError, in one line that names file, place and remedy,
    for text, constant or equal columns, and whatever else is no table.
    """
    path = Path(path)
    one_of("missing", missing, ("refuse", "drop"))
    found = archive(path, target, drop) if path.suffix == ".npz" else sheet(path)
    names = _chosen(path, found, target, features, drop)

    asked = [*names, target] if target else names
    kept, notes = _columns(path, found, asked)
    y = _none(found)
    if target:
        y = kept.pop()
    if y.wrong:
        raise ValueError(
            f"{path}: the target {target!r} {y.wrong}: mend it, or name another with --target"
        )
    if not features:
        notes += _left_out(found, [c for c in kept if c.other])
        kept = [c for c in kept if not c.other]
    if not kept:
        told = "".join(f"; {note}" for note in notes)
        besides = f" besides the target {target!r}" if target else ""
        raise ValueError(f"{path} has no column{besides} to learn from{told}")
    faults = [(c, c.wrong or c.text) for c in kept]
    _refuse(path, found, [(c, fault) for c, fault in faults if fault])

    rows, lost = _complete(path, found, [*kept, y], missing)
    x = np.stack([c.values[rows] for c in kept], axis=1)
    if not features:
        _refuse(path, found, _without_information(kept, x))
    classes = tuple(_said_classes(c) for c in (*kept, y) if c.classes)
    features_kept = tuple(c.name for c in kept)
    values = y.values[rows] if target else np.zeros(0)
    return Table(x, values, features_kept, y.classes, notes + lost + classes)


def _none(found: Sheet) -> Column:
    """In place of a target: nothing is missing."""
    rows = len(found.places)
    values = np.zeros(rows)
    return Column("", values)


def _chosen(path, found, target, features, drop) -> list[str]:
    """The names of the features that are asked for."""
    settings = {"target": [target] if target else [], "features": features, "drop": drop}
    for setting, asked in settings.items():
        for name in asked:
            # an array of an archive that is named in `drop` is already gone
            gone = setting == "drop" and path.suffix == ".npz"
            if name not in found.names and not gone:
                raise ValueError(f"{path} has no column {name!r} ({setting}); {_had(found, name)}")
            if name == target and setting != "target":
                raise ValueError(
                    f"{setting} = {name!r}: is the target, which is neither a feature nor dropped"
                )
    if both := set(features) & set(drop):
        raise ValueError(f"features and drop both name {min(both)!r}: name it in one of them")

    apart = {target, *drop} if target else set(drop)
    others = [name for name in found.names if name not in apart]
    return list(features) or others


def _had(
    found: Sheet,
    name: str,
) -> str:
    """The columns that there are, for one that there is not."""
    is_matrix = f"{name}[0]" in found.names
    hint = f"; {name} is a matrix, name one of its columns" if is_matrix else ""
    return f"it has {listed(found.names)}{hint}"


def listed(names: Sequence[str]) -> str:
    """a, b, c; the first few of many."""
    named = [" ".join(name.split()) or "(no name)" for name in names[:SHOWN]]
    shown = ", ".join(named)
    return shown if len(names) <= SHOWN else f"{shown}, ... ({len(names)} in all)"


def _columns(
    path,
    found: Sheet,
    names: Sequence[str],
) -> tuple[list[Column], tuple[str, ...]]:
    """The columns of these names, and how they were read."""
    chosen = []
    for name in names:
        chosen += [k for k, known in enumerate(found.names) if known == name]
    cells = [found.columns[k] for k in chosen]
    mark, cell, unclear = decimal_mark(cells)
    if unclear:
        k, row = _place(found, chosen, cell)
        place = f"column {found.names[k]!r}, {found.places[row]}"
        raise ValueError(f"{path}, {place}: {unclear}")

    columns = []
    for k, part in zip(chosen, cells, strict=True):
        columns.append(column(found.names[k], part, found.places, mark))
    note = ("decimal comma",) if mark == "," else ()
    return columns, found.notes + note


def _place(found, chosen, text):
    """The column and the row of the first cell with this text."""
    places = ((k, row) for k in chosen for row in range(len(found.columns[k])))

    def says_it(place):
        k, row = place
        cell = found.columns[k][row]
        return isinstance(cell, str) and cell.strip() == text

    return next(filter(says_it, places))


def _called(
    found: Sheet,
    name: str,
) -> str:
    return repr(name) if name else f"column {found.names.index('') + 1}"


def _left_out(found, others) -> tuple[str, ...]:
    if not others:
        return ()
    what = ", ".join(f"{_called(found, c.name)} ({c.other})" for c in others)
    return (f"left out, since they are no features unless --features names them: {what}",)


def _refuse(path, found, faults) -> None:
    """ValueError for pairs (column, what is wrong with it)."""
    if not faults:
        return
    told = [f"{_called(found, c.name)} {fault}" for c, fault in faults[:SHOWN]]
    if len(faults) > SHOWN:
        told.append(f"and {len(faults) - SHOWN} more")
    what = "; ".join(told)

    named = [c.name for c, _ in faults if c.name]
    remedy = "name it in the header"
    if named:
        remedy = f"mend that, or --drop {as_words(named)}"
    raise ValueError(f"{path}: {what}: {remedy}")


def as_words(names: Sequence[str]) -> str:
    """Names as one word of a command line, which `split_names` cuts again."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(names)
    return shlex.quote(text.getvalue())


def split_names(text: str) -> tuple[str, ...]:
    """'a,b' as ("a", "b"); a name that contains a comma stands in double quotes."""
    names = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in names)


def _without_information(kept, x) -> list[tuple[Column, str]]:
    """Columns that are constant up to rounding, or equal to one before."""
    faults: list[tuple[Column, str]] = []
    seen: dict[bytes, str] = {}
    for c, flat, values in zip(kept, constant(x), x.T, strict=True):
        first = seen.setdefault(values.tobytes(), c.name)
        if flat:
            faults.append((c, f"is constant ({values[0]:g}, up to rounding)"))
        elif first != c.name:
            faults.append((c, f"is equal to {first!r}"))
    return faults


def _complete(path, found, columns, missing) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which rows (m,) have no missing cell, and what was left out.

    ValueError when that is not asked for, or leaves nothing.
    """
    absent = np.isnan([c.values for c in columns])
    rows = np.asarray(~absent.any(0))
    if rows.all():
        return rows, ()

    per_column = zip(columns, absent.sum(1), strict=True)
    counts = "; ".join(f"{c.name!r} {n}" for c, n in per_column if n)
    holes = int((~rows).sum())
    lacking = f"missing values in {holes} of {len(rows)} rows ({counts})"
    row = int(np.argmin(rows))
    first = columns[int(np.argmax(absent[:, row]))].name
    place = f"the first in column {first!r}, {found.places[row]}"
    if missing == "refuse":
        raise ValueError(
            f"{path}: {lacking}, {place}: fill them, or leave these rows out with --missing drop"
        )
    if not rows.any():
        raise ValueError(
            f"{path}: {lacking}, {place}: no row is complete, drop columns with --drop"
        )
    return rows, (f"rows left out: {lacking}",)


def _said_classes(c: Column) -> str:
    said = [f"{word!r} = {k}" for k, word in enumerate(c.classes[:SHOWN])]
    return f"{c.name!r}: {', '.join(said)}"
