"""Objectives, and the registry that the contracts read.

Everything in OBJECTIVES goes through every contract and is listed by `lab list objectives`. A new
objective is a file here and a line in OBJECTIVES; it offers what its methods answer
(lab.objectives.protocol).

    Quadratic, Huber, PiecewiseQuadratic, MaxCoordinate     functions without data
    LeastSquares, Logistic, Network, MLP, ConvNet           data of the user, batches of rows
    GaussianRegression, RandomDesign, GaussianLogistic, OneHotLogistic
                                                            populations: fresh examples, exact means
    Reparameterised                                         any of them in other variables

A design (Gaussian, Elliptical, Rademacher, OneHot) is the law of the inputs of a RandomDesign.
"""

from collections.abc import Callable
from typing import Any

from lab.objectives.designs import Elliptical, Gaussian, OneHot, Rademacher, RandomDesign
from lab.objectives.gaussian import GaussianRegression
from lab.objectives.gaussian_logistic import GaussianLogistic
from lab.objectives.logistic import Logistic, OneHotLogistic
from lab.objectives.networks import MLP, ConvNet, Network
from lab.objectives.protocol import Objective
from lab.objectives.quadratic import Quadratic
from lab.objectives.regression import LeastSquares
from lab.objectives.reparameterised import Reparameterised
from lab.objectives.worst_case import Huber, MaxCoordinate, PiecewiseQuadratic

# a class, or a function that composes one
OBJECTIVES: dict[str, Callable[..., Any]] = {
    "Quadratic": Quadratic,
    "LeastSquares": LeastSquares,
    "Logistic": Logistic,
    "OneHotLogistic": OneHotLogistic,
    "Reparameterised": Reparameterised,
    "GaussianRegression": GaussianRegression,
    "RandomDesign": RandomDesign,
    "Huber": Huber,
    "PiecewiseQuadratic": PiecewiseQuadratic,
    "MaxCoordinate": MaxCoordinate,
    "GaussianLogistic": GaussianLogistic,
    "Network": Network,
    "MLP": MLP,
    "ConvNet": ConvNet,
}

__all__ = [
    "OBJECTIVES",
    "Elliptical",
    "Gaussian",
    "Objective",
    "OneHot",
    "Rademacher",
    *OBJECTIVES,
]
