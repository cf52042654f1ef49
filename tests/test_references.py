"""Every registered optimizer against a naive scalar version in pure Python, which shares no code with the lab, to 12 digits.

A reference takes the hyper-parameters as a dictionary and the start as a list of floats. Those in STREAM read a recorded sequence of
gradients; those in PROBLEM read `Naive`, the same small regression written with loops. A registered optimizer without one fails.
"""

import dataclasses
import math

import numpy as np
import pytest
from examples import loud

from lab.objectives import Elementwise, LeastSquares, Logistic, Quadratic, Reparameterised
from lab.optimizers import OPTIMIZERS
from lab.simulation import replay, simulate

RNG = np.random.default_rng(17)
START = [0.5, -1.25, 2.0, 0.75]
GRADIENTS = [*(RNG.standard_normal((8, 4)) * [3.0, 0.2, 1.0, 0.01]).tolist(), [0.0, 1.0, 0.0, -2.0], [0.3, 0.0, -0.1, 0.0]]
X, Y = RNG.standard_normal((7, 4)) * [1.5, 0.7, 1.0, 0.4], RNG.standard_normal(7)


# --- references fed with gradients: one coordinate at a time


def per_coordinate(recursion):
    """Run a scalar recursion(h, theta, gradients) -> iterates on every coordinate of its own."""

    def reference(h, theta, gradients):
        paths = [recursion(h, theta[i], [g[i] for g in gradients]) for i in range(len(theta))]
        return [list(point) for point in zip(*paths, strict=True)]

    return reference


def sgd(h, x, gradients):
    path = [x]
    for g in gradients:
        path.append(path[-1] - h["lr"] * g)
    return path


def heavy_ball(h, x, gradients):
    path, before = [x], x
    for g in gradients:
        path.append(path[-1] - h["lr"] * g + h["beta"] * (path[-1] - before))
        before = path[-2]
    return path


def nesterov(h, y, gradients):
    path, x = [y], y
    for g in gradients:
        x_new = path[-1] - h["lr"] * g
        path.append(x_new + h["beta"] * (x_new - x))
        x = x_new
    return path


def sign_sgd(h, x, gradients):
    path = [x]
    for g in gradients:
        path.append(path[-1] - (h["lr"] if g > 0 else -h["lr"] if g < 0 else 0.0))
    return path


def adagrad(h, x, gradients):
    path, total = [x], 0.0
    for g in gradients:
        total += g * g
        path.append(path[-1] - h["lr"] * g / (math.sqrt(total) + h["eps"]))
    return path


def rmsprop(h, x, gradients):
    path = [x]
    for t in range(1, len(gradients) + 1):
        v = (1 - h["beta"]) * sum(h["beta"] ** (t - 1 - s) * gradients[s] ** 2 for s in range(t))
        path.append(path[-1] - h["lr"] * gradients[t - 1] / (math.sqrt(v) + h["eps"]))
    return path


def adam(h, x, gradients, decay=0.0):
    """The debiased averages as what they are: weighted means with weights beta^(t - s)."""
    path = [x]
    for t in range(1, len(gradients) + 1):
        w1 = [h["beta1"] ** (t - 1 - s) for s in range(t)]
        w2 = [h["beta2"] ** (t - 1 - s) for s in range(t)]
        m = sum(w * g for w, g in zip(w1, gradients, strict=False)) / sum(w1)
        v = sum(w * g * g for w, g in zip(w2, gradients, strict=False)) / sum(w2)
        path.append(path[-1] - h["lr"] * (m / (math.sqrt(v) + h["eps"]) + decay * path[-1]))
    return path


def adamw(h, x, gradients):
    return adam(h, x, gradients, decay=h["weight_decay"])


STREAM = {
    "SGD": per_coordinate(sgd),
    "HeavyBall": per_coordinate(heavy_ball),
    "Nesterov": per_coordinate(nesterov),
    "SignSGD": per_coordinate(sign_sgd),
    "AdaGrad": per_coordinate(adagrad),
    "RMSProp": per_coordinate(rmsprop),
    "Adam": per_coordinate(adam),
    "AdamW": per_coordinate(adamw),
}


# --- references that ask for curvature: a regression on sinh(theta), whose Gauss-Newton matrix is not its Hessian


class Naive:
    """f = mean_j e_j^2 / 2,  e_j = sum_k x_jk sinh(t_k) - y_j, by loops."""

    def __init__(self, t):
        self.t, self.n, self.m = t, len(t), len(X)
        self.e = [sum(X[j][k] * math.sinh(t[k]) for k in range(self.n)) - Y[j] for j in range(self.m)]

    def grad(self):
        return [sum(self.e[j] * X[j][k] for j in range(self.m)) / self.m * math.cosh(self.t[k]) for k in range(self.n)]

    def gauss_newton(self):
        c = [math.cosh(t) for t in self.t]
        return [[sum(X[j][k] * X[j][i] for j in range(self.m)) / self.m * c[k] * c[i] for i in range(self.n)] for k in range(self.n)]

    def hessian(self):
        h = self.gauss_newton()
        for k in range(self.n):
            h[k][k] += sum(self.e[j] * X[j][k] for j in range(self.m)) / self.m * math.sinh(self.t[k])
        return h


def solved(a, b, damping):
    """(A + damping I)^-1 b by Gauss-Jordan elimination with pivoting."""
    n = len(b)
    rows = [[a[i][j] + damping * (i == j) for j in range(n)] + [b[i]] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(n):
            if r != i:
                rows[r] = [u - rows[r][i] / rows[i][i] * w for u, w in zip(rows[r], rows[i], strict=True)]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def diagonal_gn(h, f):
    g, matrix = f.grad(), f.gauss_newton()
    return [-h["lr"] * (matrix[k][k] + h["damping"]) ** h["power"] * g[k] for k in range(f.n)]


def gauss_newton(h, f):
    return [-h["lr"] * step for step in solved(f.gauss_newton(), f.grad(), h["damping"])]


def newton(h, f):
    return [-h["lr"] * step for step in solved(f.hessian(), f.grad(), h["damping"])]


PROBLEM = {"DiagonalGN": diagonal_gn, "GaussNewton": gauss_newton, "Newton": newton}


def test_every_registered_optimizer_has_one_reference():
    assert sorted([*STREAM, *PROBLEM]) == sorted(OPTIMIZERS)


@pytest.mark.parametrize("name", STREAM)
def test_fed_with_gradients(name):
    optimizer = loud(OPTIMIZERS[name])
    expected = STREAM[name](dataclasses.asdict(optimizer), START, GRADIENTS)
    np.testing.assert_allclose(replay(optimizer, np.array(START), np.array(GRADIENTS)), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", PROBLEM)
def test_on_a_problem(name):
    """Condition of the damped systems is below 100, over 5 contracting steps: 1e-12 is 50 times what rounding needs."""
    optimizer = loud(OPTIMIZERS[name])
    f = Reparameterised(LeastSquares(X, Y), Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh))
    expected = [START]
    for _ in range(5):
        delta = PROBLEM[name](dataclasses.asdict(optimizer), Naive(expected[-1]))
        expected.append([t + d for t, d in zip(expected[-1], delta, strict=True)])
    path = simulate(f, optimizer, np.array(START), steps=5, record={"theta": lambda theta: theta})["theta"]
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-13)


def test_zero_over_zero_is_zero():
    """Adaptive methods without eps leave a coordinate alone as long as it has seen no gradient; no warning, no NaN."""
    for name in ("AdaGrad", "RMSProp", "Adam"):
        path = replay(loud(OPTIMIZERS[name], eps=0.0), np.zeros(2), np.array([[0.0, 1.0], [0.0, 2.0]]))
        np.testing.assert_array_equal(path[:, 0], 0.0)
        assert (path[1:, 1] < 0).all()


def test_diagonal_gn_leaves_a_flat_coordinate_alone():
    path = simulate(Quadratic(np.diag([2.0, 0.0]), linear=[1.0, 1.0]), loud(OPTIMIZERS["DiagonalGN"], damping=0.0), np.ones(2), steps=2)
    assert path.final[1] == 1.0
    assert path.final[0] != 1.0


def test_labels_reach_the_curvature():
    """labels="true": h_k = mean_j (sigma(z_j) - y_j)^2 x_jk^2, the empirical Fisher matrix, by loops."""
    y = [float(v > 0) for v in Y]
    theta, h, g = START, [0.0] * 4, [0.0] * 4
    for j in range(7):
        z = sum(X[j][k] * theta[k] for k in range(4))
        c = 1 / (1 + math.exp(-z)) - y[j]
        for k in range(4):
            h[k] += c**2 * X[j][k] ** 2 / 7
            g[k] += c * X[j][k] / 7
    expected = [theta[k] - 0.07 * g[k] / (h[k] + 0.3) for k in range(4)]
    optimizer = loud(OPTIMIZERS["DiagonalGN"], power=-1.0, labels="true")
    np.testing.assert_allclose(simulate(Logistic(X, y), optimizer, np.array(theta), steps=1).final, expected, rtol=1e-12)
