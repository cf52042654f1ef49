"""Every registered optimizer against a naive version that shares no code with the lab; here the
methods that ask for curvature.

Every test module in PARTS has a table REFERENCES: registered name -> a comparison that raises
AssertionError where the two differ. An optimizer without one fails, and so does a comparison that
does not notice a step too long by one millionth.
"""

import dataclasses
import math
from functools import partial

import numpy as np
import pytest
import test_gaussian
import test_references_adafactor
import test_references_adal
import test_references_adaptive
import test_references_bnp
import test_references_classical
import test_references_first_order
import test_references_kfc
import test_references_kronecker
import test_references_layers
import test_references_moving_basis
import test_references_sophia
import test_references_spectral
import test_references_steepest
import test_references_trusted
import test_references_wrapped

from lab.maps import Elementwise
from lab.objectives import LeastSquares, Logistic, OneHotLogistic, Quadratic, Reparameterised
from lab.optimizers import OPTIMIZERS, example
from lab.simulation import replay, simulate

RNG = np.random.default_rng(17)
START = [0.5, -1.25, 2.0, 0.75]
GRADIENTS = [
    *(RNG.standard_normal((8, 4)) * [3.0, 0.2, 1.0, 0.01]).tolist(),
    [0.0, 1.0, 0.0, -2.0],
    [0.3, 0.0, -0.1, 0.0],
]
X = RNG.standard_normal((7, 4)) * [1.5, 0.7, 1.0, 0.4]
Y = RNG.standard_normal(7)


class Naive:
    """f = mean_j e_j^2 / 2,  e_j = sum_k x_jk sinh(t_k) - y_j, by loops: a regression whose
    Gauss-Newton matrix is not its Hessian."""

    def __init__(self, t):
        self.t, self.n, self.m = t, len(t), len(X)
        self.e = [
            sum(X[j][k] * math.sinh(t[k]) for k in range(self.n)) - Y[j] for j in range(self.m)
        ]

    def grad(self):
        return [
            sum(self.e[j] * X[j][k] for j in range(self.m)) / self.m * math.cosh(self.t[k])
            for k in range(self.n)
        ]

    def gauss_newton(self):
        c = [math.cosh(t) for t in self.t]
        return [
            [
                sum(X[j][k] * X[j][i] for j in range(self.m)) / self.m * c[k] * c[i]
                for i in range(self.n)
            ]
            for k in range(self.n)
        ]

    def hessian(self):
        h = self.gauss_newton()
        for k in range(self.n):
            h[k][k] += (
                sum(self.e[j] * X[j][k] for j in range(self.m)) / self.m * math.sinh(self.t[k])
            )
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
                rows[r] = [
                    u - rows[r][i] / rows[i][i] * w for u, w in zip(rows[r], rows[i], strict=True)
                ]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def diagonal_gn(h, f):
    g = f.grad()
    matrix = f.gauss_newton()
    return [-h["lr"] * (matrix[k][k] + h["damping"]) ** h["power"] * g[k] for k in range(f.n)]


def gauss_newton(h, f):
    return [-h["lr"] * step for step in solved(f.gauss_newton(), f.grad(), h["damping"])]


def newton(h, f):
    return [-h["lr"] * step for step in solved(f.hessian(), f.grad(), h["damping"])]


PROBLEM = {"DiagonalGN": diagonal_gn, "GaussNewton": gauss_newton, "Newton": newton}


@pytest.mark.parametrize("name", PROBLEM)
def test_on_a_problem(name):
    """Condition of the damped systems is below 100, over 5 contracting steps: 1e-12 is 50 times
    what rounding needs."""
    optimizer = example(name)
    f = Reparameterised(LeastSquares(X, Y), Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh))
    expected = [START]
    for _ in range(5):
        delta = PROBLEM[name](dataclasses.asdict(optimizer), Naive(expected[-1]))
        expected.append([t + d for t, d in zip(expected[-1], delta, strict=True)])
    path = simulate(f, optimizer, np.array(START), steps=5, record={"theta": lambda theta: theta})[
        "theta"
    ]
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-13)


PARTS = (
    test_gaussian,
    test_references_adafactor,
    test_references_adal,
    test_references_adaptive,
    test_references_bnp,
    test_references_classical,
    test_references_first_order,
    test_references_kfc,
    test_references_kronecker,
    test_references_layers,
    test_references_moving_basis,
    test_references_sophia,
    test_references_spectral,
    test_references_steepest,
    test_references_trusted,
    test_references_wrapped,
)
REFERENCES = {name: partial(test_on_a_problem, name) for name in PROBLEM}
REFERENCES |= {name: compare for part in PARTS for name, compare in part.REFERENCES.items()}


def test_every_registered_optimizer_has_a_reference():
    missing = sorted(set(OPTIMIZERS) - set(REFERENCES))
    assert not missing, (
        f"write a naive version of {missing} and list it in REFERENCES of the "
        "tests/references/test_references_*.py that fits"
    )
    assert set(REFERENCES) <= set(OPTIMIZERS)


@pytest.mark.parametrize("name", REFERENCES)
def test_a_step_one_millionth_too_long_is_noticed(name, monkeypatch):
    REFERENCES[name]()
    outermost = type(example(name))
    step = outermost.step

    def longer(self, s, oracle, theta):
        delta, state = step(self, s, oracle, theta)
        return (1 + 1e-6) * delta, state

    monkeypatch.setattr(outermost, "step", longer)
    with pytest.raises(AssertionError):
        REFERENCES[name]()


def test_zero_over_zero_is_zero():
    """Adaptive methods without eps leave a coordinate alone as long as it has seen no gradient; no
    warning, no NaN."""
    for name in ("AdaGrad", "RMSProp", "Adam"):
        path = replay(
            OPTIMIZERS[name](0.1, eps=0.0), np.zeros(2), np.array([[0.0, 1.0], [0.0, 2.0]])
        )
        np.testing.assert_array_equal(path[:, 0], 0.0)
        assert (path[1:, 1] < 0).all()


def test_diagonal_gn_where_the_curvature_vanishes():
    """Without a gradient the coordinate rests; with one it diverges, as on a logit so large that
    its curvature underflows."""
    gn = example("DiagonalGN", damping=0.0)
    path = simulate(Quadratic(np.diag([2.0, 0.0]), linear=[1.0, 0.0]), gn, np.ones(2), steps=2)
    assert path.final[1] == 1.0
    assert path.final[0] != 1.0
    saturated = simulate(OneHotLogistic([1.0, 1.0]), gn, np.array([800.0, 1.0]), steps=2)["loss"]
    assert np.isfinite(saturated[0])
    assert (saturated[1:] == np.inf).all()
    damped = simulate(
        OneHotLogistic([1.0, 1.0]), example("DiagonalGN"), np.array([800.0, 1.0]), steps=2
    )["loss"]
    assert np.isfinite(damped).all()


def test_labels_reach_the_curvature():
    """labels="true": h_k = mean_j (sigma(z_j) - y_j)^2 x_jk^2, the empirical Fisher matrix, by
    loops."""
    y = [float(v > 0) for v in Y]
    theta = START
    h = [0.0] * 4
    g = [0.0] * 4
    for j in range(7):
        z = sum(X[j][k] * theta[k] for k in range(4))
        c = 1 / (1 + math.exp(-z)) - y[j]
        for k in range(4):
            h[k] += c**2 * X[j][k] ** 2 / 7
            g[k] += c * X[j][k] / 7
    expected = [theta[k] - 0.07 * g[k] / (h[k] + 0.3) for k in range(4)]
    optimizer = example("DiagonalGN", power=-1.0, labels="true")
    np.testing.assert_allclose(
        simulate(Logistic(X, y), optimizer, np.array(theta), steps=1).final, expected, rtol=1e-12
    )
