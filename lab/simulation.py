"""simulate: the only optimization loop. replay: an explicit gradient sequence (open loop)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from tqdm import tqdm

from lab.arrays import Layers, Params, each, lift, runs, sweep_shape, with_runs
from lab.checks import count, real
from lab.oracle import Oracle
from lab.trajectory import Trajectory


def simulate(
    objective,
    optimizer,
    theta: Params,
    *,
    steps: int,
    batch: int | None = None,
    rng: int | np.random.Generator = 0,
    every: int = 1,
    record: Mapping[str, Callable[[Params], np.ndarray]] | None = None,
) -> Trajectory:
    """theta_{t+1} = theta_t + delta_t for `steps` steps from theta, all runs at once.

    Run axes: those of theta are independent runs (each sees its own batches); those of the hyper-parameters are a sweep (all see the
    same batches). They broadcast: theta (S, n) with lr (L, 1) is L learning rates on S common batch sequences, runs (L, S).
    batch: mini-batch size, None for the full batch. every: record every so many steps, and the first and the last.
    record: name -> function of theta; the loss unless given. Labels and probes come from a generator of their own.
    A diverged run is data: inf in the series. ValueError for a non-finite start or a shape that is not the objective's.
    """
    steps, every = count("steps", steps, 0), count("every", every)
    batch = batch if batch is None else count("batch", batch)
    theta = start_point(objective, theta)
    seeds, batches_labels = runs(theta), np.random.default_rng(rng).spawn(2)
    record = {"loss": objective.loss} if record is None else record
    theta = with_runs(theta, np.broadcast_shapes(seeds, sweep_shape(optimizer)))
    optimizer = lift(optimizer, theta)
    times = np.unique(np.append(np.arange(0, steps + 1, every), steps))
    with np.errstate(over="ignore", invalid="ignore"):
        kept, theta = _loop(objective, optimizer, theta, times, batch, seeds, batches_labels, record)
    series = {name: np.stack(values) for name, values in kept.items()}
    return Trajectory(times, series, final=theta)


def _loop(objective, optimizer, theta, times, batch, seeds, generators, record):
    batches, labels = generators
    state = optimizer.init(theta)
    kept: dict[str, list] = {name: [] for name in record}
    wanted = set(times.tolist())
    for t in tqdm(range(times[-1] + 1), delay=2, disable=None, leave=False):
        if t in wanted:
            for name, measure in record.items():
                kept[name].append(_inf_for_nan(measure(theta)))
        if t < times[-1]:
            oracle = Oracle(objective, theta, objective.draw(batches, seeds, batch), size=batch, rng=labels)
            delta, state = optimizer.step(state, oracle, theta)
            theta = theta + delta
    return kept, theta


def _inf_for_nan(x):
    return np.where(np.isnan(x), np.inf, x)


def start_point(objective, theta: Params) -> Params:
    """theta as finite floats whose parameter axes are the objective's; ValueError otherwise."""
    like = objective.start()
    if isinstance(theta, Layers) != isinstance(like, Layers):
        raise TypeError(f"theta is {type(theta).__name__}: {type(objective).__name__} takes {type(like).__name__}")
    if isinstance(theta, Layers):
        theta = Layers([real("theta", block) for block in theta], theta.orders)
        shapes = [x.shape[x.ndim - k :] for x, k in zip(theta, theta.orders, strict=True)]
        if shapes != [x.shape for x in like]:
            raise ValueError(f"theta has blocks {shapes}: must be {[x.shape for x in like]}")
        return theta
    theta, n = real("theta", theta), like.shape[-1]
    if theta.ndim == 0 or theta.shape[-1] != n:
        raise ValueError(f"theta has shape {theta.shape}: its last axis must be {n}, the dimension of {type(objective).__name__}")
    return theta


class _Recorded:
    """The oracle of one step of a replay: the recorded answers and nothing else."""

    def __init__(self, answers):
        self._answers = answers

    def __getattr__(self, name):
        if name not in self._answers:
            raise TypeError(f"this replay recorded {', '.join(self._answers)} and can't answer {name}")
        return self._answers[name]

    def curvature(self, labels="exact"):
        return self.__getattr__("curvatures")

    def in_basis(self, basis):
        return _Recorded({"grad": basis.to(self.grad)})


def replay(optimizer, theta: Params, gradients, **recorded) -> Params:
    """The iterates (T + 1, ...) of the optimizer fed an explicit sequence of gradients, whatever theta does (open loop).

    gradients: (T, n), (T, out, in) with one matrix as theta, or a sequence of Layers. recorded: further answers, one per step, by
    oracle member: loss=..., hessian=..., curvatures=... (Curvature objects answered to any labels).
    """
    optimizer = lift(optimizer, theta)
    state = optimizer.init(theta)
    path = [theta]
    for t, grad in enumerate(gradients):
        oracle = _Recorded({"grad": grad, **{name: answers[t] for name, answers in recorded.items()}})
        delta, state = optimizer.step(state, oracle, path[-1])
        path.append(path[-1] + delta)
    return each(lambda *blocks: np.stack(blocks), *path)
