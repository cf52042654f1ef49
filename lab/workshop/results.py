"""Stored results: which there are, what is in one, and how two differ."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from lab.workshop import store
from lab.workshop.files import defaults, load, names, version
from lab.workshop.near import meant


class Result(NamedTuple):
    """A stored file, its header ({} when it is damaged), and its age against the code.

    state: "current", or in which way it is not.
    """

    path: Path
    header: Mapping[str, Any]
    state: str

    @property
    def written(self) -> str:
        """When, in local time."""
        seconds = self.path.stat().st_mtime
        return time.strftime(
            "%Y-%m-%d %H:%M",
            time.localtime(seconds),
        )

    @property
    def kilobytes(self) -> float:
        """Its size, in units of 1000 bytes."""
        return self.path.stat().st_size / 1000


def results(root: Path) -> list[Result]:
    """The results under root/experiments/results, sorted by name; [] where there are none."""
    folder = root / "experiments" / "results"
    stored = sorted(folder.glob("*.npz"), key=lambda path: path.stem)
    return [result(root, path) for path in stored]


def result(root: Path, path: Path) -> Result:
    """A stored result and how old it is; it is not read whole.

    Damaged files are results too, with an empty header and the damage as their state.
    """
    try:
        header = store.header(path, "lab run")
    except ValueError as problem:
        told = str(problem).removeprefix(f"{path} ")
        # what is wrong, without how to remake it
        state, _, _ = told.partition(";")
        return Result(path, {}, state)
    return Result(path, header, _age(root, header))


def _age(root: Path, header: Mapping[str, Any]) -> str:
    """An experiment that was renamed is gone; one with settings of other names is another one."""
    name = header["experiment"]
    module = experiment(root, name)
    if module is None:
        return "its experiment is gone"
    if set(header["settings"]) != set(defaults(module.run)):
        return "older than its experiment: other settings"
    if header["key"] != store.key(name, header["settings"], version(module)):
        return "older than its experiment: another VERSION"
    return "current"


def experiment(root: Path, name: str) -> ModuleType | None:
    """The experiment of a result; None when it is gone. Errors of its file come through."""
    folder = root / "experiments"
    return load(folder, name) if name in names(folder) else None


def changed(root: Path, header: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a result that are not its experiment's defaults; all of them when that is
    gone.

    What the defaults were when it was stored is not known, and does not matter: these settings
    would have to be typed today.
    """
    module = experiment(root, header["experiment"])
    usual = {} if module is None else defaults(module.run)

    other = {}
    for setting, value in header["settings"].items():
        known = setting in usual
        if not known or value != _plain(usual[setting]):
            other[setting] = value
    return other


def _plain(value):
    """A setting as JSON gives it back."""
    return list(value) if isinstance(value, tuple) else value


def find(root: Path, name: str) -> Path:
    """The file of a result: NAME or NAME-KEY of the results' folder, or a path.

    ValueError naming what is there when there is none.
    """
    folder = root / "experiments" / "results"
    # a name first: a file of that name in this folder would be found by ./name
    for path in (folder / f"{name}.npz", Path(name)):
        if path.is_file():
            return path
    known = sorted(path.stem for path in folder.glob("*.npz"))
    told = ", ".join(known) or "none"
    near = meant(name, known)
    raise ValueError(f"no result called {name!r}; stored are {told}{near}")


class Difference(NamedTuple):
    """Of one array in two results.

    entries: how many differ, of how many; relative: their largest relative difference among the
    finite ones, None for text; words: why they can't be compared, "" when they can.
    """

    name: str
    entries: int
    of: int
    relative: float | None
    words: str = ""


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """The arrays of two results that differ, sorted by name.

    Equality is exact: whether a difference of one rounding matters is the reader's to say.
    """
    found = []
    for name in sorted({*first, *second}):
        if name not in second:
            found.append(Difference(name, 0, 0, None, "only in the first"))
            continue
        if name not in first:
            found.append(Difference(name, 0, 0, None, "only in the second"))
            continue
        one = _difference(name, first[name], second[name])
        if one.words or one.entries:
            found.append(one)
    return found


def _difference(name: str, a: np.ndarray, b: np.ndarray) -> Difference:
    """Text and booleans are compared for equality; shapes that differ are not compared entry by
    entry.

    The relative difference of two entries is |x - y| / max(|x|, |y|), at most 2 and never 0/0:
    only entries that differ are divided.
    """
    if a.shape != b.shape:
        words = f"shape {a.shape} against {b.shape}"
        return Difference(name, 0, a.size, None, words)
    kinds = {a.dtype.kind, b.dtype.kind}
    if not kinds <= {"f", "i", "u"}:
        entries = int((a != b).sum())
        return Difference(name, entries, a.size, None)

    # inf is inf, and NaN is NaN
    undefined = np.isnan(a) & np.isnan(b)
    differ = (a != b) & ~undefined
    finite = np.isfinite(a) & np.isfinite(b)
    chosen = differ & finite
    x = a[chosen].astype(float)
    y = b[chosen].astype(float)

    # not 0: of two entries that differ one is larger
    largest = np.maximum(np.abs(x), np.abs(y))
    gap = np.abs(x - y) / largest
    most = float(gap.max(initial=0.0))
    entries = int(differ.sum())
    return Difference(name, entries, a.size, most)
