"""Optimizers: a class or composition per published method, wrappers around them, the registry."""

from lab.optimizers.adaptive.adafactor import Adafactor
from lab.optimizers.adaptive.adagrad import Adadelta, AdaGrad, RMSProp
from lab.optimizers.adaptive.adal import AdaL
from lab.optimizers.adaptive.adam import Adam, Adamax, AMSGrad
from lab.optimizers.adaptive.bounded import AdaBound, AMSBound
from lab.optimizers.adaptive.idealised import IdealisedAdam
from lab.optimizers.adaptive.layerwise import LAMB, LARS, NovoGrad
from lab.optimizers.adaptive.moments import ADOPT, Adan, AdEMAMix, Yogi
from lab.optimizers.adaptive.nadam import NAdam
from lab.optimizers.adaptive.rectified import AdaBelief, RAdam
from lab.optimizers.compositions import SOAP, AdamW
from lab.optimizers.gradient.accelerated import OGM, AcceleratedGradient, subgradient_lr
from lab.optimizers.gradient.first_order import ASGD, SGD, HeavyBall, Nesterov
from lab.optimizers.gradient.sign import Lion, Rprop, SignSGD, Signum
from lab.optimizers.matrix.muon import Muon
from lab.optimizers.matrix.shampoo import Shampoo
from lab.optimizers.protocol import Optimizer, hyperparameters, lr_of, with_
from lab.optimizers.registry import EXAMPLES, OPTIMIZERS, defaults, example
from lab.optimizers.second_order.gauss_newton import DiagonalGN, GaussNewton, Newton
from lab.optimizers.second_order.sophia import AdaHessian, SophiaG, SophiaH
from lab.optimizers.wrappers.ascent import Ascent
from lab.optimizers.wrappers.grafted import Grafted
from lab.optimizers.wrappers.in_basis import InBasis
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
    "Momentum": Momentum,
    "Regularized": Regularized,
    "Scheduled": Scheduled,
}

__all__ = [
    "ADOPT",
    "AMSBound",
    "AMSGrad",
    "ASGD",
    "AcceleratedGradient",
    "AdEMAMix",
    "AdaBelief",
    "AdaBound",
    "AdaGrad",
    "AdaHessian",
    "AdaL",
    "Adadelta",
    "Adafactor",
    "Adam",
    "AdamW",
    "Adamax",
    "Adan",
    "Ascent",
    "Backtracking",
    "Constant",
    "DiagonalGN",
    "EXAMPLES",
    "ExactLineSearch",
    "GaussNewton",
    "Geometric",
    "Grafted",
    "Halving",
    "HeavyBall",
    "IdealisedAdam",
    "InBasis",
    "InMovingBasis",
    "InverseSqrt",
    "L2",
    "LAMB",
    "LARS",
    "Linear",
    "Lion",
    "Momentum",
    "Muon",
    "NAdam",
    "Nesterov",
    "Newton",
    "NovoGrad",
    "OGM",
    "OPTIMIZERS",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "Regularized",
    "Rprop",
    "SGD",
    "SOAP",
    "Scheduled",
    "Shampoo",
    "ShampooEigenbasis",
    "SignSGD",
    "Signum",
    "SophiaG",
    "SophiaH",
    "WRAPPERS",
    "Yogi",
    "defaults",
    "example",
    "hyperparameters",
    "lr_of",
    "subgradient_lr",
    "with_",
]
