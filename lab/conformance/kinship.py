"""Alterations that are other methods: a record of X that says it is of Y.

Only methods that can be built from the same numbers and ask for the same things are tried: an
implementation under a wrong name was given the hyper-parameters of its own.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from lab.conformance.fields import if_valid
from lab.optimizers import OPTIMIZERS, Regularized, defaults, hyperparameters

Found = Iterator[tuple[str, tuple[str, ...], Callable[[Any], Any]]]


def of_relatives(o: Any) -> Found:
    """The registered methods that take the same numbers, with the same decay around them.

    What a method has besides them stands at its default. None is proposed that its class refuses
    for these numbers.
    """
    if isinstance(o, Regularized):
        for name, subjects, apply in of_relatives(o.inner):
            around = partial(_around, apply=apply)
            yield name, subjects, around
    if type(o).__name__ not in OPTIMIZERS:
        return

    given = _numbers(o)
    for name, factory in OPTIMIZERS.items():
        enough = given.keys() >= _required(factory)
        if factory is type(o) or not enough:
            continue

        into = partial(
            _as,
            factory=factory,
            known=defaults(name),
        )
        other = into(o)
        # instances are asked: what a method needs may depend on its fields
        if other is not None and other.needs == o.needs:
            yield f"it is {name}", ("method",), into


def _required(factory) -> set[str]:
    """The hyper-parameters that have no default."""
    parameters = inspect.signature(factory).parameters.items()
    return {key for key, p in parameters if p.default is p.empty}


def _around(o, apply):
    """The same decay around another method, None for a method that has none around it: pairs
    may have taken it away.
    """
    if not isinstance(o, Regularized):
        return None
    inner = apply(o.inner)
    return None if inner is None else dataclasses.replace(o, inner=inner)


def _numbers(o):
    """The hyper-parameters that are numbers: switches and texts mean another thing elsewhere."""
    values = hyperparameters(o)
    return {key: value for key, value in values.items() if _is_number(value)}


def _is_number(value):
    """Python counts True as 1."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as(o, factory, known):
    """The other method with the numbers that both have, None where it refuses them. known: its
    hyper-parameters.
    """
    numbers = _numbers(o)
    shared = numbers.keys() & known.keys()
    current = {key: numbers[key] for key in shared}
    return if_valid(lambda: factory(**current))
