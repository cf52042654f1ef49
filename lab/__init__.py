"""A numerical lab for theorems about optimizers: simulate, solve exactly, and assert.

Public names are imported when first used, so that the command line starts fast.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "lab.arrays": ("Layers", "PerBlock", "Role", "each", "inner"),
    "lab.batches": ("Batch", "Drawn", "Epochs", "FullBatch", "Recorded"),
    "lab.bases": ("Kronecker", "Orthogonal", "PerLayer", "coordinate", "eigen", "geodesic", "kronecker_eigen"),
    "lab.claims": ("CLAIMS", "claim", "judge"),
    "lab.instruments.comparison": ("compare",),
    "lab.exact": ("EXACT",),
    "lab.objectives": (
        "OBJECTIVES",
        "Elliptical",
        "GaussianRegression",
        "Huber",
        "LeastSquares",
        "Logistic",
        "MaxCoordinate",
        "OneHotLogistic",
        "PiecewiseQuadratic",
        "Quadratic",
        "RandomDesign",
        "Reparameterised",
    ),
    "lab.optimizers": (
        "EXAMPLES",
        "OPTIMIZERS",
        "L2",
        "SGD",
        "HeavyBall",
        "Nesterov",
        "AcceleratedGradient",
        "OGM",
        "ASGD",
        "SignSGD",
        "Signum",
        "Lion",
        "Rprop",
        "AdaGrad",
        "RMSProp",
        "Adadelta",
        "Adam",
        "AdamW",
        "IdealisedAdam",
        "AMSGrad",
        "Adamax",
        "NAdam",
        "RAdam",
        "AdaBelief",
        "AdaBound",
        "AMSBound",
        "Yogi",
        "Adan",
        "ADOPT",
        "AdEMAMix",
        "LAMB",
        "LARS",
        "NovoGrad",
        "DiagonalGN",
        "GaussNewton",
        "Newton",
        "AdaL",
        "SophiaH",
        "SophiaG",
        "AdaHessian",
        "Adafactor",
        "Muon",
        "Shampoo",
        "SOAP",
        "Ascent",
        "Backtracking",
        "ExactLineSearch",
        "Grafted",
        "InBasis",
        "InMovingBasis",
        "Momentum",
        "Regularized",
        "Scheduled",
        "ShampooEigenbasis",
        "hyperparameters",
        "lr_of",
        "with_",
    ),
    "lab.maps": ("Elementwise", "Flatten", "Linear"),
    "lab.simulation": ("replay", "simulate"),
    "lab.trajectory": ("Trajectory",),
    "lab.instruments.tuning": ("tune",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = ["__version__", *_MODULE_OF]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'lab' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
