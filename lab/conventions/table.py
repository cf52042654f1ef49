"""Entries: looking one up, and the table of their differences.

An entry is called with its library's defaults, and what comes out is compared field by field with
our class at its own: so the table can neither forget a setting nor repeat one that has changed.
Fields are ours, whatever the library calls them; a composition is read through to its parts.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import cache

from lab.checks import switch
from lab.optimizers import OPTIMIZERS, Regularized, defaults, example
from lab.optimizers.matrix.points import point_of

Entries = Mapping[str, Callable]

HEAD = """# What differs where

Written by `lab list conventions > lab/conventions/README.md` from the entries in this folder. One
row per field of our optimizer on which the defaults of a library differ from ours or from another
library's. A dash: that library has no such optimizer. Settings that a library offers but that are
off by default do not show; `lr` is left out where a library has no default for it. AdaL stands
under its authors, but is our reading: their code and defaults are not known.

| optimizer | field | ours | torch | optax | authors |
|---|---|---|---|---|---|
"""


def build(
    library: str,
    entries: Entries,
    name: str,
    hyper: Mapping,
):
    """The entry's optimizer for these settings.

    ValueError for an unknown name or setting, TypeError for a missing one and for a switch that is
    not True or False.

    hyper: by the library's names. The entry's own errors come through.
    """
    if name not in entries:
        raise ValueError(
            f"{library} optimizer {name!r} is not known; known are {', '.join(sorted(entries))}"
        )
    known = inspect.signature(entries[name]).parameters
    unknown = [key for key in hyper if key not in known]
    if unknown:
        raise ValueError(
            f"{library} {name} has no hyper-parameter {unknown[0]!r} here; it has "
            f"{', '.join(known)}"
        )
    missing = [
        key for key, p in known.items() if p.default is inspect.Parameter.empty and key not in hyper
    ]
    if missing:
        raise TypeError(f"{library} {name} needs {', '.join(missing)}")
    # signatures say which settings are switches
    for key, value in hyper.items():
        # of the other settings the class that is built knows the range
        if isinstance(known[key].default, bool):
            switch(f"{library} {name}.{key}", value)
    return entries[name](**hyper)


def markdown(libraries: Mapping[str, Entries], further: Mapping[tuple[str, str], Mapping]) -> str:
    """HEAD, the rows by the name of our optimizer, and the entries without any.

    libraries: name -> entries; further: settings that choose another class of ours. Rows stand in
    the order of the names without case, and of the fields as the entries have them.
    """
    versions = [
        version
        for library, entries in libraries.items()
        for version in _versions(library, entries, further)
    ]
    titles = [title(optimizer) for _, _, optimizer, _ in versions]
    rows, equal = [], []
    for name in sorted(set(titles), key=str.lower):
        mine = [version for version, known in zip(versions, titles, strict=True) if known == name]
        ours = _ours(name)
        names = dict.fromkeys(field for version in mine for field in settings(version[2]))
        found = [
            row
            for field in names
            if (row := _row(f"{name} | {field}", field, ours, mine, libraries))
        ]
        rows += found
        shown = " ".join(found)
        # an entry may stand in no row of its method: a rate that is given has no default
        equal += [f"{library} {label}" for library, label, *_ in mine if f"{label}: " not in shown]
    return HEAD + "\n".join(rows) + f"\n\nNo default differs: {', '.join(equal)}.\n"


def differing(libraries: Mapping[str, Entries], further: Mapping[tuple[str, str], Mapping]):
    """(library, its name, ours, {field: text}) of every entry with a default that is not ours.

    A field that only theirs has is left out, but for the decay, which is 0 where none stands around
    a method. A rate counts where the library has one by default.
    """
    for library, entries in libraries.items():
        for _, label, optimizer, rated in _versions(library, entries, further):
            name = title(optimizer)
            # a method without decay has the decay 0, which a library may differ from
            ours = ABSENT | _ours(name)
            theirs = ABSENT | settings(optimizer)
            fields = {
                field: _text(value)
                for field, value in theirs.items()
                if field in ours
                and (rated or not _is_rate(field))
                and repr(_number(value)) != repr(_number(ours[field]))
            }
            if fields:
                yield library, label, name, fields


def _is_rate(field: str) -> bool:
    """Whether it is lr, also of a part: "magnitude.lr"."""
    return field.split(".")[-1] == "lr"


def title(optimizer) -> str:
    """The registered name of an optimizer, of a composition too; that of the method inside where
    decay stands around it.

    Compositions are known by their shape, the classes outside in: decay around Adam is AdamW where
    AdamW is registered as that.
    """
    name = type(optimizer).__name__
    if name in OPTIMIZERS:
        return name
    shape = _shape(optimizer)
    for known, factory in OPTIMIZERS.items():
        if not isinstance(factory, type) and _registered_shape(known) == shape:
            return known
    return title(optimizer.inner)


@cache
def _registered_shape(name: str):
    """The shape of a registered composition, once: it does not depend on the fields."""
    return _shape(example(name))


def _shape(optimizer):
    """The classes of a composition, outside in; of one whose points have names, that name."""
    inside = getattr(optimizer, "inner", None)
    return (
        type(optimizer),
        point_of(optimizer),
        getattr(optimizer, "on", None),
        None if inside is None else _shape(inside),
    )


def settings(optimizer) -> dict:
    """Field -> value; those of the method inside a composition by their names, those of other parts
    as part.field.

    Of a part called inner fields keep their names; decay's stand beside them as weight_decay and
    on.
    """
    values = {field.name: getattr(optimizer, field.name) for field in dataclasses.fields(optimizer)}
    if isinstance(optimizer, Regularized):
        return settings(values.pop("inner")) | settings(values.pop("penalty")) | values
    parts = {name: value for name, value in values.items() if dataclasses.is_dataclass(value)}
    plain = {name: value for name, value in values.items() if name not in parts}
    inside = settings(parts.pop("inner")) if "inner" in parts else {}
    of_parts = {
        f"{part}.{name}": value
        for part, thing in parts.items()
        for name, value in settings(thing).items()
    }
    return of_parts | inside | plain


def _ours(name):
    """Field -> default of our optimizer, for the fields that have one: a required one has no
    default that a library could differ from.
    """
    chosen = defaults(name)
    required = [
        key
        for key, p in inspect.signature(OPTIMIZERS[name]).parameters.items()
        if p.default is inspect.Parameter.empty
    ]
    return {
        field: value
        for field, value in settings(OPTIMIZERS[name](**chosen)).items()
        if field not in required
    }


def _versions(library, entries, further):
    """(library, label, optimizer, whether lr has a default) of every entry at its defaults, and of
    the further settings.

    Required settings, a rate most often, are 1: no other default depends on them.
    """
    for name, entry in entries.items():
        required = [
            key
            for key, p in inspect.signature(entry).parameters.items()
            if p.default is inspect.Parameter.empty
        ]
        # any value is as good: rates that were given are left out of the table
        given = dict.fromkeys(required, 1.0)
        yield library, name, entry(**given), not required
        if (library, name) in further:
            extra = further[library, name]
            label = f"{name}({', '.join(f'{key}={value}' for key, value in extra.items())})"
            yield library, label, entry(**given, **extra), not required


# What a method without decay around it has in the place of the fields of Regularized.
ABSENT = {"weight_decay": 0.0, "on": "-"}


def _row(start, field, ours, versions, libraries):
    """The table's row of one field, "" where all agree.

    "required" in our column is a field that we have no default for; "-" one that we do not have.
    """
    shown = [version for version in versions if version[3] or not _is_rate(field)]
    known = ABSENT | ours
    values = {}
    for library, label, optimizer, _ in shown:
        theirs = ABSENT | settings(optimizer)
        if field in theirs:
            values[library, label] = theirs[field]
    mine = [known[field]] if field in known else []
    if len({repr(_number(value)) for value in [*values.values(), *mine]}) < 2:
        return ""
    cells = []
    for library in libraries:
        told = [
            f"{label}: {_text(value)}"
            for (where, label), value in values.items()
            if where == library
        ]
        cells.append("; ".join(told) or "-")
    # of a decay that only libraries have, nothing is required here
    own = _text(mine[0]) if mine else "-" if field in ("form", "times") else "required"
    return f"| {start} | {own} | {' | '.join(cells)} |"


def _number(value):
    """Integers and floats compare as numbers, switches do not: 1 is 1.0, and not True."""
    return (
        float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    )


def _text(value) -> str:
    """As short as it can be read back: 0.001, 1e-08, True."""
    return f"{value:g}" if isinstance(_number(value), float) else str(value)
