"""Optimizers, one class per published method, and the registry that contracts, laws and the command line read."""

from lab.optimizers.accelerated import OGM, AcceleratedGradient, InverseSqrt, subgradient_lr
from lab.optimizers.adaptive import AdaGrad, Adam, AdamW, RMSProp
from lab.optimizers.first_order import SGD, HeavyBall, Nesterov
from lab.optimizers.gauss_newton import DiagonalGN, GaussNewton, Newton
from lab.optimizers.in_basis import InBasis
from lab.optimizers.line_search import Backtracking, ExactLineSearch
from lab.optimizers.protocol import Optimizer, lr_of, with_lr
from lab.optimizers.schedules import Constant, Geometric, Halving, Linear, Scheduled
from lab.optimizers.sign import SignSGD

OPTIMIZERS: dict[str, type] = {
    "SGD": SGD,
    "HeavyBall": HeavyBall,
    "Nesterov": Nesterov,
    "AcceleratedGradient": AcceleratedGradient,
    "OGM": OGM,
    "SignSGD": SignSGD,
    "AdaGrad": AdaGrad,
    "RMSProp": RMSProp,
    "Adam": Adam,
    "AdamW": AdamW,
    "DiagonalGN": DiagonalGN,
    "GaussNewton": GaussNewton,
    "Newton": Newton,
}

__all__ = [
    "OPTIMIZERS",
    "Backtracking",
    "Constant",
    "ExactLineSearch",
    "Geometric",
    "Halving",
    "InBasis",
    "InverseSqrt",
    "Linear",
    "Optimizer",
    "Scheduled",
    "lr_of",
    "subgradient_lr",
    "with_lr",
    *OPTIMIZERS,
]
