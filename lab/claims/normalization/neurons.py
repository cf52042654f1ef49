"""Hessians of small networks, for the claims on normalisation: exact, from the lab's networks, or
by differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from lab.arrays import Layers
from lab.objectives import MLP, Network
from lab.objectives.networks.normalisation import Affine, Normalised
from lab.objectives.networks.stages import Dense

VALUES: dict[str, Callable] = {"tanh": np.tanh, "softplus": lambda a: np.logaddexp(0, a)}
SLOPES: dict[str, Callable] = {"tanh": lambda a: 1 - np.tanh(a) ** 2, "softplus": expit}
BENDS = {
    "tanh": lambda a: -2 * np.tanh(a) * (1 - np.tanh(a) ** 2),
    "softplus": lambda a: expit(a) * expit(-a),
}
TARGETS = np.array([1.0, -0.5])
SHIFT = np.array([0.3, -0.2])


def of_neuron(phi, x, point) -> tuple[np.ndarray, np.ndarray]:
    """One hidden neuron b + w^T x, two outputs, targets linear in the first input: the block (b, w)
    of the Hessian (m + 1, m + 1), and s_j = d^2 L_j / da_j^2 (N,) by hand.

    point (6,): weights (repeated as needed), bias, and the second weight of the output.
    """
    m = x.shape[1]
    f = MLP(x, np.outer(x[:, 0], TARGETS), (1,), activation=phi)
    w, b = np.resize(point[:4], m), point[4]
    out = np.array([0.7, point[5]])
    theta = Layers([w[None], b[None], out[:, None], SHIFT], None, f.roles)
    dense = f.hessian(theta).dense()
    own = [m, *range(m)]

    a = x @ w + b
    error = np.outer(VALUES[phi](a), out) + SHIFT - f.y
    s = (out @ out) * SLOPES[phi](a) ** 2 + (error @ out) * BENDS[phi](a)
    return dense[np.ix_(own, own)], s


def of_batchnorm(h, y, w, gain, eps) -> np.ndarray:
    """The w-block (m, m) of the Hessian of mean (gain u_j + beta - y_j)^2 / 2, u the batch
    normalised w^T h, beta the mean of y: exact, with the statistics differentiated."""
    m = len(w)
    stages = (Dense(m, 1, False), Normalised("examples", eps), Affine(1), Dense(1, 1, False))
    f = Network(h, y[:, None], stages)
    blocks = [w[None], np.array([gain]), np.array([y.mean()]), np.ones((1, 1))]
    theta = Layers(blocks, None, f.roles)
    return f.hessian(theta).dense()[:m, :m]


def of_weightnorm(h, v, gain, step: float = 1e-5) -> np.ndarray:
    """The Hessian in (gain, v) of (w - w*)^T H (w - w*) / 2, w = gain v / |v|, where w = w*.

    Central differences of its gradient, J^T H (w - w*) with J written out by entries.
    """
    target = gain * v / np.linalg.norm(v)

    def gradient(z):
        size = np.linalg.norm(z[1:])
        pulled = h @ (z[0] * z[1:] / size - target)
        radial = z[1:] @ pulled / size
        return np.append(radial, z[0] / size * (pulled - radial * z[1:] / size))

    z = np.append(gain, v)
    rows = []
    for e in np.eye(len(z)):
        rows.append((gradient(z + step * e) - gradient(z - step * e)) / (2 * step))
    return np.array(rows)
