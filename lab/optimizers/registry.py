"""The published methods: what contracts, laws, claims and the command line read.

One line here registers a method. An entry is a factory, called with hyper-parameters by name: a
class, or a function that composes one. EXAMPLES has hyper-parameters for each, loud (far from the
values at which a mistake would not show) and small enough to converge.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from lab.checks import one_of
from lab.optimizers.adaptive.adafactor import Adafactor
from lab.optimizers.adaptive.adagrad import Adadelta, AdaGrad, RMSProp
from lab.optimizers.adaptive.adagrad_norm import AdaGradNorm
from lab.optimizers.adaptive.adal import AdaL
from lab.optimizers.adaptive.adam import Adam, Adamax, AMSGrad
from lab.optimizers.adaptive.bounded import AdaBound, AMSBound
from lab.optimizers.adaptive.dual_averaging import MADGRAD, DAdaptAdam, Prodigy
from lab.optimizers.adaptive.idealised import IdealisedAdam
from lab.optimizers.adaptive.laprop import LaProp
from lab.optimizers.adaptive.layerwise import LAMB, LARS, NovoGrad
from lab.optimizers.adaptive.moments import ADOPT, Adan, AdEMAMix, Yogi
from lab.optimizers.adaptive.nadam import NAdam
from lab.optimizers.adaptive.rectified import AdaBelief, RAdam
from lab.optimizers.compositions import SOAP, AdamW
from lab.optimizers.gradient.accelerated import OGM, AcceleratedGradient
from lab.optimizers.gradient.first_order import ASGD, SGD, HeavyBall, Nesterov
from lab.optimizers.gradient.sign import Lion, Rprop, SignSGD, Signum
from lab.optimizers.matrix.bnp import BNP
from lab.optimizers.matrix.composed import AdaptiveKFAC, GraftedShampoo
from lab.optimizers.matrix.dion2 import Dion2
from lab.optimizers.matrix.kbfgs import KBFGS
from lab.optimizers.matrix.lmo import LMO
from lab.optimizers.matrix.muon import Muon
from lab.optimizers.matrix.natural import BlockNaturalGradient
from lab.optimizers.matrix.points import (
    EKFAC,
    FOOF,
    GNT,
    KBFGSL,
    KFAC,
    KFC,
    TNT,
    KLShampoo,
    PerExampleTNT,
    ShampooEMA,
    VNShampoo,
)
from lab.optimizers.matrix.rescaled import AdaMuon, NorMuon
from lab.optimizers.matrix.shampoo import Shampoo
from lab.optimizers.second_order.gauss_newton import DiagonalGN, GaussNewton, Newton
from lab.optimizers.second_order.sophia import AdaHessian, SophiaG, SophiaH
from lab.optimizers.wrapped import (
    AdamH,
    CautiousAdamW,
    ClippedSGD,
    EFSignSGD,
    LevenbergMarquardt,
    MARSAdamW,
    MuonH,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Scion,
    SignSVD,
)

OPTIMIZERS: dict[str, Callable[..., Any]] = {
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
    "LevenbergMarquardt": LevenbergMarquardt,
    "AdaL": AdaL,
    "SophiaH": SophiaH,
    "SophiaG": SophiaG,
    "AdaHessian": AdaHessian,
    "Adafactor": Adafactor,
    "Muon": Muon,
    "Shampoo": Shampoo,
    "SOAP": SOAP,
    "ShampooEMA": ShampooEMA,
    "GraftedShampoo": GraftedShampoo,
    "KLShampoo": KLShampoo,
    "VNShampoo": VNShampoo,
    "TNT": TNT,
    "PerExampleTNT": PerExampleTNT,
    "KFAC": KFAC,
    "AdaptiveKFAC": AdaptiveKFAC,
    "KFC": KFC,
    "EKFAC": EKFAC,
    "FOOF": FOOF,
    "GNT": GNT,
    "KBFGS": KBFGS,
    "KBFGSL": KBFGSL,
    "BlockNaturalGradient": BlockNaturalGradient,
    "ClippedSGD": ClippedSGD,
    "EFSignSGD": EFSignSGD,
    "ScheduleFreeSGD": ScheduleFreeSGD,
    "AdaGradNorm": AdaGradNorm,
    "LaProp": LaProp,
    "MADGRAD": MADGRAD,
    "Prodigy": Prodigy,
    "DAdaptAdam": DAdaptAdam,
    "CautiousAdamW": CautiousAdamW,
    "AdamH": AdamH,
    "MARSAdamW": MARSAdamW,
    "ScheduleFreeAdamW": ScheduleFreeAdamW,
    "LMO": LMO,
    "SignSVD": SignSVD,
    "Scion": Scion,
    "MuonH": MuonH,
    "NorMuon": NorMuon,
    "AdaMuon": AdaMuon,
    "Dion2": Dion2,
    "BNP": BNP,
}

# betas far from 1, and eps and damping as large as gradients: a misplaced one moves the path
_BETAS = {"lr": 0.07, "beta1": 0.5, "beta2": 0.8}
_ADAM = {**_BETAS, "eps": 0.1, "eps_root": 0.05}
_BOUND = {**_BETAS, "final_lr": 0.05, "gamma": 0.4, "eps": 0.1}
# gamma 20: at less, every step of these small problems is clipped to a sign
_SOPHIA = {**_BETAS, "gamma": 20.0, "eps": 0.1, "weight_decay": 0.2}
_KRONECKER = {"lr": 0.07, "damping": 0.3, "beta2": 0.8, "momentum": 0.6, "every": 2}
_BLOCKED = {"largest": 2, "start": 2, "graft": "tensor"}
_SECANT = {"lr": 0.07, "damping": 0.3, "beta1": 0.5, "beta2": 0.8, "beta3": 0.7}

EXAMPLES: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.07, "momentum": 0.6, "dampening": 0.3},
    "HeavyBall": {"lr": 0.07, "momentum": 0.6},
    "Nesterov": {"lr": 0.07, "momentum": 0.6},
    "AcceleratedGradient": {"lr": 0.07},
    "OGM": {"lr": 0.07, "horizon": 4},
    "ASGD": {"lr": 0.07, "shrinkage": 0.4, "alpha": 0.8},
    "SignSGD": {"lr": 0.07},
    "Signum": {"lr": 0.07, "beta1": 0.6},
    "Lion": {**_BETAS, "weight_decay": 0.2},
    # bounds within a factor of three of lr, so that both are met
    "Rprop": {"lr": 0.07, "shrink": 0.7, "grow": 2.0, "size_min": 0.04, "size_max": 0.2},
    "AdaGrad": {"lr": 0.07, "eps": 0.1, "lr_decay": 0.2, "initial_accumulator": 0.15},
    "RMSProp": {"lr": 0.07, "beta2": 0.6, "eps": 0.1, "momentum": 0.6, "initial_accumulator": 0.15},
    "Adadelta": {"lr": 0.07, "beta2": 0.6, "eps": 0.1, "eps_update": 0.08},
    "Adam": _ADAM,
    "AdamW": {**_ADAM, "weight_decay": 0.2},
    "IdealisedAdam": {"lr": 0.07, "eps": 0.1},
    "AMSGrad": _ADAM,
    "Adamax": {**_BETAS, "eps": 0.1},
    "NAdam": {**_ADAM, "momentum_decay": 9.0},  # at 4e-3 ten steps would not show it
    "RAdam": {**_ADAM, "unrectified": 0.7},
    "AdaBelief": {**_ADAM, "unrectified": 0.0},
    "AdaBound": _BOUND,
    "AMSBound": _BOUND,
    "Yogi": {**_ADAM, "initial_accumulator": 0.15, "initial_momentum": 0.25},
    "Adan": {**_ADAM, "beta3": 0.7, "weight_decay": 0.2},
    "ADOPT": {**_BETAS, "eps": 0.1},
    "AdEMAMix": {**_ADAM, "beta3": 0.7, "alpha": 0.8, "weight_decay": 0.2},
    "LAMB": {**_ADAM, "weight_decay": 0.2},
    "LARS": {
        "lr": 0.07,
        "momentum": 0.6,
        "trust_coefficient": 0.3,
        "eps": 0.1,
        "weight_decay": 0.2,
    },
    "NovoGrad": {
        "lr": 0.07,
        "momentum": 0.5,
        "beta2": 0.8,
        "eps": 0.1,
        "eps_root": 0.05,
        "weight_decay": 0.2,
    },
    "DiagonalGN": {"lr": 0.07, "power": -0.7, "damping": 0.3},
    "GaussNewton": {"lr": 0.07, "damping": 0.3},
    "Newton": {"lr": 0.07, "damping": 0.3},
    # a rate at which some steps are rejected
    "LevenbergMarquardt": {"lr": 1.7, "damping": 0.3, "omega": 0.4},
    "AdaL": {**_BETAS, "eps": 0.1, "exponent": 0.7},
    "SophiaH": _SOPHIA,
    "SophiaG": {**_SOPHIA, "batch": 5.0},
    "AdaHessian": {**_BETAS, "eps": 0.1, "power": -0.7, "weight_decay": 0.2},
    "Adafactor": {"lr": 0.07, "beta1": 0.5, "power": -0.7, "eps": 0.1, "least_scale": 1.7},
    "Muon": {"lr": 0.07, "beta1": 0.6, "eps": 0.1},
    "Shampoo": {"lr": 0.07, "damping": 0.1},
    "SOAP": {**_BETAS, "eps": 0.1, "weight_decay": 0.2, "damping": 0.3, "every": 2},
    "ShampooEMA": _KRONECKER,
    "GraftedShampoo": {**_BETAS, "eps": 0.1, "damping": 0.3, **_BLOCKED},
    "KLShampoo": _KRONECKER,
    "VNShampoo": _KRONECKER,
    "TNT": _KRONECKER,
    "PerExampleTNT": _KRONECKER,
    "KFAC": _KRONECKER,
    "KFC": _KRONECKER,
    "AdaptiveKFAC": {
        "lr": 0.9,
        "damping": 0.3,
        "beta2": 0.8,
        "weight_decay": 0.2,
        "every": 3,
        "adapt_every": 2,
    },
    "EKFAC": {**_KRONECKER, "beta3": 0.7},
    "FOOF": _KRONECKER,
    "GNT": _KRONECKER,
    "KBFGS": _SECANT,
    "KBFGSL": {**_SECANT, "memory": 3},
    "BlockNaturalGradient": {"lr": 0.07, "damping": 0.3, "beta2": 0.8, "momentum": 0.6},
    "ClippedSGD": {"lr": 0.3, "threshold": 1.5},
    "EFSignSGD": {"lr": 0.07},
    "ScheduleFreeSGD": {"lr": 0.3, "beta": 0.6},
    "AdaGradNorm": {"lr": 0.3, "initial_accumulator": 0.15},
    "LaProp": _ADAM,
    "MADGRAD": {"lr": 0.07, "momentum": 0.6, "eps": 0.1},
    "Prodigy": {
        **_BETAS,
        "lr": 0.7,
        "eps": 0.1,
        "d0": 0.05,
        "d_coef": 1.3,
        "weight_decay": 0.2,
        "beta3": 0.6,
    },
    "DAdaptAdam": {**_BETAS, "lr": 0.7, "eps": 0.1, "d0": 0.05},
    "CautiousAdamW": {**_BETAS, "eps": 0.1, "weight_decay": 0.2, "extra": 0.6},
    "AdamH": {**_BETAS, "eps": 0.1},
    "MARSAdamW": {**_BETAS, "eps": 0.1, "gamma": 0.4, "threshold": 1.5, "weight_decay": 0.2},
    "ScheduleFreeAdamW": {
        "lr": 0.07,
        "beta": 0.6,
        "beta2": 0.8,
        "eps": 0.1,
        "weight_decay": 0.2,
        "warm": 0.7,
    },
    "LMO": {"lr": 0.07, "beta1": 0.6, "eps": 0.1},
    "SignSVD": {"lr": 0.07},
    "Scion": {"lr": 0.07, "beta1": 0.6, "eps": 0.1, "weight_decay": 0.2},
    "MuonH": {"lr": 0.07, "beta1": 0.6, "eps": 0.1},
    "NorMuon": {"lr": 0.07, "beta1": 0.6, "beta2": 0.8, "eps": 0.1, "eps_update": 0.08},
    "AdaMuon": {"lr": 0.07, "beta1": 0.6, "beta2": 0.8, "eps": 0.1, "eps_update": 0.08},
    "Dion2": {"lr": 0.07, "momentum": 0.6, "eps": 0.1, "part": 0.55},
    "BNP": {"lr": 0.07, "beta2": 0.8, "eps1": 0.2, "eps2": 0.1},
}


def example(name: str, **changes) -> Any:
    """The registered optimizer with the hyper-parameters of EXAMPLES but for these.

    ValueError naming the registered methods for a name that is none of them; TypeError of the
    factory for a hyper-parameter that it does not have.
    """
    one_of("name", name, OPTIMIZERS)
    return OPTIMIZERS[name](**(EXAMPLES[name] | changes))


def defaults(name: str) -> dict[str, Any]:
    """Hyper-parameter -> default, in the order of the factory's signature; those of EXAMPLES where
    there is none.

    What `lab show` and `lab golden` start from. ValueError for an unknown name.
    """
    one_of("name", name, OPTIMIZERS)
    parameters = inspect.signature(OPTIMIZERS[name]).parameters
    empty = inspect.Parameter.empty
    return {
        key: EXAMPLES[name][key] if p.default is empty else p.default
        for key, p in parameters.items()
    }
