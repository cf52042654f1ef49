"""Claims of a user's own Python file."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from lab.claims.contents import collect
from lab.workshop.importing import import_file


def load(path: str | Path, ours: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of the file. ValueError when there is no such file, no claim in it, or one with
    an id of the lab's: a verdict must not be mistaken for that of another claim."""
    found = collect([import_file(Path(path))])
    if not found:
        raise ValueError(f"{path} defines no claim: decorate a function with lab.claims.claim")
    if taken := sorted(set(found) & set(ours)):
        raise ValueError(f"{path}: {taken[0]} is a claim of the lab: choose another id")
    return found


def select(ids, pattern: str) -> list[str]:
    """The ids that match a shell pattern. ValueError when none does."""
    chosen = [id for id in ids if fnmatch(id, pattern)]
    if not chosen:
        raise ValueError(f"no claim matches {pattern!r}; lab list names them")
    return chosen
