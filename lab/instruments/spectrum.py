"""What a spectrum decides for SGD with a fixed preconditioner: limits, rates, floors, a phase.

Gaussian regression with these eigenvalues, labels with noise, errors of size one in every
eigendirection at the start. See lab.theory.sgd and lab.theory.recursion.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import count, nonnegative, positive, real
from lab.domains import number, vector
from lab.matrix_checks import symmetric
from lab.theory.recursion import risk_curve
from lab.theory.sgd import best_rate, critical_batch, stability_limit, stationary_risk
from lab.ties import rounded

POWERS = {"SGD": 0.0, "GN^-1/2": -0.5, "GN^-1": -1.0}

# rates tried for T steps, as shares of the stability limit: down to where T steps hardly move, and
# beyond it, since at a short horizon a step that diverges in the end may be best
RATES = 200
LOWEST_SHARE = 1e-4
HIGHEST_SHARE = 2.0

# eigenvalues below this share of the largest are the rounding of zero
NEGLIGIBLE = 1e-12


class Advice(NamedTuple):
    """For one preconditioner.

    limit: the largest stable lr. lr, rate: the fastest decay without noise, as the factor of the
    risk per step; floor: the risk E[delta^T Sigma delta] at which the noise stops it. best, risk:
    the lr of the lowest risk after T steps, and that risk over the one at the start. critical: the
    batch above which the stable step no longer grows. phase: "noise" where T steps at `best` end
    within a factor of two of their own floor, "curvature" where the batch is above the critical
    one, else "batch": the stable step grows with the batch.
    """

    method: str
    limit: float
    lr: float
    rate: float
    floor: float
    best: float
    risk: float
    critical: float
    phase: str


def eigenvalues(h: np.ndarray) -> np.ndarray:
    """The positive eigenvalues of a spectrum (n,) >= 0 or a symmetric PSD matrix (n, n).

    Those below 1e-12 of the largest are zero, and directions in which nothing moves are left out.
    ValueError when none is left.
    """
    h = real("h", h, (1, 2))
    if h.ndim == 2:
        # what rounding makes negative is below NEGLIGIBLE, or `symmetric` refuses it
        lam = np.maximum(np.linalg.eigvalsh(symmetric("h", h)), 0.0)
    else:
        lam = vector("h", h)
        nonnegative("h", lam)
    kept = lam[lam > NEGLIGIBLE * lam.max()]
    if not kept.size:
        raise ValueError("h has no positive eigenvalue: nothing moves")
    return np.sort(kept)[::-1]


def advise(
    spectrum: np.ndarray,
    *,
    noise: float = 0.0,
    batch: int | None = None,
    steps: int = 100,
) -> list[Advice]:
    """One Advice for SGD, GN^-1/2 and GN^-1 each.

    spectrum (n,) > 0; noise >= 0: the deviation of the labels; batch None: the full batch; steps
    T >= 1. ValueError otherwise.
    """
    lam = vector("spectrum", spectrum)
    positive("spectrum", lam)
    noise = number("noise", noise, nonnegative)
    count("steps", steps)
    return [_advice(name, lam, power, noise, batch, steps) for name, power in POWERS.items()]


def _advice(name, lam, power, noise, batch, steps) -> Advice:
    limit = stability_limit(lam, power, batch)
    fastest = best_rate(lam, power, batch)
    critical = critical_batch(lam, power)

    lr, risk = for_steps(lam, power, noise=noise, batch=batch, steps=steps)
    last = int(rounded(risk).argmin())
    best = float(lr[last])
    left = float(risk[last] * lam.sum())
    own_floor = float(stationary_risk(lam, power, best, batch, noise)) if best < limit else 0.0

    if own_floor > 0 and left <= 2 * own_floor:
        phase = "noise"
    elif batch is None or batch >= critical:
        phase = "curvature"
    else:
        phase = "batch"
    floor = float(stationary_risk(lam, power, fastest.lr, batch, noise))
    asymptotic = (limit, fastest.lr, fastest.rate, floor)
    return Advice(name, *asymptotic, best, float(risk[last]), critical, phase)


def for_steps(
    spectrum: np.ndarray,
    power: float,
    *,
    noise: float,
    batch: int | None,
    steps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Rates lr (L,) around the stability limit, and the risk after T steps over that at the start.

    From E[delta_i^2] = 1.

    lr (L,) is geometric; ratios above 1 and inf are rates that make it worse. power: of the
    preconditioner diag(lam)^power in the eigenbasis, 0 for SGD. ValueError for steps < 1.
    """
    lam = vector("spectrum", spectrum)
    limit = stability_limit(lam, power, batch)
    lr = limit * np.geomspace(LOWEST_SHARE, HIGHEST_SHARE, RATES)
    q = lr[:, None] * lam ** (1 + power)
    risk = risk_curve(q, lam, np.array([count("steps", steps)]), batch, noise)
    return lr, risk[0] / lam.sum()
