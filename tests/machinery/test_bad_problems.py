"""Malformed matrices, objectives, maps and bases: refused where the user called, with the
parameter named and the valid range told.

Tables: the call, the exception, and what its message must say. A message is one line.
"""

import numpy as np
import pytest
from examples import spd
from refusals import refused

from lab.bases import Kronecker, Orthogonal, coordinate, eigen, kronecker_eigen, random
from lab.geodesics import geodesic
from lab.maps import Flatten
from lab.maps import Linear as LinearMap
from lab.objectives import LeastSquares, Logistic, OneHotLogistic, Quadratic, Reparameterised

NAN, INF = np.nan, np.inf
H = spd(3)
X = np.random.default_rng(0).standard_normal((5, 3))
Y = np.array([0.0, 1, 1, 0, 1])
F = Quadratic(H)
ONES = np.ones(3)

HESSIANS = {
    "NaN": ([[1, NAN], [NAN, 1]], ValueError, "h[0, 1] = nan: must be finite"),
    "inf": (np.diag([1, INF]), ValueError, "h[1, 1] = inf: must be finite"),
    "asymmetric": ([[1, 0.5], [0, 1]], ValueError, "h is not symmetric"),
    "indefinite": (
        np.diag([1.0, -1.0]),
        ValueError,
        "h has smallest eigenvalue -1: must be positive semi-definite",
    ),
    "rectangular": (np.ones((2, 3)), ValueError, "h has shape (2, 3): must be square"),
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
        "x is empty: must have at least one entry",
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
        "b has shape (2, 3): must be square",
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
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(name):
    refused(*CASES[name])
