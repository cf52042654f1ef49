"""The width compiler: which exponents a method needs, measured from outside.

RMS(dW_l h_(l-1)) ~ M^c at a fixed rate, so that eta M^-c makes it of order 1: c is a slope. For a
damping, the value at which the step is half of the undamped one goes as M^-d: its slope is -d.
Nothing is known of the method but what it returns, and which of its fields is the damping.

The order matters: c is measured with the damping at 1 % of what halves the step at each width, for
a damping that is too large at one width and too small at another has a slope of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lab.instruments.width.first_steps import first_move
from lab.instruments.width.functions import FromFunction, Rule
from lab.instruments.width.known import known_rule
from lab.instruments.width.slopes import Slope, slope
from lab.instruments.width.study import Study, powers, standard_study
from lab.optimizers.protocol import Optimizer, hyperparameters, with_
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths
from lab.theory.mup import Rule as WidthLaw
from lab.theory.mup import Table, exponents

# dampings by the names that methods give them, and by those of the derived rules
DAMPINGS = ("damping", "eps")
# so far below the damping that halves a step, damping is a hundredth of what it is added to
SHARE = 0.01
# decades around any factor's eigenvalues at widths up to thousands: they go from 1e-9 (squares of
# gradients' entries) to 1e4
GRID = np.logspace(-14.0, 5.0, 20)
# roots of matrices cost the cube of the width, for every value of the grid: what is wider is
# extrapolated
WIDEST = 128
# starts on which dampings are swept: enough for an interval
SWEPT_SEEDS = 3


class Row(NamedTuple):
    """What one role needs: c of the rate eta M^-c and d of the damping rho M^-d, measured, and
    derived where a derivation is known (None otherwise).

    d is None for a method without damping; its value is NaN where no damping on GRID halves the
    step. derived_d: one exponent per damping of the rule ("A", "L", "eps"), {} without a rule.
    """

    c: Slope
    d: Slope | None
    derived_c: float | None
    derived_d: dict[str, float]


@dataclass(frozen=True, eq=False)
class WidthRule:
    """rows: role -> Row; damped: the hyper-parameter whose d was measured, or None.

    Roles: input, hidden, output, hidden bias, output bias, as far as the networks have them.
    """

    name: str
    widths: tuple[int, ...]
    damped: str | None
    rows: Mapping[str, Row]

    def table(
        self,
        digits: int = 1,
    ) -> dict[str, Powers]:
        """What was measured, as a table for `Parameterized`: c and d rounded to 1 / 2^digits.

        b is that of muP. A damping that was not found gets d = 0.
        """
        grain = 2.0**digits
        start = powers(exponents("SGD"))
        found = {}
        for role, row in self.rows.items():
            c = np.round(row.c.value * grain) / grain
            measured = np.nan if row.d is None else row.d.value
            # a damping that was not found
            d = 0.0
            if np.isfinite(measured):
                d = np.round(measured * grain) / grain
            found[role] = Powers(start[role].b, float(c), float(d))
        return found


def width_rule(
    method: Optimizer | Rule,
    study: Study | None = None,
    *,
    derived: str | WidthLaw | Table | None = None,
    damped: str | None = None,
) -> WidthRule:
    """The exponents that a method needs so that every layer moves its features at every width.

    method: an optimizer, or a function (W, batch) -> dW (see `functions.Batch`). The rate is kept
    fixed, so that the slope of RMS(dW_l h_(l-1)) is the c that undoes it; the start is muP's. Of a
    damping (`damped`; "damping" or "eps" where there is one) the value is found that halves the
    step, for each width and role: its slope is -d. Rates are then measured with the damping at 1 %
    of that. The first step with a move counts: some methods only look at the first gradient.
    derived: a name of RULES, a rule or a Table to stand beside; found from the optimizer unless
    given.
    TypeError for a `damped` that the method has not.
    """
    study = standard_study() if study is None else study
    optimizer: Any = method if hasattr(method, "step") else FromFunction(method)
    law = known_rule(optimizer) if derived is None else derived
    known = law if isinstance(law, Table) or law is None else exponents(law)

    damped = _damping_of(optimizer, damped)
    halves = None if damped is None else _halving(optimizer, damped, study)
    sizes = []
    for width in study.widths:
        share = None if halves is None else _shares(halves, width)
        sizes.append(_first_moves(optimizer, study, width, damped, share))
    by_role = _by_role(study, sizes)

    rows = {}
    for role, values in by_role.items():
        rate = slope(study.widths, values)
        found = None if halves is None else _damping_slope(halves[role])
        rows[role] = Row(rate, found, *_derived(known, role))
    return WidthRule(type(optimizer).__name__, study.widths, damped, rows)


def _derived(table, role):
    """(c, {damping: d}) of a role in a derived table, (None, {}) without one."""
    if table is None:
        return None, {}
    row = table.rows[role]
    return float(row.c), {name: float(d) for name, d in row.d.items()}


def _damping_of(
    optimizer,
    asked,
) -> str | None:
    """The name of the damping: what was asked, else the first of DAMPINGS; None without one."""
    there = hyperparameters(optimizer)
    known = [name for name in DAMPINGS if there.get(name) is not None]
    if asked is None:
        return known[0] if known else None
    if there.get(asked) is None:
        told = ", ".join(known) or "no damping"
        raise TypeError(f"damped = {asked!r}: {type(optimizer).__name__} has {told}")
    return asked


def _start(study, width):
    """The starts of one width in muP's scaling, which is the same for every method."""
    return study.at(width, powers(exponents("SGD")))


def _roles(start) -> list[str]:
    """The role of each block: the name without the number of its layer."""
    return [name.rpartition(" ")[0] for name in start.names]


def _first_moves(
    optimizer,
    study,
    width,
    damped,
    share,
) -> np.ndarray:
    """RMS(dW_l h_(l-1)) of the first step that moves, (seeds, blocks).

    share: role -> the damping to measure with, or None for a method without one.
    """
    start = _start(study, width)
    method = optimizer
    if damped is not None:
        method = with_(optimizer, **{damped: 1.0})
        # (2 / 1)^-d with d = -log2 of the damping: one value for each role
        roles = set(_roles(start))
        rows = {role: Powers(0.0, 0.0, -_log2(share[role])) for role in roles}
        method = Parameterized(method, rows, Widths(2, 1), damped)
    return first_move(start, method)


def _log2(x) -> float:
    """log2 x; -40 for a damping that was not found, which is then 1e-12: almost none."""
    return float(np.log2(x)) if np.isfinite(x) and x > 0 else -40.0


Halves = Mapping[int, np.ndarray]


def _halving(
    optimizer,
    damped,
    study,
) -> dict[str, dict[int, np.ndarray]]:
    """role -> width -> the dampings (seeds,) at which the step is half of that with almost none.

    GRID is one axis of runs, the seeds another: one call per width.
    """
    found: dict[str, dict[int, np.ndarray]] = {}
    swept = with_(optimizer, **{damped: GRID[:, None]})
    for width in _narrow(optimizer, study.widths):
        start = _start(study, width)
        few = type(start)(start.network, _first_seeds(start.theta), start.centred)
        sizes = first_move(few, swept)
        for block, role in enumerate(_roles(start)):
            at = [_crossing(one) for one in sizes[..., block].T]
            by_width = found.setdefault(role, {})
            by_width.setdefault(width, np.array(at))
    return found


def _narrow(optimizer, widths):
    """The widths at which dampings are swept, ascending: two at least.

    All of them, unless the method works on matrices: then those up to WIDEST.
    """
    increasing = sorted(set(widths))
    if getattr(optimizer, "scope", "vector") != "matrix":
        return increasing
    narrow = [m for m in increasing if m <= WIDEST]
    return narrow if len(narrow) > 1 else increasing[:2]


def _extrapolated(
    values: Halves,
    width: int,
) -> float:
    """The damping of a width, by the power law through those of others; NaN without one.

    Through the geometric mean of all values at the geometric mean of their widths.
    """
    widths = sorted(values)
    found = slope(widths, [values[m] for m in widths])
    if not np.isfinite(found.value):
        return np.nan

    logs = [np.log(values[m]) for m in widths]
    middle = np.exp(np.mean(logs))
    log_widths = np.log(widths)
    centre = np.exp(log_widths.mean())
    farther = (width / centre) ** found.value
    return float(middle * farther)


def _first_seeds(theta):
    """The first SWEPT_SEEDS runs of every block."""
    blocks = [x[:SWEPT_SEEDS] for x in theta]
    return type(theta)(blocks, theta.orders, theta.roles)


def _crossing(sizes) -> float:
    """Where sizes on GRID first fall below half of the first; NaN where they do not.

    log2(size) is interpolated linearly in the logarithm of the damping between two values. NaN
    too where a size before the crossing is not finite, or is 0: that is no damped step.
    """
    with np.errstate(all="ignore"):
        fall = np.log2(sizes / sizes[0]) + 1.0
    below = np.flatnonzero(fall < 0)
    if not below.size or not np.isfinite(fall[: below[0] + 1]).all():
        return np.nan
    k = below[0]
    share = fall[k - 1] / (fall[k - 1] - fall[k])
    log = np.log(GRID)
    crossed = log[k - 1] + share * (log[k] - log[k - 1])
    return float(np.exp(crossed))


def _by_role(
    study,
    sizes,
) -> dict[str, np.ndarray]:
    """role -> sizes (widths, seeds) of the first block with that role.

    Two hidden layers have the same exponents: one is enough.
    """
    start = _start(study, study.widths[0])
    found: dict[str, np.ndarray] = {}
    stacked = np.stack(sizes)
    for block, role in enumerate(_roles(start)):
        found.setdefault(role, stacked[..., block])
    return found


def _shares(
    halves,
    width,
) -> dict[str, float]:
    """role -> the damping at which rates are measured."""
    return {role: SHARE * _extrapolated(values, width) for role, values in halves.items()}


def _damping_slope(values: Halves) -> Slope:
    """d of rho M^-d: minus the slope, its interval turned round."""
    widths = sorted(values)
    x = slope(widths, [values[m] for m in widths])
    return Slope(-x.value, -x.high, -x.low)
