"""Optimizers: a class or composition per published method, wrappers around them, the registry.

The methods of the registry are names of this package: `from lab.optimizers import Adam`.

A method is a class where it has formulas of its own, a function (lab.optimizers.compositions) where
it is a wrapper around another one. WRAPPERS take a method and are methods again; each changes one
thing, and what it needs to know of the method inside is declared there (lab.optimizers.protocol):

    the gradient that is seen   Ascent, Clipped, GradientPenalty, Mars, Momentum, SAM, and
                                Regularized on p
    the variables or the basis  InVariables, InBasis, InMovingBasis, InRenewedBasis, Blocked
    the step that is made       Cautious, ErrorFeedback, Grafted, Hyperball, Momentum at place
                                "step", Regularized on z, ScheduleFree
    its length                  Backtracking, ExactLineSearch, ModelStep, Scheduled
    the damping                 Levenberg
    nothing                     Accompanied, which asks others along the path

They nest, and the order matters: Regularized(Cautious(Adam(0.1)), L2(0.01), on="z") decays what
Cautious would have masked, Cautious(Regularized(...)) masks the decay too.
"""

from __future__ import annotations

from typing import Any

from lab.optimizers.gradient.accelerated import subgradient_lr
from lab.optimizers.protocol import Optimizer, hyperparameters, lr_of, with_
from lab.optimizers.registry import EXAMPLES, OPTIMIZERS, defaults, example
from lab.optimizers.wrappers.accompanied import Accompanied
from lab.optimizers.wrappers.ascent import Ascent
from lab.optimizers.wrappers.blocked import Blocked
from lab.optimizers.wrappers.cautious import Cautious
from lab.optimizers.wrappers.clipped import Clipped
from lab.optimizers.wrappers.error_feedback import ErrorFeedback
from lab.optimizers.wrappers.gradient_penalty import SAM, GradientPenalty
from lab.optimizers.wrappers.grafted import Grafted
from lab.optimizers.wrappers.hyperball import Hyperball
from lab.optimizers.wrappers.in_variables import InBasis, InVariables
from lab.optimizers.wrappers.levenberg import Levenberg
from lab.optimizers.wrappers.line_search import Backtracking, ExactLineSearch
from lab.optimizers.wrappers.mars import Mars
from lab.optimizers.wrappers.model_step import ModelStep, Tikhonov
from lab.optimizers.wrappers.momentum import Momentum
from lab.optimizers.wrappers.moving_basis import InMovingBasis, ShampooEigenbasis
from lab.optimizers.wrappers.penalties import L1, L2, LQ, ElasticNet
from lab.optimizers.wrappers.regularized import Regularized
from lab.optimizers.wrappers.renewed_basis import InRenewedBasis
from lab.optimizers.wrappers.schedule_free import ScheduleFree
from lab.optimizers.wrappers.schedules import (
    Constant,
    Geometric,
    Halving,
    InverseSqrt,
    Linear,
    Scheduled,
)

WRAPPERS = {
    "Accompanied": Accompanied,
    "Ascent": Ascent,
    "Backtracking": Backtracking,
    "Blocked": Blocked,
    "Cautious": Cautious,
    "Clipped": Clipped,
    "ErrorFeedback": ErrorFeedback,
    "ExactLineSearch": ExactLineSearch,
    "GradientPenalty": GradientPenalty,
    "Grafted": Grafted,
    "Hyperball": Hyperball,
    "InBasis": InBasis,
    "InMovingBasis": InMovingBasis,
    "InRenewedBasis": InRenewedBasis,
    "InVariables": InVariables,
    "Levenberg": Levenberg,
    "Mars": Mars,
    "ModelStep": ModelStep,
    "Momentum": Momentum,
    "Regularized": Regularized,
    "SAM": SAM,
    "ScheduleFree": ScheduleFree,
    "Scheduled": Scheduled,
}

__all__ = [
    "EXAMPLES",
    "L1",
    "L2",
    "LQ",
    "OPTIMIZERS",
    "WRAPPERS",
    "Constant",
    "ElasticNet",
    "Geometric",
    "Halving",
    "InverseSqrt",
    "Linear",
    "Optimizer",
    "ShampooEigenbasis",
    "Tikhonov",
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
    """A registered method by its name: one list, in the registry, and not another one here."""
    if name not in OPTIMIZERS:
        raise AttributeError(f"module 'lab.optimizers' has no attribute {name!r}")
    return OPTIMIZERS[name]
