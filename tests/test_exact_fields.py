"""A closed form honours every field of its optimizer and of its objective, or refuses it by name.

Every pair of EXACT, with the fields of both away from their defaults in every combination that the
constructors allow (exact_settings), against `simulate`: equal to a derived tolerance, or a
TypeError that names a field which is not neutral, or a class that has no closed form.
"""

import dataclasses
import re

import mpmath
import numpy as np
import pytest
from exact_settings import INSTANCES, KAPPA, N, active, optimizers, solved, tree

from lab.arrays import Scalar
from lab.arrays.sweeps import mapped
from lab.bases import random
from lab.exact import EXACT, exact, solves
from lab.exact.neutral import neutral
from lab.exact.registry import READS
from lab.instruments.tuning import tune
from lab.linalg import EPS
from lab.objectives import GaussianRegression, OneHotLogistic, Quadratic
from lab.optimizers import L2, SGD, Ascent, HeavyBall, InBasis, Momentum, Regularized, lr_of, with_
from lab.simulation import simulate
from lab.trajectory import Trajectory

STEPS = 40
PAIRS = [(f, o) for f, o in EXACT]
INSTANCE_PAIRS = [(f, name, o) for f, o in PAIRS for name in INSTANCES[f]]


def told(parameter):
    return parameter.__name__ if isinstance(parameter, type) else str(parameter)


def record(f):
    return {"loss": f.loss, "theta": lambda theta: theta}


def start(f, runs=()):
    return 2 * np.random.default_rng(4).standard_normal((*runs, f.start().shape[-1]))


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
    alone = re.search(rf"no closed form for (\(\w+, (?:{kinds})\);|(?:{kinds})\b|a wrapper around)", said)
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


@pytest.mark.parametrize(("objective", "instance", "kind"), INSTANCE_PAIRS, ids=told)
def test_equal_or_refused(objective, instance, kind):
    """The full batch: one run, and three starts in a sweep of every hyper-parameter.

    On quadratics the second rate of the sweep is beyond the edge of stability of most.
    """
    f = INSTANCES[objective][instance]
    theta = start(f)
    pair = np.array([[1.0], [0.8]])
    rates = np.array([[1.0], [30.0 if objective is Quadratic else 0.8]])
    for optimizer in optimizers(objective, kind, len(theta)):
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
    """Every field that a closed form says it reads is answered away from its neutral value somewhere."""
    seen = set()
    for f in INSTANCES[objective].values():
        theta = start(f)
        for optimizer in optimizers(objective, kind, len(theta)):
            if answered(f, optimizer, theta, steps=2) is not None:
                seen |= active(optimizer)
    assert {(kind.__name__, name) for name in READS[objective, kind].read} <= seen


@pytest.mark.parametrize(("objective", "kind"), PAIRS, ids=told)
def test_what_is_not_declared_is_refused(objective, kind):
    """Each unread field by itself, loud, in a message that names class, field, value and what is possible."""
    f = next(iter(INSTANCES[objective].values()))
    unread = set(neutral(kind)) - set(READS[objective, kind].read)
    for name in unread:
        loud = [o for o in optimizers(objective, kind) if (kind.__name__, name) in active(o)]
        assert loud
        for optimizer in loud:
            with pytest.raises(TypeError, match=rf"no closed form .*{kind.__name__}\.\w+ = .*there is one for"):
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


@pytest.fixture()
def registered(monkeypatch):
    """EXACT may be changed by the test."""
    monkeypatch.setattr("lab.exact.registry.EXACT", dict(EXACT))
    monkeypatch.setattr("lab.exact.registry.READS", dict(READS))


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(("name", "value"), [("backwards", True), ("more", 0.1), ("more", np.array([0.0, 1.0]))])
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
    """At registration: a new field with an effect is no silent change of what a closed form means."""
    with pytest.raises(TypeError, match=message):
        solves(Quadratic, kind, of=OF, reads=reads)
    with pytest.raises(TypeError, match=r"Quadratic\.h must be read"):
        solves(Quadratic, SGD, of=("linear",), reads=READ)


def test_a_subclass_is_another_type():
    """It may do anything: it is refused until it has a closed form of its own."""
    f = INSTANCES[Quadratic]["centred"]
    with pytest.raises(TypeError, match=r"no closed form for \(Quadratic, WithSwitch\); there is one for"):
        exact(f, WithSwitch(0.1), start(f), steps=2)


# --- double roots, long horizons, divergence ------------------------------------------------------


def affine_map(kind, a, beta, decay, share):
    """The map of (theta, memory, 1) on f = (theta - 1)^2 / 2 with gradient a (theta - 1): one step of the definition.

    memory: the last step without decay (heavy), or the sum of gradients (nesterov).
    """
    if kind == "heavy":
        memory = [-a, beta, a]
        theta = [1 - decay - share * a, share * beta, share * a]
    else:
        memory = [a, beta, -a]
        theta = [1 - decay - share * a * (1 + beta), -share * beta**2, share * a * (1 + beta)]
    return mpmath.matrix([theta, memory, [0, 0, 1]])


def double_roots(kind, beta, decay, share):
    """Values of share a at which the two roots of the recurrence meet."""
    keep = 1 - decay
    if kind == "heavy":
        return [(np.sqrt(keep) - np.sqrt(beta)) ** 2, (np.sqrt(keep) + np.sqrt(beta)) ** 2]
    w = np.sqrt(keep * (1 + beta) - beta)
    return [((w - beta) / (1 + beta)) ** 2, ((w + beta) / (1 + beta)) ** 2]


FORMS = {
    "before": lambda r: (r, 1.0),
    "after": lambda r: (r, 1 - r),
    "prox": lambda r: (r / (1 + r), 1 / (1 + r)),
}


@pytest.mark.parametrize("t", [1, 2, 7, 1000, 10**6])
@pytest.mark.parametrize("r", [0.3, 1e-6])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["heavy", "nesterov"])
def test_double_roots_with_decay(kind, form, r, t):
    """At, beside and far from double roots, in 60 digits, from 3 with its minimiser at 1.

    Rounding keep and a moves the roots by eps and y by up to t^2 eps of the size of its terms, or by
    t eps / (1 - radius) once the roots lie inside; the start of the recurrence is a difference.
    """
    beta = 0.8
    decay, share = FORMS[form](r)
    lam = 0.7
    roots = double_roots(kind, beta, decay, share)
    near = [a * (1 + d) for a in roots for d in (0.0, 3e-16, -3e-16, 1e-9, -1e-9, 1e-4, -1e-4)]
    for root in [*near, 1e-7, 0.5]:
        lr = root / share / lam
        inner = SGD(lr, beta, nesterov=True) if kind == "nesterov" else HeavyBall(lr, beta)
        optimizer = Regularized(inner, L2(r), on="z", form=form, times="one")
        f = Quadratic([[lam]], linear=[lam])
        ours = exact(f, optimizer, np.array([3.0]), steps=np.array([t]))["theta"][0, 0]
        with mpmath.workdps(60):
            a = mpmath.mpf(lr) * mpmath.mpf(lam)
            exactly = FORMS[form](mpmath.mpf(r))
            matrix = affine_map(kind, a, mpmath.mpf(beta), *exactly)
            before = matrix ** (t - 1) * mpmath.matrix([3, 0, 1])
            now = matrix * before
            size = abs(now[0]) + abs(before[0]) + 3
        growth = min(t**2, 1 / r**2 if root == 1e-7 else t / (1 - beta) ** 2) + 10
        assert abs(ours - now[0]) <= 20 * EPS * growth * float(size), (root, float(now[0]))


DIVERGING = [
    SGD(3.9, momentum=0.6),
    SGD(9.0, momentum=0.6, dampening=0.5),
    SGD(2.1, momentum=0.6, nesterov=True),
    Momentum(SGD(9.0), 0.6, kind="ema"),
    Ascent(SGD(0.3, momentum=0.5)),
    Ascent(HeavyBall(0.3)),
    Regularized(SGD(2.3), L2(0.4), on="p"),
    Regularized(SGD(4.0, momentum=0.6), L2(0.2), on="z"),
    Regularized(HeavyBall(1.0), L2(4.5), on="z"),
    Regularized(SGD(60.0), L2(0.2), on="z", form="prox"),
]


@pytest.mark.parametrize("optimizer", DIVERGING, ids=repr)
def test_divergence_is_infinite_where_simulation_is(optimizer):
    """The loss leaves the range within a step of the simulated one, and stays out; it is never NaN."""
    f = INSTANCES[Quadratic]["loud"]
    theta = start(f, (2,))
    ours = exact(f, optimizer, theta, steps=8000)
    theirs = simulate(f, optimizer, theta, steps=8000)
    left = [np.isinf(run["loss"]).argmax(0) for run in (ours, theirs)]
    assert (left[1] > 0).all()
    assert (np.abs(left[0] - left[1]) <= 1).all()
    assert np.isinf(ours["loss"][left[0].max() :]).all()
    late = exact(f, optimizer, theta, steps=np.array([10**6]))
    assert np.isinf(late["loss"]).all()
    assert np.isinf(late["theta"]).all()


# --- momentum on regression -----------------------------------------------------------------------


def full_recursion(sigma, delta, optimizer, steps, batch, noise):
    """E[delta^T Sigma delta] from the 2n x 2n second moment of (delta, b), entry by entry."""
    n = len(sigma)
    lr, beta = optimizer.lr, optimizer.momentum
    eye, zero = np.eye(n), np.zeros((n, n))
    moment = np.zeros((2 * n, 2 * n))
    moment[:n, :n] = np.outer(delta, delta)
    path = [np.sum(sigma * moment[:n, :n])]
    for t in range(steps):
        weight = 1 - optimizer.dampening if t else 1.0
        # (delta, b) -> (delta, b) + (-lr u) with b+ = beta b + weight g, u = b+ or g + beta b+
        ahead = 1 + beta * weight if optimizer.nesterov else weight
        carry = beta**2 if optimizer.nesterov else beta
        mean = np.block([[eye - lr * ahead * sigma, -lr * carry * eye], [weight * sigma, beta * eye]])
        c = moment[:n, :n]
        drift = sigma @ c @ sigma
        spread = (drift + (np.sum(sigma * c) + noise**2) * sigma) / batch
        push = np.vstack([-lr * ahead * eye, weight * eye])
        moment = mean @ moment @ mean.T + push @ spread @ push.T
        path.append(np.sum(sigma * moment[:n, :n]))
    return np.array(path)


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize(
    "optimizer",
    [SGD(0.1, momentum=0.7), SGD(0.1, momentum=0.7, dampening=0.4), SGD(0.1, momentum=0.7, nesterov=True)],
    ids=repr,
)
def test_momentum_recursion_is_the_full_one(optimizer, batch):
    """3n numbers per step instead of 4n^2. Contracting, with positive second moments: some eps a step."""
    f = INSTANCES[GaussianRegression]["law"]
    theta = start(f)
    ours = exact(f, optimizer, theta, steps=30, batch=batch)["loss"]
    risk = full_recursion(f.sigma, theta - f.theta_star, optimizer, 30, batch, f.noise)
    np.testing.assert_allclose(ours, (risk + f.noise**2) / 2, rtol=1e-11)
    turned = exact(f, InBasis(random(N, np.random.default_rng(8)), optimizer), theta, steps=30, batch=batch)["loss"]
    np.testing.assert_allclose(turned, ours, rtol=1e-11)


def test_momentum_on_regression_diverges_to_inf():
    f = INSTANCES[GaussianRegression]["law"]
    loss = exact(f, SGD(np.array([0.1, 50.0]), momentum=0.9), start(f), steps=2000, batch=1)["loss"]
    assert np.isfinite(loss[:, 0]).all()
    assert np.isinf(loss[-1, 1])


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
