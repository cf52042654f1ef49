"""Adafactor against a naive version that keeps all squared gradients and averages them entry by
entry."""

import math
from functools import partial

import numpy as np
import pytest
from streams import SHAPES, iterates, stream

from lab.optimizers import L2, Adafactor, Regularized


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def rms(x):
    return math.sqrt(mean(v * v for v in np.ravel(x)))


def second_moment(q_history, weights, shape, axes, lowest):
    """Factored V over `axes`, from all squared gradients and their final weights, entry by entry;
    mean at least `lowest`."""
    q = sum(w * x for w, x in zip(weights, q_history, strict=True))
    if axes is None:
        return q
    v = np.empty(shape)
    a, b = axes
    for index in np.ndindex(shape):
        over_a = mean(q[(*index[:a], i, *index[a + 1 :])] for i in range(shape[a]))
        over_b = mean(q[(*index[:b], i, *index[b + 1 :])] for i in range(shape[b]))
        both = mean(
            q[tuple(i if d == a else j if d == b else index[d] for d in range(len(shape)))]
            for i in range(shape[a])
            for j in range(shape[b])
        )
        v[index] = over_a * over_b / max(both, lowest)
    return v


def adafactor(theta, grads, axes, *, torch, lr, power, eps, least_scale, decay, clip, beta1=0.0):
    """torch: eps as a floor, warm rate, decay times lr. Otherwise optax: eps added, plain rate,
    momentum, plain decay."""
    path = [theta]
    weights = []
    history = []
    m = np.zeros_like(theta)
    for t, g in enumerate(grads, 1):
        newest = t**power
        weights = [w * (1 - newest) for w in weights] + [newest]
        history.append(g**2 if torch else g**2 + eps)
        v = second_moment(history, weights, g.shape, axes, eps if torch else 0.0)
        u = g / np.sqrt(np.maximum(v, eps**2) if torch else v)
        u = u / max(1.0, rms(u) / clip)
        rate = min(lr, t**-0.5) if torch else lr
        m = beta1 * m + (1 - beta1) * rate * max(least_scale, rms(theta)) * u
        theta = theta - m - (lr if torch else 1.0) * decay * theta
        path.append(theta)
    return np.array(path)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("torch", [True, False])
@pytest.mark.parametrize("least_scale", [0.1, 2.5])
def test_adafactor(shape, torch, least_scale):
    theta, grads = stream(SHAPES[shape])
    last = None if len(theta.shape) < 2 else (theta.ndim - 2, theta.ndim - 1)
    settings = {"lr": 0.4, "power": -0.6, "eps": 0.3, "least_scale": least_scale, "clip": 0.8}
    expected = adafactor(
        theta, grads, last, torch=torch, decay=0.2, beta1=0.0 if torch else 0.4, **settings
    )
    if torch:
        optimizer = Regularized(Adafactor(**settings, eps_place="max"), L2(0.2), on="z")
    else:
        method = Adafactor(**settings, beta1=0.4, warm=False)
        optimizer = Regularized(method, L2(0.2), on="z", times="one")
    np.testing.assert_allclose(iterates(optimizer, grads, theta), expected, rtol=1e-12, atol=1e-13)


def test_adafactor_on_the_two_largest_axes():
    """optax factors the two largest axes, torch the last two, and `least_factored` refuses to
    factor a short one."""
    theta, grads = stream((5, 2, 3))
    settings = {"lr": 0.4, "power": -0.6, "eps": 0.3, "least_scale": 0.1, "clip": 0.8}
    for axes, least, expected_axes in (
        ("largest", 1, (0, 2)),
        ("last", 1, (1, 2)),
        ("largest", 4, None),
    ):
        expected = adafactor(theta, grads, expected_axes, torch=False, decay=0.0, **settings)
        optimizer = Adafactor(**settings, axes=axes, least_factored=least, warm=False)
        np.testing.assert_allclose(
            iterates(optimizer, grads, theta), expected, rtol=1e-12, atol=1e-13
        )


REFERENCES = {"Adafactor": partial(test_adafactor, "tall", True, 0.1)}
