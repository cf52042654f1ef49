"""Steps to a tolerance: predicted from the spectrum, and measured by running the methods.

On theta^T H theta / 2 - b^T theta from 0, in the eigenbasis, gradient descent leaves

    |g_t|^2 = sum_i (v_i^T b)^2 (1 - lr lam_i)^(2 t)

so that steps depend on the spectrum, on the weights (v_i^T b)^2 and on nothing else; the heavy
ball likewise. Conjugate gradients depend on their rounding too, which the predictor imitates. Best
rates: 2 / (lam_1 + lam_n), and Polyak's pair for the heavy ball.
"""

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

    inf: not within LIMIT (CG_LIMIT, EVALUATIONS); NaN: not predicted, or not run. lr: the largest
    stable rate of gradient descent, 2 / lam_max. `*_measured` is the run beside the prediction.
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
    """On theta^T H theta / 2 - b^T theta from theta = 0; lbfgs: what was measured of it.

    H (n, n) positive semi-definite, b (n,) nonzero, tol in (0, 1). Above the condition number
    PREDICTABLE nothing is predicted, and gradient descent and heavy ball are told as not arriving;
    conjugate gradients are still run unless H is singular to rounding.
    """
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
    """Gradient descent and heavy ball at their best rates for this spectrum, ascending.

    sqrt(beta) = (sqrt kappa - 1) / (sqrt kappa + 1), and its rate (1 + sqrt beta)^2 / lam_n, which
    is 4 / (sqrt lam_1 + sqrt lam_n)^2.
    """
    root = np.sqrt(lam[-1] / lam[0])
    beta = ((root - 1) / (root + 1)) ** 2
    rate = (1 + np.sqrt(beta)) ** 2 / lam[-1]
    plain = SGD(float(2 / (lam[0] + lam[-1])))
    return plain, HeavyBall(float(rate), float(beta))


def _grading(
    h,
    v,
) -> np.ndarray:
    """The rounding of H p along each eigenvector, relative to that of the largest row, (n,).

    (sum_i v_ik^2 |h_i|^2)^(1/2) / max_i |h_i|: row i of a product is rounded in units of |h_i|.
    Badly scaled columns have rows of many sizes: rounding is then far below that of the largest
    row along most eigenvectors, and conjugate gradients lose less than they would otherwise.
    """
    rows = np.linalg.norm(h, axis=1)
    shares = (rows / rows.max()) ** 2
    # v is of length 1 up to rounding
    return np.minimum(np.sqrt(shares @ v**2), 1.0)


def _cg(
    h,
    b,
    tol,
) -> float:
    """Steps that a run of conjugate gradients takes; inf beyond CG_LIMIT.

    In exact arithmetic at most n; rounding makes it more where the condition number is large.
    """
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
    prediction, so that a prediction that is too low is seen.

    inf for a prediction beyond LIMIT, which is not run, and for a run that did not arrive.

    theta starts at 0, and |H theta - b| <= tol |b| is arrival: the gradient, in the units of the
    columns.
    """
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

    loss: theta -> value and gradient of the model itself, not of its quadratic. d (size,) > 0. The
    stop is |D g| <= tol |D g_0|, as for the other methods; SciPy's own stops are off (ftol and gtol
    are 0).
    """
    _, first = loss(np.zeros(size))
    target = tol * norm(d * first)
    # gradients by their points: the callback is told the point alone
    known: dict[bytes, np.ndarray] = {}
    sizes: list[float] = []

    def in_z(z):
        """The value and the gradient D g by z, kept for the callback."""
        value, g = loss(d * z)
        known.clear()
        known[z.tobytes()] = d * g
        return value, d * g

    def seen(z):
        """The callback after every iteration: StopIteration, which SciPy obeys, on arrival."""
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
    # an optimum at the start has no iteration
    arrived = bool(sizes) and sizes[-1] <= target
    return float(len(sizes)) if arrived else float(np.inf)
