"""A constant factor on the step: measured where a record first parts from us, then held against
all other steps.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from lab.conformance.altered import Altered
from lab.conformance.records import Record, path
from lab.optimizers import hyperparameters

# Significant digits of the factors that are tried: what a person types, and what a step tells.
TYPED = (2, 4, 6)


def scaled_from(optimizer: Any, record: Record, parting: int) -> list[tuple[str, Any]]:
    """The method with its steps times a factor, from the step (counted from 0) that parts; [] for
    a still record.
    """
    factor = _measured(optimizer, record, parting)
    if factor is None:
        return []
    rounded = [float(f"{factor:.{digits}g}") for digits in TYPED]
    known = [value for value in _meanings(optimizer) if abs(value - factor) < 1e-6 * abs(factor)]
    tried = dict.fromkeys([*known, *rounded, factor])
    return [
        (_name(value, parting, optimizer), _scaled(optimizer, value, parting)) for value in tried
    ]


def _measured(optimizer, record, parting) -> float | None:
    """Their step over ours, by least squares, at the first step whose start we share."""
    ours = np.vstack([record.start, path(optimizer, record, parting + 1)])
    theirs = np.vstack([record.start, record.trajectory[: parting + 1]])
    mine = ours[-1] - ours[-2]
    other = theirs[-1] - ours[-2]
    square = float(mine @ mine)
    if not np.isfinite(square) or square == 0:
        return None
    return float(mine @ other) / square


def _scaled(optimizer, factor, parting):
    return Altered(optimizer, moves=partial(_from, factor=factor, parting=parting))


def _from(call, delta, new, factor, parting):
    return factor * delta if call.t > parting else delta


def _name(factor, parting, optimizer):
    start = "every step is" if parting == 0 else f"from step {parting + 1} on every step is"
    meaning = _meanings(optimizer).get(factor)
    return f"{start} {factor:.6g} of ours" + (f" ({meaning})" if meaning else "")


def _meanings(optimizer) -> dict[float, str]:
    """Numbers that a factor may be, made of the hyper-parameters: all that it may mean."""
    values = hyperparameters(optimizer)
    found: dict[float, list[str]] = {}
    for name in ("momentum", "beta1", "beta2", "dampening"):
        value = values.get(name)
        if isinstance(value, float) and 0 < value < 1:
            found.setdefault(1 - value, []).append(f"1 - {name}")
            found.setdefault(1 / (1 - value), []).append(f"1 / (1 - {name})")
    rate = values.get("lr")
    if isinstance(rate, float) and rate != 1:
        found.setdefault(rate, []).append("lr, twice")
        found.setdefault(1 / rate, []).append("1 / lr: there is no lr")
    return {value: " or ".join(meanings) for value, meanings in found.items()}
