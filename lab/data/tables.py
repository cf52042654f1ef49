"""Tables: features and a target; nothing is used that is no feature, nothing left out silently.

A wrong table gives a loss curve as smooth as a right one, so every doubt is settled in the open:

    what can be read in two ways (1,234; two separators that both fit)      is refused
    what is no feature (an index, an id, a date, a time)                    is left out, and noted
    what carries no information (constants, duplicates)                     is refused by name
    words of three and more kinds, which have no order                      are refused by name
    rows with missing cells                                                 only if asked, counted

A refusal is one line with the file, the place, and what to type next.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lab.checks import one_of
from lab.data.archives import archive
from lab.data.cells import decimal_mark
from lab.data.columns import Column, blank, column, flat, said_classes, wrong_with
from lab.data.names import SHOWN, as_words, listed
from lab.data.reading import Sheet, sheet


class Table(NamedTuple):
    """Features x (m, n) with the names of their columns, and the target y (m,), or (0,) without.

    Rows as in the file, without those left out. classes: the words that y = 0, 1, ... stand for;
    none for a target of numbers. notes: how the file was read, and what was left out.
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
    if path.suffix == ".npz":
        found = archive(path, target, drop)
    else:
        found = sheet(path)
    names = _chosen(path, found, target, features, drop)

    asked = [*names, target] if target else names
    kept, notes = _columns(path, found, asked)
    y = kept.pop() if target else blank(len(found.places))
    _check_target(path, y)
    if not features:
        notes += _left_out(found, [c for c in kept if c.other])
        kept = [c for c in kept if not c.other]
    if not kept:
        _nothing_left(path, target, notes)
    _refuse(path, found, [(c, wrong_with(c, named=bool(features))) for c in kept])

    # in this order: a column may be constant only in the rows that are left
    needed = [*kept, y]
    rows, lost = _complete(path, found, needed, missing)
    learned = [c.values[rows] for c in kept]
    x = np.stack(learned, axis=1)
    if not features:
        _refuse(path, found, _without_information(kept, x))
    worded = [c for c in needed if c.classes]
    classes = tuple(said_classes(c.name, c.classes) for c in worded)
    y_values = y.values[rows]
    if not target:
        y_values = y_values[:0]
    columns = tuple(c.name for c in kept)
    return Table(x, y_values, columns, y.classes, notes + lost + classes)


def _nothing_left(path: Path, target: str, notes) -> None:
    told = "".join(f"; {note}" for note in notes)
    besides = f" besides the target {target!r}" if target else ""
    raise ValueError(f"{path} has no column{besides} to learn from{told}")


def _check_target(path: Path, y: Column) -> None:
    """ValueError for a target that has no values. Words of any kinds are classes, and an index or
    a time may be predicted.
    """
    if y.wrong:
        raise ValueError(
            f"{path}: the target {y.name!r} {y.wrong}: mend it, or name another with --target"
        )


def _chosen(
    path: Path,
    found: Sheet,
    target: str,
    features: Sequence[str],
    drop: Sequence[str],
) -> list[str]:
    """The names of the features that are asked for, else of all columns that are not dropped.

    ValueError for a name that is in no column, for a target that is also a feature or dropped,
    and for a name in both lists.
    """
    # an array of an archive that is named in `drop` is already gone
    dropped = () if path.suffix == ".npz" else drop
    asked = {"features": features, "drop": dropped}
    if target:
        asked = {"target": (target,), **asked}
    for setting, names in asked.items():
        absent = [name for name in names if name not in found.names]
        if absent:
            first = absent[0]
            raise ValueError(f"{path} has no column {first!r} ({setting}); {_had(found, first)}")

    for setting, names in {"features": features, "drop": drop}.items():
        if target and target in names:
            raise ValueError(
                f"{setting} = {target!r}: is the target, which is neither a feature nor dropped"
            )
    if both := set(features) & set(drop):
        raise ValueError(f"features and drop both name {min(both)!r}: name it in one of them")

    gone = {target, *drop} if target else set(drop)
    others = [name for name in found.names if name not in gone]
    return list(features) or others


def _had(
    found: Sheet,
    name: str,
) -> str:
    """The columns that there are, for one that there is not; a matrix is named by one of its
    columns.
    """
    is_matrix = f"{name}[0]" in found.names
    hint = f"; {name} is a matrix, name one of its columns" if is_matrix else ""
    return f"it has {listed(found.names)}{hint}"


def _columns(
    path,
    found: Sheet,
    names: Sequence[str],
) -> tuple[list[Column], tuple[str, ...]]:
    """The columns of these names, and how they were read.

    One decimal mark for all of them: a file has one. ValueError, with column and row, where it
    is not clear. Columns without a name share the name "", and are all taken if it is asked for.
    """
    places: dict[str, list[int]] = {}
    for k, name in enumerate(found.names):
        same = places.setdefault(name, [])
        same.append(k)
    chosen: list[int] = []
    for name in names:
        chosen += places[name]
    cells = [found.columns[k] for k in chosen]
    mark, cell, unclear = decimal_mark(cells)
    if unclear:
        k, row = _place(found, chosen, cell)
        place = f"column {found.names[k]!r}, {found.places[row]}"
        raise ValueError(f"{path}, {place}: {unclear}")

    columns = []
    for k, part in zip(chosen, cells, strict=True):
        name = found.names[k]
        columns.append(column(name, part, found.places, mark))
    note = ("decimal comma",) if mark == "," else ()
    return columns, found.notes + note


def _place(found, chosen, text):
    """The column and the row of the first cell with this text; arrays of numbers have none.
    LookupError where no cell has it: whoever asks has found it there.
    """
    for k in chosen:
        part = found.columns[k]
        if isinstance(part, np.ndarray):
            continue
        stripped = [cell.strip() for cell in part]
        if text in stripped:
            return k, stripped.index(text)
    raise LookupError(f"no cell says {text!r}")


def _called(
    found: Sheet,
    name: str,
) -> str:
    """A column in a message: by its name in quotes, or, without one, by its number from 1."""
    return repr(name) if name else f"column {found.names.index('') + 1}"


def _left_out(found, others) -> tuple[str, ...]:
    """The note on columns that are no features: which, and what they are."""
    if not others:
        return ()
    named = [f"{_called(found, c.name)} ({c.other})" for c in others]
    what = ", ".join(named)
    return (f"left out, since they are no features unless --features names them: {what}",)


def _refuse(path, found, faults) -> None:
    """ValueError for pairs (column, what is wrong with it, "" for nothing). The first SHOWN are
    told, and how to leave all of them out: ready to be typed.
    """
    real = [(c, fault) for c, fault in faults if fault]
    if not real:
        return
    told = []
    for c, fault in real[:SHOWN]:
        called = _called(found, c.name)
        told.append(f"{called} {fault}")
    more = len(real) - SHOWN
    if more > 0:
        told.append(f"and {more} more")
    what = "; ".join(told)

    named = [c.name for c, _ in real if c.name]
    remedy = "name it in the header"
    if named:
        remedy = f"mend that, or --drop {as_words(named)}"
    raise ValueError(f"{path}: {what}: {remedy}")


def _without_information(kept, x) -> list[tuple[Column, str]]:
    """Columns that are constant up to rounding, or equal to one before; x (m, n): the features
    as used.
    """
    faults: list[tuple[Column, str]] = []
    seen: dict[bytes, str] = {}
    for c, values in zip(kept, x.T, strict=True):
        # bit by bit: two columns that are equal up to rounding may be two measurements
        bits = values.tobytes()
        first = seen.setdefault(bits, c.name)
        if told := flat(values):
            faults.append((c, told))
        elif first != c.name:
            faults.append((c, f"is equal to {first!r}"))
    return faults


def _complete(
    path: Path,
    found: Sheet,
    columns: Sequence[Column],
    missing: str,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which rows (m,) have no missing cell, and what was left out.

    absent: (columns, m). ValueError when rows would have to be left out and that is not asked
    for, or when none would stay: with the counts per column, and the column and the row of the
    first missing cell, which is where a person begins to look.
    """
    absent = np.isnan([c.values for c in columns])
    rows = np.asarray(~absent.any(0))
    if rows.all():
        return rows, ()

    per_column = zip(columns, absent.sum(1), strict=True)
    counted = [f"{c.name!r} {n}" for c, n in per_column if n]
    counts = "; ".join(counted)
    holes = np.count_nonzero(~rows)
    lacking = f"missing values in {holes} of {len(rows)} rows ({counts})"
    row = int(np.argmin(rows))
    first = int(np.argmax(absent[:, row]))
    place = f"the first in column {columns[first].name!r}, {found.places[row]}"
    if missing == "refuse":
        raise ValueError(
            f"{path}: {lacking}, {place}: fill them, or leave these rows out with --missing drop"
        )
    if not rows.any():
        raise ValueError(
            f"{path}: {lacking}, {place}: no row is complete, drop columns with --drop"
        )
    return rows, (f"rows left out: {lacking}",)
