"""A call that works for every public callable of lab.theory, lab.exact and lab: what is fuzzed."""

from __future__ import annotations

import importlib
import inspect

import numpy as np
from domain_examples import DATA
from domain_examples import EXAMPLES as DOMAINS
from examples import spd
from fuzz import Call

import lab
from lab.bases import coordinate, eigenvectors, random
from lab.objectives import MLP, Gaussian, Quadratic
from lab.optimizers import (
    EXAMPLES,
    L2,
    OPTIMIZERS,
    SGD,
    Geometric,
    ShampooEigenbasis,
    Tikhonov,
    example,
)

H = spd(3)
LAM = np.array([3.0, 2.0, 0.5])
D = np.array([0.3, -1.0, 0.7])
X = np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.0], [-1.1, 0.4]])
Y = np.array([0.0, 1.0, 1.0, 0.0])
F = Quadratic(H)
RULE = SGD(0.1)

LAB = {
    "Ascent": {"inner": RULE},
    "Backtracking": {"inner": RULE, "shrink": 0.5, "armijo": 1e-4},
    "ExactLineSearch": {"inner": RULE, "tol": 1e-12},
    "Grafted": {"magnitude": RULE, "direction": RULE, "start": 2},
    "InBasis": {"basis": coordinate(3), "inner": RULE},
    "InVariables": {"change": coordinate(3), "inner": RULE},
    "InMovingBasis": {
        "tracker": ShampooEigenbasis(0.8, 0.3),
        "inner": lab.optimizers.example("Adam"),
        "skip_first": False,
    },
    "Momentum": {
        "inner": RULE,
        "momentum": 0.9,
        "kind": "sum",
        "place": "gradient",
        "nesterov": False,
    },
    "Regularized": {
        "inner": RULE,
        "penalty": L2(0.1),
        "on": "p",
        "form": "before",
        "times": "lr",
    },
    "InRenewedBasis": {"bases": eigenvectors, "inner": example("DiagonalGN"), "every": 2},
    "Blocked": {"inner": example("Shampoo"), "largest": 2},
    "Tikhonov": {"damping": 0.1},
    "ModelStep": {
        "inner": example("DiagonalGN"),
        "model": Tikhonov(0.1),
        "omega": 0.5,
        "every": 2,
    },
    "Accompanied": {"inner": RULE, "others": (RULE,)},
    "Levenberg": {"inner": example("KFAC"), "omega": 0.95, "every": 5},
    "Cautious": {"inner": RULE, "extra": 0.1, "floor": 1e-3},
    "Clipped": {"inner": RULE, "threshold": 1.0, "of": "all"},
    "ErrorFeedback": {"inner": RULE, "compression": "top", "part": 0.25},
    "Hyperball": {"inner": RULE},
    "Mars": {"inner": example("Adam"), "gamma": 0.025},
    "ScheduleFree": {"inner": RULE, "beta": 0.9, "power": 1.0, "warm": 0.2},
    "StandardisedInputs": {"means": [D[None]], "variances": [LAM[None]]},
    "Scheduled": {"schedule": Geometric(0.9), "inner": RULE},
    "ShampooEigenbasis": {"beta2": 0.9, "damping": 0.1, "every": 2, "vectors_too": False},
    "GradientPenalty": {"inner": RULE, "weight": 0.1, "on": "p", "distance": 0.1},
    "SAM": {"inner": RULE, "radius": 0.1, "adaptive": True},
    "L1": {"weight": 0.1},
    "L2": {"weight_decay": 0.1},
    "LQ": {"weight": 0.1, "q": 1.5},
    "ElasticNet": {"l1": 0.1, "weight_decay": 0.1},
    "Geometric": {"ratio": 0.9},
    "Halving": {"every": 2},
    "Drawn": {"size": 2},
    "Epochs": {"size": 2, "drop_last": True},
    "Orthogonal": {"q": random(3, np.random.default_rng(0)).q},
    "Linear": {"a": H},
    "Elliptical": {"k4": 3.0},
    "Quadratic": {"h": H, "linear": D, "noise": 0.5},
    "LeastSquares": {"x": X, "y": Y},
    "Logistic": {"x": X, "y": Y, "ridge": 0.1},
    "OneHotLogistic": {"pi": np.array([0.5, 0.3, 0.2]), "q": 0.5, "a": 1.0},
    "GaussianRegression": {"sigma": H, "theta_star": D, "noise": 0.1, "sampler": "law"},
    "GaussianLogistic": {"sigma": H, "theta_star": D},
    "RandomDesign": {"sigma": H, "theta_star": D, "design": Gaussian(), "noise": 0.1},
    "Huber": {"smoothness": 1.0, "delta": 0.1, "dims": 2},
    "MaxCoordinate": {"lipschitz": 1.0, "offset": 0.1, "dims": 2},
    "PiecewiseQuadratic": {
        "knots": np.array([0.5, 1.0]),
        "curvatures": np.array([1.0, 0.5, 0.2]),
        "dims": 1,
    },
    "Reparameterised": {"f": F, "change": coordinate(3)},
    "MLP": {
        "x": X,
        "y": Y,
        "hidden": (2,),
        "activation": "tanh",
        "loss": "half_mse",
        "biases": True,
        "gain": 1.0,
    },
    "ConvNet": {
        "x": np.arange(36.0).reshape(4, 9),
        "y": Y,
        "shape": (3, 3, 1),
        "channels": (2,),
        "size": 2,
        "stride": 1,
        "activation": "relu",
        "loss": "softmax",
        "gain": 1.0,
    },
    "Network": {"x": X, "y": Y, "stages": MLP(X, Y).stages, "loss_name": "half_mse", "gain": 1.0},
    "coordinate": {"n": 3},
    "eigen": {"h": H},
    "kronecker_eigen": {"a": H, "b": H},
    "geodesic": {"start": coordinate(3), "end": random(3, np.random.default_rng(1)), "s": 0.3},
    "simulate": {
        "objective": F,
        "optimizer": RULE,
        "theta": D,
        "steps": 3,
        "batch": 2,
        "rng": 0,
        "every": 1,
    },
    "tune": {
        "objective": F,
        "optimizer": RULE,
        "grid": np.array([0.01, 0.1]),
        "target": 0.1,
        "theta": D,
        "steps": 3,
        "measure": "loss",
    },
    "compare": {
        "objective": F,
        "methods": {"GD": (RULE, np.array([0.1]))},
        "target": 0.1,
        "theta": D,
        "steps": 3,
        "measure": "loss",
    },
    "replay": {"optimizer": RULE, "theta": D, "gradients": np.ones((2, 3))},
    "with_": {"optimizer": RULE},
    "lr_of": {"optimizer": RULE},
    "hyperparameters": {"optimizer": RULE},
    "defaults": {"name": "Adam"},
    "example": {"name": "Adam"},
    "subgradient_lr": {"radius": 1.0, "lipschitz": 1.0, "steps": 4},
}
# names of lab that take no numbers of a user's: protocols, registries, declarations, the parts of
# a problem in blocks, and rules without a field
NO_NUMBERS = {
    "Batch",
    "CLAIMS",
    "Constant",
    "EXACT",
    "EXAMPLES",
    "Elementwise",
    "Flatten",
    "FullBatch",
    "Gaussian",
    "InverseSqrt",
    "Kronecker",
    "Layers",
    "OBJECTIVES",
    "OPTIMIZERS",
    "Objective",
    "OneHot",
    "Optimizer",
    "PerBlock",
    "PerLayer",
    "Rademacher",
    "Recorded",
    "Role",
    "Trajectory",
    "WRAPPERS",
    "claim",
    "each",
    "inner",
    "judge",
}

# malformed values that mean something to a parameter: what None stands for, mostly
ANYTHING = frozenset(
    {"nonsense", "empty", "number", "None", "flag", "bytes", "capitals", "list", "nan"}
)
NONE = frozenset({"None"})
# a pair is refused as a pair
# a word for messages; the limit t = inf; a formula of the hot path, which looks at nothing
BY_NAME = {
    "momentum_coefficient": {"name": ANYTHING},
    "adam_step_bound": {"t": frozenset({"inf", "half", "several"})},
    "best_exponent": {"powers": frozenset({"None", "array"})},
    # nothing is shifted, no bias is trained, the other kind of gradients
    "exponents": {"a": NONE | {"dictionary"}},
    "conditions": {"a": NONE | {"dictionary"}},
    "effective_kernel": {"biases": frozenset({"list"})},
    "shampoo": {"of": frozenset({"capitals"})},
    # any pair is a pair
    "tnt_convergence": {"metric": frozenset({"array"})},
    # no hidden layer is a regression; one name per layer
    "MLP": {"hidden": frozenset({"list"}), "activation": frozenset({"list"})},
    "ConvNet": {"channels": frozenset({"list"})},
}
ALIASES = dict.fromkeys(("objective", "optimizer"), "no closed form for")
# NaN and inf are data there: a diverged run gives NaN in its own run
DIVERGED = frozenset({"nan", "all nan", "numpy nan", "nan array", "inf", "minus inf"})


def calls() -> list[Call]:
    """All of them."""
    found = []
    for module, functions in DOMAINS.items():
        if not module.startswith(("theory", "exact", "instruments")):
            continue  # the layers below have test_domains
        home = importlib.import_module(f"lab.{module}")
        for name, arguments in functions.items():
            found.append(_call(f"{module}.{name}", getattr(home, name), arguments))
    for name, arguments in LAB.items():
        found.append(_call(name, getattr(lab, name), arguments))
    for name, factory in OPTIMIZERS.items():
        found.append(_call(name, factory, _hyper(name, factory)))
    return found


def _hyper(name, factory) -> dict:
    """The loud example of a method, and the defaults of its other hyper-parameters."""
    parameters = inspect.signature(factory).parameters.values()
    usual = {p.name: p.default for p in parameters if p.default is not p.empty}
    plain = {k: v for k, v in usual.items() if isinstance(v, (bool, int, float, str))}
    return plain | EXAMPLES[name]


def _call(name, function, arguments) -> Call:
    parameters = inspect.signature(function).parameters
    allowed = {p: frozenset() for p in arguments}
    short = name.split(".")[-1]
    for p in arguments:
        if f"{short}.{p}" in DATA:
            allowed[p] |= DIVERGED
        # what may be left out says so
        if "None" in str(parameters[p].annotation):
            allowed[p] |= NONE
        # a closed form takes arrays wherever it takes numbers
        if str(parameters[p].annotation) not in ("int", "float"):
            allowed[p] |= {"several"}
    return Call(name, function, arguments, allowed | BY_NAME.get(short, {}), ALIASES)
