"""Hessians of small networks, for the claims on normalisation: exact, from the lab's networks, or
by differences.

A neuron is a = b + w^T h, its block of parameters (b, w), the bias first: (m + 1, m + 1) Hessians.
Behind batch normalisation the bias has no effect, and the block is w alone, (m, m).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from lab.arrays import Layers
from lab.objectives import MLP, Network
from lab.objectives.networks.normalisation import Affine, Normalised
from lab.objectives.networks.stages import Dense


def _bend_of_tanh(a):
    """tanh'' = -2 tanh (1 - tanh^2)."""
    t = np.tanh(a)
    return -2 * t * (1 - t**2)


VALUES: dict[str, Callable] = {
    "tanh": np.tanh,
    "softplus": lambda a: np.logaddexp(0, a),
}
SLOPES: dict[str, Callable] = {
    "tanh": lambda a: 1 - np.tanh(a) ** 2,
    "softplus": expit,
}
BENDS: dict[str, Callable] = {
    "tanh": _bend_of_tanh,
    "softplus": lambda a: expit(a) * expit(-a),
}
# of opposite signs and different sizes, so that errors of both signs occur and no output repeats
TARGETS = np.array([1.0, -0.5])
SHIFT = np.array([0.3, -0.2])


def of_neuron(phi, x, point) -> tuple[np.ndarray, np.ndarray]:
    """One hidden neuron b + w^T x, two outputs, targets linear in the first input: the block (b, w)
    of the Hessian (m + 1, m + 1), and s_j = d^2 L_j / da_j^2 (N,) by hand.

    L_j = |phi(a_j) v + SHIFT - y_j|^2 / 2, so that s_j = |v|^2 phi'(a_j)^2 + (error_j . v)
    phi''(a_j), of either sign. x (N, m). point (6,): weights (repeated as needed), bias, and the
    second weight v_2 of the output.

    phi: "tanh" or "softplus", which are smooth; one of ReLU has no second derivative at its kink.
    """
    m = x.shape[1]
    targets = np.outer(x[:, 0], TARGETS)
    f = MLP(x, targets, (1,), activation=phi)
    # four numbers are drawn, and repeated for wider inputs
    w = np.resize(point[:4], m)
    b = point[4]
    out = np.array([0.7, point[5]])
    theta = Layers([w[None], b[None], out[:, None], SHIFT], None, f.roles)
    dense = f.hessian(theta).dense()
    # the network has w first, and the claim the bias
    own = [m, *range(m)]
    block = dense[np.ix_(own, own)]

    a = x @ w + b
    error = np.outer(VALUES[phi](a), out) + SHIFT - f.y
    along = error @ out
    s = (out @ out) * SLOPES[phi](a) ** 2 + along * BENDS[phi](a)
    return block, s


def of_batchnorm(
    h,
    y,
    w,
    gain,
    eps,
) -> np.ndarray:
    """The w-block (m, m) of the Hessian of mean (gain u_j + beta - y_j)^2 / 2, u the batch
    normalised w^T h, beta the mean of y: exact, with the statistics differentiated.

    h (N, m), y (N,), w (m,). With eps = 0, u does not change with the length of w, and w is in the
    null space wherever the gradient in w is 0: there, at w ~ C^-1 cov(h, y), it is a multiple of C
    - C w w^T C / (w^T C w), of rank m - 1. Elsewhere it may have negative eigenvalues."""
    m = len(w)
    stages = (
        Dense(m, 1, False),
        Normalised("examples", eps),
        Affine(1),
        Dense(1, 1, False),
    )
    f = Network(h, y[:, None], stages)
    beta = np.array([y.mean()])
    # a last weight of 1: the gain alone scales u
    blocks = [w[None], np.array([gain]), beta, np.ones((1, 1))]
    theta = Layers(blocks, None, f.roles)
    dense = f.hessian(theta).dense()
    return dense[:m, :m]


# of |v|: where the error of central differences, step^2, meets that of rounding, 1e-16 / step
STEP = 1e-5


def of_weightnorm(
    h,
    v,
    gain,
    step: float = STEP,
) -> np.ndarray:
    """The Hessian in (gain, v) of (w - w*)^T H (w - w*) / 2, w = gain v / |v|, where w = w*.

    Central differences of its gradient, J^T H (w - w*) with J written out by entries. H (n, n), v
    (n,) not 0: (n + 1, n + 1), of rank n, since w does not change with the length of v. It is J^T H
    J, J = [v / |v|, (gain / |v|) (I - v v^T / |v|^2)], whose nonzero spectrum is that of H at gain
    = |v|.

    step: of the central differences, over |v|, which is what bends w; the error left is some 1e-10
    of the size of H, and is what tolerances of claims on it are made of.
    """
    length = np.linalg.norm(v)
    target = gain * v / length
    apart = step * length

    def gradient(z):
        """J^T H (w - w*) at z = (gain, v): along v, and across it."""
        scale = z[0]
        inside = z[1:]
        size = np.linalg.norm(inside)
        pulled = h @ (scale * inside / size - target)
        radial = inside @ pulled / size
        across = pulled - radial * inside / size
        return np.append(radial, scale / size * across)

    z = np.append(gain, v)
    rows = []
    for e in np.eye(len(z)):
        change = gradient(z + apart * e) - gradient(z - apart * e)
        rows.append(change / (2 * apart))
    return np.array(rows)
