"""Optimizers: a class or composition per published method, wrappers around them, the registry.

The methods of the registry are names of this package: `from lab.optimizers import Adam`.
"""

from __future__ import annotations

from typing import Any

from lab.optimizers.gradient.accelerated import subgradient_lr
from lab.optimizers.protocol import Optimizer, hyperparameters, lr_of, with_
from lab.optimizers.registry import EXAMPLES, OPTIMIZERS, defaults, example
from lab.optimizers.wrappers.ascent import Ascent
from lab.optimizers.wrappers.grafted import Grafted
from lab.optimizers.wrappers.in_variables import InBasis, InVariables
from lab.optimizers.wrappers.levenberg import Levenberg
from lab.optimizers.wrappers.line_search import Backtracking, ExactLineSearch
from lab.optimizers.wrappers.momentum import Momentum
from lab.optimizers.wrappers.moving_basis import InMovingBasis, ShampooEigenbasis
from lab.optimizers.wrappers.regularized import L2, Regularized
from lab.optimizers.wrappers.schedules import (
    Constant,
    Geometric,
    Halving,
    InverseSqrt,
    Linear,
    Scheduled,
)

WRAPPERS = {
    "Ascent": Ascent,
    "Backtracking": Backtracking,
    "ExactLineSearch": ExactLineSearch,
    "Grafted": Grafted,
    "InBasis": InBasis,
    "InMovingBasis": InMovingBasis,
    "InVariables": InVariables,
    "Levenberg": Levenberg,
    "Momentum": Momentum,
    "Regularized": Regularized,
    "Scheduled": Scheduled,
}

__all__ = [
    "EXAMPLES",
    "L2",
    "OPTIMIZERS",
    "WRAPPERS",
    "Constant",
    "Geometric",
    "Halving",
    "InverseSqrt",
    "Linear",
    "Optimizer",
    "ShampooEigenbasis",
    "defaults",
    "example",
    "hyperparameters",
    "lr_of",
    "subgradient_lr",
    "with_",
    *OPTIMIZERS,
    *WRAPPERS,
]


def __getattr__(name: str) -> Any:
    if name not in OPTIMIZERS:
        raise AttributeError(f"module 'lab.optimizers' has no attribute {name!r}")
    return OPTIMIZERS[name]
