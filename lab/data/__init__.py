"""Data: the digits that ship with the lab, and tables of the user's own."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Table(NamedTuple):
    """Features x (m, n) with the names of their columns, and the target y (m,)."""

    x: np.ndarray
    y: np.ndarray
    columns: tuple[str, ...]


def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 handwritten digits: pixels (1797, 64) with values 0..16, labels (1797,) 0..9.

    The test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak; UCI Machine Learning Repository; CC BY 4.0).
    """
    with files("lab.data").joinpath("digits.csv.gz").open("rb") as raw, gzip.open(raw, "rt", encoding="ascii") as text:
        table = np.loadtxt(text, delimiter=",")
    return table[:, :-1], table[:, -1]


def table(path: str | Path, target: str) -> Table:
    """Features and target of a CSV file with a header line, or of an NPZ file of columns (m,) and matrices (m, k).

    target: the column (or array) to predict. ValueError, in one line, for a missing file, no rows, an unknown target, text, a missing
    or infinite value.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    columns = _npz_columns(path) if path.suffix == ".npz" else _csv_columns(path)
    if target not in columns:
        raise ValueError(f"{path} has no column {target!r}; it has {', '.join(columns)}")
    for name, column in columns.items():
        if not np.isfinite(column).all():
            row = int(np.argmin(np.isfinite(column)))
            raise ValueError(f"{path}: column {name!r}, data row {row + 1} is missing or not finite: fill or drop it")
    y = columns.pop(target)
    if not columns:
        raise ValueError(f"{path} has no column besides the target {target!r}")
    return Table(np.stack([*columns.values()], axis=1), y, tuple(columns))


def _csv_columns(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as text:
            rows = [row for row in csv.reader(text) if row]
    except (UnicodeDecodeError, csv.Error) as reason:
        raise ValueError(f"{path} is not a CSV file in UTF-8 ({type(reason).__name__})") from None
    if len(rows) < 2:
        raise ValueError(f"{path} has no data rows: needs a header line and at least one row")
    header, body = [name.strip() for name in rows[0]], rows[1:]
    if len(set(header)) < len(header):
        raise ValueError(f"{path} has two columns of the same name: {', '.join(header)}")
    for k, row in enumerate(body, start=1):
        if len(row) != len(header):
            raise ValueError(f"{path}: data row {k} has {len(row)} values, the header has {len(header)}")
    return {name: np.array([_number(path, name, k, row[j]) for k, row in enumerate(body, 1)]) for j, name in enumerate(header)}


def _number(path: Path, column: str, row: int, text: str) -> float:
    try:
        return float(text) if text.strip() else float("nan")
    except ValueError:
        raise ValueError(f"{path}: column {column!r}, data row {row} is {text!r}: must be a number") from None


def _npz_columns(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except Exception as reason:
        raise ValueError(f"{path} is not a readable NPZ file of numbers ({type(reason).__name__})") from None
    columns: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub" or array.ndim not in (1, 2) or len(array) != len(next(iter(arrays.values()))):
            raise ValueError(
                f"{path}: array {name!r} has dtype {array.dtype} and shape {array.shape}: must be numbers, one row per example"
            )
        parts = {name: array} if array.ndim == 1 else {f"{name}[{j}]": array[:, j] for j in range(array.shape[1])}
        columns |= {part: value.astype(float) for part, value in parts.items()}
    if not columns or not len(next(iter(columns.values()))):
        raise ValueError(f"{path} has no data rows")
    return columns


def standardise(x: np.ndarray, name: str = "x", columns: Sequence[str] | None = None) -> np.ndarray:
    """Every column to mean 0 and standard deviation 1. ValueError for a constant column, which no scale fits: it is called by its number,
    or by its name in `columns`."""
    constant = np.flatnonzero(x.max(0) == x.min(0)).tolist()  # their computed standard deviation need not be 0
    if constant:
        called = ", ".join(str(k) if columns is None else repr(columns[k]) for k in constant)
        raise ValueError(f"{name} has constant columns, which carry no information: drop {called}")
    return (x - x.mean(0)) / x.std(0)


def binary(y: np.ndarray, name: str = "target") -> np.ndarray:
    """A target with two distinct values as 0 and 1. ValueError for one class, or more than two."""
    values = np.unique(y)
    if len(values) != 2:
        found = "one value" if len(values) == 1 else f"{len(values)} distinct values"
        raise ValueError(f"{name} has {found}: logistic regression needs exactly two classes")
    return (y == values[1]).astype(float)
