"""Damping that follows a ratio and steps that may be rejected, as loops in NumPy with nothing of
the lab's."""

import numpy as np

from lab.maps import Elementwise
from lab.objectives import LeastSquares, Reparameterised
from lab.optimizers import LevenbergMarquardt
from lab.simulation import simulate

RNG = np.random.default_rng(31)
X = RNG.standard_normal((7, 4))
# far away, so that the first steps lead too far
Y = 20 * RNG.standard_normal(7)
START = np.array([0.15, -0.4, 0.6, 0.2])
SINH = Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh)


def loss(theta):
    return np.mean((X @ np.sinh(theta) - Y) ** 2) / 2


def test_levenberg_marquardt():
    """A long rate, so that steps are rejected and accepted; the systems have condition numbers
    below 1e3, and damping is made by products of 0.4, so that rounding stays below 1e-12."""
    lr, damping, omega = 1.7, 0.3, 0.4
    f = Reparameterised(LeastSquares(X, Y), SINH)
    method = LevenbergMarquardt(lr, damping, omega)
    path = simulate(f, method, START, steps=9, record={"theta": lambda theta: theta})["theta"]

    theta = START
    rejected = []
    for t in range(9):
        j = X * np.cosh(theta)
        g = j.T @ (X @ np.sinh(theta) - Y) / 7
        d = -lr * np.linalg.solve(j.T @ j / 7 + damping * np.eye(4), g)
        rejected.append(loss(theta + d) > loss(theta))
        if rejected[-1]:
            damping = damping / omega
        else:
            damping = damping * omega
            theta = theta + d
        np.testing.assert_allclose(path[t + 1], theta, rtol=1e-12)
    assert any(rejected)
    assert not all(rejected)


REFERENCES = {"LevenbergMarquardt": test_levenberg_marquardt}
