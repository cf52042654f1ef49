"""Results on disk: one self-describing .npz per run of an experiment, written once and whole.

The arrays, and a JSON header: experiment, settings, key, versions of the lab and of its libraries,
commit where known, seconds. The key is a hash of the canonical settings and the experiment's own
version; never of source text or object state.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab import __version__
from lab.workshop.whole import written

FORMAT = 1
HEADER = "__header__"


def key(name: str, settings: Mapping[str, Any], version: int = 1) -> str:
    """12 hex digits identifying experiment, settings and version.

    Tuples and lists are the same; 1 and 1.0 are not. The lab's version is not in it, but in the
    header: a result of another version is refused, not looked for elsewhere.
    """
    # sorted, so that the order in a signature does not matter
    canonical = json.dumps([name, version, dict(settings)], sort_keys=True, default=list)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def save(
    path: Path,
    name: str,
    settings: Mapping[str, Any],
    arrays: Mapping[str, Any],
    *,
    seconds: float,
    version: int = 1,
) -> Path:
    """Write arrays and header to `path`, atomically: never half of it.

    A reader sees the old file or the new one. TypeError when a value is not an array of numbers,
    booleans or text; ValueError for a name that the format keeps for itself.
    """
    # names of numpy.savez's own arguments, which an array would be taken for
    if taken := {HEADER, "file", "allow_pickle"} & set(arrays):
        raise ValueError(f"{name} returned an array called {min(taken)!r}: choose another name")
    values = {k: np.asarray(v) for k, v in arrays.items()}
    for k, v in values.items():
        if v.dtype.kind not in "fiubU":
            raise TypeError(
                f"{name} returned {k!r} with dtype {v.dtype}: results are arrays of numbers or text"
            )
    header = {
        # raised when readers of old results would misunderstand new ones
        "format": FORMAT,
        "experiment": name,
        "settings": dict(settings),
        "key": key(name, settings, version),
        "lab": __version__,
        "commit": _commit(path.parent),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "seconds": round(seconds, 3),
        "arrays": sorted(values),
    }
    contents: dict[str, Any] = {HEADER: np.array(json.dumps(header, default=list)), **values}
    _write(path, contents)
    return path


def _write(path: Path, contents: Mapping[str, Any]) -> None:
    """The arrays as a compressed .npz, whole or not at all."""
    folder_for(path)
    with written(path) as file:
        np.savez_compressed(file, **contents)


def folder_for(path: Path) -> None:
    """Make the folder of a file that is to be written.

    PermissionError naming the folder when files can't be written there.
    """
    may_write(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)


def may_write(folder: Path) -> None:
    """PermissionError naming the folder unless files can be written there.

    There, or in the nearest folder above it that exists.
    """
    absolute = folder.absolute()
    existing = next(p for p in (absolute, *absolute.parents) if p.exists())

    # as the user whose rights the process has, where the system can tell
    effective = os.access in os.supports_effective_ids
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK, effective_ids=effective):
        reason = "is not writable" if existing.is_dir() else "is not a folder"
        raise PermissionError(f"cannot write to {folder}: {existing} {reason}")


def with_nan(arrays: Mapping[str, Any]) -> list[str]:
    """The names of the arrays that hold NaN.

    inf is data, a diverged run; NaN is a formula outside its domain.
    """
    return [
        name
        for name, array in arrays.items()
        if np.asarray(array).dtype.kind == "f" and np.isnan(array).any()
    ]


def load(path: Path, remake: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and header of a result.

    ValueError naming the file and the command `remake` if it is cut short, foreign, or was written
    by another version of the lab; FileNotFoundError, likewise, if it isn't there.
    """
    return _read(path, remake, whole=True)


def header(path: Path, remake: str) -> dict[str, Any]:
    """The header alone, without reading the arrays; errors as in `load`.

    A .npz is a zip: its list of contents is at its end, and a member is read when it is asked for.
    """
    return _read(path, remake, whole=False)[1]


def _read(path, remake, *, whole):
    """Pickles are never loaded: a result may come from anywhere."""
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; make it with: {remake}")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            told = dict(json.loads(str(file[HEADER])))
            named = sorted(set(file.files) - {HEADER})
            arrays = {name: file[name] for name in named if whole}
        if told["arrays"] != named:
            raise ValueError("its list of contents is damaged")
    except Exception as reason:  # damaged zip files raise a dozen types
        raise ValueError(
            f"{path} is damaged or not a result of this lab ({type(reason).__name__}); "
            f"remake it with: {remake}"
        ) from None
    if (told.get("format"), told.get("lab")) != (FORMAT, __version__):
        raise ValueError(
            f"{path} was written by lab {told.get('lab')}, this is {__version__}; "
            f"remake it with: {remake}"
        )
    return arrays, told


def _commit(folder: Path) -> str | None:
    """The commit of the checkout that holds the results, None outside of one."""
    # a result is reproducible where its code can be found
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    where = next((p for p in (folder, *folder.parents) if p.exists()), Path())
    try:
        return subprocess.run(
            command, cwd=where, capture_output=True, encoding="locale", timeout=10, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
