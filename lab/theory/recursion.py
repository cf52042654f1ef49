"""The expected risk of SGD with a fixed preconditioner on Gaussian linear regression.

A linear recursion, without Monte Carlo noise.

C = E[delta delta^T] obeys, with P the preconditioner (learning rate included),
    C+ = C - P Sigma C - C Sigma P
         + P [(1 + 1/B) Sigma C Sigma + (1/B) (tr(Sigma C) + noise^2) Sigma] P
In the eigenbasis of Sigma^{1/2} P Sigma^{1/2}, whose eigenvalues are q, the diagonal m of the
whitened C closes:
    m+ = diag(1 - 2q + (1 + 1/B) q^2) m + (1/B) q^2 (sum m + noise^2)
so the risk depends on P through q and the initial m only (derived; the same device as in analyses
of SGD by its spectrum). The bracket is E[g_B g_B^T] at C, from E[x x^T C x x^T] = 2 Sigma C Sigma +
tr(Sigma C) Sigma for Gaussian x; entries off the diagonal go by themselves and heat nothing. It is
stable iff (1/B) sum_i q_i / (2 - (1 + 1/B) q_i) < 1, all denominators positive (lab.theory.sgd).

Everywhere: batch B is an integer >= 1, or None for the full batch; noise >= 0. ValueError outside.
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, loops, nonnegative, real
from lab.domains import (
    entries,
    filled,
    in_range,
    increasing_steps,
    last_axis,
    number,
    runs_fit,
)
from lab.linalg import EPS, matvec, multiply, ratio, symmetric_power, transposed, vecmat
from lab.matrix_checks import square, symmetric

# One eigendecomposition costs as much as some n^2 / 4 steps of O(n), and building it as much as 500
# steps whatever n is; every recorded step of the spectral form costs 8 steps more.
STEPS_OF_SETUP = 500
STEPS_OF_EIGH = 0.25
STEPS_OF_RECORD = 8


@in_range
def risk_curve(
    q: np.ndarray,
    m: np.ndarray,
    t: np.ndarray,
    batch: int | None,
    noise: float = 0.0,
) -> np.ndarray:
    """E[delta^T Sigma delta] at the steps t: twice the excess loss, shape (K, *r)

    q (*r, n) >= 0: eigenvalues of lr Sigma^{1/2} P Sigma^{1/2}; m (*r, n) >= 0: E of the squared
    coordinates of Sigma^{1/2} delta_0 in its eigenvectors; q and m broadcast. t (K,): increasing
    step numbers, integers >= 0. ValueError otherwise. A diverging risk becomes inf.

    Stepping costs O(n) per step and adds positive numbers only. Long horizons use the eigenvalues
    of diag(q)^-1 T diag(q) = diag(1 - 2q + (1 + 1/B) q^2) + q q^T / B, which is symmetric: any step
    for O(n^3) once, to a relative error of about t times machine precision. The full batch has the
    closed form sum_i (1 - q_i)^(2t) m_i.
    """
    q = filled("q", entries("q", real("q", q), 1))
    m = entries("m", real("m", m), 1)
    nonnegative("q", q)
    nonnegative("m", m)
    last_axis("m", m, q.shape[-1])
    runs_fit("m", m.shape[:-1], q.shape[:-1])

    t = increasing_steps("t", t)
    noise = number("noise", noise, nonnegative)
    inverse = inverse_batch(batch)

    n = q.shape[-1]
    setup = max(STEPS_OF_SETUP, STEPS_OF_EIGH * n**2)
    affordable = setup + STEPS_OF_RECORD * len(t)
    # whichever is cheaper: they agree to rounding
    solve = _stepped if t[-1] <= affordable else _spectral
    if batch is None:
        risk = _diagonal(q, m, t)
    else:
        risk = solve(q, m, t, inverse, noise**2)
    return np.where(np.isnan(risk), np.inf, risk)


def _diagonal(q, m, t):
    """The full batch: every coordinate goes by itself, sum_i (1 - q_i)^(2t) m_i, (K, *r)."""
    keep = (1 - q) ** 2
    risks = []
    for s in t.tolist():
        left = m * keep**s
        risks.append(left.sum(-1))
    return np.stack(risks)


def _kept(q, inverse):
    """The share of its moment that a coordinate keeps in a step: (1 - q)^2 + q^2 / B."""
    return 1 - 2 * q + (1 + inverse) * q**2


def _stepped(q, m, t, inverse, variance):
    """The recursion itself, with moving coordinates in units of what heats them: x = m / spread

    x+ = keep x + risk + noise^2, risk = sum spread x, spread = q^2 / B: one number is added to all.
    """
    keep = _kept(q, inverse)
    spread = inverse * q**2

    # what a step does to the others is below the last digit of 1 - 2 q
    moving = q > EPS / 4
    resting = np.where(moving, 0.0, m)
    still = resting.sum(-1)
    keep = np.where(moving, keep, 0.0)
    spread = np.where(moving, spread, 0.0)

    # in C order: a copy of a broadcast view would keep the order of its strides, and every step
    # after that would walk through memory against the grain
    units = ratio(m, spread)
    x = np.array(units, order="C")

    kept = []
    wanted = set(t.tolist())
    constant = still + variance
    carried = np.where(moving, m, 0.0)
    risk = carried.sum(-1)
    for step in range(t[-1] + 1):
        if step in wanted:
            kept.append(risk)
        x *= keep
        x += (risk + constant)[..., None]
        risk = np.vecdot(spread, x)
    return np.stack(kept) + still


def _spectral(q, m, t, inverse, variance):
    """Powers of the symmetric matrix: lam and v its modes, s a step number

    With y = m / q, y+ = A y + (residual / B) q, A = diag(keep) + q q^T / B; risk = q . y. So it is
    q^T A^s y_0 + (residual / B) q^T (1 + A + ... + A^(s-1)) q, mode by mode.
    """
    n = q.shape[-1]
    keep = _kept(q, inverse)
    coupling = inverse * q[..., :, None] * q[..., None, :]
    diagonal = keep[..., None] * np.eye(n)
    symmetrised = diagonal + coupling
    lam, v = np.linalg.eigh(symmetrised)
    # keep >= q^2 / B >= 0, so that below 0 is rounding
    lam = np.maximum(lam, 0.0)

    # a coordinate with q = 0 never moves, and its share of the residual heats the others as label
    # noise does
    resting = np.where(q > 0, 0.0, m)
    still = resting.sum(-1, keepdims=True)
    along = vecmat(q, v)
    units = ratio(m, q)
    start = vecmat(units, v)
    weight = along * start
    residual = variance + still
    heat = inverse * residual * along**2

    risks = []
    for s in t.tolist():
        decayed = weight * lam**s
        heated = heat * _geometric(lam, s)
        risks.append(np.sum(decayed + heated, -1))
    return np.stack(risks) + still[..., 0]


def _geometric(lam, s):
    """1 + lam + ... + lam^(s-1), without cancellation near lam = 1."""
    positive = lam > 0
    safe = np.where(positive, lam, 1.0)
    log = np.log(safe)
    above = np.expm1(s * log)
    # 0 / 0 at lam = 1: s terms of 1
    total = ratio(above, lam - 1, float(s))
    return np.where(positive, total, float(s > 0))


@in_range
def covariance_recursion(
    p: np.ndarray,
    sigma: np.ndarray,
    c: np.ndarray,
    steps: int,
    batch: int | None,
    *,
    noise: float = 0.0,
) -> np.ndarray:
    """C_0 ... C_steps, (steps + 1, n, n), for any symmetric positive semi-definite P

    p, sigma, c: (n, n) symmetric positive semi-definite, commuting or not; p includes the learning
    rate; c = E[delta_0 delta_0^T]; steps >= 0. O(n^3) per step. ValueError otherwise, or when C
    leaves the floating-point range. tr(Sigma C_t) is what `risk_curve` gives for the modes of p and
    sigma; here for comparison, and for entries off the diagonal.
    """
    p = symmetric("p", real("p", p))
    sigma = symmetric("sigma", real("sigma", sigma))
    c = symmetric("c", real("c", c))
    last_axis("sigma", sigma, len(p))
    last_axis("c", c, len(p))
    noise = number("noise", noise, nonnegative)
    inverse = inverse_batch(batch)

    path = [c]
    drift = p @ sigma
    for _ in range(loops("steps", steps, 0)):
        # tr(Sigma C), both symmetric
        risk = np.sum(sigma * c)
        residual = risk + noise**2
        heat = inverse * residual * drift @ p
        left = drift @ c
        right = c @ drift.T
        spread = (1 + inverse) * drift @ c @ drift.T
        c = c - left - right + spread + heat
        path.append(c)
    return np.stack(path)


@in_range
def modes(
    p: np.ndarray,
    sigma: np.ndarray,
    delta: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """q (*p, n): the eigenvalues of P Sigma, increasing; m (*r, n): E of the squared coordinates

    m: squared coordinates of Sigma^{1/2} delta in the eigenvectors of Sigma^{1/2} P Sigma^{1/2};
    None without delta (*r, n). p: (n, n) symmetric PSD, a stack (*p, n, n), or (n,); sigma:
    (n, n), or (n,) >= 0. A diagonal p with a diagonal sigma keeps the order of the coordinates and
    costs O(n). ValueError for shapes that don't fit.
    """
    p = filled("p", entries("p", real("p", p), 1))
    sigma = filled("sigma", real("sigma", sigma, (1, 2)))
    n = p.shape[-1]
    last_axis("sigma", sigma, n)
    if delta is not None:
        delta = entries("delta", real("delta", delta), 1)
        last_axis("delta", delta, n)

    if p.ndim == 1 and sigma.ndim == 1:
        nonnegative("sigma", sigma)
        m = None if delta is None else sigma * delta**2
        return p * sigma, m

    root = _square_root(sigma)
    dense = np.diag(p) if p.ndim == 1 else p
    last_axis("p", transposed(dense), n)
    whitened = root @ dense @ root
    q, v = np.linalg.eigh(whitened)
    # rounding of a singular P or Sigma
    q = np.maximum(q, 0.0)
    if delta is None:
        return q, None

    excited = multiply(root, delta)
    runs_fit("delta", delta.shape[:-1], v.shape[:-2])
    along = matvec(transposed(v), excited)
    return q, along**2


def _square_root(sigma):
    """Sigma^{1/2} as a matrix (n, n)."""
    if sigma.ndim == 2:
        return symmetric_power(square("sigma", sigma), 0.5, floor=0.0)
    nonnegative("sigma", sigma)
    return np.diag(np.sqrt(sigma))


def inverse_batch(batch: int | None) -> float:
    """1 / B, 0 for the full batch (None). ValueError unless B is an integer >= 1."""
    return 0.0 if batch is None else 1 / count("batch", batch)
