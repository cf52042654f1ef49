"""Training of fully connected networks beside the same networks in PyTorch: a part of rivals.

Seconds are per step and network. Data and starts are common; that both compute the same is measured
by alone_gap and together_gap, losses at both ends in float64. What is compared is a full-batch
gradient and SGD's step, without a loader, without a device: on a GPU, or at large widths where
products dominate, the ratios are others.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lab.instruments.timing import interleaved
from lab.objectives import MLP
from lab.optimizers import SGD
from lab.simulation import simulate

RATE = 0.01


class Training(NamedTuple):
    """`count` networks of these widths, inputs first and outputs last, ReLU between, half squares:
    so many full-batch steps of SGD each, from starts of their own."""

    count: int
    widths: tuple
    examples: int
    steps: int

    @property
    def name(self) -> str:
        """Widths and examples."""
        return f"{'-'.join(map(str, self.widths))}, {self.examples} rows"

    def network(self):
        """The objective, and the starts of all runs.

        Seed 0: data N(0, 1), labels N(0, 1), the starts of MLP. (f, theta), theta with `count`
        runs.
        """
        rng = np.random.default_rng(0)
        inputs, *hidden, outputs = self.widths
        x = rng.standard_normal((self.examples, inputs))
        y = rng.standard_normal((self.examples, outputs))
        f = MLP(
            x,
            y,
            hidden,
            activation="relu",
        )
        return f, f.start((self.count,), rng)


def training(
    small: tuple,
    encoder: tuple,
    rows: tuple,
    *,
    together: int,
    rounds: int,
) -> dict[str, np.ndarray]:
    """By rival (K,), `network_rivals`, and network (N,): alone_seconds (K, N) of a step, the median
    of alone_runs (K, N, rounds); alone_ratio (K, N) over the lab's; alone_gap (K, N): largest
    difference of a loss at either end from the lab's, relative to the start's; alone_names (N,),
    alone_place (N,). together_seconds and so on: of a step of one of `together` networks.

    small, encoder: widths of networks that are trained on `rows` (2,) examples; small ones alone
    and together, and on four times as many. PyTorch trains one after the other, of which the first
    is timed.

    Small networks show the overhead per step; the encoder shows the products. 50 and 4 steps make a
    call of comparable length.
    """
    few, many = rows
    # so many steps that a call takes some ten milliseconds
    alone = [Training(1, small, m, 50) for m in (few, 4 * few)]
    alone.append(Training(1, encoder, many, 4))
    at_once = [Training(together, small, m, 50) for m in (few, 4 * few)]
    found = {
        "network_rivals": np.array(list(installed())),
        "together": np.array(together),
    }
    for name, cases in {"alone": alone, "together": at_once}.items():
        for key, array in raced(cases, rounds).items():
            found[f"{name}_{key}"] = array
    return found


def raced(cases: list[Training], rounds: int) -> dict[str, np.ndarray]:
    """All rivals on all cases; see training.

    Arrays of `training` without their prefix. Ratios are medians of ratios within rounds, so that a
    slow minute hits both sides.
    """
    solvers = installed()
    runs = []
    gaps = []
    for case in cases:
        # built off the clock, from the same starts
        jobs = {name: rival(case) for name, rival in solvers.items()}
        losses = [job() for job in jobs.values()]
        gaps.append([_gap(losses[0], loss) for loss in losses])
        seconds = interleaved(jobs, rounds)
        # the lab takes the steps of all networks, the others those of one
        counts = [case.count if name == "lab" else 1 for name in jobs]
        steps = case.steps * np.array(counts)
        runs.append(np.array([seconds[name] for name in jobs]) / steps[:, None])

    measured = np.array(runs).swapaxes(0, 1)
    return {
        "names": np.array([case.name for case in cases]),
        "place": np.arange(len(cases)),
        "runs": measured,
        "seconds": np.median(measured, axis=-1),
        "ratio": np.median(measured / measured[:1], axis=-1),
        "gap": np.array(gaps).T,
    }


def training_told(data) -> list[str]:
    """The times of rivals over the lab's, a sentence each.

    Below 1 the rival is faster. Only what `together` networks take in one call is divided by them.
    """
    sentences = []
    for k, name in enumerate(data["network_rivals"][1:], start=1):
        told = []
        for kind, count in (("alone", 1), ("together", data["together"])):
            pairs = zip(
                data[f"{kind}_ratio"][k],
                data[f"{kind}_names"],
                strict=True,
            )
            told += [f"{ratio:.3g} ({count} of {network})" for ratio, network in pairs]
        sentences.append(f"{name} takes, per step and network, times the lab's: {', '.join(told)}.")
    return sentences


def installed() -> dict[str, Callable[[Training], Callable[[], np.ndarray]]]:
    """Who trains here: each makes a job that answers the losses at both ends, (2, networks)."""
    found = {"lab": lab_training}
    if importlib.util.find_spec("torch"):
        found["PyTorch"] = torch_training
    return found


def lab_training(case: Training) -> Callable[[], np.ndarray]:
    """All networks in one call of simulate."""
    f, theta = case.network()
    protocol = {
        "steps": case.steps,
        "every": case.steps,
    }
    return lambda: simulate(f, SGD(RATE), theta, **protocol)["loss"]


def torch_training(case: Training) -> Callable[[], np.ndarray]:
    """The first of the networks as users of PyTorch write it, with torch.optim.SGD.

    Parameters are set back to the start before every call, which is on the clock and small beside
    50 steps. losses[:1] and the last: (2, 1), of the first network.
    """
    import torch

    # one core, as for all others
    torch.set_num_threads(1)
    f, theta = case.network()
    # float64, as the lab's
    x = torch.tensor(f.x)
    y = torch.tensor(f.y)
    model = _model(torch, case.widths)
    start = [torch.tensor(block[0]) for block in theta]

    def work():
        with torch.no_grad():
            for parameter, block in zip(model.parameters(), start, strict=True):
                parameter.copy_(block)
        rule = torch.optim.SGD(
            model.parameters(),
            lr=RATE,
        )
        losses = []
        for _ in range(case.steps):
            rule.zero_grad()
            loss = _half_squares(torch, model(x), y)
            loss.backward()
            losses.append(loss.item())
            rule.step()
        with torch.no_grad():
            last = _half_squares(torch, model(x), y).item()
        return np.array([losses[:1], [last]])

    return work


def _model(torch, widths):
    """Dense layers, ReLU between them.

    nn.Linear has weight (outputs, inputs) and bias (outputs,), the order in which the lab's blocks
    stand: each is copied into its parameter.
    """
    stages: list = []
    for inputs, outputs in pairwise(widths):
        stages += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.ReLU()]
    return torch.nn.Sequential(*stages[:-1])


def _half_squares(torch, z, y):
    """|z - y|^2 / (2 m), the lab's loss."""
    return torch.nn.functional.mse_loss(z, y, reduction="sum") / (2 * len(y))


def _gap(ours, theirs) -> float:
    """Of the networks that they have.

    Relative to the largest loss at the start; both (2, networks).
    """
    own = ours[:, : theirs.shape[1]]
    return float(np.abs(own - theirs).max() / ours[0].max())
