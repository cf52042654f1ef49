"""Descents by hand, for the claims on BNP: two layers with fixed standardised inputs, and the
matrices that K-FAC would use.

The network is W_2 tanh(W_1 x + b_1) + b_2 with half the mean squared error of two targets. Layers
are (o, m) weights with (o,) biases, statistics mu and variances (m,) are of a layer's inputs over
the rows of a batch, divided by N and not by N - 1. Nothing of BNP's own is used here but its
numbers.
"""

from __future__ import annotations

import numpy as np

from lab.arrays import Layers
from lab.batches import Batch, Recorded
from lab.objectives import MLP, Network
from lab.simulation import simulate

HIDDEN = 3
# small enough for three steps at kappa of the inputs that are drawn
RATE = 0.1


def network(x) -> Network:
    """Two layers, tanh, half the squared error of two targets that are linear in x (N, m)."""
    # an offset, so that biases have something to learn
    targets = np.outer(x[:, 0], [1.0, -0.5]) + 0.3
    return MLP(x, targets, (HIDDEN,), activation="tanh")


def point(f, z) -> Layers:
    """Parameters of a network from the numbers z, repeated as needed.

    Block k starts at z[k]: no two blocks are equal.
    """
    like = f.start()
    blocks = []
    for k, block in enumerate(like):
        filled = np.resize(z[k:], block.shape)
        blocks.append(filled)
    return Layers(blocks, like.orders, like.roles)


def by_bnp(f, theta, batch, steps, method) -> np.ndarray:
    """The end of a run on the first `batch` rows, the same at every step, as one vector."""
    rows = Batch(np.arange(batch), batch)
    recorded = Recorded([rows] * steps)
    run = simulate(f, method, theta, steps=steps, batch=recorded)
    return joined(run.final)


def by_standardised_network(
    f,
    theta,
    batch,
    steps,
    eps,
) -> list[np.ndarray]:
    """Gradient descent on W_2^ (tanh(W_1^ x^ + b_1^) - mu_2) / s_2 + b_2^ at the rates RATE / q2,
    x^ = (x - mu_1) / s_1, mu and s^2 = var + eps1 max(var) + eps2 those at the start.

    eps = (eps1, eps2); q2 = max(m / N, 1) of every layer. Start and end are in the plain network's
    parameters: W^ = W s, b^ = b + W mu, and back, the same function. Blocks W_1, b_1, W_2, b_2.
    Statistics of the second layer are those of the start, too: its inputs move, what standardises
    them does not."""
    x = f.x[:batch]
    y = f.y[:batch]
    w1, b1, w2, b2 = theta
    mu1, s1 = _statistics(x, eps)
    hidden = np.tanh(x @ w1.T + b1)
    mu2, s2 = _statistics(hidden, eps)
    rate1 = RATE / max(len(mu1) / batch, 1)
    rate2 = RATE / max(len(mu2) / batch, 1)
    c1 = w1 * s1
    c2 = w2 * s2
    d1 = b1 + w1 @ mu1
    d2 = b2 + w2 @ mu2

    # inputs of the first layer are data: standardised once and for all
    x1 = (x - mu1) / s1
    for _ in range(steps):
        a = np.tanh(x1 @ c1.T + d1)
        # by the statistics of the start, which the descent does not differentiate
        x2 = (a - mu2) / s2
        error = x2 @ c2.T + d2 - y
        g2 = error / batch
        slope = 1 - a**2
        g1 = ((g2 @ c2) / s2) * slope
        c1 = c1 - rate1 * g1.T @ x1
        d1 = d1 - rate1 * g1.sum(0)
        c2 = c2 - rate2 * g2.T @ x2
        d2 = d2 - rate2 * g2.sum(0)

    back1 = c1 / s1
    back2 = c2 / s2
    return [back1, d1 - back1 @ mu1, back2, d2 - back2 @ mu2]


def _statistics(a, eps):
    """mu and s (m,) of the columns of a (N, m), s^2 = var + eps1 max(var) + eps2."""
    var = a.var(0)
    added = eps[0] * var.max() + eps[1]
    return a.mean(0), np.sqrt(var + added)


def by_factors(f, theta, full) -> list[np.ndarray]:
    """One step -RATE G A^-1 of every layer, A = E (a, 1)(a, 1)^T, its covariance replaced by the
    diagonal unless full.

    G the gradient of (W, b), (o, m + 1), on all rows. No factor of outputs, no damping, no q2.
    """
    gradient = f.grad(theta)
    curvature = f.curvature(theta, None, "true", None)
    moved = []
    for k, layer in enumerate(curvature.layers):
        a = layer.inputs
        mean = a.mean(0)
        centred = a - mean
        c = centred.T @ centred / len(a)

        mu = np.append(mean, 1.0)
        moment = np.outer(mu, mu)
        moment[:-1, :-1] += c if full else np.diag(np.diag(c))
        weight = 2 * k
        bias = weight + 1
        own = np.column_stack([gradient[weight], gradient[bias]])
        # hidden units that saturate have a covariance without full rank
        solved = np.linalg.lstsq(moment, own.T, rcond=None)[0]
        step = RATE * solved.T
        moved.append(theta[weight] - step[:, :-1])
        moved.append(theta[bias] - step[:, -1])
    return moved


def joined(blocks) -> np.ndarray:
    """All entries as one vector, block after block."""
    flat = [np.ravel(block) for block in blocks]
    return np.concatenate(flat)
