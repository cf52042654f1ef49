"""Optimizers, one class per published method, and the registry that contracts, laws and the command line read."""

from lab.optimizers.gradient.accelerated import OGM, AcceleratedGradient, InverseSqrt, subgradient_lr
from lab.optimizers.adaptive.adafactor import Adafactor
from lab.optimizers.adaptive.adagrad import Adadelta, AdaGrad, RMSProp
from lab.optimizers.adaptive.adal import AdaL
from lab.optimizers.adaptive.adam import Adam, Adamax, AdamW, AMSGrad
from lab.optimizers.adaptive.bounded import AdaBound, AMSBound
from lab.optimizers.wrappers.decay import Decayed
from lab.optimizers.gradient.first_order import ASGD, SGD, HeavyBall, Nesterov
from lab.optimizers.second_order.gauss_newton import DiagonalGN, GaussNewton, Newton
from lab.optimizers.adaptive.idealised import IdealisedAdam
from lab.optimizers.wrappers.in_basis import InBasis
from lab.optimizers.adaptive.layerwise import LAMB, LARS, NovoGrad
from lab.optimizers.wrappers.line_search import Backtracking, ExactLineSearch
from lab.optimizers.adaptive.moments import ADOPT, Adan, AdEMAMix, Yogi
from lab.optimizers.wrappers.moving_basis import InMovingBasis, ShampooEigenbasis, soap
from lab.optimizers.adaptive.nadam import NAdam
from lab.optimizers.protocol import Optimizer, lr_of, with_lr
from lab.optimizers.adaptive.rectified import AdaBelief, RAdam
from lab.optimizers.wrappers.schedules import Constant, Geometric, Halving, Linear, Scheduled
from lab.optimizers.gradient.sign import Lion, Rprop, SignSGD, Signum
from lab.optimizers.second_order.sophia import AdaHessian, SophiaG, SophiaH
from lab.optimizers.matrix.spectral import Muon, Shampoo

OPTIMIZERS: dict[str, type] = {
    "SGD": SGD,
    "HeavyBall": HeavyBall,
    "Nesterov": Nesterov,
    "AcceleratedGradient": AcceleratedGradient,
    "OGM": OGM,
    "ASGD": ASGD,
    "SignSGD": SignSGD,
    "Signum": Signum,
    "Lion": Lion,
    "Rprop": Rprop,
    "AdaGrad": AdaGrad,
    "RMSProp": RMSProp,
    "Adadelta": Adadelta,
    "Adam": Adam,
    "AdamW": AdamW,
    "IdealisedAdam": IdealisedAdam,
    "AMSGrad": AMSGrad,
    "Adamax": Adamax,
    "NAdam": NAdam,
    "RAdam": RAdam,
    "AdaBelief": AdaBelief,
    "AdaBound": AdaBound,
    "AMSBound": AMSBound,
    "Yogi": Yogi,
    "Adan": Adan,
    "ADOPT": ADOPT,
    "AdEMAMix": AdEMAMix,
    "LAMB": LAMB,
    "LARS": LARS,
    "NovoGrad": NovoGrad,
    "DiagonalGN": DiagonalGN,
    "GaussNewton": GaussNewton,
    "Newton": Newton,
    "AdaL": AdaL,
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
    "Decayed",
    "ExactLineSearch",
    "Geometric",
    "Halving",
    "InBasis",
    "InMovingBasis",
    "InverseSqrt",
    "Linear",
    "Optimizer",
    "Scheduled",
    "ShampooEigenbasis",
    "lr_of",
    "soap",
    "subgradient_lr",
    "with_lr",
    *OPTIMIZERS,
]
