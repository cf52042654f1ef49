"""metric(state) is what divided the gradient: M (delta - carry delta_prev) = -lr u, for every
registered optimizer.

u is the average of the recorded gradients that the method takes, written out here from the
gradients alone; carry is not 0 where momentum follows the division. The comparison fails when M is
off by 2 %, or by its eps.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from averages import CARRY, OF_POINTS, U, ema, hat
from examples import answers, flat, layered, objectives, optimizers, start
from layered_objectives import network

from lab.arrays import lift
from lab.bases import Kronecker, Orthogonal, PerLayer, random
from lab.batches import Batch
from lab.metrics import Multiple
from lab.optimizers import (
    L2,
    Ascent,
    Geometric,
    Grafted,
    InBasis,
    Momentum,
    Regularized,
    Scheduled,
    example,
    hyperparameters,
    with_,
)
from lab.oracle import Asked

STEPS = 6
PROBLEMS = {
    "vector": objectives()["Reparameterised"],
    "layers": layered(),
    "network": network(),
}


# Calls that make no step: nothing has been divided yet.
WAITING = {"ADOPT", "SOAP"}
OFF = {"weight_decay": 0.0, "shrinkage": 0.0, "horizon": 100, "reject": False}


def calm(optimizer):
    """Without the decay that no metric contains, and without OGM's restart; a step
    that is rejected divides nothing."""
    known = hyperparameters(optimizer)
    return with_(optimizer, **{name: value for name, value in OFF.items() if name in known})


# ASGD's shrinkage stands in its u; at a rate at which steps are rejected, a run that makes them
# all diverges; before the direction of Shampoo the metric is that of another average
QUIET = {
    "ASGD": {"shrinkage": 0.4},
    "ASGD(burn_in)": {"shrinkage": 0.4},
    "LevenbergMarquardt": {"lr": 0.07},
    "GraftedShampoo": {"start": 1},
    "GraftedShampoo(blocks)": {"start": 1},
}

# Nesterov's look-ahead after the division mixes two metrics in one step.
METHODS = {
    name: o
    for name, o in optimizers().items()
    if not ("nesterov" in name and name[:3] in ("RMS", "LAR"))
    and name.split("(")[0] not in OF_POINTS
}
METHODS = {name: with_(calm(o), **QUIET.get(name, {})) for name, o in METHODS.items()}


def trace(optimizer, f, twin=None):
    """Per step the gradient, the point, the delta, and the state; of a twin, its deltas and states
    on the same path."""
    theta = start(f)
    lifted = lift(optimizer, theta)
    state = lift(optimizer, theta).init(theta)
    other = None if twin is None else lift(twin, theta).init(theta)
    for t in range(STEPS):
        rows = None if f is PROBLEMS["layers"] else f.draw(np.random.default_rng(t), (), 4)
        batch = Batch(rows, None if rows is None else 4)
        oracles = [Asked(f, theta, batch, rng=np.random.default_rng(t)) for _ in range(2)]
        delta, state = lifted.step(state, oracles[0], theta)
        if twin is not None:
            change, other = lift(twin, theta).step(other, oracles[1], theta)
        yield oracles[0].grad, theta, delta, state, None if twin is None else (change, other)
        theta = theta + delta


def compare(name, problem, metric, twin=None):
    """M (delta - carry delta_prev) against -lr u at every step. Rounding: the metrics here have
    condition numbers below 1e6."""
    optimizer = METHODS[name]
    method = name.split("(")[0]
    h = SimpleNamespace(**hyperparameters(optimizer))
    gs = []
    before = 0.0
    for t, (g, theta, delta, state, other) in enumerate(
        trace(optimizer, PROBLEMS[problem], twin), 1
    ):
        gs.append(g)
        waits = t == 1 and method in WAITING and getattr(h, "skip_first", True)
        if not waits:
            u = U[method](gs, h) if method != "ASGD" else g + h.shrinkage * theta
            carried = delta - CARRY[method](t, h) * before if method in CARRY else delta
            found = metric(optimizer, state if other is None else other[1]).times(carried)
            scale = np.abs(flat(h.lr * u)).max()
            np.testing.assert_allclose(
                flat(found), flat(-h.lr * u), rtol=1e-9, atol=1e-9 * scale, err_msg=f"step {t}"
            )
        before = delta


def own(optimizer, state):
    return optimizer.metric(state)


def problems(name):
    """Objectives that offer what a method needs; the network only where there is no other."""
    offering = [problem for problem, f in PROBLEMS.items() if answers(f, METHODS[name])]
    return [problem for problem in offering if problem != "network"] or offering


CASES = [(name, problem) for name in METHODS for problem in problems(name)]


@pytest.mark.parametrize(("name", "problem"), CASES)
def test_the_metric_divides_the_gradient(name, problem):
    compare(name, problem, own)


@pytest.mark.parametrize("name", METHODS)
def test_two_percent_are_noticed(name):
    with pytest.raises(AssertionError):
        compare(name, problems(name)[0], lambda o, s: Multiple(o.metric(s), 1.02))


@pytest.mark.parametrize(
    "name", [name for name, o in METHODS.items() if hyperparameters(o).get("eps", 0.0) > 0]
)
@pytest.mark.parametrize("problem", ["vector", "layers"])
def test_a_missing_eps_is_noticed(name, problem):
    """The metric of the same method with a thousandth of its eps, on the same path, wherever that
    eps acts at all."""
    if problem not in problems(name):
        return
    twin = with_(METHODS[name], eps=hyperparameters(METHODS[name])["eps"] / 1000)
    moved = [
        np.abs(flat(delta - other[0])).max()
        for _, _, delta, _, other in trace(METHODS[name], PROBLEMS[problem], twin)
    ]
    if max(moved) > 1e-6:
        with pytest.raises(AssertionError):
            compare(name, problem, lambda o, s: twin.metric(s), twin)


def test_solve_undoes_times():
    for name in METHODS:
        *_, (g, _, _, state, _) = trace(METHODS[name], PROBLEMS[problems(name)[0]])
        metric = METHODS[name].metric(state)
        # what Muon's exact polar factor and a pausing coordinate do not see, their metrics do not
        # either
        seen = metric.solve(metric.times(g)) if name not in ("Muon(svd)", "Rprop") else g
        np.testing.assert_allclose(flat(seen), flat(g), rtol=1e-9, atol=1e-9, err_msg=name)


def test_a_swept_metric_is_that_of_each_run():
    """The lifted optimizer answers for all runs at once."""
    f = PROBLEMS["vector"]
    lrs = np.array([0.02, 0.05])
    theta = np.stack([start(f)] * 2)
    swept = lift(with_(METHODS["Adam"], eps=lrs), theta)
    _, state = swept.step(swept.init(theta), Asked(f, theta), theta)
    for k, eps in enumerate(lrs):
        alone = with_(METHODS["Adam"], eps=float(eps))
        _, single = alone.step(alone.init(theta[k]), Asked(f, theta[k]), theta[k])
        np.testing.assert_allclose(
            swept.metric(state).diag()[k], alone.metric(single).diag(), rtol=1e-14
        )


def wrapped(problem):
    """Wrapper -> its gradient average u_t from gradients and points, and its learning rate at step
    t."""
    rng = np.random.default_rng(4)
    q2, q3 = random(2, rng).q, random(3, rng).q
    blocks = PerLayer((Kronecker((q2, q3)), Orthogonal(q2), Kronecker((q2, q3, q2.T))))
    basis = random(6, rng) if problem == "vector" else blocks
    adam, shampoo = example("Adam"), example("Shampoo")

    def moment(gs, points):
        return hat(gs, 0.5)

    return {
        "InBasis": (InBasis(basis, adam), moment, lambda t: 0.07),
        "InBasis(Shampoo)": (InBasis(basis, shampoo), lambda gs, points: gs[-1], lambda t: 0.07),
        "Scheduled": (Scheduled(Geometric(0.9), adam), moment, lambda t: 0.07 * 0.9 ** (t - 1)),
        "Scheduled(Rprop)": (
            Scheduled(Geometric(0.9), example("AdaBound")),
            lambda gs, points: ema(gs, 0.5),
            lambda t: 0.07 * 0.9 ** (t - 1),
        ),
        "Regularized": (
            Regularized(adam, L2(0.2), on="p"),
            lambda gs, points: hat([g + 0.2 * x for g, x in zip(gs, points, strict=True)], 0.5),
            lambda t: 0.07,
        ),
        "Momentum": (
            Momentum(shampoo, 0.6),
            lambda gs, points: sum(0.6 ** (len(gs) - s) * g for s, g in enumerate(gs, 1)),
            lambda t: 0.07,
        ),
        "Grafted": (Grafted(example("HeavyBall", lr=0.3), adam), moment, lambda t: 0.3),
        "Ascent": (Ascent(adam), lambda gs, points: -hat(gs, 0.5), lambda t: 0.07),
    }


@pytest.mark.parametrize("name", wrapped("vector"))
@pytest.mark.parametrize("problem", ["vector", "layers"])
def test_wrappers_pass_the_metric_through(name, problem):
    optimizer, u, lr = wrapped(problem)[name]
    gs = []
    points = []
    for t, (g, theta, delta, state, _) in enumerate(trace(optimizer, PROBLEMS[problem]), 1):
        gs, points = [*gs, g], [*points, theta]
        found = flat(optimizer.metric(state).times(delta))
        expected = flat(-lr(t) * u(gs, points))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())
