"""A constant factor on the step: measured where a record first parts from us, then held against
all other steps.

With delta_k our step k and d_k theirs, c = (delta_k . d_k) / (delta_k . delta_k) at the first step
k that parts, where both start from one point. Then d_t = c delta_t must hold for every t >= k, in
an open loop as in a closed one, in which c changes the gradients too: the candidate is simulated,
not fitted. What c may mean (1 - momentum, lr twice) is told when it is that number.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from lab.conformance.altered import Altered
from lab.conformance.records import Record, path
from lab.optimizers import hyperparameters

# Significant digits of the factors that are tried: what a person types, and what a step tells.
TYPED = (2, 4, 6)

# A measured factor is that of a meaning up to the digits of a step: most records keep six or more.
MEANT = 1e-6

# Rates of averages, of which 1 - rate and 1 / (1 - rate) may be a factor.
RATES = ("momentum", "beta1", "beta2", "dampening")


def scaled_from(optimizer: Any, record: Record, parting: int) -> list[tuple[str, Any]]:
    """The method with its steps times a factor, from the step (counted from 0) that parts.

    As (name, optimizer): with the meanings that the factor may have, then the factor as a person
    would type it, then as measured. [] where our own step is zero, or not finite.
    """
    factor = _measured(optimizer, record, parting)
    if factor is None:
        return []

    meanings = _meanings(optimizer)
    near = MEANT * abs(factor)
    known = [value for value in meanings if abs(value - factor) < near]
    rounded = [float(f"{factor:.{digits}g}") for digits in TYPED]

    found = []
    for value in dict.fromkeys([*known, *rounded, factor]):
        meaning = meanings.get(value)
        name = _name(value, parting, meaning)
        candidate = _scaled(optimizer, value, parting)
        found.append((name, candidate))
    return found


def _measured(optimizer, record, parting) -> float | None:
    """Their step over ours, by least squares, at the first step whose start we share: c above.
    None where our step is zero or not finite.
    """
    ours = path(optimizer, record, parting + 1)
    # row k of these is the point before step k
    points = np.vstack([record.start, ours])
    before = points[parting]
    mine = ours[parting] - before
    other = record.trajectory[parting] - before
    square = float(mine @ mine)
    if not np.isfinite(square) or square == 0:
        return None
    product = float(mine @ other)
    return product / square


def _scaled(optimizer, factor, parting):
    """The method with this factor on its steps, from the parting one on. Its state is not
    scaled: that is what tells a factor on the step from one on the gradient.
    """
    moves = partial(
        _from,
        factor=factor,
        parting=parting,
    )
    return Altered(optimizer, moves=moves)


def _from(call, delta, new, factor, parting):
    # calls are counted from 1, the parting step from 0
    return factor * delta if call.t > parting else delta


def _name(factor, parting, meaning):
    """The words: since when, how much, and what that may be."""
    start = "every step is" if parting == 0 else f"from step {parting + 1} on every step is"
    told = f"{start} {factor:.6g} of ours"
    return f"{told} ({meaning})" if meaning else told


def _meanings(optimizer) -> dict[float, str]:
    """Numbers that a factor may be, made of the hyper-parameters: all that it may mean.

    Two rates of one value have both their meanings told, "1 - beta1 or 1 - dampening".
    """
    found: dict[float, list[str]] = {}
    for value, meaning in _numbers(optimizer):
        known = found.setdefault(value, [])
        known.append(meaning)

    words = map(" or ".join, found.values())
    return dict(zip(found, words, strict=True))


def _numbers(optimizer) -> Iterator[tuple[float, str]]:
    """(number, what it would be), for rates in (0, 1) and an lr that is not 1.

    A sum for an average, or an average for a sum, changes every step by 1 - rate or its inverse
    once it has settled; so does lr that is applied twice or not at all.
    """
    values = hyperparameters(optimizer)
    for name in RATES:
        value = values.get(name)
        if isinstance(value, float) and 0 < value < 1:
            rest = 1 - value
            yield rest, f"1 - {name}"
            yield 1 / rest, f"1 / (1 - {name})"

    lr = values.get("lr")
    if isinstance(lr, float) and lr != 1:
        yield lr, "lr, twice"
        yield 1 / lr, "1 / lr: there is no lr"
