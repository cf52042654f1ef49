"""Ways in which two implementations of the same optimizer differ: each alteration turns an optimizer into the other reading of it.

They are found from the optimizer itself: its convention switches, its eps, its decay, the counters and accumulators of its state, and
the other registered methods that take the same hyper-parameters. An alteration that does not apply returns None.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import numpy as np

from lab.arrays import Params, each
from lab.optimizers import (
    L2,
    OPTIMIZERS,
    Ascent,
    InMovingBasis,
    Optimizer,
    Regularized,
    defaults,
    hyperparameters,
    with_,
)
from lab.optimizers.protocol import of_inner


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

    needs = of_inner("needs")

    def init(self, theta):
        return self._set(self.inner.init(theta))

    def step(self, state, oracle, theta):
        return self.inner.step(state, oracle, theta)

    def _set(self, state):
        """The state with the field set, in the states of wrappers too."""
        if self.field in state._fields:
            old = getattr(state, self.field)
            new = (
                int(self.value)
                if isinstance(old, int)
                else each(lambda x: np.full_like(x, self.value), old)
            )
            return state._replace(**{self.field: new})
        inside = {
            name: self._set(part)
            for name, part in zip(state._fields, state, strict=True)
            if hasattr(part, "_fields")
        }
        return state._replace(**inside)


# What _decay says in words.
DECAY = ("on", "form", "times")


def alterations(optimizer: Optimizer, theta: Params) -> Iterator[Alteration]:
    """Every single alteration that applies to the optimizer started at theta."""
    yield from _switches(optimizer)
    yield from _eps(optimizer)
    yield from _decay(optimizer)
    yield from _starts(optimizer, theta)
    yield from _others(optimizer)
    yield Alteration("the gradient has the other sign", Ascent)


def _replaced(name: str, changes: dict[str, Any]) -> Alteration:
    def apply(optimizer):
        if not changes.keys() <= hyperparameters(optimizer).keys():
            return None
        changed = _if_valid(lambda: with_(optimizer, **changes))
        # what asks for more than the method does can't be tried on its record
        return changed if changed is not None and changed.needs <= optimizer.needs else None

    return Alteration(name, apply)


def _if_valid(make: Callable[[], Any]) -> Any:
    """The optimizer, or None for a combination of options that its class refuses: nobody can have run that."""
    try:
        return make()
    except (ValueError, TypeError):
        return None


def _switches(o) -> Iterator[Alteration]:
    values = hyperparameters(o)
    choices = _choices(o)
    for name, value in values.items():
        if name in DECAY:
            continue
        others = (
            [not value]
            if isinstance(value, bool)
            else [x for x in choices.get(name, ()) if x != value]
        )
        for other in others:
            yield _replaced(f"{name} = {other!r}", {name: other})
    if "beta1" in values and "beta2" in values:
        exchanged = {"beta1": values["beta2"], "beta2": values["beta1"]}
        yield _replaced("beta1 and beta2 are exchanged", exchanged)


def _choices(o) -> dict[str, tuple[str, ...]]:
    """Field -> the texts that it may be, here and inside."""
    found: dict[str, tuple[str, ...]] = {}
    hints = get_type_hints(type(o))
    for field in dataclasses.fields(o):
        value = getattr(o, field.name)
        if dataclasses.is_dataclass(value):
            found |= _choices(value)
        elif isinstance(value, str) and get_origin(hints[field.name]) is not None:
            found[field.name] = get_args(hints[field.name])
    return found


def _eps(o) -> Iterator[Alteration]:
    values = hyperparameters(o)
    eps = values.get("eps", 0.0)
    if eps and "eps_root" in values:
        yield _replaced("eps is inside the root: sqrt(v + eps)", {"eps": 0.0, "eps_root": eps})
        yield _replaced(
            "eps^2 is inside the root: sqrt(v + eps^2)", {"eps": 0.0, "eps_root": eps**2}
        )
    if eps:
        yield _replaced("there is no eps", {"eps": 0.0})


def _decay(o) -> Iterator[Alteration]:
    if not hyperparameters(o).get("weight_decay", 0.0):
        return
    yield _replaced("weight decay is missing", {"weight_decay": 0.0})
    for name, how in {
        "weight decay is added to the gradient": {"on": "p"},
        "weight decay acts beside the step": {"on": "z"},
        "weight decay acts after the step": {"on": "z", "form": "after"},
        "weight decay is not multiplied by lr": {"on": "z", "times": "one"},
    }.items():
        yield Alteration(name, partial(_decays, how=how))


def _decays(o, how):
    """The method with its decay around it like this; None where it has none, or has it so already."""
    if isinstance(o, InMovingBasis):
        inner = _decays(o.inner, how)
        return None if inner is None else dataclasses.replace(o, inner=inner)
    values = hyperparameters(o)
    if "weight_decay" not in values:
        return None

    method = o.inner if isinstance(o, Regularized) else with_(o, weight_decay=0.0)
    made = Regularized(method, L2(values["weight_decay"]), **how)
    return None if made == o else made


def _starts(o, theta) -> Iterator[Alteration]:
    for field in dict.fromkeys(_fields(o.init(theta))):
        if field == "t":
            yield Alteration("the step counter is one ahead", lambda x: Started(x, "t", 1))
        elif field in ("v", "s", "top"):
            for start in (0.1, 1.0):
                yield Alteration(
                    f"accumulator {field} starts at {start:g}",
                    partial(Started, field=field, value=start),
                )


def _fields(state) -> Iterator[str]:
    """The fields of a state, and of the states in it."""
    for name, part in zip(state._fields, state, strict=True):
        yield name
        if hasattr(part, "_fields"):
            yield from _fields(part)


def _others(o: Any) -> Iterator[Alteration]:
    """The registered methods that take the same numbers, with the same decay around them."""
    if isinstance(o, Regularized):
        for alteration in _others(o.inner):
            yield Alteration(alteration.name, partial(_inside, apply=alteration.apply))
    if type(o).__name__ not in OPTIMIZERS:
        return

    given = _numbers(o)
    for name, factory in OPTIMIZERS.items():
        known = defaults(name)
        required = [
            key for key, p in inspect.signature(factory).parameters.items() if p.default is p.empty
        ]
        if factory is type(o) or not given.keys() >= set(required):
            continue
        shared = {key: value for key, value in given.items() if key in known}
        other = _if_valid(partial(factory, **shared))
        # instances are asked: what a method needs may depend on its fields
        if other is not None and other.needs == o.needs:
            yield Alteration(f"it is {name}", partial(_as, factory=factory, shared=shared))


def _inside(o, apply):
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


def _as(x, factory, shared):
    current = {key: value for key, value in _numbers(x).items() if key in shared}
    return _if_valid(lambda: factory(**(shared | current)))
