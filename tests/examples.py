"""Loud hyper-parameters and small instances shared by the contract tests: nothing here is at a default that could hide a mistake."""

import dataclasses

import numpy as np
from layered_objectives import network
from variants import variants

from lab.arrays import Layers, parts, raveled
from lab.bases import random
from lab.maps import Elementwise, Flatten, Linear
from lab.objectives import (
    Elliptical,
    GaussianLogistic,
    GaussianRegression,
    Huber,
    LeastSquares,
    Logistic,
    MaxCoordinate,
    OneHot,
    OneHotLogistic,
    PiecewiseQuadratic,
    Quadratic,
    Rademacher,
    RandomDesign,
    Reparameterised,
)
from lab.optimizers import (
    OPTIMIZERS,
    Backtracking,
    ExactLineSearch,
    Geometric,
    Halving,
    InBasis,
    InMovingBasis,
    Scheduled,
    ShampooEigenbasis,
    soap,
)
from lab.optimizers import Linear as LinearSchedule

LOUD = {
    "lr": 0.07,
    "beta": 0.6,
    "beta1": 0.5,
    "beta2": 0.8,
    "eps": 0.1,
    "damping": 0.3,
    "power": -0.7,
    "weight_decay": 0.2,
    "gamma": 0.4,
    "SophiaH.gamma": 20.0,
    "SophiaG.gamma": 20.0,
    "batch": 5.0,
    "exponent": 0.7,
    "floor": 1.7,
    "horizon": 4,
    "momentum": 0.6,
    "dampening": 0.3,
    "lambd": 0.4,
    "alpha": 0.8,
    "lr_decay": 0.2,
    "initial_accumulator": 0.15,
    "initial_momentum": 0.25,
    "eps_root": 0.05,
    "eps_update": 0.08,
    "beta3": 0.7,
    "momentum_decay": 9.0,
    "unrectified": 0.7,
    "final_lr": 0.05,
    "trust_coefficient": 0.3,
    "eta_minus": 0.7,
    "eta_plus": 2.0,
    "size_min": 0.04,
    "size_max": 0.2,
}


def loud(cls, **changes):
    """An instance of an optimizer class with every known hyper-parameter set loudly; "Class.field" in LOUD goes before "field"."""
    names = [f.name for f in dataclasses.fields(cls)]
    known = {n: LOUD.get(f"{cls.__name__}.{n}", LOUD.get(n)) for n in names if n in LOUD}
    return cls(**(known | changes))


def optimizers() -> dict:
    """Every registered optimizer, loud, and its variants with switches turned."""
    return {name: loud(cls) for name, cls in OPTIMIZERS.items()} | variants(loud)


def wrapped(n: int) -> dict:
    """The wrappers, around methods that would show a mistake."""
    rng = np.random.default_rng(5)
    adam, heavy = loud(OPTIMIZERS["Adam"]), loud(OPTIMIZERS["HeavyBall"])
    gn = loud(OPTIMIZERS["DiagonalGN"])
    tracker = ShampooEigenbasis(0.8, 0.3, every=2, initial=((random(n, rng).q,),), vectors_too=True)
    return {
        "InMovingBasis(Adam)": InMovingBasis(tracker, adam),
        "InMovingBasis(Scheduled(SophiaH))": InMovingBasis(tracker, Scheduled(Geometric(0.9), loud(OPTIMIZERS["SophiaH"], every=2))),
        "soap": soap(0.07, beta1=0.5, beta2=0.8, eps=0.1, weight_decay=0.2, tracker=tracker),
        "InBasis(Adam)": InBasis(random(n, rng), adam),
        "InBasis(InBasis(DiagonalGN))": InBasis(random(n, rng), InBasis(random(n, rng), gn)),
        "Scheduled(Geometric, HeavyBall)": Scheduled(Geometric(0.9), heavy),
        "Scheduled(Linear, Adam)": Scheduled(LinearSchedule(7.0), adam),
        "Scheduled(Halving, InBasis(Adam))": Scheduled(Halving(2), InBasis(random(n, rng), adam)),
        "ExactLineSearch(DiagonalGN)": ExactLineSearch(gn),
        "Backtracking(SGD)": Backtracking(loud(OPTIMIZERS["SGD"], lr=30.0)),
    }


def spd(n: int, seed: int = 0, kappa: float = 50.0) -> np.ndarray:
    """A dense SPD matrix with a distinct, ill-conditioned spectrum."""
    q = random(n, np.random.default_rng(seed)).q
    h = (q * np.geomspace(1.0, 1 / kappa, n)) @ q.T
    return (h + h.T) / 2


def objectives() -> dict:
    """One instance per objective, n = 6, all parameters away from symmetric values."""
    rng = np.random.default_rng(3)
    x, z = rng.standard_normal((11, 6)) * np.geomspace(2, 0.3, 6), rng.standard_normal(11)
    return {
        "Quadratic": Quadratic(spd(6), linear=rng.standard_normal(6), noise=np.linspace(0.1, 1, 6)),
        "LeastSquares": LeastSquares(x, z),
        "Logistic": Logistic(x, (z > 0).astype(float), ridge=0.03),
        "OneHotLogistic": OneHotLogistic(np.geomspace(5, 1, 6), np.linspace(0.2, 0.9, 6), np.linspace(0.5, 2, 6)),
        "Reparameterised": Reparameterised(Logistic(x, (z > 0).astype(float)), Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh)),
        "Reparameterised by Linear": Reparameterised(LeastSquares(x, z), Linear(rng.standard_normal((6, 6)))),
        "GaussianRegression in law": GaussianRegression(spd(6, seed=4), z[:6], noise=0.7),
        "GaussianRegression by rows": GaussianRegression(np.geomspace(2, 0.1, 6), z[:6], noise=0.7, sampler="rows"),
        "RandomDesign, elliptical": RandomDesign(spd(6, seed=5), z[:6], Elliptical(2.5), noise=0.4),
        "RandomDesign, Rademacher": RandomDesign(np.geomspace(2, 0.1, 6), z[:6], Rademacher(), noise=0.4),
        "RandomDesign, one-hot": RandomDesign(spd(6, seed=6), z[:6], OneHot(), noise=0.4),
        "Huber": Huber(1.7, 2.2, 6),
        "PiecewiseQuadratic": PiecewiseQuadratic(np.array([-0.9, -0.3, 0.4, 1.1]), np.array([0.5, -1.0, 2.0, 0.0, 3.0]), 6),
        "MaxCoordinate": MaxCoordinate(1.3, 1.2, 6),
        "GaussianLogistic": GaussianLogistic(spd(6, seed=7), z[:6]),
        "GaussianLogistic, diagonal": GaussianLogistic(np.geomspace(2, 0.1, 6), -0.8),
    }


def layered() -> Reparameterised:
    """A problem whose parameters are a matrix, a vector and a 3-mode tensor."""
    return Reparameterised(Quadratic(spd(6 + 2 + 12, seed=1)), Flatten(((2, 3), (2,), (2, 3, 2))))


def layered_objectives() -> dict:
    """Problems whose parameters are Layers: what holds for every objective and every method holds for these too."""
    return {"network": network(), "network without biases": network(biases=False), "three blocks": layered()}


def start(objective, runs=(), seed=9):
    """A random start point of an objective."""
    return objective.start(runs, np.random.default_rng(seed))


def flat(theta) -> np.ndarray:
    """All entries over the run axes, as one last axis."""
    if isinstance(theta, Layers):
        return np.concatenate([raveled(x, k) for x, k in parts(theta)], -1)
    return theta
