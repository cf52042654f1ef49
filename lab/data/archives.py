"""NPZ files as columns.

An archive is no table: it has arrays of names, parts of one array under several names (x_train,
x_test), and matrices whose columns have no names. Arrays (m,) and (m, 1) are columns, a matrix X
(m, k) is X[0], X[1], ..., X[k-1], and parts are stacked in the order of their names (test before
train). Python objects are never unpickled, and sizes are read from the directory before anything is
unpacked.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lab.data.reading import Sheet

# Bytes that an archive may unpack to: some zip files unpack to more than any memory.
LARGEST = 2**32

# The names of parts, as the usual loaders write them.
PART = re.compile(r"(.+)_(train|test|val|valid)")


def archive(
    path: Path,
    target: str,
    drop: Sequence[str] = (),
) -> Sheet:
    """Columns of an NPZ file: arrays (m,) and (m, 1) by name, NAME[0], NAME[1], ... of (m, k).

    x_train and x_test (also val) are stacked to x, unless the target is y_train, or y_test: then
    only that part is used. Arrays named in `drop` are not looked at. Numbers stay as they are, text
    becomes cells. ValueError, in one line, for damaged files, Python objects, more than LARGEST
    bytes, and arrays that are no columns of one row per example.

    target: as the user typed it; "" for none, "X[2]" for a column of a matrix. Whether it is there
    is asked later, by `tables`. Rows are called row 1, row 2, ... in messages. An array (m, k, l)
    is refused: flattening it would be a guess.

        np.savez("cells.npz", X=features, grade=grade)  ->  X[0], X[1], ..., grade
    """
    arrays = _arrays(path)
    dropped = set(drop) & set(arrays)
    for name in dropped:
        del arrays[name]
    arrays, notes = _joined(path, arrays, target)
    _check_rows(path, arrays, target)

    names: list[str] = []
    columns: list = []
    for name, array in arrays.items():
        flat = array.reshape(len(array), -1)
        width = flat.shape[1]
        numbered = [f"{name}[{j}]" for j in range(width)]
        names += [name] if width == 1 else numbered
        columns += [_cells(part) for part in flat.T]
    places = [f"row {k + 1}" for k in range(len(columns[0]))]
    return Sheet(tuple(names), tuple(columns), places, notes)


def _cells(part):
    """A column: numbers as they are (booleans as 0 and 1), everything else as text."""
    return part if part.dtype.kind in "fiub" else part.astype(str).tolist()


def _arrays(path) -> dict[str, np.ndarray]:
    """Every member, in the order of the file: each is unpacked once, after the sizes are known."""
    with _opened(path) as file:
        return {name: _array(path, file, name) for name in file.files}


def _opened(path):
    """The archive, ValueError when it is none or too large.

    zipfile and NumPy answer damage to its directory with errors of many types, hence the bare
    `Exception`.
    """
    try:
        with zipfile.ZipFile(path) as file:
            sizes = [info.file_size for info in file.infolist()]
        size = sum(sizes)
        found = np.load(path, allow_pickle=False) if size <= LARGEST else None
    except Exception as reason:
        raise ValueError(
            f"{path} is not a readable NPZ file ({type(reason).__name__}): "
            "save it again with numpy.savez"
        ) from None
    if found is None:
        gib = size / 2**30
        raise ValueError(f"{path} unpacks to {gib:.1f} GiB: use fewer rows or columns")
    return found


def _array(path, file, name):
    """One member. ValueError for damage, for Python objects, and for a member that is no array.

    NumPy answers damage with errors of many types, and Python objects with a ValueError.
    """
    try:
        array = file[name]
    except Exception as reason:
        kind = type(reason).__name__
        raise ValueError(
            f"{path}: array {name!r} cannot be read ({kind}): save numbers or text, "
            "with numpy.savez"
        ) from None
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path}: member {name!r} is no array: save it again with numpy.savez")
    return array


def _joined(
    path: Path,
    arrays: Mapping[str, np.ndarray],
    target: str,
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Parts stacked, or the one part of the target; and a note that says which.

    What stands beside the parts, of a name without one, stays as it is, unless one part alone
    is asked for.
    """
    parts = {}
    for name in arrays:
        if found := PART.fullmatch(name):
            parts[name] = found.groups()
    if not parts:
        return dict(arrays), ()

    if wanted := PART.fullmatch(target):
        part = wanted[2]
        chosen = [name for name in parts if parts[name][1] == part]
        only = {name: arrays[name] for name in chosen}
        return only, (f"only the part {part!r} is used",)

    order: dict[str, list[str]] = {}
    for name, (stem, _) in parts.items():
        names = order.setdefault(stem, [])
        names.append(name)
    kinds = _kinds(path, arrays, parts, order)

    whole = {name: array for name, array in arrays.items() if name not in parts}
    stacked = {}
    for stem in order:
        pieces = [arrays[f"{stem}_{kind}"] for kind in kinds]
        stacked[stem] = np.concatenate(pieces)
    told = " and ".join(kinds)
    return whole | stacked, (f"the parts {told} are stacked",)


def _kinds(path, arrays, parts, order) -> list[str]:
    """Which parts there are, the same for all stems, in the order in which they are stacked.

    Alphabetical, test before train: rows of x and of y are stacked alike, whatever the order in
    the file.

    ValueError when they differ between stems (x has train and test, y only train), or when the
    pieces of one do not fit: they must have rows, and rows of one shape.
    """
    found = {}
    for stem, names in order.items():
        found[stem] = sorted(parts[name][1] for name in names)
    first = next(iter(order))
    for stem, names in order.items():
        pieces = [arrays[name] for name in names]
        shapes = {piece.shape[1:] for piece in pieces}
        # a number alone has no rows to stack
        numbers = [piece for piece in pieces if not piece.ndim]
        if found[stem] != found[first] or len(shapes) > 1 or numbers:
            named = ", ".join(names)
            raise ValueError(
                f"{path}: the parts {named} do not fit together or to those of {first!r}: "
                "name one, --target y_train"
            )
    return found[first]


def _check_rows(path, arrays, target):
    """ValueError unless every array has one row per example: as many as the target's, if there."""
    if not arrays:
        raise ValueError(f"{path} has no arrays: save features and target with numpy.savez")
    # a target X[2] is a column of the matrix X
    matrix, _, _ = target.partition("[")
    stem = target if target in arrays else matrix
    # where the target is not there, which is told later, any array says how many rows there are
    first = next(iter(arrays.values()))
    example = arrays.get(stem, first)
    rows = len(example) if example.ndim else 0
    for name, array in arrays.items():
        readable = array.dtype.kind in "fiubUM" and array.ndim in (1, 2)
        if not readable or len(array) != rows or (rows and not array.size):
            raise ValueError(
                f"{path}: array {name!r} has dtype {array.dtype} and shape {array.shape}: must be "
                f"numbers or words, one row for each of {rows} examples; leave it out with "
                f"--drop {name!r}"
            )
    if not rows:
        raise ValueError(f"{path} has no data rows")
