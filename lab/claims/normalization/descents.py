"""Descents by hand, for the claims on BNP: two layers with fixed standardised inputs, and the
matrices that K-FAC would use."""

from __future__ import annotations

import numpy as np

from lab.arrays import Layers
from lab.batches import Batch, Recorded
from lab.objectives import MLP, Network
from lab.simulation import simulate

HIDDEN = 3
RATE = 0.1


def network(x) -> Network:
    """Two layers, tanh, half the squared error of two targets that are linear in x (N, m)."""
    return MLP(x, np.outer(x[:, 0], [1.0, -0.5]) + 0.3, (HIDDEN,), activation="tanh")


def point(f, z) -> Layers:
    """Parameters of a network from the numbers z, repeated as needed."""
    like = f.start()
    blocks = [np.resize(z[k:], block.shape) for k, block in enumerate(like)]
    return Layers(blocks, like.orders, like.roles)


def by_bnp(f, theta, batch, steps, method):
    """The end of a run on the first `batch` rows, the same at every step."""
    rows = Recorded([Batch(np.arange(batch), batch)] * steps)
    return joined(simulate(f, method, theta, steps=steps, batch=rows).final)


def by_standardised_network(f, theta, batch, steps, eps) -> list[np.ndarray]:
    """Gradient descent on W_2^ (tanh(W_1^ x^ + b_1^) - mu_2) / s_2 + b_2^ at the rates RATE / q2,
    x^ = (x - mu_1) / s_1, mu and s^2 = var + eps1 max(var) + eps2 those at the start."""
    x, y = f.x[:batch], f.y[:batch]
    w1, b1, w2, b2 = theta
    mu1, s1 = _statistics(x, eps)
    mu2, s2 = _statistics(np.tanh(x @ w1.T + b1), eps)
    c1, c2, d1, d2 = w1 * s1, w2 * s2, b1 + w1 @ mu1, b2 + w2 @ mu2
    rate1, rate2 = (RATE / max(len(mu) / batch, 1) for mu in (mu1, mu2))

    for _ in range(steps):
        x1 = (x - mu1) / s1
        a = np.tanh(x1 @ c1.T + d1)
        x2 = (a - mu2) / s2
        g2 = (x2 @ c2.T + d2 - y) / batch
        g1 = ((g2 @ c2) / s2) * (1 - a**2)
        c1, d1 = c1 - rate1 * g1.T @ x1, d1 - rate1 * g1.sum(0)
        c2, d2 = c2 - rate2 * g2.T @ x2, d2 - rate2 * g2.sum(0)
    return [c1 / s1, d1 - (c1 / s1) @ mu1, c2 / s2, d2 - (c2 / s2) @ mu2]


def _statistics(a, eps):
    var = a.var(0)
    return a.mean(0), np.sqrt(var + eps[0] * var.max() + eps[1])


def by_factors(f, theta, full) -> list[np.ndarray]:
    """One step -RATE G A^-1 of every layer, A = E (a, 1)(a, 1)^T, its covariance replaced by the
    diagonal unless full."""
    gradient = f.grad(theta)
    inputs = [layer.inputs for layer in f.curvature(theta, None, "true", None).layers]
    moved = []
    for k, a in enumerate(inputs):
        mu = np.append(a.mean(0), 1.0)
        c = (a - a.mean(0)).T @ (a - a.mean(0)) / len(a)
        spread = np.zeros((len(mu), len(mu)))
        spread[:-1, :-1] = c if full else np.diag(np.diag(c))
        own = np.column_stack([gradient[2 * k], gradient[2 * k + 1]])
        # hidden units that saturate have a covariance without full rank
        step = RATE * np.linalg.lstsq(np.outer(mu, mu) + spread, own.T, rcond=None)[0].T
        moved += [theta[2 * k] - step[:, :-1], theta[2 * k + 1] - step[:, -1]]
    return moved


def joined(blocks) -> np.ndarray:
    """All entries as one vector."""
    return np.concatenate([np.ravel(block) for block in blocks])
