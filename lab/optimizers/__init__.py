"""Optimizers, one class per published method, and the registry that contracts, laws and the command line read."""

from lab.optimizers.adafactor import Adafactor
from lab.optimizers.adal import AdaL
from lab.optimizers.adaptive import AdaGrad, Adam, AdamW, IdealisedAdam, RMSProp
from lab.optimizers.first_order import SGD, HeavyBall, Nesterov
from lab.optimizers.gauss_newton import DiagonalGN, GaussNewton, Newton
from lab.optimizers.in_basis import InBasis
from lab.optimizers.line_search import Backtracking, ExactLineSearch
from lab.optimizers.moving_basis import EpsHatAdam, InMovingBasis, ShampooEigenbasis, soap
from lab.optimizers.protocol import Optimizer, lr_of, with_lr
from lab.optimizers.schedules import Constant, Geometric, Halving, Linear, Scheduled
from lab.optimizers.sign import SignSGD
from lab.optimizers.sophia import AdaHessian, SophiaG, SophiaH
from lab.optimizers.spectral import Muon, Shampoo

OPTIMIZERS: dict[str, type] = {
    "SGD": SGD,
    "HeavyBall": HeavyBall,
    "Nesterov": Nesterov,
    "SignSGD": SignSGD,
    "AdaGrad": AdaGrad,
    "RMSProp": RMSProp,
    "Adam": Adam,
    "AdamW": AdamW,
    "IdealisedAdam": IdealisedAdam,
    "DiagonalGN": DiagonalGN,
    "GaussNewton": GaussNewton,
    "Newton": Newton,
    "AdaL": AdaL,
    "EpsHatAdam": EpsHatAdam,
    "SophiaH": SophiaH,
    "SophiaG": SophiaG,
    "AdaHessian": AdaHessian,
    "Adafactor": Adafactor,
    "Muon": Muon,
    "Shampoo": Shampoo,
}

__all__ = [
    "OPTIMIZERS",
    "Backtracking",
    "Constant",
    "ExactLineSearch",
    "Geometric",
    "Halving",
    "InBasis",
    "InMovingBasis",
    "Linear",
    "Optimizer",
    "Scheduled",
    "ShampooEigenbasis",
    "lr_of",
    "soap",
    "with_lr",
    *OPTIMIZERS,
]
