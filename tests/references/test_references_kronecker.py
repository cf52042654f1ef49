"""Kronecker-factored methods that read whole gradients, against naive versions."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power
from streams import SHAPES, iterates, stream

from lab.arrays import Layers
from lab.optimizers import example

# of the registry's examples
LR = 0.07
DAMPING = 0.3
BETA = 0.8
MOMENTUM = 0.6
EVERY = 2


def root(a, p):
    return np.real(fractional_matrix_power(a, p))


def by_mode(x, y, mode):
    """X_(j) Y_(j)^T by a sum over all other axes."""
    others = [axis for axis in range(x.ndim) if axis != mode]
    return np.tensordot(x, y, axes=(others, others))


def along(x, matrix, mode):
    return np.moveaxis(np.tensordot(matrix, x, axes=(1, mode)), 0, mode)


def refreshed(i, early):
    return i % (1 if early and i < EVERY else EVERY) == 0


def factors_shampoo(h, m, s, i):
    return [BETA * a + (1 - BETA) * by_mode(s, s, j) for j, a in enumerate(h)]


def factors_kl(h, m, s, i):
    """q = 0: S R^-1 S^T / n, the first sample taken whole."""
    beta = min(BETA, 1 - 1 / (i + 1))
    damped = [(a if i else np.eye(len(a))) + DAMPING * np.eye(len(a)) for a in h]
    new = []
    for j, a in enumerate(h):
        y = s
        for other, r in enumerate(damped):
            y = y if other == j else along(y, np.linalg.inv(r), other)
        new.append(beta * a + (1 - beta) * by_mode(y, s, j) / (s.size / len(a)))
    return new


def equal_traces(h):
    """U_j = H_j / (c^(k-1) D / d_j), c = (tr H / D)^(1/k)."""
    k = len(h)
    size = np.prod([len(a) for a in h])
    c = (np.trace(h[0]) / size) ** (1 / k)
    return [a / (c ** (k - 1) * size / len(a)) for a in h]


# name -> factors, scaling, power for k modes, roots early
ON_STREAMS = {
    "ShampooEMA": (factors_shampoo, lambda h: h, lambda k: -1 / (2 * k), False),
    "KLShampoo": (factors_kl, lambda h: h, lambda k: -0.5, True),
    "VNShampoo": (factors_shampoo, equal_traces, lambda k: -0.5, True),
    "TNT": (factors_shampoo, equal_traces, lambda k: -1.0, True),
}


@pytest.mark.parametrize("name", ON_STREAMS)
@pytest.mark.parametrize("kind", SHAPES)
def test_on_a_stream(name, kind):
    average, scale, power, early = ON_STREAMS[name]
    theta, grads = stream(SHAPES[kind])
    _, scores = stream(SHAPES[kind], seed=8)
    samples = scores if name == "TNT" else grads
    h = [np.zeros((d, d)) for d in theta.shape]
    m = np.zeros_like(theta)
    path = [theta]
    for i, (g, s) in enumerate(zip(grads, samples, strict=True)):
        m = MOMENTUM * m + g
        h = average(h, m, s, i)
        if refreshed(i, early):
            damped = [u + DAMPING * np.eye(len(u)) for u in scale(h)]
            roots = [root(u, power(theta.ndim)) for u in damped]
        step = m
        for mode, p in enumerate(roots):
            step = along(step, p, mode)
        path.append(path[-1] - LR * step)

    layered = theta.ndim > 1
    means = [_mean(s, layered) for s in scores]
    answers = {"curvatures": means} if name == "TNT" else {}
    found = iterates(example(name), grads, theta, **answers)
    np.testing.assert_allclose(found, path, rtol=1e-10, atol=1e-12)


def _mean(s, layered):
    return SimpleNamespace(mean=lambda: Layers([s]) if layered else s)


def test_grafted_shampoo():
    """Shampoo's direction of debiased averages, the length of Adam's step."""
    theta, grads = stream(SHAPES["wide"])
    b1 = 0.5
    b2 = 0.8
    eps = 0.1
    left = np.zeros((2, 2))
    right = np.zeros((5, 5))
    m = 0.0
    total = 0.0
    v = 0.0
    path = [theta]
    for t, g in enumerate(grads, 1):
        m, v, total = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2, b1 * total + g
        adam = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps)
        left, right = b2 * left + (1 - b2) * g @ g.T, b2 * right + (1 - b2) * g.T @ g
        one, other = (root(a / (1 - b2**t) + 0.3 * np.eye(len(a)), -0.25) for a in (left, right))
        step = one @ total @ other
        path.append(path[-1] - LR * step * np.linalg.norm(adam) / np.linalg.norm(step))
    found = iterates(example("GraftedShampoo", largest=1024, start=1), grads, theta)
    np.testing.assert_allclose(found, path, rtol=1e-10, atol=1e-12)


REFERENCES = {name: partial(test_on_a_stream, name, "wide") for name in ON_STREAMS}
REFERENCES |= {"GraftedShampoo": test_grafted_shampoo}
