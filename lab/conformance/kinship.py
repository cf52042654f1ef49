"""Alterations that are other methods: a record of X that says it is of Y."""

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
    """The registered methods that take the same numbers, with the same decay around them."""
    if isinstance(o, Regularized):
        for name, subjects, apply in of_relatives(o.inner):
            yield name, subjects, partial(_around, apply=apply)
    if type(o).__name__ not in OPTIMIZERS:
        return

    given = _numbers(o)
    for name, factory in OPTIMIZERS.items():
        known = defaults(name)
        parameters = inspect.signature(factory).parameters.items()
        required = {key for key, p in parameters if p.default is p.empty}
        if factory is type(o) or not given.keys() >= required:
            continue
        shared = {key: value for key, value in given.items() if key in known}
        other = if_valid(partial(factory, **shared))
        # instances are asked: what a method needs may depend on its fields
        if other is not None and other.needs == o.needs:
            yield f"it is {name}", ("method",), partial(_as, factory=factory, known=known)


def _around(o, apply):
    """The same decay around another method."""
    inner = apply(o.inner) if isinstance(o, Regularized) else None
    return None if inner is None else dataclasses.replace(o, inner=inner)


def _numbers(o):
    """The hyper-parameters that are numbers."""
    return {
        key: value
        for key, value in hyperparameters(o).items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


def _as(o, factory, known):
    current = {key: value for key, value in _numbers(o).items() if key in known}
    return if_valid(lambda: factory(**current))
