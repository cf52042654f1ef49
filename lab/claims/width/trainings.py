"""Trainings of k copies of one network at muP's rates: the same run, if the rules are right.

Every method comes with the rule that lab.theory.mup derives for it, and with the name of the
damping that has to follow the width, if it has one.

Why the same run: k copies start as copies, and at these rates every block of a gradient is that of
one copy, up to a power of k that the rate takes out. So losses agree to rounding, and a rule that
is wrong anywhere shows as a loss that differs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from lab.claims.width.copied import COPIES, Data, copies
from lab.optimizers import LMO, Adam, DiagonalGN, HeavyBall, Lion, Shampoo
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import ROLES, Parameterized, Powers, Widths
from lab.simulation import simulate
from lab.theory.mup import (
    Rule,
    diagonal,
    entrywise,
    kronecker,
    scales,
    shampoo,
    spectral,
    update,
)

# enough for momentum and averages to act; rounding grows with every step
STEPS = 10


def trained(
    optimizer: Any,
    rates: dict[str, Powers],
    data: Data,
    k: int,
    head: float = 1.0,
) -> Any:
    """k copies and their training: the start, and the run of STEPS steps.

    rates: powers of k of every role's rate and damping; head: W_L is k^-head times that of one.

    Full batch, all k from one draw. A method without damping or eps gets rates alone: `damped` is
    then None. Widths(k, 1): the width is k times that of one copy.
    """
    begun = copies(data, k, head)
    names = ("damping", "eps")
    # the one hyper-parameter that has to follow the width, if there is one
    damped = next((name for name in names if hasattr(optimizer, name)), None)
    sized = Parameterized(optimizer, rates, Widths(k, 1), damped)
    return begun, simulate(begun.objective, sized, begun.theta, steps=STEPS)


def losses(
    optimizer: Any,
    rates: dict[str, Powers],
    data: Data,
) -> list[float]:
    """The last loss of one copy and of four, both full-batch from the same start.

    Equal where no step saw k."""
    found = []
    for k in COPIES:
        _, run = trained(optimizer, rates, data, k)
        last = run["loss"][-1, 0]
        found.append(float(last))
    return found


def maximal(
    rule: Rule,
    damping: str | None,
    off: float,
) -> dict[str, Powers]:
    """muP's rates, those of weights off by a power of k, and dampings.

    The rate's power is what `update` says a step at one rate moves by; damping is its name in the
    rule, None for a method without one, or with one that is a share of a trace.

    off = 0 is the rule; another number is what a hypothesis of a claim excludes, and has to change
    the loss.
    """
    rows = {}
    for role in ROLES:
        size = float(rule.damped[damping](scales(role))) if damping else 0.0
        missed = float(update(rule, role, 0)) + off
        rows[role] = Powers(0.0, missed, -size)
    return rows


# name -> (optimizer of a rate and a damping, rule, the damping's name in the rule)
METHODS: dict[str, tuple[Callable, Rule, str | None]] = {
    "heavy ball": (lambda lr, eps: HeavyBall(lr, 0.9), kronecker(0, 0), None),
    "Adam": (lambda lr, eps: Adam(lr, eps=eps), entrywise(0), "eps"),
    "Lion": (lambda lr, eps: Lion(lr), entrywise(0), None),
    "Shampoo": (Shampoo, shampoo(), "L"),
    "K-FAC": (ThinKronecker, kronecker(1, 1), None),
    "Muon": (lambda lr, eps: LMO(lr, 0.9, eps, scale="operator"), spectral("ratio"), "eps"),
    "diagonal GN": (lambda lr, eps: DiagonalGN(lr, -1.0, eps), diagonal(1), "eps"),
}


def hidden_move(data: Data, damp: Literal["trace", "pi"]) -> float:
    """RMS(dW_2 h_1) of one copy in the first step of K-FAC at the rate 1, damping a tenth of `damp`
    ("trace", or "pi" for the heuristic)."""
    begun = copies(data, 1)
    method = ThinKronecker(1.0, 0.1, damp=damp)
    end: Any = simulate(begun.objective, method, begun.theta, steps=1).final
    moved: np.ndarray = begun.moved(end)
    return float(moved[0, begun.names.index("hidden 2")])
