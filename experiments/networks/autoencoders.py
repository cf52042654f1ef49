"""Which method trains an autoencoder fastest, by epochs and by time?

Digits, patches of a photograph and generated curves, in place of MNIST, FACES and CURVES of Ren &
Goldfarb (2021), with networks that are as much smaller. All methods have grids of the same size,
batches and runs. On a table of yours, every column taken to [0, 1]: lab run autoencoders --data
FILE

At the defaults an epoch is ten steps and a run eight epochs. Eight settings of each method, four
rates times two values of another field, are tuned on two seeds and reported on three others.
"""

from typing import NamedTuple

import numpy as np
from _racing import Budget, raced, rivals
from scipy.special import logit

from lab.checks import count
from lab.data import curves, digits, patches, table, unit_interval
from lab.data.names import split_names
from lab.objectives import MLP
from lab.sentences import first, listed, number, quantiles_of

TIMED = ("elapsed",)
# best settings are those with the largest steps that hold; small differences grow there, and
# decide between settings that are about as good
CHAOTIC = ("loss", "median", "lr", "value", "edge")
VERSION = 3
QUICK = {
    "examples": 30,
    "hidden": (5, 2),
    "batch": 10,
    "steps": 6,
    "warm": 1,
    "rates": 2,
    "seeds": 2,
    "rounds": 1,
}
UNITS = {
    "loss": "loss median first least",
    "each its own": "value shapes",
    "settings": "settings",
}
FULL = {"examples": 2000, "hidden": (100, 50, 6), "batch": 200, "steps": 200, "seeds": 5}
FULL_TAKES = "about five minutes"


def run(
    *,
    data: str = "",
    features: str = "",
    drop: str = "",
    missing: str = "refuse",
    examples: int = 500,
    hidden: tuple = (24, 6),
    batch: int = 50,
    steps: int = 80,
    warm: int = 5,
    every: int = 10,
    rates: int = 4,
    seeds: int = 3,
    rounds: int = 1,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By data set (D,), method (M,), epoch (K,) and seed (S,): loss (D, M, K, S) on all examples,
    its median over the seeds (D, M, K), elapsed (D, M, K), seconds of one run so far; first (D,):
    the loss at the start; least (D,): that of outputs equal to the data; lr, value (D, M): the best
    rate and the best value of the other field that is tuned (`fields`); edge (D, M): at which end
    of its grid the rate is. A loss is inf for a run that left the floating range.

    data, features, drop, missing: a table of yours, see lab.data.table; `notes` says how it was
    read. examples: of each data set, at most those of the smallest; hidden: the widths of the
    encoder, the last one that of the code, at most half the columns of yours; warm: first steps in
    which K-FAC, TNT, Shampoo and K-BFGS only average their statistics; every: steps between roots,
    which start at every step; rates: half a decade apart, times two values of the other field;
    seeds: of starts and batches, tuned from other starts; rounds: of times.
    """
    sets = own(data, features, drop, missing) if data else given(count("examples", examples))
    budget = Budget(steps, batch, warm, 2, seeds)
    grids = rivals(rates, budget, every)
    parts = []
    least = []
    # as many of each set: an epoch is then as many steps
    size = min(examples, *[len(x) for x, _ in sets.problems.values()])
    for x, loss in sets.problems.values():
        # the first so many, the same for every method and seed
        f = autoencoder(x[:size], hidden, loss)
        least.append(least_loss(f))
        parts.append(raced(f, grids, budget, rounds=rounds, seed=seed))

    found = {}
    for name in ("loss", "elapsed", "lr", "value", "edge"):
        found[name] = np.stack([part[name] for part in parts])
    return found | {
        "methods": np.array(list(grids)),
        "fields": np.array([rival.field for rival in grids.values()]),
        "sets": np.array(list(sets.problems)),
        "shapes": np.array([np.shape(x[:size]) for x, _ in sets.problems.values()]),
        "notes": np.array(sets.notes, dtype=str),
        "epoch": parts[0]["epoch"],
        "median": np.median(found["loss"], axis=-1),
        "first": np.array([np.median(part["first"]) for part in parts]),
        "least": np.array(least),
        "batch": np.array(batch),
        "settings": np.array(2 * rates),
        "hidden": np.array(hidden),
    }


class Sets(NamedTuple):
    """Name -> examples (m, d) and the loss of their reconstruction; how they were read.

    notes is empty for what comes with the lab.
    """

    problems: dict[str, tuple[np.ndarray, str]]
    notes: tuple[str, ...]


def given(examples: int) -> Sets:
    """The three that come with the lab.

    Pixels of the digits are over 16, all 1797; patches 8 x 8, standardised by one mean and one
    deviation; curves are 8 x 8. As many as `examples` of the latter two.
    """
    pixels, _ = digits()
    photograph = patches(examples)
    grey = (photograph - photograph.mean()) / photograph.std()
    return Sets(
        {
            "digits": (pixels / 16, "bce"),
            "patches": (grey, "half_mse"),
            "curves": (curves(examples, 8), "bce"),
        },
        (),
    )


def own(data: str, features: str, drop: str, missing: str) -> Sets:
    """A table, every column from 0 to 1.

    data: a file; features, drop, missing: as `lab.data.table` reads them.
    """
    found = table(
        data,
        missing=missing,
        features=split_names(features),
        drop=split_names(drop),
    )
    return Sets({"the given table": (unit_interval(found.x), "bce")}, found.notes)


def autoencoder(x: np.ndarray, hidden: tuple, loss: str):
    """Rectified units around a linear code, as in the paper; the code has at most half as many
    units as there are columns.

    Widths: encoder, code, encoder backwards, outputs; for digits at the defaults 64-24-6-24-64.
    loss: "bce" on entries in [0, 1], "half_mse" on others.
    """
    code = min(hidden[-1], max(1, x.shape[1] // 2))
    encoder = hidden[:-1]
    widths = (*encoder, code, *encoder[::-1])
    activations = ["relu"] * len(widths)
    activations[len(encoder)] = "linear"
    return MLP(x, x, widths, activation=activations, loss=loss)


def least_loss(f) -> float:
    """What is left when every output is the entry that it should be: 0 of squares, the entropy of
    entries between 0 and 1 of Bernoulli outputs.

    Bernoulli outputs of targets between 0 and 1 have a positive entropy: a loss is to be read from
    there, not from 0.
    """
    z = f.y
    if f.loss_name == "bce":
        # entries 0 and 1 as outputs whose loss is below rounding
        z = np.clip(logit(f.y), -50, 50)
    return float(f.loss_function.value(z, f.y).mean())


def summary(data) -> str:
    """Who has the lowest loss after the last epoch, and when the quickest method is through.

    By epochs and by time are two questions: the second is of this machine. Bands are the smallest
    to the largest run, few as they are.

    The sets are summed up one by one: nothing is averaged over them.
    """
    names = data["methods"]
    sizes = zip(data["sets"], data["shapes"], strict=True)
    shown = [f"{name} ({m} x {d})" for name, (m, d) in sizes]
    plural = "" if data["epoch"][-1] == 1 else "s"
    lines = [
        f"Which method trains an autoencoder fastest on {listed(shown)}, "
        f"{data['epoch'][-1]:.0f} epoch{plural}?"
    ]
    for k, name in enumerate(data["sets"]):
        last = data["loss"][k, :, -1]
        bands = last.min(-1), last.max(-1)
        lines.append(
            f"{str(name).capitalize()}, by epochs: {first(names, data['median'][k, :, -1], bands)}."
        )
        lines.append(in_time(name, names, data["loss"][k], data["elapsed"][k]))

    edges = [
        f"{method} on {name} ({edge})"
        for name, row in zip(data["sets"], data["edge"], strict=True)
        for method, edge in zip(names, row, strict=True)
        if edge
    ]
    lines.append(f"Best rate at the edge of its grid: {listed(edges) or 'none'}.")
    least = zip(data["least"], data["sets"], strict=True)
    told = listed([f"{number(value)} ({name})" for value, name in least])
    lines.append(f"Least loss, that of outputs equal to the data: {told}.")
    lines.append(
        f"Medians, and a tie where bands meet ({quantiles_of(data['loss'].shape[-1])}); "
        "settings were chosen on other seeds."
    )
    return "\n".join(lines)


def in_time(name, names, loss, elapsed) -> str:
    """The standing when the quickest method has done its last epoch, by the last epoch of each.

    loss (M, K, S), elapsed (M, K). A method's last finished epoch counts, without interpolation.

    Seconds are of single runs, losses of the race: the same number of steps, on other starts. A
    method that is cheap per step is given no more steps than the others.
    """
    end = elapsed[:, -1].min()
    done = (elapsed <= end).sum(-1) - 1
    reached = np.stack([each[max(k, 0)] for each, k in zip(loss, done, strict=True)])
    # a method without an epoch by then has reached nothing
    reached[done < 0] = np.inf
    bands = reached.min(-1), reached.max(-1)
    told = first(names, np.median(reached, axis=-1), bands)
    quickest = names[elapsed[:, -1].argmin()]
    return f"{str(name).capitalize()}, in the {1e3 * end:.0f} ms of {quickest}: {told}."


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
