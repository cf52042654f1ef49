"""The optimizer protocol, and the pieces every formula uses.

An optimizer is a frozen dataclass with
    needs       the oracle members it touches
    vectors     state fields that rotate with the basis
    units       per hyper-parameter, the powers (a, b) of [theta]^a [loss]^b it carries
    init(theta) -> state, a NamedTuple
    step(state, oracle, theta) -> (delta, new state), pure: no argument is changed
A registered optimizer also declares
    invariances the changes of the objective that its path does not see, out of INVARIANCES
    scope       only where blocks matter: "tensor" (a norm per block), "matrix" (rows and columns). Without it Layers move like one vector
The invariances hold with every hyper-parameter that carries a unit of loss (eps, damping, accumulator starts, coupled decay) at 0:
    scale        f -> c f
    diagonal     f = sum_i f_i(theta_i) -> sum_i c_i f_i(theta_i)
    permutation, sign, rotation    f -> f(Q theta), with the path Q^T theta_t
Coupled decay adds weight_decay theta to the gradient, decoupled decay to the step: lr (u + weight_decay theta).
A hyper-parameter annotated `Scalar` is a number or an array over runs; `lift` shapes it before `step` sees it.
Hyper-parameters are checked at construction: ValueError "Adam.lr = -1: must be > 0".
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from lab.arrays import Params, Scalar, each

INVARIANCES = ("scale", "diagonal", "permutation", "sign", "rotation")
EUCLIDEAN = frozenset({"permutation", "sign", "rotation"})
COORDINATEWISE = frozenset({"scale", "diagonal", "permutation", "sign"})


class Optimizer(Protocol):
    """See the module docstring."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

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


def debias(m: Params, beta: Scalar, t: int) -> Params:
    """m / (1 - beta^t): the average of t values instead of an average that started from 0."""
    return m / (1 - beta**t)


def off(x: Scalar) -> bool:
    """Whether a hyper-parameter is the plain number 0; an array over runs is never off."""
    return isinstance(x, (int, float)) and x == 0


def decayed(g: Params, weight_decay: Scalar, theta: Params) -> Params:
    """g + weight_decay theta."""
    return g if off(weight_decay) else g + weight_decay * theta


def rooted(v: Params, eps_root: Scalar) -> Params:
    """sqrt(v + eps_root)."""
    return np.sqrt(v if off(eps_root) else v + eps_root)


def quotient(m: Params, d: Params) -> Params:
    """m / d, with 0 where d = 0: the limit of m / (d + eps) as eps -> 0 for m = 0, which is when d = 0 in every method here."""
    return each(_quotient, m, d)


def _quotient(m, d):
    zero = d == 0
    return np.where(zero, 0.0, m / np.where(zero, 1.0, d)) if zero.any() else m / d


def of_inner(name: str) -> Any:
    """What a wrapper declares as the method inside it does: `units = of_inner("units")`."""
    return property(lambda wrapper: getattr(wrapper.inner, name))


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
