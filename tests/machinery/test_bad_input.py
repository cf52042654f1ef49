"""Malformed input at every public entry: refused where the user called, with the parameter named
and the valid range told.

One table: the call, the exception, and what its message must say. A message is one line.
"""

import dataclasses

import numpy as np
import pytest
from examples import spd
from refusals import refused

from lab.arrays import Layers
from lab.bases import Kronecker, Orthogonal, coordinate, eigen, geodesic, kronecker_eigen, random
from lab.exact import exact
from lab.instruments.tuning import tune
from lab.maps import Flatten
from lab.maps import Linear as LinearMap
from lab.objectives import LeastSquares, Logistic, OneHotLogistic, Quadratic, Reparameterised
from lab.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    Backtracking,
    DiagonalGN,
    ExactLineSearch,
    Geometric,
    Halving,
    InBasis,
    Linear,
    Scheduled,
)
from lab.simulation import replay, simulate

NAN, INF = np.nan, np.inf
H, X, Y = spd(3), np.random.default_rng(0).standard_normal((5, 3)), np.array([0.0, 1, 1, 0, 1])
F, ONES = Quadratic(H), np.ones(3)
LAYERED = Reparameterised(Quadratic(spd(5)), Flatten(((2,), (3,))))
BLOCKS = Layers([np.ones(2), np.ones(3)])

HESSIANS = {
    "NaN": ([[1, NAN], [NAN, 1]], ValueError, "h[0, 1] = nan: must be finite"),
    "inf": (np.diag([1, INF]), ValueError, "h[1, 1] = inf: must be finite"),
    "asymmetric": ([[1, 0.5], [0, 1]], ValueError, "h is not symmetric"),
    "indefinite": (
        np.diag([1.0, -1.0]),
        ValueError,
        "h has smallest eigenvalue -1: must be positive semi-definite",
    ),
    "rectangular": (np.ones((2, 3)), ValueError, "h has shape (2, 3): must be a square matrix"),
    "a vector": (np.ones(3), ValueError, "h has shape (3,): must have 2 axes"),
    "complex": (np.eye(2) * (1 + 1j), TypeError, "h has dtype complex128: must be real numbers"),
    "text": ([["a"]], TypeError, "h has dtype"),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians(name):
    h, error, said = HESSIANS[name]
    refused(lambda: Quadratic(h), error, said)


EIGEN = {
    name: case
    for name, case in HESSIANS.items()
    if name not in ("indefinite", "asymmetric", "rectangular")
}


@pytest.mark.parametrize("name", EIGEN)
def test_eigenbases(name):
    h, error, said = EIGEN[name]
    refused(lambda: eigen(h), error, said)


CASES = {
    # objectives
    "Quadratic linear of wrong length": (
        lambda: Quadratic(H, linear=np.ones(2)),
        ValueError,
        "linear has shape (2,): must be a number or",
    ),
    "Quadratic NaN linear": (
        lambda: Quadratic(H, linear=NAN),
        ValueError,
        "linear = nan: must be finite",
    ),
    "Quadratic negative noise": (
        lambda: Quadratic(H, noise=[1, -1, 1]),
        ValueError,
        "noise = -1: must be >= 0",
    ),
    "LeastSquares rows": (
        lambda: LeastSquares(X, np.ones(4)),
        ValueError,
        "need one target per row",
    ),
    "LeastSquares no rows": (
        lambda: LeastSquares(np.ones((0, 3)), np.ones(0)),
        ValueError,
        "at least one row and column",
    ),
    "LeastSquares NaN": (
        lambda: LeastSquares(X * NAN, Y),
        ValueError,
        "x[0, 0] = nan: must be finite",
    ),
    "LeastSquares complex": (lambda: LeastSquares(X, 1j * Y), TypeError, "y has dtype complex128"),
    "LeastSquares one vector": (
        lambda: LeastSquares(ONES, Y),
        ValueError,
        "x has shape (3,): must have 2 axes",
    ),
    "Logistic classes": (lambda: Logistic(X, Y + 1), ValueError, "must be 0 or 1"),
    "Logistic ridge": (
        lambda: Logistic(X, Y, ridge=-0.1),
        ValueError,
        "ridge = -0.1: must be >= 0",
    ),
    "Logistic ridge array": (
        lambda: Logistic(X, Y, ridge=np.ones(3)),
        ValueError,
        "ridge has shape (3,)",
    ),
    "OneHot pi": (lambda: OneHotLogistic([1.0, 0.0]), ValueError, "pi = 0: must be > 0"),
    "OneHot q": (
        lambda: OneHotLogistic([1.0, 1.0], q=1.2),
        ValueError,
        "q = 1.2: must be in [0, 1]",
    ),
    "OneHot a": (
        lambda: OneHotLogistic([1.0, 1.0], a=[1.0, -1.0]),
        ValueError,
        "a = -1: must be > 0",
    ),
    "OneHot shapes": (
        lambda: OneHotLogistic([1.0, 1.0], a=np.ones(3)),
        ValueError,
        "a has shape (3,): must be a number or have shape (2,)",
    ),
    "Linear map": (lambda: LinearMap(ONES), ValueError, "a has shape (3,): must have 2 axes"),
    "Linear map of wrong size": (
        lambda: Reparameterised(F, LinearMap(np.ones((2, 2)))),
        ValueError,
        "Quadratic has parameters of shape [(3,)]",
    ),
    "basis of wrong size": (
        lambda: Reparameterised(F, coordinate(2)),
        ValueError,
        "change does not fit f: Quadratic has parameters of shape [(3,)]",
    ),
    "Flatten of wrong size": (
        lambda: Reparameterised(F, Flatten(((2,), (3,)))),
        ValueError,
        "change does not fit f",
    ),
    "Flatten of numbers": (lambda: Flatten((2, 3)), TypeError, "shapes[0] = 2: must be a tuple"),
    "Flatten of fractions": (
        lambda: Flatten(((2.5,),)),
        ValueError,
        "shapes[0] = 2.5: must be an integer >= 1",
    ),
    # bases
    "not orthogonal": (
        lambda: Orthogonal(2 * np.eye(2)),
        ValueError,
        "q is not orthogonal: |Q^T Q - I| reaches 3",
    ),
    "not square": (
        lambda: Orthogonal(np.ones((2, 3))),
        ValueError,
        "q has shape (2, 3): must be square",
    ),
    "Kronecker": (
        lambda: Kronecker((np.eye(2), np.ones((2, 2)))),
        ValueError,
        "factors[1] is not orthogonal",
    ),
    "coordinate": (lambda: coordinate(0), ValueError, "n = 0: must be an integer >= 1"),
    "random": (
        lambda: random(2.0, np.random.default_rng(0)),
        ValueError,
        "n = 2.0: must be an integer >= 1",
    ),
    "eigen asymmetric": (
        lambda: eigen(np.array([[1, 0.5], [0, 1]])),
        ValueError,
        "must be symmetric",
    ),
    "kronecker_eigen": (
        lambda: kronecker_eigen(H, np.ones((2, 3))),
        ValueError,
        "must be symmetric",
    ),
    "geodesic sizes": (
        lambda: geodesic(coordinate(3), coordinate(2), 0.5),
        ValueError,
        "must be two bases of one size",
    ),
    "geodesic s": (
        lambda: geodesic(coordinate(3), coordinate(3), NAN),
        ValueError,
        "s = nan: must be finite",
    ),
    # optimizers and wrappers
    "labels": (
        lambda: DiagonalGN(0.1, labels="drawn"),
        ValueError,
        "DiagonalGN.labels = 'drawn': must be one of 'exact', 'sampled', 'true'",
    ),
    "labels of GaussNewton": (
        lambda: OPTIMIZERS["GaussNewton"](labels="x"),
        ValueError,
        "GaussNewton.labels = 'x'",
    ),
    "schedule horizon": (lambda: Linear(0.0), ValueError, "Linear.horizon = 0: must be > 0"),
    "schedule ratio": (
        lambda: Geometric(1.0),
        ValueError,
        "Geometric.ratio = 1: must be in (0, 1)",
    ),
    "schedule every": (
        lambda: Halving(0),
        ValueError,
        "Halving.every = 0: must be an integer >= 1",
    ),
    "schedule a number": (
        lambda: Scheduled(0.5, SGD(0.1)),
        TypeError,
        "Scheduled.schedule is of type float",
    ),
    "schedule a class": (
        lambda: Scheduled(Linear, SGD(0.1)),
        TypeError,
        "Scheduled.schedule is the class Linear",
    ),
    "inner a class": (
        lambda: InBasis(coordinate(2), Adam),
        TypeError,
        "InVariables.inner is the class Adam: must be an instance",
    ),
    "basis a matrix": (
        lambda: InBasis(np.eye(2), SGD(0.1)),
        TypeError,
        "InBasis.basis is ndarray: must be a basis",
    ),
    "a basis per run without runs": (
        lambda: simulate(
            F, InBasis(Orthogonal(np.stack([np.eye(3)] * 2)), SGD(0.1)), ONES, steps=2
        ),
        ValueError,
        "theta has run axes (): the change of variables has one for each of (2,)",
    ),
    "swapped InBasis": (
        lambda: InBasis(SGD(0.1), coordinate(2)),
        TypeError,
        "InBasis.basis is SGD: must be a basis",
    ),
    "shrink": (
        lambda: Backtracking(SGD(0.1), shrink=1.0),
        ValueError,
        "Backtracking.shrink = 1: must be in (0, 1)",
    ),
    "shrink array": (
        lambda: Backtracking(SGD(0.1), shrink=[0.5, 0.6]),
        ValueError,
        "Backtracking.shrink has shape (2,)",
    ),
    "armijo": (
        lambda: Backtracking(SGD(0.1), armijo=0.0),
        ValueError,
        "Backtracking.armijo = 0: must be in (0, 1)",
    ),
    "Backtracking inner": (
        lambda: Backtracking(0.1),
        TypeError,
        "Backtracking.inner is of type float",
    ),
    "tol": (
        lambda: ExactLineSearch(SGD(0.1), tol=0.0),
        ValueError,
        "ExactLineSearch.tol = 0: must be > 0",
    ),
    "tol array": (
        lambda: ExactLineSearch(SGD(0.1), tol=np.ones(2)),
        ValueError,
        "ExactLineSearch.tol has shape (2,)",
    ),
    # simulate
    "steps a float": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2.0),
        ValueError,
        "steps = 2.0: must be an integer >= 0",
    ),
    "steps negative": (
        lambda: simulate(F, SGD(0.1), ONES, steps=-1),
        ValueError,
        "steps = -1: must be an integer >= 0",
    ),
    "every": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2, every=0),
        ValueError,
        "every = 0: must be an integer >= 1",
    ),
    "batch": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2, batch=0),
        ValueError,
        "batch = 0: must be an integer >= 1",
    ),
    "batch a float": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2, batch=1.5),
        ValueError,
        "batch = 1.5: must be an integer >= 1",
    ),
    "rng": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2, rng=-1),
        ValueError,
        "rng = -1: must be an integer >= 0",
    ),
    "theta of wrong dimension": (
        lambda: simulate(F, SGD(0.1), np.ones(2), steps=2),
        ValueError,
        "last axis must be 3, the dimension of Quad",
    ),
    "theta a number": (
        lambda: simulate(F, SGD(0.1), 1.0, steps=2),
        ValueError,
        "theta has shape (): its last axis must be 3",
    ),
    "theta NaN": (
        lambda: simulate(F, SGD(0.1), [1, NAN, 1], steps=2),
        ValueError,
        "theta[1] = nan: must be finite",
    ),
    "theta complex": (
        lambda: simulate(F, SGD(0.1), 1j * ONES, steps=2),
        TypeError,
        "theta has dtype complex128",
    ),
    "Layers for a vector": (
        lambda: simulate(F, SGD(0.1), BLOCKS, steps=2),
        TypeError,
        "theta is Layers: Quadratic takes ndarray",
    ),
    "a vector for Layers": (
        lambda: simulate(LAYERED, SGD(0.1), np.ones(5), steps=2),
        TypeError,
        "theta is ndarray: Reparameterised takes Layers",
    ),
    "Layers of wrong shapes": (
        lambda: simulate(LAYERED, SGD(0.1), Layers([np.ones(3), np.ones(2)]), steps=2),
        ValueError,
        "theta has blocks [(3,), (2,)]: must be [(2,), (3,)]",
    ),
    "Layers with different runs": (
        lambda: simulate(
            LAYERED, SGD(0.1), Layers([np.ones((4, 2)), np.ones((5, 3))], (1, 1)), steps=2
        ),
        ValueError,
        "theta has blocks with run axes (4,) and (5,): must be the same for all",
    ),
    "Layers NaN": (
        lambda: simulate(LAYERED, SGD(0.1), NAN * BLOCKS, steps=2),
        ValueError,
        "theta[0] = nan: must be finite",
    ),
    "Layers complex": (
        lambda: Layers([1j * ONES]),
        TypeError,
        "block 0 has dtype complex128: must be real numbers",
    ),
    "sweeps that do not broadcast": (
        lambda: simulate(F, Adam(lr=np.ones(2), beta1=np.full(3, 0.5)), ONES, steps=2),
        ValueError,
        "hyper-parameters of shapes lr (2,), beta1 (3,) do not broadcast",
    ),
    "sweep and seeds that do not broadcast": (
        lambda: simulate(F, Adam(lr=np.ones(2)), np.ones((4, 3)), steps=2),
        ValueError,
        "hyper-parameters sweep over runs (2,), theta has runs (4,)",
    ),
    "swapped arguments": (
        lambda: simulate(SGD(0.1), F, ONES, steps=2),
        TypeError,
        "objective is of type SGD",
    ),
    "an optimizer class": (
        lambda: simulate(F, Adam, ONES, steps=2),
        TypeError,
        "optimizer is the class Adam: must be an instance",
    ),
    "a basis of wrong size": (
        lambda: simulate(F, InBasis(coordinate(4), SGD(0.1)), ONES, steps=2),
        ValueError,
        "must be 4, the size of the bas",
    ),
    "no second moment": (
        lambda: needs_second_moment(),
        TypeError,
        "Slope has no second_moment: this optimizer can't run on it",
    ),
    # replay
    "replay gradients": (
        lambda: replay(SGD(0.1), ONES, np.ones((4, 2))),
        ValueError,
        "gradients[0] has shape (2,): its last axis must be 3",
    ),
    "replay numbers": (
        lambda: replay(SGD(0.1), ONES, np.ones(4)),
        ValueError,
        "gradients[0] has shape (): its last axis must be 3",
    ),
    "replay NaN": (
        lambda: replay(SGD(0.1), ONES, [ONES, ONES * NAN]),
        ValueError,
        "gradients[1][0] = nan: must be finite",
    ),
    "replay complex": (
        lambda: replay(SGD(0.1), ONES, [1j * ONES]),
        TypeError,
        "gradients[0] has dtype complex128",
    ),
    "replay theta": (
        lambda: replay(SGD(0.1), NAN * ONES, [ONES]),
        ValueError,
        "theta[0] = nan: must be finite",
    ),
    "replay kinds": (
        lambda: replay(SGD(0.1), BLOCKS, [ONES]),
        TypeError,
        "gradients[0] is ndarray, theta Layers",
    ),
    "replay class": (lambda: replay(SGD, ONES, [ONES]), TypeError, "optimizer is the class SGD"),
    # exact
    "exact of an unknown pair": (
        lambda: exact(LAYERED, Adam(0.1), BLOCKS, steps=2),
        TypeError,
        "no closed form for (Reparameterised, Adam)",
    ),
    # tune
    "tune grid": (
        lambda: tune(F, SGD(0.1), [0.1, 0.0], theta=ONES, steps=2),
        ValueError,
        "grid = 0: must be > 0",
    ),
    "tune empty grid": (
        lambda: tune(F, SGD(0.1), [], theta=ONES, steps=2),
        ValueError,
        "grid is empty",
    ),
    "tune target": (
        lambda: tune(F, SGD(0.1), [0.1], NAN, theta=ONES, steps=2),
        ValueError,
        "target = nan: must be finite",
    ),
    "tune theta": (
        lambda: tune(F, SGD(0.1), [0.1], theta=BLOCKS, steps=2),
        TypeError,
        "theta is Layers: Quadratic takes ndarray",
    ),
    "tune without lr": (
        lambda: tune(F, NoRate(), [0.1], theta=ONES, steps=2),
        TypeError,
        "there is no lr in NoRate; there is nothing to set",
    ),
    "tune class": (
        lambda: tune(F, SGD, [0.1], theta=ONES, steps=2),
        TypeError,
        "optimizer is the class SGD",
    ),
}


@dataclasses.dataclass(frozen=True)
class NoRate:
    """A method without learning rate."""

    def init(self, theta):
        return ()

    def step(self, s, oracle, theta):
        return -theta, s


class Slope:
    """f = sum_i theta_i: the least an objective must have."""

    def start(self, runs=(), rng=None):
        return np.ones((*runs, 3))

    def draw(self, rng, runs, size):
        return None

    def loss(self, theta, batch=None):
        return theta.sum(-1)

    def grad(self, theta, batch=None):
        return np.ones_like(theta)


def needs_second_moment():
    """A method that asks for what the objective does not offer."""

    class Asks(NoRate):
        def step(self, s, oracle, theta):
            return oracle.second_moment, s

    simulate(Slope(), Asks(), ONES, steps=1)


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(name):
    refused(*CASES[name])
