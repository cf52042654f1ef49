"""Alterations that hold for every method: of its state, its counter, its bias corrections, and of
single calls.

They are found in the names of the state. A method with a step counter t may count from another
number; one with beta1 or beta2 may correct its averages otherwise, with

    m_hat = m / (1 - beta1^t),    v_hat = v / (1 - beta2^t);

one with an average m or v may start it elsewhere; one with a maximum may lose it. Where a class has
a field for a choice (debias, eps_place), `fields` has it and nothing is added here.

Names are told in words that stay true for every method they are told of, so some methods are left
out where the same change of state means something else: COUNTING, LINEAR_IN_M, DIVIDED.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from lab.arrays import Params, each, norm, rowwise
from lab.conformance.altered import Altered, WithMemory, filled, innermost, method_of
from lab.optimizers import Ascent, hyperparameters, with_

Found = Iterator[tuple[str, tuple[str, ...], Callable[[Any], Any]]]

# A counter so late that 1 - beta^t is 1, for every beta <= 1 - 1e-6; a multiple of every usual
# refresh.
LATE = 5040 * 10**5

# Averages of gradients, and of their squares.
FIRST = ("m", "m1", "b")
SECOND = ("v", "n")

# Methods whose counter or averages do more than debiasing, so that a late one is another method.
COUNTING = (
    "RAdam",
    "NAdam",
    "Adan",
    "ADOPT",
    "AdaL",
    "Adafactor",
    "NovoGrad",
    "Muon",
    "SGD",
    "ASGD",
)

# Methods whose step is linear in m_hat, and those that are so in 1 / (sqrt(v_hat) + eps), without
# a `debias`.
LINEAR_IN_M = ("RAdam", "AdaBelief", "Adamax", "AdaL", "Yogi", "AdaHessian")
DIVIDED = ("AdaBelief", "NAdam", "Yogi", "AdEMAMix", "AdaHessian")

# What a counter that is one ahead means where it marks the first call.
AHEAD = {
    "SGD": "the first gradient is dampened like the others",
    "NovoGrad": "v starts at 0, not at the first |g|^2",
    "ADOPT": "the first call makes a step: v starts at 0",
    "Adan": "the first difference is g, and the step counter is one ahead",
}


def of_state(o: Any, theta: Params) -> Found:
    """Other beginnings, and other contents from step to step; theta: where the method starts,
    from which its state is made.
    """
    method = method_of(o)
    name = type(method).__name__
    state = method.init(theta)
    if "t" in state._fields:
        yield from _of_counter(name)
        yield from _of_corrections(method)
    yield from _of_starts(state, theta)
    if "top" in state._fields:
        yield (
            "the maximum forgets: it is of the last two v only",
            ("top",),
            _inside(partial(Altered, after=_forgets)),
        )
        yield (
            "the maximum is written back into v",
            ("top",),
            _inside(partial(Altered, after=_writes_back)),
        )


def _inside(wrap: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`wrap` around the method inside all wrappers: decay and the like stay outside, and see
    what it does.
    """
    return partial(innermost, change=wrap)


def _of_counter(name) -> Found:
    """A counter that starts at 1, or that starts again at the second call."""
    ahead = AHEAD.get(name, "the step counter is one ahead")
    yield ahead, ("t",), _inside(partial(Altered, start=lambda method, state: state._replace(t=1)))
    yield (
        "the step counter counts from the second call",
        ("t",),
        _inside(partial(Altered, before=_counts_later)),
    )


def _counts_later(call):
    """The state of a counter that does not count the first call: at the second it is 0 once
    more.
    """
    return call.state._replace(t=0) if call.t == 2 else call.state


def _of_corrections(method) -> Found:
    """Corrections left out, or written back into the averages. Without a switch for it, a
    counter that is far ahead has none: 1 - beta^t = 1 to the last bit.
    """
    name = type(method).__name__
    values = hyperparameters(method)
    if not {"beta1", "beta2"} & values.keys():
        return
    yield "the corrected moments are stored", ("debias",), _inside(partial(Altered, after=_stored))
    if not isinstance(values.get("debias"), str):
        if name in LINEAR_IN_M and not values.get("weight_decay"):
            yield (
                "the first moment is not debiased",
                ("debias",),
                _inside(partial(Altered, moves=_m_as_it_is)),
            )
        if name in DIVIDED and not values.get("weight_decay") and values.get("power", -1) == -1:
            undone = partial(Altered, uses=_eps_for_v_as_it_is, moves=_v_as_it_is)
            yield "the second moment is not debiased", ("debias", "eps"), _inside(undone)
    if "debias" not in values and name not in COUNTING and not values.get("rectify"):
        late = _inside(partial(Altered, start=lambda method, state: state._replace(t=LATE)))
        yield "there is no bias correction", ("debias", "t"), late


def _m_as_it_is(call, delta, new):
    """m for m_hat, in a step that is linear in it: the step times 1 - beta1^t."""
    return (1 - call.method.beta1**call.t) * delta


def _eps_for_v_as_it_is(call):
    """The eps with which the step has sqrt(v) + eps, up to the factor of `_v_as_it_is`.

    sqrt(v) + eps = s (sqrt(v_hat) + eps / s),    s^2 = 1 - beta2^t
    """
    method = call.method
    square = 1 - method.beta2**call.t
    changes = {"eps": method.eps / square**0.5}
    # that of AdaBelief is part of its average
    if "eps_root" in hyperparameters(method) and type(method).__name__ != "AdaBelief":
        changes["eps_root"] = method.eps_root / square
    return with_(method, **changes)


def _v_as_it_is(call, delta, new):
    """The factor 1 / s, s^2 = 1 - beta2^t, that is left."""
    return delta / (1 - call.method.beta2**call.t) ** 0.5


def _stored(call, new):
    """The corrected averages in the place of m and v, so that the next call averages with them.

    m <- m / (1 - beta1^t),    v <- v / (1 - beta2^t)
    """
    values = hyperparameters(call.method)
    rates = {"m": values.get("beta1"), "v": values.get("beta2")}
    for field, rate in rates.items():
        if field in new._fields and rate is not None:
            new = new._replace(**{field: getattr(new, field) / (1 - rate**call.t)})
    return new


def _of_starts(state, theta) -> Found:
    """Accumulators from a number, and averages from the first value. 0.1 and 1 are the numbers
    that libraries start from; an average may start from its first value for g, for g^2, or for
    both.
    """
    for field in (*SECOND, "s", "top"):
        if field in state._fields and getattr(state, field) is not None:
            for value in (0.1, 1.0):
                start = partial(_starts_at, field=field, value=value)
                name = f"accumulator {field} starts at {value:g}"
                yield name, (field,), _inside(partial(Altered, start=start))

    firsts = [field for field in FIRST if field in state._fields][:1]
    seconds = [field for field in SECOND if field in state._fields][:1]
    names: dict[str, tuple[str, ...]] = {
        f"{field} starts at the first gradient": (field,) for field in firsts
    }
    names |= {f"{field} starts at the first g^2": (field,) for field in seconds}
    if firsts and seconds:
        names["averages start at their first values, not at 0"] = (*firsts, *seconds)
    for name, fields in names.items():
        before = partial(_begins, fields=fields)
        yield name, fields, _inside(partial(Altered, before=before))


def _starts_at(method, state, field, value):
    """The initial state with an accumulator filled with a number."""
    return state._replace(**{field: filled(getattr(state, field), value)})


def _begins(call, fields):
    """The state before the first call with averages at that call's values: ema(x, x) = x."""
    if call.t > 1:
        return call.state
    first = {field: call.grad if field in FIRST else call.grad**2 for field in fields}
    return call.state._replace(**first)


def _forgets(call, new):
    """The state whose maximum is the newest v, so that the next step compares two of them."""
    return new._replace(top=new.v)


def _writes_back(call, new):
    """The state whose v is the maximum: averages go on from there."""
    return new._replace(v=new.top)


def of_calls(o: Any) -> Found:
    """Calls that do something else, and gradients that are seen otherwise: mistakes of a
    training loop, which no formula shows.
    """
    yield "the first call makes no step", ("calls",), partial(Altered, moves=_first_rests)
    yield (
        "the first call is skipped: it changes nothing",
        ("calls",),
        partial(Altered, moves=_first_rests, after=_first_forgotten),
    )
    yield (
        "every call uses the gradient of the call before",
        ("calls",),
        partial(WithMemory, remembers=_late),
    )
    summed = partial(WithMemory, remembers=_summed)
    yield "gradients accumulate: they are not set to zero between calls", ("calls",), summed
    yield "the gradient has the other sign", ("sign",), Ascent
    yield "the gradient is clipped to norm 1", ("clip",), partial(Altered, sees=_clipped_norm)
    yield "every entry of the gradient is clipped to 1", ("clip",), partial(Altered, sees=_clipped)
    if type(method_of(o)).__name__ in ("SignSGD", "Signum", "Lion", "Rprop"):
        for name, size in {"1": 1e-300, "-1": -1e-300}.items():
            seen = partial(_nowhere_zero, size=size)
            yield f"sign(0) is {name}", ("sign of 0",), partial(Altered, sees=seen)


def _first_rests(call, delta, new):
    """No step at the first call, whose state is kept."""
    return 0.0 * delta if call.t == 1 else delta


def _first_forgotten(call, new):
    """The state as before the first call."""
    return call.state if call.t == 1 else new


def _late(kept, grad):
    """The gradient of the call before, zero at the first."""
    return kept, grad


def _summed(kept, grad):
    """All gradients so far: nobody has set them to zero."""
    return kept + grad, kept + grad


def _clipped_norm(call):
    """g / max(1, |g|), with the norm over all blocks."""
    length = norm(call.grad)
    return rowwise(1 / np.maximum(1.0, length), call.grad) * call.grad


def _clipped(call):
    """Every entry of g in [-1, 1]."""
    return each(lambda g: np.clip(g, -1.0, 1.0), call.grad)


def _nowhere_zero(call, size):
    """A zero replaced by a number whose square underflows and whose sign is seen."""
    return each(lambda g: np.where(g == 0, size, g), call.grad)
