"""Small instances shared by the contract tests: nothing here is at a default that could hide a
mistake."""

import inspect
from functools import cache
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
from layered_objectives import network
from variants import variants

from lab.arrays import Layers, Scalar, parts, raveled
from lab.bases import eigenvectors, random
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
    L1,
    L2,
    LQ,
    OPTIMIZERS,
    SAM,
    Accompanied,
    Ascent,
    Backtracking,
    Blocked,
    Cautious,
    Clipped,
    ElasticNet,
    ErrorFeedback,
    ExactLineSearch,
    Geometric,
    GradientPenalty,
    Grafted,
    Halving,
    Hyperball,
    InBasis,
    InMovingBasis,
    InRenewedBasis,
    Levenberg,
    Mars,
    ModelStep,
    Momentum,
    Regularized,
    Scheduled,
    ScheduleFree,
    ShampooEigenbasis,
    Tikhonov,
    example,
)
from lab.optimizers import Linear as LinearSchedule
from lab.oracle import unanswered


def optimizers() -> dict:
    """Every registered optimizer with its loud example, and its variants with switches turned."""
    return {name: example(name) for name in OPTIMIZERS} | variants()


def switches(factory) -> dict:
    """Hyper-parameter -> its values, for the switches and the texts of a registered class or
    composition."""
    found = {}
    hints = get_type_hints(factory)
    for name in inspect.signature(factory).parameters:
        if hints[name] is bool:
            found[name] = (True, False)
        elif get_origin(hints[name]) is Literal:
            found[name] = get_args(hints[name])
    return found


def scalar_fields(name: str) -> list[str]:
    """The hyper-parameters of a registered method that may be arrays over runs."""
    hints = get_type_hints(OPTIMIZERS[name], include_extras=True)
    return [
        field for field in inspect.signature(OPTIMIZERS[name]).parameters if hints[field] == Scalar
    ]


def wrapped(n: int) -> dict:
    """The wrappers, around methods that would show a mistake."""
    adam = example("Adam")
    ours = {
        "Scheduled(Geometric, HeavyBall)": Scheduled(Geometric(0.9), example("HeavyBall")),
        "Scheduled(Linear, Adam)": Scheduled(LinearSchedule(7.0), adam),
        "ExactLineSearch(DiagonalGN)": ExactLineSearch(example("DiagonalGN")),
        "Backtracking(SGD)": Backtracking(example("SGD", lr=30.0)),
    }
    return ours | in_bases(n) | penalised(n) | flattened() | carried()


def in_bases(n: int) -> dict:
    """Bases that are given, that move, and that are found anew."""
    rng = np.random.default_rng(5)
    adam = example("Adam")
    gn = example("DiagonalGN")
    sophia = Scheduled(Geometric(0.9), example("SophiaH", every=2))
    grafted = Momentum(Grafted(example("HeavyBall"), adam), 0.4, place="step")
    tracker = ShampooEigenbasis(0.8, 0.3, every=2, initial=((random(n, rng).q,),), vectors_too=True)
    return {
        "InMovingBasis(Adam)": InMovingBasis(tracker, adam),
        "InMovingBasis(Scheduled(SophiaH))": InMovingBasis(tracker, sophia),
        "InMovingBasis(Shampoo)": InMovingBasis(tracker, example("Shampoo")),
        "InMovingBasis(Momentum(Grafted))": InMovingBasis(tracker, grafted),
        "InRenewedBasis(Adam)": InRenewedBasis(eigenvectors, adam, every=2),
        "InRenewedBasis(DiagonalGN)": InRenewedBasis(eigenvectors, gn, every=2),
        "InBasis(Adam)": InBasis(random(n, rng), adam),
        "InBasis(InBasis(DiagonalGN))": InBasis(random(n, rng), InBasis(random(n, rng), gn)),
        "Scheduled(Halving, InBasis(Adam))": Scheduled(Halving(2), InBasis(random(n, rng), adam)),
    }


def penalised(n: int) -> dict:
    """Decay in all its forms."""
    adam = example("Adam")
    inside = InBasis(random(n, np.random.default_rng(6)), example("Newton"))
    return {
        "Regularized(DiagonalGN, p)": Regularized(example("DiagonalGN"), L2(0.2), on="p"),
        "Regularized(IdealisedAdam, p)": Regularized(example("IdealisedAdam"), L2(0.2), on="p"),
        "Regularized(InBasis(Newton), p)": Regularized(inside, L2(0.2), on="p"),
        "Regularized(Adam, z, after)": Regularized(adam, L2(0.2), on="z", form="after"),
        "Regularized(Adam, z, prox)": Regularized(adam, L2(0.2), on="z", form="prox"),
        "Scheduled(Regularized(Adam, z, schedule))": Scheduled(
            Geometric(0.9), Regularized(adam, L2(0.02), on="z", times="schedule")
        ),
        "Regularized(Adafactor, z, one)": Regularized(
            example("Adafactor"), L2(0.2), on="z", times="one"
        ),
        "Regularized(Adam, L1, z, prox)": Regularized(adam, L1(0.2), on="z", form="prox"),
        "Regularized(AdaGrad, LQ, z)": Regularized(example("AdaGrad"), LQ(0.2, 3.0), on="z"),
        "Regularized(AMSGrad, LQ, z, prox)": Regularized(
            example("AMSGrad"), LQ(0.2, 1.5), on="z", form="prox"
        ),
        "Regularized(RMSProp, ElasticNet, z, prox)": Regularized(
            example("RMSProp"), ElasticNet(0.1, 0.2), on="z", form="prox"
        ),
        "Regularized(DiagonalGN, L1, p, prox)": Regularized(
            example("DiagonalGN"), L1(0.2), on="p", form="prox"
        ),
    }


def flattened() -> dict:
    """What leads to flat minima: penalties on gradients, and gradients taken uphill."""
    adam = example("Adam")
    return {
        "GradientPenalty(SGD, p)": GradientPenalty(example("SGD"), 0.3),
        "GradientPenalty(Adam, z)": GradientPenalty(adam, 0.03, on="z"),
        "GradientPenalty(Adam, z, extra)": GradientPenalty(adam, 0.03, on="z", distance=0.2),
        "SAM(SGD)": SAM(example("SGD"), 0.2),
        "SAM(Adam, adaptive)": SAM(adam, 0.2, adaptive=True),
    }


def carried() -> dict:
    """Momentum, grafting and ascent."""
    adam = example("Adam")
    gn = example("DiagonalGN")
    return {
        "Momentum(DiagonalGN)": Momentum(gn, 0.6),
        "Momentum(Adam, ema, step, nesterov)": Momentum(
            adam, 0.6, kind="ema", place="step", nesterov=True
        ),
        "Grafted(SGD, Adam)": Grafted(example("SGD"), adam),
        "Grafted(SGD, Adam, late)": Grafted(example("SGD"), adam, 3),
        "Blocked(Grafted)": Blocked(Grafted(example("SGD"), example("Shampoo")), 4),
        "Grafted(Scheduled(LAMB), Shampoo)": Grafted(
            Scheduled(Geometric(0.9), example("LAMB")), example("Shampoo")
        ),
        "Accompanied(Adam)": Accompanied(adam, (gn, example("HeavyBall"))),
        "Ascent(SignSGD)": Ascent(example("SignSGD")),
        "ModelStep(GaussNewton)": ModelStep(example("GaussNewton"), Tikhonov(0.2), 0.5, 2),
        "Levenberg(GaussNewton)": Levenberg(example("GaussNewton"), every=2),
        "Cautious(HeavyBall)": Cautious(example("HeavyBall"), 0.6, floor=0.4),
        "Clipped(Momentum(DiagonalGN))": Clipped(Momentum(gn, 0.6), 0.4),
        "ErrorFeedback(Adam, top)": ErrorFeedback(adam, "top", part=0.4),
        "Hyperball(Shampoo)": Hyperball(example("Shampoo")),
        "Mars(Signum)": Mars(example("Signum"), 0.4),
        "ScheduleFree(DiagonalGN)": ScheduleFree(gn, 0.6, power=1.5, warm=0.7),
    }


def spd(n: int, seed: int = 0, kappa: float = 50.0) -> np.ndarray:
    """A dense SPD matrix with a distinct, ill-conditioned spectrum."""
    q = random(n, np.random.default_rng(seed)).q
    h = (q * np.geomspace(1.0, 1 / kappa, n)) @ q.T
    return (h + h.T) / 2


@cache
def objectives() -> dict:
    """One instance per objective, n = 6, all parameters away from symmetric values; made once per
    process."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((11, 6)) * np.geomspace(2, 0.3, 6)
    z = rng.standard_normal(11)
    return on_examples(x, z, rng) | random_designs(z[:6]) | by_coordinates()


def on_examples(x, z, rng) -> dict:
    """A quadratic, and losses on examples, also in other variables."""
    labels = (z > 0).astype(float)
    sinh = Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh)
    return {
        "Quadratic": Quadratic(spd(6), linear=rng.standard_normal(6), noise=np.linspace(0.1, 1, 6)),
        "LeastSquares": LeastSquares(x, z),
        "Logistic": Logistic(x, labels, ridge=0.03),
        "OneHotLogistic": OneHotLogistic(
            np.geomspace(5, 1, 6), np.linspace(0.2, 0.9, 6), np.linspace(0.5, 2, 6)
        ),
        "Reparameterised": Reparameterised(Logistic(x, labels), sinh),
        "Reparameterised by Linear": Reparameterised(
            LeastSquares(x, z), Linear(rng.standard_normal((6, 6)))
        ),
    }


def random_designs(theta) -> dict:
    """Fresh examples from a law, minimum at theta (6,)."""
    axes = np.geomspace(2, 0.1, 6)
    return {
        "GaussianRegression in law": GaussianRegression(spd(6, seed=4), theta, noise=0.7),
        "GaussianRegression by rows": GaussianRegression(axes, theta, noise=0.7, sampler="rows"),
        "RandomDesign, elliptical": RandomDesign(spd(6, seed=5), theta, Elliptical(2.5), noise=0.4),
        "RandomDesign, Rademacher": RandomDesign(axes, theta, Rademacher(), noise=0.4),
        "RandomDesign, one-hot": RandomDesign(spd(6, seed=6), theta, OneHot(), noise=0.4),
        "GaussianLogistic": GaussianLogistic(spd(6, seed=7), theta),
        "GaussianLogistic, diagonal": GaussianLogistic(axes, -0.8),
    }


def by_coordinates() -> dict:
    """Functions of worst cases, which treat coordinates one at a time."""
    return {
        "Huber": Huber(1.7, 2.2, 6),
        "PiecewiseQuadratic": PiecewiseQuadratic(
            np.array([-0.9, -0.3, 0.4, 1.1]), np.array([0.5, -1.0, 2.0, 0.0, 3.0]), 6
        ),
        "MaxCoordinate": MaxCoordinate(1.3, 1.2, 6),
    }


def layered() -> Reparameterised:
    """A problem whose parameters are a matrix, a vector and a 3-mode tensor."""
    return Reparameterised(Quadratic(spd(6 + 2 + 12, seed=1)), Flatten(((2, 3), (2,), (2, 3, 2))))


def layered_objectives() -> dict:
    """Problems whose parameters are Layers: what holds for every objective and every method holds
    for these too."""
    return {
        "network": network(),
        "network without biases": network(biases=False),
        "three blocks": layered(),
    }


def answers(f, optimizer) -> bool:
    """Whether an objective offers all that a method asks; probes are the oracle's own."""
    return not unanswered(optimizer.needs, f)


def ground(optimizer):
    """A problem that a method can run on: of one vector where that will do, else a network."""
    f = objectives()["Reparameterised"]
    return f if answers(f, optimizer) else network()


def determined(optimizer) -> bool:
    """Whether rounding leaves the path alone: a moving basis starts from eigenvectors of a matrix
    of low rank unless it is given."""
    tracker = getattr(optimizer, "tracker", None)
    return tracker is None or tracker.initial is not None


def start(objective, runs=(), seed=9):
    """A random start point of an objective."""
    return objective.start(runs, np.random.default_rng(seed))


def flat(theta) -> np.ndarray:
    """All entries over the run axes, as one last axis."""
    if isinstance(theta, Layers):
        return np.concatenate([raveled(x, k) for x, k in parts(theta)], -1)
    return theta
