"""Whether the settings of a record fit: to the names and types of its library's entry, to our
optimizer, and to what the record answers.

An entry's default says of which kind a setting is. JSON has no infinity and no tuple, and people
write "False" for false: each is refused by its name and with what belongs there, before our
optimizer is built, because Python would take the text as true and a null as no setting at all.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

from lab.arrays import sweep_shape
from lab.conformance.answers import members
from lab.conformance.numbers import finite, show
from lab.conformance.records import Record, build, signature

# What a method asks for, and the keys of a record that answer it.
ANSWERS = {
    "curvature": ("curvature", "sampled", "true"),
    "probe": ("probes",),
    "loss": ("losses",),
}

# What a quadratic answers by itself: all but the labels of a model.
QUADRATIC = frozenset({"hessian", "curvature", "loss", "probe", "second_moment"})


def fit(record: Record) -> None:
    """ValueError, naming the setting, unless our optimizer can be built from them and takes one
    value each; and, naming the key, unless the record answers what the optimizer asks for.
    """
    if not isinstance(record.hyper, dict):
        raise ValueError(f"hyper = {show(record.hyper)}: must be an object, {{}} for the defaults")
    known = signature(record.library, record.optimizer)
    for name, parameter in known.items():
        if name in record.hyper:
            _typed(f"hyper.{name}", record.hyper[name], parameter)
    try:
        optimizer = build(record)
    except (ValueError, TypeError) as reason:
        raise ValueError(f"hyper: {reason}") from None

    if sweep_shape(optimizer):
        _refuse_sweep(record)
    _answered(record, optimizer)


def _refuse_sweep(record) -> None:
    """A list for a number is a sweep of ours, and no record."""
    lists = [name for name, value in record.hyper.items() if isinstance(value, list)]
    first = lists[0]
    value = show(record.hyper[first])
    raise ValueError(f"hyper.{first} = {value}: must be one number")


def _answered(record: Record, optimizer: Any) -> None:
    """ValueError unless every need of the optimizer has an answer in the record. A closed loop
    answers what a quadratic has: its Hessian, losses, products with probes.
    """
    needs = members(optimizer) - {"grad", "at"}
    if record.h is not None:
        needs -= QUADRATIC
    for need in sorted(needs):
        keys = ANSWERS.get(need, (need,))
        answers = [getattr(record.told, key, None) for key in keys]
        if all(answer is None for answer in answers):
            wanted = " or ".join(keys)
            raise ValueError(f"{record.optimizer} asks for {need}: the record needs {wanted}")


def _is_number(value) -> bool:
    """A JSON number: true and false, which Python counts as 1 and 0, are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _typed(
    name: str,
    value: Any,
    parameter: inspect.Parameter,
) -> None:
    """ValueError unless the JSON value is of the kind that the default has.

    true, false        for a switch; "False" and 0 are none
    text               for a text, of which our optimizer knows which
    a list             for a tuple, of as many entries
    one number         for a number, and for what has no default, such as a learning rate
    null               where it is the default, nowhere else
    """
    default = parameter.default
    told = f"{name} = {show(value)}"
    number = _is_number(value)
    if number and not finite(value):
        raise ValueError(f"{told}: must be finite")
    if value is None and default not in (None, parameter.empty):
        raise ValueError(f"{name} = null: leave it out for the default")
    if isinstance(default, bool) and not isinstance(value, bool):
        raise ValueError(f"{told}: must be true or false, without quotes")
    if isinstance(default, str) and not isinstance(value, str):
        raise ValueError(f"{told}: must be text like {json.dumps(default)}")
    if isinstance(default, tuple):
        _same_length(name, value, default)
    if not number and (default is parameter.empty or _is_number(default)):
        raise ValueError(f"{told}: must be one number")


def _same_length(
    name: str,
    value: Any,
    default: tuple,
) -> None:
    """ValueError unless value is a list of as many numbers (or nulls, where the default has
    one).
    """
    listed = isinstance(value, list)
    if not listed or len(value) != len(default):
        example = json.dumps(list(default))
        raise ValueError(f"{name} = {show(value)}: must be a list like {example}")
    for k, one in enumerate(value):
        number = _is_number(one) and finite(one)
        absent = one is None and default[k] is None
        if not number and not absent:
            raise ValueError(f"{name}[{k}] = {show(one)}: must be one number")
