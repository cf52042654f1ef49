"""Objectives, and the registry that the contracts read."""

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

OBJECTIVES: dict[str, type] = {
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
}

__all__ = [
    "MLP",
    "OBJECTIVES",
    "ConvNet",
    "Elliptical",
    "Gaussian",
    "Objective",
    "OneHot",
    "Rademacher",
    *OBJECTIVES,
]
