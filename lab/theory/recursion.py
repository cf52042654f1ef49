"""The expected risk of SGD with a fixed preconditioner on Gaussian linear regression: a linear recursion, without Monte Carlo noise.

C = E[delta delta^T] obeys, with P the preconditioner (learning rate included),
    C+ = C - P Sigma C - C Sigma P + P [(1 + 1/B) Sigma C Sigma + (1/B) (tr(Sigma C) + noise^2) Sigma] P
In the eigenbasis of Sigma^{1/2} P Sigma^{1/2}, whose eigenvalues are q, the diagonal m of the whitened C closes:
    m+ = diag(1 - 2q + (1 + 1/B) q^2) m + (1/B) q^2 (sum m + noise^2)
so the risk depends on P through q and the initial m only (derived; the same device as in analyses of SGD by its spectrum).
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, nonnegative, real, symmetric
from lab.linalg import matvec, multiply, symmetric_power


def risk_curve(q, m, t, batch: int | None, noise: float = 0.0) -> np.ndarray:
    """E[delta^T Sigma delta] at the steps t: twice the excess loss, shape (K, *r)

    q (*r, n) >= 0: eigenvalues of lr Sigma^{1/2} P Sigma^{1/2}; m (*r, n) >= 0: E of the squared coordinates of Sigma^{1/2} delta_0 in
    its eigenvectors; t (K,) increasing step numbers; q and m broadcast. Stepping costs O(n) per step and adds positive numbers only.
    Long horizons use the eigenvalues of diag(q)^-1 T diag(q) = diag(1 - 2q + (1 + 1/B) q^2) + q q^T / B, which is symmetric: any step
    for O(n^3) once, to a relative error of about t times machine precision. A diverging risk becomes inf.
    """
    q, m, t = real("q", q), real("m", m), np.asarray(t)
    nonnegative("q", q), nonnegative("m", m), nonnegative("noise", real("noise", noise, 0))
    inverse = inverse_batch(batch)
    solve = _stepped if t[-1] <= max(500, q.shape[-1] ** 2 / 4) + 8 * len(t) else _spectral
    with np.errstate(over="ignore", invalid="ignore"):
        risk = solve(q, m, t, inverse, noise**2)
    return np.where(np.isnan(risk), np.inf, risk)


def _stepped(q, m, t, inverse, variance):
    kept, wanted = [], set(t.tolist())
    keep, spread = 1 - 2 * q + (1 + inverse) * q**2, inverse * q**2
    m = np.array(np.broadcast_to(m, np.broadcast_shapes(q.shape, m.shape)))
    total = m.sum(-1, keepdims=True)
    heat = np.empty_like(m)
    for step in range(t[-1] + 1):
        if step in wanted:
            kept.append(total[..., 0])
        if step < t[-1]:
            np.multiply(spread, total + variance, out=heat)
            m *= keep
            m += heat
            total = m.sum(-1, keepdims=True)
    return np.stack(kept)


def _spectral(q, m, t, inverse, variance):
    n, moving = q.shape[-1], q > 0
    a = (1 - 2 * q + (1 + inverse) * q**2)[..., None] * np.eye(n) + inverse * q[..., :, None] * q[..., None, :]
    lam, v = np.linalg.eigh(a)
    lam, along = np.maximum(lam, 0.0), (q[..., None, :] @ v)[..., 0, :]
    start = np.where(moving, m / np.where(moving, q, 1.0), 0.0)
    # a coordinate with q = 0 never moves, and its share of the residual heats the others as label noise does
    still = np.where(moving, 0.0, m).sum(-1, keepdims=True)
    weight, heat = along * (start[..., None, :] @ v)[..., 0, :], inverse * (variance + still) * along**2
    return np.stack([(weight * lam**s + heat * _geometric(lam, s)).sum(-1) for s in t.tolist()]) + still[..., 0]


def _geometric(lam, s):
    """1 + lam + ... + lam^(s-1), without cancellation near lam = 1."""
    one, zero = lam == 1, lam == 0
    log = np.log(np.where(zero, 1.0, lam))
    total = np.expm1(s * log) / np.where(one | zero, 1.0, lam - 1)
    return np.where(one, float(s), np.where(zero, float(s > 0), total))


def covariance_recursion(p, sigma, c, steps: int, batch: int | None, *, noise: float = 0.0) -> np.ndarray:
    """C_0 ... C_steps, (steps + 1, n, n), for any symmetric positive semi-definite P, commuting with Sigma or not: O(n^3) per step

    p, sigma, c: (n, n); p includes the learning rate; c = E[delta_0 delta_0^T].
    """
    p, sigma, c = symmetric("p", p), symmetric("sigma", sigma), symmetric("c", c)
    inverse, path, drift = inverse_batch(batch), [c], p @ sigma
    for _ in range(count("steps", steps, 0)):
        heat = inverse * (np.sum(sigma * c) + noise**2) * drift @ p
        c = c - drift @ c - c @ drift.T + (1 + inverse) * drift @ c @ drift.T + heat
        path.append(c)
    return np.stack(path)


def modes(p, sigma, delta=None) -> tuple[np.ndarray, np.ndarray | None]:
    """q (n,): the eigenvalues of P Sigma, increasing; m (*r, n): the squared coordinates of Sigma^{1/2} delta in the eigenvectors

    p: (n, n) symmetric PSD, or (n,) diagonal; stacks (*p, n, n) are allowed for p. The eigenvectors are those of Sigma^{1/2} P Sigma^{1/2}.
    A diagonal p with a diagonal sigma (n,) keeps the order of the coordinates and costs O(n). m is None without delta.
    """
    p, sigma = real("p", p), real("sigma", sigma, (1, 2))
    root = np.sqrt(sigma) if sigma.ndim == 1 else symmetric_power(sigma, 0.5, floor=0.0)
    if p.ndim == 1 and sigma.ndim == 1:
        return p * sigma, None if delta is None else sigma * real("delta", delta) ** 2
    root = np.diag(root) if root.ndim == 1 else root
    q, v = np.linalg.eigh(root @ (np.diag(p) if p.ndim == 1 else p) @ root)
    q = np.maximum(q, 0.0)
    if delta is None:
        return q, None
    e = multiply(root, real("delta", delta))
    return q, matvec(v.swapaxes(-1, -2), e) ** 2


def inverse_batch(batch: int | None) -> float:
    """1 / B, 0 for the full batch (None)."""
    return 0.0 if batch is None else 1 / count("batch", batch)
