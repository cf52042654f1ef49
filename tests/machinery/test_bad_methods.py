"""Malformed settings of optimizers and wrappers: refused where the user called, with the parameter
named and the valid range told.

One table: the call, the exception, and what its message must say. A message is one line.
"""

import numpy as np
import pytest
from examples import spd
from refusals import refused

from lab.bases import Orthogonal, coordinate
from lab.objectives import Quadratic
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
from lab.simulation import simulate

F = Quadratic(spd(3))
ONES = np.ones(3)

CASES = {
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
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(name):
    refused(*CASES[name])
