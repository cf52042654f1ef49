"""Sophia and AdaHessian against scalar versions of their own, which loop over the entries of
recorded Hessians and probes."""

import math
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from streams import STEPS, iterates, stream

from lab.arrays import Layers, lift
from lab.curvature import Dense
from lab.optimizers import AdaHessian, SophiaG, SophiaH

RNG = np.random.default_rng(21)


def sophia(theta, grads, estimates, *, gamma, clip, debias, after, added):
    path = [theta]
    m = [0.0] * 5
    h = [0.0] * 5
    x = list(theta)
    for t, g in enumerate(grads):
        for i in range(5):
            m[i] = 0.5 * m[i] + 0.5 * g[i]
            new = 0.8 * h[i] + 0.2 * estimates[t][i] if t % 3 == 0 else h[i]
            used = gamma * (h[i] if after else new)
            h[i] = new
            top = m[i] / (1 - 0.5 ** (t + 1)) if debias else m[i]
            ratio = top / (used + 0.1) if added else top / max(used, 0.1)
            ratio = ratio if clip is None else max(-clip, min(clip, ratio))
            x[i] = x[i] * (1 - 0.2 * 0.3) - 0.2 * ratio
        path.append(np.array(x))
    return path


VARIANTS = [
    {"clip": 0.7, "debias": False, "after": False, "added": False},
    {"clip": 0.7, "debias": True, "after": True, "added": False},
    {"clip": None, "debias": False, "after": False, "added": True},
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_sophia_hutchinson(variant):
    theta, grads = stream((5,))
    matrices = [a + a.T for a in RNG.standard_normal((STEPS, 5, 5))]
    probes = RNG.choice([-1.0, 1.0], (STEPS, 5))
    estimates = [
        [u[i] * sum(h[i, j] * u[j] for j in range(5)) for i in range(5)]
        for h, u in zip(matrices, probes, strict=True)
    ]
    optimizer = SophiaH(
        0.2,
        0.5,
        0.8,
        1.5,
        0.1,
        0.3,
        3,
        variant["clip"],
        debias=variant["debias"],
        refresh_after=variant["after"],
        eps_place="outside" if variant["added"] else "max",
    )
    found = iterates(optimizer, grads, theta, hessian=[Dense(h) for h in matrices], probes=probes)
    np.testing.assert_allclose(
        found, sophia(theta, grads, estimates, gamma=1.5, **variant), rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_sophia_gauss_newton_bartlett(variant):
    theta, grads = stream((5,))
    sampled = RNG.standard_normal((STEPS, 5))
    estimates = [[6.0 * v * v for v in g] for g in sampled]
    optimizer = SophiaG(
        0.2,
        0.5,
        0.8,
        1.5,
        0.1,
        0.3,
        6.0,
        3,
        variant["clip"],
        debias=variant["debias"],
        refresh_after=variant["after"],
        eps_place="outside" if variant["added"] else "max",
    )
    found = iterates(
        optimizer, grads, theta, curvatures=[SimpleNamespace(mean=lambda g=g: g) for g in sampled]
    )
    np.testing.assert_allclose(
        found, sophia(theta, grads, estimates, gamma=1.5, **variant), rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize("power", [-1.0, -0.4, 0.0])
def test_adahessian(power):
    theta, grads = stream((5,))
    matrices = [a + a.T for a in RNG.standard_normal((STEPS, 5, 5))]
    probes = RNG.choice([-1.0, 1.0], (STEPS, 5))
    path = [theta]
    m = [0.0] * 5
    v = [0.0] * 5
    x = list(theta)
    for t, g in enumerate(grads, 1):
        for i in range(5):
            d = abs(sum(matrices[t - 1][i, j] * probes[t - 1][j] for j in range(5)))
            m[i], v[i] = 0.5 * m[i] + 0.5 * g[i], 0.8 * v[i] + 0.2 * d * d
            low = math.sqrt(v[i] / (1 - 0.8**t)) ** (-power) + 0.1
            x[i] = x[i] - 0.2 * (m[i] / (1 - 0.5**t) / low + 0.3 * x[i])
        path.append(np.array(x))
    optimizer = AdaHessian(0.2, 0.5, 0.8, 0.1, power, 0.3)
    found = iterates(optimizer, grads, theta, hessian=[Dense(h) for h in matrices], probes=probes)
    np.testing.assert_allclose(found, path, rtol=1e-12, atol=1e-13)


def test_adahessian_averages_convolution_kernels():
    """|H u| is averaged over the last two axes of a block of order 4, and of no other; signed
    averages would be smaller."""
    shapes = [(2, 1, 2, 2), (2, 3), (3,)]
    rng = np.random.default_rng(4)
    theta = Layers([rng.standard_normal(s) for s in shapes])
    product = Layers([rng.standard_normal(s) for s in shapes])
    oracle = SimpleNamespace(
        grad=theta, hessian=SimpleNamespace(times=lambda u: product), probe=lambda: theta
    )
    for average in (True, False):
        optimizer = lift(AdaHessian(1.0, 0.0, 0.0, 0.0, average_kernels=average), theta)
        delta, _ = optimizer.step(optimizer.init(theta), oracle, theta)
        for k, (g, hu) in enumerate(zip(theta, product, strict=True)):
            d = np.abs(hu)
            if k == 0 and average:
                d = np.array(
                    [
                        [[[sum(np.ravel(abs(hu[o, i]))) / 4] * 2] * 2 for i in range(1)]
                        for o in range(2)
                    ]
                )
            np.testing.assert_allclose(delta[k], -g / d, rtol=1e-13)


REFERENCES = {
    "SophiaH": partial(test_sophia_hutchinson, VARIANTS[0]),
    "SophiaG": partial(test_sophia_gauss_newton_bartlett, VARIANTS[0]),
    "AdaHessian": partial(test_adahessian, -1.0),
}
