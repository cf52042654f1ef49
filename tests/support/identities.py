"""One fixed problem for identities between optimizers: a stream of gradients, a quadratic, and what
"the same path" means."""

import numpy as np

from lab.objectives import Quadratic
from lab.simulation import replay, simulate

RNG = np.random.default_rng(23)
G = RNG.standard_normal((10, 4)) * np.array([0.5, 1.0, 0.05, 2.0]) + np.array([0.3, -0.6, 0.0, 0.8])
START = np.array([0.5, -1.0, 2.0, 0.25])
H = np.array([[4, 1, 0.5, 0], [1, 3, 0.2, -0.3], [0.5, 0.2, 2, 0.1], [0, -0.3, 0.1, 0.25]])
B = (1 - 0.9) / np.sqrt((1 - 0.999) * (1 - 0.9**2 / 0.999))


def path(optimizer, gradients=G):
    return replay(optimizer, START, gradients)


def closed(optimizer, steps=10, h=H, theta=START):
    return simulate(Quadratic(h), optimizer, theta, steps=steps, record={"theta": lambda x: x})[
        "theta"
    ]


def same(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


def apart(a, b):
    return np.abs(a - b).max()
