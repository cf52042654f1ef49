"""Steps to a tolerance: predicted from the spectrum, and measured by running the methods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from lab.arrays import norm
from lab.checks import EPS
from lab.objectives import Quadratic
from lab.optimizers import SGD, HeavyBall
from lab.simulation import simulate
from lab.theory.conditioning import (
    cg_steps,
    descent_steps,
    heavy_ball_steps,
    predicted_cg_steps,
)

# more steps are not measured
LIMIT = 5_000
# of conjugate gradients, whose steps cost less
CG_LIMIT = 20_000
# of L-BFGS, whose every step asks for the loss of all examples
EVALUATIONS = 1_500
# the predictor of conjugate gradients was measured up to this condition number
PREDICTABLE = 1e10


class Steps(NamedTuple):
    """Until |g| <= tol |g_0|: of gradient descent, heavy ball, conjugate gradients and L-BFGS.

    inf: not within LIMIT; NaN: not predicted. lr: the largest stable rate of gradient descent.
    """

    name: str
    gd: float
    gd_measured: float
    ball: float
    ball_measured: float
    cg: float
    cg_measured: float
    lbfgs: float
    lr: float


def steps(
    name: str,
    h: np.ndarray,
    b: np.ndarray,
    tol: float,
    lbfgs: float,
) -> Steps:
    """On theta^T H theta / 2 - b^T theta from theta = 0; lbfgs: what was measured of it."""
    lam, v = np.linalg.eigh(h)
    stable = float(2 / lam[-1])
    # eigenvalues below the rounding of the largest: no prediction
    if lam[0] <= lam[-1] / PREDICTABLE:
        nan = float("nan")
        definite = lam[0] > len(h) * EPS * lam[-1]
        measured = _cg(h, b, tol) if definite else nan
        return Steps(name, nan, np.inf, nan, np.inf, nan, measured, lbfgs, stable)

    weights = (b @ v) ** 2
    gd = descent_steps(lam, weights, tol)
    ball = heavy_ball_steps(lam, weights, tol)
    grading = _grading(h, v)
    predicted = predicted_cg_steps(lam, weights, tol, grading=grading, limit=CG_LIMIT)
    plain, tuned = _tuned(lam)
    gd_run = _run(h, b, plain, tol, gd)
    ball_run = _run(h, b, tuned, tol, ball)
    return Steps(name, gd, gd_run, ball, ball_run, predicted, _cg(h, b, tol), lbfgs, stable)


def _tuned(lam):
    """Gradient descent and heavy ball at their best rates for this spectrum."""
    root = np.sqrt(lam[-1] / lam[0])
    beta = ((root - 1) / (root + 1)) ** 2
    rate = (1 + np.sqrt(beta)) ** 2 / lam[-1]
    plain = SGD(float(2 / (lam[0] + lam[-1])))
    return plain, HeavyBall(float(rate), float(beta))


def _grading(
    h,
    v,
) -> np.ndarray:
    """The rounding of H p along each eigenvector, relative to that of the largest row."""
    rows = np.linalg.norm(h, axis=1)
    shares = (rows / rows.max()) ** 2
    # v is of length 1 up to rounding
    return np.minimum(np.sqrt(shares @ v**2), 1.0)


def _cg(
    h,
    b,
    tol,
) -> float:
    return cg_steps(
        h,
        b,
        tol,
        limit=CG_LIMIT,
    )


def _run(
    h,
    b,
    optimizer,
    tol,
    expected,
) -> float:
    """The first step at which the method's gradient is small; a run half as long again as the
    prediction, so that a prediction that is too low is seen."""
    length = int(min(LIMIT, 1.5 * expected + 10)) if np.isfinite(expected) else LIMIT
    if expected > LIMIT:
        return float(np.inf)

    f = Quadratic(h, b)
    record = {"size": lambda theta: norm(theta @ h - b)}
    sizes = simulate(
        f,
        optimizer,
        np.zeros(len(b)),
        steps=length,
        record=record,
    )["size"]
    reached = np.flatnonzero(sizes <= tol * norm(b))
    return float(reached[0]) if len(reached) else float(np.inf)


def lbfgs_steps(
    loss,
    size: int,
    d: np.ndarray,
    tol: float,
) -> float:
    """Iterations of SciPy's L-BFGS-B from 0 in the variables z, theta = D z; inf: not reached.

    loss: theta -> value and gradient of the model itself, not of its quadratic.
    """
    _, first = loss(np.zeros(size))
    target = tol * norm(d * first)
    # gradients by their points: the callback is told the point alone
    known: dict[bytes, np.ndarray] = {}
    sizes: list[float] = []

    def in_z(z):
        value, g = loss(d * z)
        known.clear()
        known[z.tobytes()] = d * g
        return value, d * g

    def seen(z):
        g = known[z.tobytes()] if z.tobytes() in known else in_z(z)[1]
        sizes.append(float(norm(g)))
        if sizes[-1] <= target:
            raise StopIteration

    limits = {"maxiter": EVALUATIONS, "maxfun": 2 * EVALUATIONS, "ftol": 0.0, "gtol": 0.0}
    minimize(
        in_z,
        np.zeros(size),
        jac=True,
        method="L-BFGS-B",
        callback=seen,
        options=limits,
    )
    arrived = bool(sizes) and sizes[-1] <= target
    return float(len(sizes)) if arrived else float(np.inf)
