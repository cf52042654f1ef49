"""The accelerated methods and the 1 / sqrt(t) schedule against naive scalar versions in pure Python
that share no code with the lab."""

import math
from functools import partial

import numpy as np
import pytest

from lab.optimizers import OGM, SGD, AcceleratedGradient, InverseSqrt, Scheduled, subgradient_lr
from lab.simulation import replay

GRADIENTS = np.random.default_rng(23).standard_normal((9, 4)) * [3.0, 0.2, 1.0, 0.01]
START = np.array([0.5, -1.25, 2.0, 0.75])
LR = 0.07


def accelerated(lr, start, gradients):
    """Both sequences written out with their indices: x_k, y_k, y_0 = x_0."""
    x = [start]
    y = [start]
    for k, g in enumerate(gradients):
        x.append(y[k] - lr * g)
        y.append(x[k + 1] + k / (k + 3) * (x[k + 1] - x[k]))
    return y


def ogm(lr, start, gradients, horizon):
    """Kim & Fessler's two sequences, one whole stretch of `horizon` steps after the other."""
    path = [start]
    while len(path) <= len(gradients):
        a = [1.0]
        for k in range(horizon):
            a.append((1 + math.sqrt(1 + (8 if k == horizon - 1 else 4) * a[k] * a[k])) / 2)
        x = [path[-1]]
        y = [path[-1]]
        for k, g in enumerate(gradients[len(path) - 1 : len(path) - 1 + horizon]):
            y.append(x[k] - lr * g)
            x.append(
                y[k + 1]
                + (a[k] - 1) * (y[k + 1] - y[k]) / a[k + 1]
                + a[k] * (y[k + 1] - x[k]) / a[k + 1]
            )
        path += x[1:]
    return path


def coordinates(reference, *arguments):
    columns = [
        reference(LR, float(START[i]), GRADIENTS[:, i].tolist(), *arguments) for i in range(4)
    ]
    return np.array(columns).T


def test_accelerated_gradient():
    path = replay(AcceleratedGradient(LR), START, GRADIENTS)
    np.testing.assert_allclose(path, coordinates(accelerated), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("horizon", [1, 2, 4, 9, 20])
def test_ogm_and_its_restart(horizon):
    path = replay(OGM(LR, horizon), START, GRADIENTS)
    np.testing.assert_allclose(path, coordinates(ogm, horizon), rtol=1e-13, atol=1e-13)


def test_inverse_square_root_schedule():
    path = replay(Scheduled(InverseSqrt(), SGD(0.3)), START, GRADIENTS)
    lrs = [0.3 / math.sqrt(k) for k in range(1, 10)]
    np.testing.assert_allclose(
        np.diff(path, axis=0), -np.array(lrs)[:, None] * GRADIENTS, rtol=1e-12, atol=1e-15
    )


def test_subgradient_step():
    assert subgradient_lr(3.0, 2.0, 8) == pytest.approx(0.5, rel=1e-15)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: OGM(0.1, 0), "OGM.horizon = 0: must be an integer >= 1"),
        (lambda: OGM(0.1, 2.5), "OGM.horizon = 2.5: must be an integer >= 1"),
        (lambda: OGM(-1.0, 3), "OGM.lr = -1: must be > 0"),
        (lambda: AcceleratedGradient(0.0), "AcceleratedGradient.lr = 0: must be > 0"),
        (lambda: subgradient_lr(0.0, 1.0, 3), "radius = 0: must be > 0"),
        (lambda: subgradient_lr(1.0, 1.0, -1), "steps = -1: must be an integer >= 0"),
    ],
)
def test_bad_input(call, says):
    with pytest.raises(ValueError, match=says):
        call()


REFERENCES = {
    "AcceleratedGradient": test_accelerated_gradient,
    "OGM": partial(test_ogm_and_its_restart, 4),
}
