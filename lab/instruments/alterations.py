"""Ways in which two implementations of the same optimizer differ: each alteration turns an optimizer into the other reading of it.

They are found from the optimizer itself: its convention switches, its eps, its decay, the counters and accumulators of its state, and
the other registered methods that take the same hyper-parameters. An alteration that does not apply returns None.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Params, each, scalars
from lab.optimizers import OPTIMIZERS, Decayed
from lab.optimizers.protocol import Optimizer


class Alteration(NamedTuple):
    """What differs, in words, and the optimizer that differs so."""

    name: str
    apply: Callable[[Any], Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Started:
    """`inner` with one field of its initial state set to a number: an accumulator that starts at 0.1, a counter that starts at 1."""

    inner: Any
    field: str
    value: float

    def init(self, theta):
        state = self.inner.init(theta)
        old = getattr(state, self.field)
        new = int(self.value) if isinstance(old, int) else each(lambda x: np.full_like(x, self.value), old)
        return state._replace(**{self.field: new})

    def step(self, state, oracle, theta):
        return self.inner.step(state, oracle, theta)


class _Seen(NamedTuple):
    grad: Params


@dataclasses.dataclass(frozen=True, eq=False)
class Ascent:
    """`inner` fed -g."""

    inner: Any

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, state, oracle, theta):
        return self.inner.step(state, _Seen(-oracle.grad), theta)


def alterations(optimizer: Optimizer, theta: Params) -> Iterator[Alteration]:
    """Every single alteration that applies to the optimizer started at theta."""
    yield from (*_switches(optimizer), *_eps(optimizer), *_decay(optimizer), *_starts(optimizer, theta), *_others(optimizer))
    yield Alteration("the gradient has the other sign", Ascent)


def _replaced(name: str, changes: dict[str, Any]) -> Alteration:
    def apply(optimizer):
        if not all(hasattr(optimizer, field) for field in changes):
            return None
        return _if_valid(lambda: dataclasses.replace(optimizer, **changes))

    return Alteration(name, apply)


def _if_valid(make: Callable[[], Any]) -> Any:
    """The optimizer, or None for a combination of options that its class refuses: nobody can have run that."""
    try:
        return make()
    except (ValueError, TypeError):
        return None


def _switches(o) -> Iterator[Alteration]:
    for field in dataclasses.fields(o):
        value = getattr(o, field.name)
        if isinstance(value, bool):
            yield _replaced(f"{field.name} = {not value}", {field.name: not value})
    if hasattr(o, "beta1") and hasattr(o, "beta2"):
        yield _replaced("beta1 and beta2 are exchanged", {"beta1": o.beta2, "beta2": o.beta1})


def _eps(o) -> Iterator[Alteration]:
    eps = getattr(o, "eps", 0.0)
    if eps and hasattr(o, "eps_root"):
        yield _replaced("eps is inside the root: sqrt(v + eps)", {"eps": 0.0, "eps_root": eps})
        yield _replaced("eps^2 is inside the root: sqrt(v + eps^2)", {"eps": 0.0, "eps_root": eps**2})
    if eps:
        yield _replaced("there is no eps", {"eps": 0.0})


def _decay(o) -> Iterator[Alteration]:
    decay = getattr(o, "weight_decay", 0.0)
    if not decay:
        return
    yield _replaced("weight decay is missing", {"weight_decay": 0.0})
    yield Alteration("weight decay acts after the step", _decays_after)


def _decays_after(o):
    if not (hasattr(o, "lr") and hasattr(o, "weight_decay")):
        return None
    return Decayed(dataclasses.replace(o, weight_decay=0.0), o.weight_decay)


def _starts(o, theta) -> Iterator[Alteration]:
    for field in o.init(theta)._fields:
        if field == "t":
            yield Alteration("the step counter is one ahead", lambda x: Started(x, "t", 1))
        elif field in ("v", "s", "top"):
            for start in (0.1, 1.0):
                yield Alteration(f"accumulator {field} starts at {start:g}", partial(Started, field=field, value=start))


def _others(o: Any) -> Iterator[Alteration]:
    if type(o) not in OPTIMIZERS.values():
        return
    given = dict(scalars(o))
    for name, cls in OPTIMIZERS.items():
        fields = {f.name: f for f in dataclasses.fields(cls)}
        missing = [f for f in fields.values() if f.default is dataclasses.MISSING and f.name not in given]
        if cls is type(o) or missing:
            continue

        shared = {k: v for k, v in given.items() if k in fields}
        other = _as(o, cls, shared)
        # instances are asked: what a class needs may depend on its fields
        if other is not None and other.needs == o.needs:
            yield Alteration(f"it is {name}", partial(_as, cls=cls, shared=shared))


def _as(x, cls, shared):
    current = {k: v for k, v in scalars(x) if k in shared}
    return _if_valid(lambda: cls(**(shared | current)))
