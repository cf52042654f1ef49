"""The width compiler: which exponents a method needs, measured from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sympy import Rational

from lab.instruments.width.functions import FromFunction, Rule
from lab.instruments.width.slopes import Slope, slope
from lab.instruments.width.study import Study, powers, standard_study
from lab.optimizers.adaptive.adafactor import Adafactor
from lab.optimizers.matrix.muon import Muon
from lab.optimizers.matrix.points import point_of
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.protocol import Optimizer, hyperparameters, with_
from lab.optimizers.wrappers.clipped import Clipped
from lab.optimizers.wrappers.grafted import Grafted
from lab.optimizers.wrappers.hyperball import Hyperball
from lab.optimizers.wrappers.model_step import ModelStep
from lab.optimizers.wrappers.moving_basis import InMovingBasis
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths
from lab.simulation import simulate
from lab.theory.mup import (
    RULES,
    Table,
    degree,
    entrywise,
    exponents,
    kronecker,
    spectral,
    trust_ratio,
)
from lab.theory.mup import Rule as WidthLaw

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
    derived where a derivation is known (None otherwise)."""

    c: Slope
    d: Slope | None
    derived_c: float | None
    derived_d: dict[str, float]


@dataclass(frozen=True, eq=False)
class WidthRule:
    """rows: role -> Row; damped: the hyper-parameter whose d was measured, or None."""

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
            measured = row.d is not None and np.isfinite(row.d.value)
            d = np.round(row.d.value * grain) / grain if row.d and measured else 0.0
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
        found = None if halves is None else _damping_slope(halves[role])
        rows[role] = Row(slope(study.widths, values), found, *_derived(known, role))
    return WidthRule(type(optimizer).__name__, study.widths, damped, rows)


def known_rule(optimizer: Any) -> WidthLaw | None:
    """The derived rule of an optimizer, found inside its wrappers; None where none is known.

    On a sphere steps are relative to the weights, whatever is inside. Clipping does nothing to what
    does not see the size of gradients; with the others it has no power of its own. Where a model
    chooses the rate, lr is none.
    """
    if isinstance(optimizer, Grafted):
        return known_rule(optimizer.magnitude)
    if isinstance(optimizer, InMovingBasis):
        # on one batch the basis is that of its gradient
        return RULES["SOAP"] if known_rule(optimizer.inner) is RULES["Adam"] else None
    if isinstance(optimizer, ModelStep):
        return None
    if isinstance(optimizer, Hyperball):
        inside = known_rule(optimizer.inner)
        return None if inside is None else trust_ratio(inside)
    if isinstance(optimizer, Clipped):
        inside = known_rule(optimizer.inner)
        return inside if inside is not None and degree(inside) == 0 else None
    if hasattr(optimizer, "inner"):
        return known_rule(optimizer.inner)
    if isinstance(optimizer, Adafactor) and not optimizer.relative:
        return entrywise(0)
    if isinstance(optimizer, Muon):
        return _muon(optimizer)
    if isinstance(optimizer, ThinKronecker):
        return kronecker(Rational(optimizer.e_A), Rational(optimizer.e_B))
    return RULES.get(point_of(optimizer) or type(optimizer).__name__)


def _muon(optimizer) -> WidthLaw | None:
    """By what the polar factor is multiplied; "columns" is of the transposed convention."""
    if optimizer.rms is not None:
        return spectral("largest")
    return spectral("rows") if optimizer.shape == "rows" else None


def _derived(table, role):
    if table is None:
        return None, {}
    row = table.rows[role]
    return float(row.c), {name: float(d) for name, d in row.d.items()}


def _damping_of(
    optimizer,
    asked,
) -> str | None:
    there = hyperparameters(optimizer)
    if asked is not None:
        if there.get(asked) is None:
            told = ", ".join(n for n in DAMPINGS if there.get(n) is not None) or "no damping"
            raise TypeError(f"damped = {asked!r}: {type(optimizer).__name__} has {told}")
        return asked
    return next((n for n in DAMPINGS if there.get(n) is not None), None)


def _start(study, width):
    return study.at(width, powers(exponents("SGD")))


def _roles(start) -> list[str]:
    return [name.rpartition(" ")[0] for name in start.names]


def _first_moves(
    optimizer,
    study,
    width,
    damped,
    share,
) -> np.ndarray:
    """RMS(dW_l h_(l-1)) of the first step that moves, (seeds, blocks)."""
    start = _start(study, width)
    method = optimizer
    if damped is not None:
        method = with_(optimizer, **{damped: 1.0})
        rows = {r: Powers(0.0, 0.0, -_log2(share[r])) for r in set(_roles(start))}
        # (2 / 1)^-d with d = -log2 of the damping: one value for each role
        method = Parameterized(method, rows, Widths(2, 1), damped)
    return _moves(start, method)


def _log2(x) -> float:
    return float(np.log2(x)) if np.isfinite(x) and x > 0 else -40.0


def _moves(
    start,
    method,
) -> np.ndarray:
    """After one step; after two where the first does not move: some methods only look at it."""
    moved = _after(start, method, 1)
    return moved if moved.max() > 0 else _after(start, method, 2)


def _after(start, method, steps):
    record = {"moved": start.moved}
    run = simulate(start.objective, method, start.theta, steps=steps, every=steps, record=record)
    return run["moved"][-1]


Halves = Mapping[int, np.ndarray]


def _halving(
    optimizer,
    damped,
    study,
) -> dict[str, dict[int, np.ndarray]]:
    """role -> width -> the dampings (seeds,) at which the step is half of that with almost none."""
    found: dict[str, dict[int, np.ndarray]] = {}
    swept = with_(optimizer, **{damped: GRID[:, None]})
    for width in _narrow(optimizer, study.widths):
        start = _start(study, width)
        few = type(start)(start.network, _first_seeds(start.theta), start.centred)
        sizes = _moves(few, swept)
        for block, role in enumerate(_roles(start)):
            at = [_crossing(one) for one in sizes[..., block].T]
            found.setdefault(role, {}).setdefault(width, np.array(at))
    return found


def _narrow(optimizer, widths):
    """The widths at which dampings are swept: two at least."""
    increasing = sorted(set(widths))
    if getattr(optimizer, "scope", "vector") != "matrix":
        return increasing
    narrow = [m for m in increasing if m <= WIDEST]
    return narrow if len(narrow) > 1 else increasing[:2]


def _extrapolated(
    values: Halves,
    width: int,
) -> float:
    """The damping of a width, by the power law through those of others."""
    widths = sorted(values)
    found = slope(widths, [values[m] for m in widths])
    if not np.isfinite(found.value):
        return np.nan
    middle = np.exp(np.mean([np.log(values[m]) for m in widths]))
    centre = np.exp(np.mean(np.log(widths)))
    return float(middle * (width / centre) ** found.value)


def _first_seeds(theta):
    blocks = [x[:SWEPT_SEEDS] for x in theta]
    return type(theta)(blocks, theta.orders, theta.roles)


def _crossing(sizes) -> float:
    """Where sizes on GRID first fall below half of the first; NaN where they do not."""
    with np.errstate(all="ignore"):
        fall = np.log2(sizes / sizes[0]) + 1.0
    below = np.flatnonzero(fall < 0)
    if not below.size or not np.isfinite(fall[: below[0] + 1]).all():
        return np.nan
    k = below[0]
    share = fall[k - 1] / (fall[k - 1] - fall[k])
    log = np.log(GRID)
    return float(np.exp(log[k - 1] + share * (log[k] - log[k - 1])))


def _by_role(
    study,
    sizes,
) -> dict[str, np.ndarray]:
    """role -> sizes (widths, seeds) of the first block with that role."""
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
    """d of rho M^-d."""
    widths = sorted(values)
    x = slope(widths, [values[m] for m in widths])
    return Slope(-x.value, -x.high, -x.low)
