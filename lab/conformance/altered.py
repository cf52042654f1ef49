"""One method with something else at one place: what it starts from, sees, keeps, or makes of its
step.

An alteration is written once for all methods, so it can't be a copy of a method with a line
changed. It is a wrapper with hooks around the calls of the method itself, below all other wrappers:

    state -> before -> | sees, uses -> step | -> moves (the step), after (the state that is kept)

A hook is a pure function of the `Call`; hooks that need a memory of their own, such as gradients
that accumulate, are `WithMemory`. Oracles are handed on through views, so a method that asks for
curvatures, probes or a basis is altered like any other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Params, each, zeros_like
from lab.optimizers.protocol import of_inner
from lab.oracle import WithGradient


class Kept(NamedTuple):
    """The number of calls, the state inside, and what a hook keeps besides (None for most)."""

    t: int
    inner: Any
    kept: Any


def bare(state: Any) -> Any:
    """The state of the method itself, below those of the alterations around it. Alterations may
    be nested: a pair of causes is one around the other.
    """
    return bare(state.inner) if isinstance(state, Kept) else state


def placed(state: Any, new: Any) -> Any:
    """The state with another one of the method itself, alterations around it as they are.
    `bare` of the result is `new`.
    """
    if not isinstance(state, Kept):
        return new
    return state._replace(inner=placed(state.inner, new))


class Call(NamedTuple):
    """One call as a hook sees it: its number t from 1, the method with its hyper-parameters,
    its state before the step, the gradient and the point. state and grad are those that the
    method is given, after the hooks `before` and `sees`.
    """

    t: int
    method: Any
    state: Any
    grad: Params
    theta: Params


@dataclasses.dataclass(frozen=True, eq=False)
class Altered:
    """`inner` with hooks; those that are None change nothing.

        start(method, state)         the initial state
        asks(oracle)                 what answers the method
        sees(call)                   the gradient
        uses(call)                   the method of this call (another eps at every step)
        before(call)                 the state that the step starts from
        moves(call, delta, new)      the step
        after(call, new)             the state that is kept

    `new` is the state of the method after the step. Where `inner` has wrappers, the hooks see
    and change what is innermost, and the wrappers see the result. Compared by identity:
    functions have no equality.
    """

    inner: Any
    start: Callable | None = None
    asks: Callable | None = None
    sees: Callable | None = None
    uses: Callable | None = None
    before: Callable | None = None
    moves: Callable | None = None
    after: Callable | None = None

    needs = of_inner("needs")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")
    invariances = of_inner("invariances")
    scope = of_inner("scope")

    def init(self, theta):
        state = self.inner.init(theta)
        if self.start is not None:
            state = placed(state, self.start(method_of(self.inner), bare(state)))
        return Kept(0, state, None)

    def step(self, s, oracle, theta):
        if self.asks is not None:
            oracle = self.asks(oracle)
        old = bare(s.inner)
        call = Call(s.t + 1, method_of(self.inner), old, oracle.grad, theta)
        if self.sees is not None:
            oracle = WithGradient(oracle, self.sees(call))
            call = call._replace(grad=oracle.grad)
        if self.before is not None:
            call = call._replace(state=self.before(call))

        method = self.inner
        if self.uses is not None:
            used = self.uses(call)
            method = innermost(method, lambda _: used)
        delta, new = method.step(placed(s.inner, call.state), oracle, theta)
        if self.moves is not None:
            delta = self.moves(call, delta, bare(new))
        if self.after is not None:
            new = placed(new, self.after(call, bare(new)))
        return delta, Kept(s.t + 1, new, None)

    def metric(self, s):
        return self.inner.metric(s.inner)


@dataclasses.dataclass(frozen=True, eq=False)
class WithMemory:
    """`inner` that sees or makes something of what came before.

        remembers(kept, grad) -> (the gradient that is seen, kept)

    kept starts as zeros like theta and is the wrapper's own; the method and its state know
    nothing of it.
    """

    inner: Any
    remembers: Callable

    needs = of_inner("needs")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")
    invariances = of_inner("invariances")
    scope = of_inner("scope")

    def init(self, theta):
        return Kept(0, self.inner.init(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        grad, kept = self.remembers(s.kept, oracle.grad)
        delta, inner = self.inner.step(s.inner, WithGradient(oracle, grad), theta)
        return delta, Kept(s.t + 1, inner, kept)

    def metric(self, s):
        return self.inner.metric(s.inner)


def innermost(optimizer: Any, change: Callable[[Any], Any]) -> Any:
    """`change` applied to the method inside all wrappers; None where it says None. The wrappers
    are made again around the result, so their checks run.
    """
    inside = getattr(optimizer, "inner", None)
    if inside is None:
        return change(optimizer)
    changed = innermost(inside, change)
    return None if changed is None else dataclasses.replace(optimizer, inner=changed)


def method_of(optimizer: Any) -> Any:
    """The method inside all wrappers."""
    inside = getattr(optimizer, "inner", None)
    return optimizer if inside is None else method_of(inside)


def filled(value: Params, number: float) -> Params:
    """The number in every entry, in the shapes of `value`."""
    return each(lambda x: np.full_like(x, number), value)
