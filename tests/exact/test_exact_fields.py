"""A closed form honours every field of its optimizer and of its objective, or refuses it by name.

Every pair of EXACT, with the fields of both away from their defaults in every combination that the
constructors allow (exact_settings), against `simulate`: equal to a derived tolerance, or a
TypeError that names a field which is not neutral, or a class that has no closed form.
"""

import dataclasses
import re

import numpy as np
import pytest
from exact_settings import INSTANCES, KAPPA, active, optimizers, solved, start, tree

from lab.arrays import Scalar
from lab.arrays.sweeps import mapped
from lab.exact import EXACT, exact, solves
from lab.exact.neutral import neutral
from lab.exact.registry import READS
from lab.instruments.tuning import tune
from lab.linalg import EPS
from lab.objectives import GaussianRegression, OneHotLogistic, Quadratic
from lab.optimizers import L2, SGD, HeavyBall, Momentum, Regularized, lr_of, with_
from lab.simulation import simulate
from lab.trajectory import Trajectory

# every field acts within a few steps; long horizons are those of test_exact_horizons
STEPS = 16
PAIRS = [(f, o) for f, o in EXACT]
INSTANCE_PAIRS = [(f, name, o) for f, o in PAIRS for name in INSTANCES[f]]


def told(parameter):
    return parameter.__name__ if isinstance(parameter, type) else str(parameter)


def record(f):
    return {"loss": f.loss, "theta": lambda theta: theta}


def answered(f, optimizer, theta, **settings):
    """The closed form, or None where it is refused for a reason that is one."""
    try:
        return exact(f, optimizer, theta, **settings)
    except TypeError as error:
        said = str(error)
    assert "\n" not in said
    assert "no closed form" in said, said

    # a field away from its neutral value, or a class without a closed form at that place
    pattern = re.compile(r"(\w+)\.(\w+) = ")
    fields = set(pattern.findall(said))
    kinds = "|".join(type(part).__name__ for part in tree(optimizer))
    alone = re.search(
        rf"no closed form for (\(\w+, (?:{kinds})\);|(?:{kinds})\b|a wrapper around)", said
    )
    assert fields <= active(optimizer) | active(f) if fields else alone, said
    return None


def tolerance(f, optimizer, path):
    """(K, *r): of theta.

    A step rounds by eps of the largest iterate so far, an inverse curvature by eps times the
    condition number, and momentum carries an error on with A_t, whose sum is below
    1 / (1 - momentum)^2. The closed form rounds the two coefficients of a recurrence, to which y_t
    is sensitive by at most t^2 of its bound.
    """
    largest = np.maximum.accumulate(np.abs(path).max(-1), 0)
    minimum = np.abs(f.minimiser).max()
    t = np.arange(len(path)).reshape((-1,) + (1,) * (path.ndim - 2))
    momenta = [np.max(getattr(part, "momentum", 0.0)) for part in tree(optimizer)]
    carried = (1 - max(momenta)) ** -2
    return KAPPA * EPS * (t**2 + path.shape[-1]) * carried * (largest + minimum)


def assert_agrees(f, optimizer, ours, theirs):
    """Same shapes, thetas within the tolerance, and losses within what that does to them."""
    np.testing.assert_array_equal(ours.t, theirs.t, err_msg="integers")
    allowed = tolerance(f, optimizer, theirs["theta"])
    if "theta" in ours.series:
        assert ours["theta"].shape == theirs["theta"].shape
        assert (np.abs(ours["theta"] - theirs["theta"]).max(-1) <= allowed).all()

    assert ours["loss"].shape == theirs["loss"].shape
    slope = 10 * (1 + np.abs(theirs["theta"]).max() + np.abs(f.minimiser).max())
    assert (np.abs(ours["loss"] - theirs["loss"]) <= len(f.minimiser) * slope * allowed).all()


def dealt(settings, objective, instance):
    """Of many settings those that fall to this instance when all instances are dealt them in turn;
    of few all."""
    names = list(INSTANCES[objective])
    return settings[names.index(instance) :: len(names)] if len(settings) > 60 else settings


@pytest.mark.parametrize(
    "choice", [dealt, pytest.param(lambda settings, *_: settings, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("objective", "instance", "kind"), INSTANCE_PAIRS, ids=told)
def test_equal_or_refused(objective, instance, kind, choice):
    """The full batch: one run, and three starts in a sweep of every hyper-parameter.

    Wrappers multiply the settings of what is inside by their own: each on one instance, in the
    whole suite on all.

    On quadratics the second rate of the sweep is beyond the edge of stability of most.
    """
    f = INSTANCES[objective][instance]
    theta = start(f)
    pair = np.array([[1.0], [0.8]])
    rates = np.array([[1.0], [30.0 if objective is Quadratic else 0.8]])
    for optimizer in choice(optimizers(objective, kind, len(theta)), objective, instance):
        ours = answered(f, optimizer, theta, steps=STEPS)
        if ours is None:
            continue
        theirs = simulate(f, optimizer, theta, steps=STEPS, record=record(f))
        assert_agrees(f, optimizer, ours, theirs)

        many = with_(mapped(optimizer, lambda value: value * pair), lr=lr_of(optimizer) * rates)
        starts = start(f, (3,))
        theirs = simulate(f, many, starts, steps=STEPS, record=record(f))
        assert_agrees(f, many, exact(f, many, starts, steps=STEPS), theirs)


@pytest.mark.parametrize(("objective", "kind"), PAIRS, ids=told)
def test_what_is_declared_is_answered(objective, kind):
    """Every field that a closed form says it reads is answered away from its neutral value."""
    seen = set()
    for f in INSTANCES[objective].values():
        theta = start(f)
        for optimizer in optimizers(objective, kind, len(theta)):
            if answered(f, optimizer, theta, steps=2) is not None:
                seen |= active(optimizer)
    assert {(kind.__name__, name) for name in READS[objective, kind].read} <= seen


@pytest.mark.parametrize(("objective", "kind"), PAIRS, ids=told)
def test_what_is_not_declared_is_refused(objective, kind):
    """Each unread field, loud, in a message that names class, field, value, what is possible."""
    f = next(iter(INSTANCES[objective].values()))
    unread = set(neutral(kind)) - set(READS[objective, kind].read)
    for name in unread:
        loud = [o for o in optimizers(objective, kind) if (kind.__name__, name) in active(o)]
        assert loud
        for optimizer in loud:
            with pytest.raises(
                TypeError, match=rf"no closed form .*{kind.__name__}\.\w+ = .*there is one for"
            ):
                exact(f, optimizer, start(f), steps=2)


@pytest.mark.parametrize("instance", INSTANCES[GaussianRegression])
@pytest.mark.parametrize("kind", solved(GaussianRegression), ids=told)
def test_expected_loss_is_the_mean(instance, kind):
    """Batches of two: the mean of 2000 runs, within five of its standard errors."""
    f = INSTANCES[GaussianRegression][instance]
    theta = start(f)
    starts = np.tile(theta, (2000, 1))
    for optimizer in optimizers(GaussianRegression, kind):
        ours = answered(f, optimizer, theta, steps=8, batch=2)
        if ours is None:
            continue
        mean = simulate(f, optimizer, starts, steps=8, batch=2, rng=5).mean()
        off = np.abs(mean["loss"] - ours["loss"])
        assert (off[1:] <= 5 * mean.error["loss"][1:]).all(), optimizer


def test_noise_is_refused_with_a_batch_only():
    f = INSTANCES[Quadratic]["loud"]
    with pytest.raises(TypeError, match=r"Quadratic\.noise"):
        exact(f, SGD(0.1, momentum=0.5), start(f), steps=3, batch=2)


# --- the declaration ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class WithSwitch(SGD):
    """A field that does nothing at its default."""

    backwards: bool = False
    more: Scalar = 0.0


@dataclasses.dataclass(frozen=True)
class WithPower(SGD):
    """A field that always does something."""

    power: float = -0.5


def solver(f, optimizer, theta, t, batch):
    return Trajectory(t, {"loss": np.zeros(len(t))})


READ = ("lr", "momentum", "dampening", "nesterov")
OF = ("h", "linear", "noise")


@pytest.fixture
def registered(monkeypatch):
    """EXACT may be changed by the test."""
    monkeypatch.setattr("lab.exact.registry.EXACT", dict(EXACT))
    monkeypatch.setattr("lab.exact.registry.READS", dict(READS))


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("name", "value"), [("backwards", True), ("more", 0.1), ("more", np.array([0.0, 1.0]))]
)
def test_an_unread_field_is_refused(name, value):
    solves(Quadratic, WithSwitch, of=OF, reads=READ)(solver)
    f = INSTANCES[Quadratic]["centred"]
    assert exact(f, WithSwitch(0.1), start(f), steps=2)["loss"].shape == (3,)
    optimizer = WithSwitch(0.1, **{name: value})
    with pytest.raises(TypeError, match=rf"WithSwitch\.{name} = .*; there is one for {name} = "):
        exact(f, optimizer, start(f), steps=2)


@pytest.mark.parametrize(
    ("kind", "reads", "message"),
    [
        (WithPower, READ, "WithPower.power must be read"),
        (WithSwitch, ("momentum",), "WithSwitch.lr must be read"),
        (WithSwitch, (*READ, "speed"), "WithSwitch has no field speed"),
    ],
)
def test_a_declaration_must_be_complete(kind, reads, message):
    """At registration: a new field with an effect does not change silently what a form means."""
    with pytest.raises(TypeError, match=message):
        solves(Quadratic, kind, of=OF, reads=reads)
    with pytest.raises(TypeError, match=r"Quadratic\.h must be read"):
        solves(Quadratic, SGD, of=("linear",), reads=READ)


def test_a_subclass_is_another_type():
    """It may do anything: it is refused until it has a closed form of its own."""
    f = INSTANCES[Quadratic]["centred"]
    with pytest.raises(
        TypeError, match=r"no closed form for \(Quadratic, WithSwitch\); there is one for"
    ):
        exact(f, WithSwitch(0.1), start(f), steps=2)


# --- tuning ---------------------------------------------------------------------------------------

TUNED = [
    (Quadratic, SGD(1.0, momentum=0.9)),
    (Quadratic, SGD(1.0, momentum=0.8, dampening=0.5)),
    (Quadratic, SGD(1.0, momentum=0.8, nesterov=True)),
    (Quadratic, HeavyBall(1.0, 0.7)),
    (Quadratic, Regularized(SGD(1.0, momentum=0.5), L2(0.05), on="z")),
    (Quadratic, Regularized(SGD(1.0), L2(0.05), on="p")),
    (Quadratic, Momentum(SGD(1.0), 0.7, kind="ema")),
    (GaussianRegression, SGD(1.0, momentum=0.7)),
    (OneHotLogistic, SGD(1.0)),
]


@pytest.mark.parametrize(("objective", "optimizer"), TUNED, ids=told)
def test_tuning_picks_the_rate_that_simulation_picks(objective, optimizer):
    f = next(iter(INSTANCES[objective].values()))
    grid = np.geomspace(0.01, 10.0, 13)
    by = [tune(f, optimizer, grid, theta=start(f), steps=40, solver=s) for s in (exact, simulate)]
    assert by[0].best == by[1].best


def test_tuning_refuses_what_has_no_closed_form():
    f = INSTANCES[OneHotLogistic]["loud"]
    with pytest.raises(TypeError, match=r"SGD\.momentum = 0\.5"):
        tune(f, SGD(1.0, momentum=0.5), [0.1, 1.0], theta=start(f), steps=5, solver=exact)
