"""simulate: the only optimization loop. replay: the same loop over recorded gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from lab.arrays import Layers, Params, all_runs, each, lift, parts, runs, stack, tensors, with_runs
from lab.batches import Batches, FullBatch, batches
from lab.blocks import in_blocks, separable
from lab.checks import able, count, generator, loops, real
from lab.domains import several
from lab.oracle import Answers, Asked, Oracle, offered, unanswered
from lab.progress import bar
from lab.trajectory import Trajectory

# what is recorded at a step, from its oracle (None at the last point of a stochastic run), the
# point and the state
Measure = Callable[[Any, Params, Any], Params]


def simulate(
    objective,
    optimizer,
    theta: Params,
    *,
    steps: int,
    batch: int | Batches | None = None,
    rng: int | np.random.Generator = 0,
    every: int = 1,
    record: Mapping[str, Callable[..., Params]] | None = None,
    project: Callable[[Params], Params] | None = None,
) -> Trajectory:
    """theta_{t+1} = theta_t + delta_t for `steps` steps from theta, all runs at once.

    Run axes: those of theta are independent runs (each sees its own batches); those of the
    hyper-parameters are a sweep (all see the same batches). They broadcast: theta (S, n) with lr
    (L, 1) is L rates on S common batch sequences, runs (L, S).

    batch: mini-batch size, None for the full batch, or Epochs(...), Recorded(...): see lab.batches.
    every: record every so many steps, and the first and the last.
    record: name -> function of theta, or of theta and the optimizer's state; the full loss unless
        given. What it returns has the run axes first, and may be Layers.
    project: theta -> theta, applied after every step (projected methods). Labels and probes come
    from a generator of their own, so that every method sees the same batches.

    A diverged run is data: inf in the series. ValueError for a non-finite start or a shape that is
    not the objective's; TypeError before the first step when the method asks for what the objective
    does not offer.
    """
    able("objective", objective, "start", "grad", "loss")
    able("optimizer", optimizer, "init", "step")
    steps = loops("steps", steps, 0)
    every = count("every", every)
    chosen = batches(batch)
    theta = start_point(objective, theta)
    _answerable(objective, optimizer)

    axes = all_runs(optimizer, theta)
    regular = np.arange(0, steps + 1, every)
    times = np.unique(np.append(regular, steps))
    # two streams: a method that draws labels must not change the batches of the next step
    draws, labels = generator("rng", rng).spawn(2)
    full = isinstance(chosen, FullBatch)

    def run(optimizer, theta, axes):
        stream = chosen.stream(objective, draws, runs(theta))
        seeds = runs(theta)

        def ask(point):
            return Asked(objective, point, next(stream), rng=labels, seeds=seeds)

        start = with_runs(theta, axes)
        measures = _measures(record, objective, full)
        lifted = lift(optimizer, start)
        return _loop(ask, lifted, start, times, measures, project, full)

    # what a user's function does with runs is unknown: then the sweep stays whole
    alike = full and record is None and project is None
    with np.errstate(over="ignore", invalid="ignore"):
        if alike and separable(optimizer, theta, axes):
            series, final = in_blocks(run, optimizer, theta, axes)
        else:
            series, final = run(optimizer, theta, axes)
    return Trajectory(times, series, final=final)


def _loop(
    ask: Callable[[Params], Any],
    optimizer,
    theta: Params,
    times: np.ndarray,
    measures: Mapping[str, Measure],
    project: Callable[[Params], Params] | None,
    last: bool,
):
    """Series by name, and the last point.

    ask(theta) answers the oracle of the next step; last: also after the last one.

    A measure is asked before the step: what is recorded at t is the point, the oracle and the state
    from which step t goes. NaN is not handled here: a diverged run goes on, at the cost of its
    steps.
    """
    state = optimizer.init(theta)
    kept: dict[str, list] = {name: [] for name in measures}
    wanted = set(times.tolist())
    end = times[-1]

    for t in bar(range(end + 1)):
        # the loss after the last step is recorded on the full batch; a mini-batch would be drawn
        # for nothing
        oracle = ask(theta) if last or t < end else None
        if t in wanted:
            for name, measure in measures.items():
                kept[name].append(measure(oracle, theta, state))
        if t < end:
            delta, state = optimizer.step(state, oracle, theta)
            theta = theta + delta
            if project is not None:
                theta = project(theta)

    series = {name: stack(points) for name, points in kept.items()}
    return series, theta


def _inf_for_nan(x):
    return np.where(np.isnan(x), np.inf, x)


def _measures(record, objective, full: bool) -> dict[str, Measure]:
    """What to record, as functions of (oracle, theta, state).

    On the full batch the loss shares the oracle's evaluation.

    On mini-batches the default is the full loss, not that of the batch.
    """
    if record is None and full:
        return {"loss": lambda oracle, theta, state: _inf_for_nan(oracle.loss)}
    if record is None:
        record = {"loss": objective.loss}
    return {name: _measure(f) for name, f in record.items()}


def _measure(f) -> Measure:
    if _required(f) == 2:
        return lambda oracle, theta, state: each(_inf_for_nan, f(theta, state))
    return lambda oracle, theta, state: each(_inf_for_nan, f(theta))


def _required(f) -> int:
    """How many positional arguments f cannot do without.

    1 for built-in functions, which do not say.
    """
    try:
        parameters = inspect.signature(f).parameters.values()
    except ValueError:
        return 1
    of = inspect.Parameter
    positional = (of.POSITIONAL_ONLY, of.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.default is of.empty]
    return sum(p.kind in positional for p in needed)


def _answerable(objective, optimizer) -> None:
    """TypeError when the optimizer needs what the objective does not offer."""
    missing = unanswered(getattr(optimizer, "needs", ()), objective)
    if missing:
        asked = ", ".join(missing)
        told = ", ".join(sorted(offered(objective)))
        method = type(optimizer).__name__
        problem = type(objective).__name__
        raise TypeError(f"{method} asks for {asked}: {problem} offers {told}")


def start_point(objective, theta: Params) -> Params:
    """theta as finite floats whose parameter axes, orders and roles are the objective's.

    ValueError otherwise.
    """
    like = objective.start()
    kind = type(objective).__name__
    layered = isinstance(theta, Layers)
    if layered != isinstance(like, Layers):
        given = type(theta).__name__
        raise TypeError(f"theta is {given}: {kind} takes {type(like).__name__}")
    if isinstance(theta, Layers):
        return _layered_start(theta, like)

    theta = real("theta", theta)
    n = like.shape[-1]
    shape = theta.shape
    if shape[-1:] != (n,):
        raise ValueError(
            f"theta has shape {shape}: its last axis must be {n}, the dimension of {kind}"
        )
    return theta


def _layered_start(
    theta: Layers,
    like: Layers,
) -> Layers:
    blocks = [real("theta", block) for block in theta]
    roles = like.roles if theta.roles is None else theta.roles
    theta = Layers(blocks, theta.orders, roles)

    shapes = []
    axes = set()
    for x, k in parts(theta):
        first = x.ndim - k
        shapes.append(x.shape[first:])
        axes.add(x.shape[:first])

    expected = [x.shape for x in like]
    if shapes != expected:
        raise ValueError(f"theta has blocks {shapes}: must be {expected}")
    if theta.roles != like.roles:
        raise ValueError(f"theta has roles {theta.roles}: must be {like.roles}")
    if len(axes) > 1:
        each_shape = [str(shape) for shape in sorted(axes)]
        told = " and ".join(each_shape)
        raise ValueError(f"theta has blocks with run axes {told}: must be the same for all")
    return theta


def replay(optimizer, theta: Params, gradients, **recorded) -> Params:
    """The iterates (T + 1, ...) of the optimizer fed a sequence of gradients (open loop)

    Whatever theta does. gradients: (T, n) for one vector, (T, *r, n) for runs of vectors, or a
    sequence of Layers. recorded: further answers, one per step, by oracle member: loss=...,
    hessian=..., curvatures=... (Curvature objects answered to any labels), probes=... (answered to
    probe()). Hyper-parameters sweep as in simulate.

    ValueError for a gradient that is not finite or not shaped like theta; TypeError for a matrix
    given as an array to a method that sees matrices: its rows would be runs.

    Nothing is drawn and nothing evaluated: whatever a method asks beyond what was recorded is a
    TypeError that names it. `lab golden` and the tests of conventions replay recordings of other
    libraries through this.
    """
    able("optimizer", optimizer, "init", "step")
    theta = each(lambda x: real("theta", x), theta)
    _no_bare_matrix(optimizer, theta)
    start = with_runs(theta, all_runs(optimizer, theta))

    if not isinstance(gradients, np.ndarray):
        gradients = several("gradients", gradients)
    if not len(gradients):
        raise ValueError("gradients is empty: must have at least one entry")
    oracles = _recorded_oracles(gradients, recorded, start)
    times = np.arange(len(gradients) + 1)
    measures = {"theta": lambda oracle, theta, state: theta}

    def ask(point):
        return next(oracles)

    lifted = lift(optimizer, start)
    series, _ = _loop(ask, lifted, start, times, measures, None, False)
    return series["theta"]


def _recorded_oracles(gradients, recorded, theta) -> Iterator[Oracle]:
    for t, grad in enumerate(gradients):
        answers = {name: answer[t] for name, answer in recorded.items()}
        shaped = _like(f"gradients[{t}]", grad, theta)
        yield Answers({"grad": shaped, **answers})


def _no_bare_matrix(optimizer, theta) -> None:
    """An array with two axes is runs of vectors.

    A method that sees matrices was more likely given one matrix.
    """
    if isinstance(theta, Layers) or theta.ndim < 2:
        return
    if getattr(optimizer, "scope", "vector") != "vector":
        method = type(optimizer).__name__
        raise TypeError(
            f"theta has shape {theta.shape} and {method} sees tensors: give "
            "Layers([theta]) for one tensor, Layers([theta], [1]) for runs of vectors"
        )


def _like(name, grad, theta):
    """grad as finite floats, with the parameter axes of theta."""
    if isinstance(grad, Layers) != isinstance(theta, Layers):
        raise TypeError(
            f"{name} is {type(grad).__name__}, theta {type(theta).__name__}: must be the same kind"
        )
    grad = each(lambda g: real(name, g), grad)
    for _, g, x in tensors(grad, theta):
        n = x.shape[-1]
        if g.shape[-1:] != (n,):
            raise ValueError(f"{name} has shape {g.shape}: its last axis must be {n}, as theta's")
    return grad
