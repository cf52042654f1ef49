"""Entries: looking one up, and the table of their differences."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping

from lab.optimizers.wrappers.moving_basis import InMovingBasis, soap

Entries = Mapping[str, Callable]

# Methods that are no class of their own but a composition: their name, and ours at its defaults.
COMPOSED = {InMovingBasis: ("SOAP", soap())}

HEAD = """# What differs where

Written by `lab list --conventions > lab/conventions/README.md` from the entries in this folder. One row per field of our optimizer on which
the defaults of a library differ from ours or from another library's. A dash: that library has no such optimizer. Settings that a library
offers but that are off by default do not show; `lr` is left out where a library has no default for it. AdaL stands under its authors, but
is our reading: their code and defaults are not known.

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
    """HEAD, the rows by the name of our optimizer, and the entries without any."""
    versions = [version for library, entries in libraries.items() for version in _versions(library, entries, further)]
    rows, equal = [], []
    for cls in sorted({type(optimizer) for _, _, optimizer, _ in versions}, key=lambda cls: _title(cls).lower()):
        mine = [version for version in versions if type(version[2]) is cls]
        ours = _settings(COMPOSED[cls][1]) if cls in COMPOSED else _defaults(cls)
        found = [row for field in _settings(mine[0][2]) if (row := _row(f"{_title(cls)} | {field}", field, ours, mine, libraries))]
        rows += found
        equal += [] if found else [f"{library} {label}" for library, label, _, _ in mine]
    return HEAD + "\n".join(rows) + f"\n\nNo default differs: {', '.join(equal)}.\n"


def _title(cls):
    return COMPOSED[cls][0] if cls in COMPOSED else cls.__name__


def _defaults(cls):
    """Field -> default of the fields that have one."""
    return {field.name: field.default for field in dataclasses.fields(cls) if field.default is not dataclasses.MISSING}


def _settings(optimizer):
    """Field -> value; those of the parts of a composed optimizer as part.field."""
    values = {field.name: getattr(optimizer, field.name) for field in dataclasses.fields(optimizer)}
    parts = {name: _settings(value) for name, value in values.items() if dataclasses.is_dataclass(value)}
    plain = {name: value for name, value in values.items() if name not in parts}
    return plain | {f"{part}.{name}": value for part, inner in parts.items() for name, value in inner.items()}


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


def _row(start, field, ours, versions, libraries):
    """The table's row of one field, "" where all agree."""
    shown = [version for version in versions if version[3] or field.split(".")[-1] != "lr"]
    values = {(library, label): _settings(optimizer)[field] for library, label, optimizer, _ in shown}
    mine = [ours[field]] if field in ours else []
    if len({repr(_number(value)) for value in [*values.values(), *mine]}) < 2:
        return ""
    cells = ["; ".join(f"{label}: {_text(v)}" for (lib, label), v in values.items() if lib == library) or "-" for library in libraries]
    return f"| {start} | {_text(mine[0]) if mine else 'required'} | {' | '.join(cells)} |"


def _number(value):
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _text(value) -> str:
    return f"{value:g}" if isinstance(_number(value), float) else str(value)
