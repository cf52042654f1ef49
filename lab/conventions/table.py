"""Entries: looking one up, and the table of their differences."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping

Entries = Mapping[str, Callable]

HEAD = """# What differs where

Written by `lab list --conventions > lab/conventions/README.md` from the entries in this folder. One row per field of our optimizer on which
the defaults of a library differ from ours or from another library's. A dash: that library has no such optimizer. Settings that a library
offers but that are off by default do not show; `lr` is left out where a library has no default for it.

| optimizer | field | ours | torch | optax | authors |
|---|---|---|---|---|---|
"""


def build(library: str, entries: Entries, name: str, hyper: Mapping):
    """The entry's optimizer for these settings. ValueError for an unknown name or setting, TypeError for a missing one."""
    if name not in entries:
        raise ValueError(f"{library} optimizer {name!r} is not known; known are {', '.join(sorted(entries))}")
    known = inspect.signature(entries[name]).parameters
    unknown = [key for key in hyper if key not in known]
    if unknown:
        raise ValueError(f"{library} {name} has no hyper-parameter {unknown[0]!r} here; it has {', '.join(known)}")
    missing = [key for key, p in known.items() if p.default is inspect.Parameter.empty and key not in hyper]
    if missing:
        raise TypeError(f"{library} {name} needs {', '.join(missing)}")
    return entries[name](**hyper)


def markdown(libraries: Mapping[str, Entries], further: Mapping[tuple[str, str], Mapping]) -> str:
    """HEAD and the rows, by the name of our class."""
    versions = [version for library, entries in libraries.items() for version in _versions(library, entries, further)]
    rows = []
    for cls in sorted({type(optimizer) for _, _, optimizer, _ in versions}, key=lambda cls: cls.__name__.lower()):
        mine = [version for version in versions if type(version[2]) is cls]
        rows += [row for field in dataclasses.fields(cls) if (row := _row(cls, field, mine, libraries))]
    return HEAD + "\n".join(rows) + "\n"


def _versions(library, entries, further):
    """(library, label, optimizer, whether lr has a default) of every entry at its defaults, and of the further settings."""
    for name, entry in entries.items():
        required = [key for key, p in inspect.signature(entry).parameters.items() if p.default is inspect.Parameter.empty]
        settings = dict.fromkeys(required, 1.0)
        yield library, name, entry(**settings), not required
        if (library, name) in further:
            extra = further[library, name]
            label = f"{name}({', '.join(f'{key}={value}' for key, value in extra.items())})"
            yield library, label, entry(**settings, **extra), not required


def _row(cls, field, versions, libraries):
    ours = None if field.default is dataclasses.MISSING else field.default
    values = {
        (library, label): getattr(optimizer, field.name) for library, label, optimizer, has_lr in versions if has_lr or field.name != "lr"
    }
    if len({repr(_number(value)) for value in [*values.values(), *([] if ours is None else [ours])]}) < 2:
        return ""
    cells = ["; ".join(f"{label}: {_text(v)}" for (lib, label), v in values.items() if lib == library) or "-" for library in libraries]
    return f"| {cls.__name__} | {field.name} | {'required' if ours is None else _text(ours)} | {' | '.join(cells)} |"


def _number(value):
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _text(value) -> str:
    return f"{value:g}" if isinstance(_number(value), float) else str(value)
