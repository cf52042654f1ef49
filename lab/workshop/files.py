"""Experiments and figures as files: finding, loading, running and storing them.

They stand in experiments/ and figures/ or in rooms of these (experiments/bases/geodesic.py); a name
is that of the file, whatever its room, so no two files of a folder share one.

An experiment file has `run(*, dims=20, seed=0) -> dict of arrays`, whose signature is its
configuration, `QUICK` (settings that finish in about a second), and optionally `VERSION` (raise it
when the meaning of the result changes), `summary(data) -> str`, what its arrays show in at most
ten lines, the question first, and `FULL`, settings of a long run, with `FULL_TAKES`, how long that
is, in words. Figure files: lab.workshop.drawing.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from lab.workshop import store
from lab.workshop.importing import import_file
from lab.workshop.near import meant
from lab.workshop.settings import in_range, parse


def files(folder: Path) -> dict[str, Path]:
    """The experiments or figures of a folder and of its rooms, name -> file, sorted by name.

    What others share is none of them, files whose name starts with an underscore; nor is what
    stands in a hidden folder, where editors keep copies. ValueError when there is no such
    folder, or when two files have one name.
    """
    if not folder.is_dir():
        raise ValueError(
            f"no folder {folder}: run this in a checkout of the lab, "
            "or name a folder of the same shape with --from DIR"
        )
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        shared = path.stem.startswith("_")
        hidden = any(part.startswith(".") for part in parts)
        if shared or hidden:
            continue
        if path.stem in found:
            other = found[path.stem]
            raise ValueError(f"two files are called {path.stem!r}: {other} and {path}")
        found[path.stem] = path
    return dict(sorted(found.items()))


def names(folder: Path) -> list[str]:
    """The experiments or figures of a folder, as `files` finds them."""
    return list(files(folder))


def load(folder: Path, name: str) -> ModuleType:
    """Import NAME.py of a folder or of its rooms. ValueError naming the known ones when none is.

    Imported anew at every call: an edited file is what runs.
    """
    found = files(folder)
    if name not in found:
        kind = folder.name.removesuffix("s")
        known = ", ".join(found)
        raise ValueError(f"no {kind} called {name!r}; there is {known}{meant(name, found)}")
    return import_file(found[name], folder)


def defaults(run) -> dict[str, Any]:
    """The settings of an experiment: its keyword arguments and their defaults.

    Keyword arguments only, all of which have a default, in the order in which they are written.
    """
    parameters = inspect.signature(run).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def timed(module: ModuleType) -> frozenset[str]:
    """The arrays of an experiment that measure time, its TIMED: everything else it returns is
    determined by its settings."""
    return frozenset(getattr(module, "TIMED", ()))


def chaotic(module: ModuleType) -> frozenset[str]:
    """The arrays of an experiment in which last digits grow until they are seen, its CHAOTIC: the
    same on one machine, not on two."""
    return frozenset(getattr(module, "CHAOTIC", ()))


def version(module: ModuleType) -> int:
    """The VERSION of an experiment, 1 unless it says so.

    Part of the key of results: raising it makes stored ones old.
    """
    return getattr(module, "VERSION", 1)


def full_settings(name: str, module: ModuleType) -> dict[str, Any]:
    """The settings of an experiment's long run: its defaults, but for those in FULL.

    ValueError for an experiment without FULL.
    """
    declared = getattr(module, "FULL", None)
    if declared is None:
        raise ValueError(f"{name} has no long run (FULL): leave --full out, or give its settings")
    return defaults(module.run) | dict(declared)


def about_full(module: ModuleType) -> str:
    """What --full does and how long that takes, in a line; "" for an experiment without FULL."""
    settings = getattr(module, "FULL", None)
    if settings is None:
        return ""
    words = []
    for name, value in settings.items():
        shown = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        words.append(f"--{name} {shown}")
    return f"  --full (takes {module.FULL_TAKES}): {' '.join(words)}"


def chosen(
    name: str,
    module: ModuleType,
    words: Sequence[str],
    *,
    whole: bool = False,
) -> dict[str, Any]:
    """The settings that the words of a command line ask for, beside the defaults or, with `whole`,
    those of the long run. ValueError for unknown ones and those out of range."""
    usual = defaults(module.run)
    start = full_settings(name, module) if whole else usual
    settings = parse(name, start, words)
    in_range(settings, usual)
    return settings


def result_path(
    folder: Path,
    name: str,
    module: ModuleType,
    settings: Mapping[str, Any],
) -> Path:
    """experiments/results/NAME.npz for the default settings, NAME-KEY.npz for others.

    The file need not exist.
    """
    plain = dict(settings) == defaults(module.run)
    suffix = "" if plain else "-" + store.key(name, settings, version(module))
    return folder / "results" / f"{name}{suffix}.npz"


def run(
    root: Path,
    name: str,
    words: Sequence[str] = (),
    *,
    whole: bool = False,
) -> tuple[Path, float]:
    """Run an experiment of root/experiments and store its result; the file and the seconds it took.

    whole: with the settings of its FULL where the words name no others. ValueError for settings out
    of range, and for a result with NaN (a diverged run is inf);
    PermissionError when the results' folder can't be written to.
    """
    folder = root / "experiments"
    module = load(folder, name)
    settings = chosen(name, module, words, whole=whole)
    # known before the run: settings decide the name
    path = result_path(folder, name, module, settings)
    store.may_write(path.parent)  # before the minutes that the experiment may take

    start = time.perf_counter()
    arrays = module.run(**settings)
    seconds = time.perf_counter() - start

    # nothing is stored: a formula outside its domain is no result
    if undefined := store.with_nan(arrays):
        raise ValueError(
            f"{name} found NaN in {', '.join(undefined)}: "
            "its settings are out of the range where that is defined"
        )
    store.save(path, name, settings, arrays, seconds=seconds, version=version(module))
    return path, seconds


def notes(path: Path) -> list[str]:
    """What a stored result has to say about its input, its array `notes`; most have none."""
    arrays, _ = store.load(path, "lab run")
    return [str(note) for note in arrays.get("notes", ())]


def read(root: Path, name: str) -> dict[str, Any]:
    """The stored arrays of an experiment at its default settings. ValueError when they are those of
    other defaults or another VERSION."""
    module = load(root / "experiments", name)
    path = root / "experiments" / "results" / f"{name}.npz"
    arrays, header = store.load(path, f"lab run {name}")

    key = store.key(name, defaults(module.run), version(module))
    if header.get("key") != key:
        raise ValueError(
            f"{path} is older than its experiment: settings or VERSION have changed; "
            f"remake it with: lab run {name}"
        )
    return arrays
