"""The optimizer protocol, and the pieces every formula uses.

An optimizer is a frozen dataclass with
    needs       the oracle members it touches
    vectors     state fields that rotate with the basis
    units       per hyper-parameter, the powers (a, b) of [theta]^a [loss]^b it carries
    init(theta) -> state, a NamedTuple
    step(state, oracle, theta) -> (delta, new state), pure: no argument is changed
A hyper-parameter annotated `Scalar` is a number or an array over runs; `lift` shapes it before `step` sees it.
Hyper-parameters are checked at construction: ValueError "Adam.lr = -1: must be > 0".
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from lab.arrays import Params, Scalar, each


class Optimizer(Protocol):
    """See the module docstring."""

    @property
    def needs(self) -> frozenset[str]: ...

    @property
    def vectors(self) -> tuple[str, ...]: ...

    @property
    def units(self) -> Mapping[str, tuple[float, float]]: ...

    def init(self, theta: Params) -> Any: ...

    def step(self, state: Any, oracle: Any, theta: Params) -> tuple[Params, Any]: ...


class Stateless(NamedTuple):
    """The state of a method without memory."""


def ema(m: Params, g: Params, beta: Scalar) -> Params:
    """beta m + (1 - beta) g."""
    return beta * m + (1 - beta) * g


def quotient(m: Params, d: Params) -> Params:
    """m / d, with 0 where d = 0: the limit of m / (d + eps) as eps -> 0 for m = 0, which is when d = 0 in every method here."""
    return each(_quotient, m, d)


def _quotient(m, d):
    zero = d == 0
    return np.where(zero, 0.0, m / np.where(zero, 1.0, d)) if zero.any() else m / d


def lr_of(optimizer: Optimizer) -> Scalar:
    """The learning rate of an optimizer, looking inside wrappers."""
    return _owner(optimizer).lr


def with_lr(optimizer: Optimizer, lr: Scalar) -> Optimizer:
    """The same optimizer with another learning rate, set inside wrappers. TypeError when there is none.

    lr is taken as it is: a schedule may reach 0, and a lifted optimizer holds shaped values.
    """
    changed = copy.copy(optimizer)
    if hasattr(optimizer, "lr"):
        object.__setattr__(changed, "lr", lr)
    else:
        object.__setattr__(changed, "inner", with_lr(_inside(optimizer), lr))
    return changed


def _owner(optimizer):
    return optimizer if hasattr(optimizer, "lr") else _owner(_inside(optimizer))


def _inside(optimizer):
    if not hasattr(optimizer, "inner"):
        raise TypeError(f"{type(optimizer).__name__} has no learning rate")
    return optimizer.inner
