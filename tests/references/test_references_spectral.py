"""Muon through the singular values and Shampoo through explicit eigenvalues, against the lab's
matrix iterations."""

import math
from functools import partial

import numpy as np
import pytest
from streams import SHAPES, iterates, stream

from lab.optimizers import L2, Muon, Regularized, Shampoo


def quintic(s, coefficients, iterations):
    """The scalar map of the iteration on one singular value."""
    a, b, c = coefficients
    for _ in range(iterations):
        s = a * s + b * s**3 + c * s**5
    return s


def shape_factor(kind, rows, columns):
    """What each library multiplies the orthogonal step by."""
    return {
        "authors": max(1, rows / columns) ** 0.5,
        "optax": max(1, columns / rows) ** 0.5,
        "torch": 0.2 * max(rows, columns) ** 0.5,
    }[kind]


MUON_CHOICES = {
    "authors": {},
    "torch": {"eps_place": "max", "rms": 0.2},
    "optax": {"average": "debiased", "shape": "columns"},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("kind", MUON_CHOICES)
def test_muon(shape, nesterov, kind):
    """Through the singular values: the iteration maps each of them by a scalar polynomial and keeps
    the singular vectors."""
    theta, grads = stream(SHAPES[shape])
    lr = 0.3
    beta = 0.6
    eps = 0.2
    decay = 0.15
    coefficients = (2.0, -1.5, 0.4)
    path = [theta]
    m = 0.0
    x = theta
    rows, columns = (theta.shape[0], int(np.prod(theta.shape[1:]))) if theta.ndim > 1 else (5, 1)
    for t, g in enumerate(grads, 1):
        m = beta * m + (1 - beta) * g
        u = beta * m + (1 - beta) * g if nesterov else m
        if kind == "optax":
            u = (
                m / (1 - beta**t)
                if not nesterov
                else beta * m / (1 - beta ** (t + 1)) + (1 - beta) * g / (1 - beta**t)
            )
        left, s, right = np.linalg.svd(u.reshape(rows, columns), full_matrices=False)
        size = math.sqrt(sum(v * v for v in s))
        s = s / (max(size, eps) if kind == "torch" else size + eps)
        o = left @ np.diag([quintic(v, coefficients, 4) for v in s]) @ right
        step = shape_factor(kind, rows, columns) * o.reshape(theta.shape)
        x = x - lr * step - lr * decay * x
        path.append(x)
    muon = Muon(lr, beta, eps, nesterov, 4, coefficients, **MUON_CHOICES[kind])
    optimizer = Regularized(muon, L2(decay), on="z")
    np.testing.assert_allclose(iterates(optimizer, grads, theta), path, rtol=1e-10, atol=1e-12)


def root(h, power):
    lam, q = np.linalg.eigh(h)
    return q @ np.diag(lam**power) @ q.T


@pytest.mark.parametrize("shape", SHAPES)
def test_shampoo(shape):
    theta, grads = stream(SHAPES[shape])
    lr = 0.3
    eps = 0.2
    k = theta.ndim
    x = theta
    path = [theta]
    factors = [eps * np.eye(d) for d in theta.shape]
    for g in grads:
        step = g
        for j in range(k):
            others = [i for i in range(k) if i != j]
            factors[j] = factors[j] + np.tensordot(g, g, (others, others))
            step = np.moveaxis(np.tensordot(root(factors[j], -1 / (2 * k)), step, (1, j)), 0, j)
        x = x - lr * step
        path.append(x)
    np.testing.assert_allclose(
        iterates(Shampoo(lr, eps), grads, theta), path, rtol=1e-10, atol=1e-12
    )


REFERENCES = {
    "Muon": partial(test_muon, "tall", True, "authors"),
    "Shampoo": partial(test_shampoo, "wide"),
}
