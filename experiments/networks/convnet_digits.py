"""Which method trains a small convolutional network on the digits?

Kernels are tensors with three modes, which TNT, Shampoo and SOAP see as such. In place of the
networks on CIFAR of Ren & Goldfarb (2021). All methods are tuned the same way, by training loss.

At the defaults an epoch is ten steps and a run six epochs; six settings of each method.
"""

import numpy as np
from _racing import Budget, raced, rivals

from lab.data import digits
from lab.objectives import ConvNet
from lab.sentences import first, listed, quantiles_of

VERSION = 2
QUICK = {
    "examples": 30,
    "channels": (2, 2),
    "batch": 10,
    "steps": 6,
    "warm": 1,
    "rates": 2,
    "seeds": 2,
}
UNITS = {
    "loss": "loss first median",
    "no unit": "error wrong",
    "each its own": "value",
    "channels": "channels",
    "settings": "settings",
}
CHAOTIC = ("loss", "median", "error", "wrong", "lr", "value", "edge")


def run(
    *,
    examples: int = 500,
    channels: tuple = (4, 8),
    batch: int = 50,
    steps: int = 60,
    warm: int = 5,
    every: int = 10,
    rates: int = 3,
    seeds: int = 3,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By method (M,), epoch (K,) and seed (S,): loss (M, K, S) on the training examples, inf
    beyond the floating range, error (M, K, S), the share of the other digits that is classified
    wrongly; their medians over seeds median, wrong (M, K). lr, value, edge (M,): the best rate, the
    best value of the other field that is tuned (`fields`), and the end of the grid at which the
    rate is.

    examples: the first so many train, all others validate; channels: of the two convolutions, 3 x 3
    without padding; warm, every, rates, seeds: as in autoencoders.

    channels (2,): 4 and 8 make kernels (4, 1, 9) and (8, 4, 9) and a dense layer of 128 inputs. The
    first examples of the file train, as they are. A digit of 8 x 8 pixels is no CIFAR image: the
    order of methods here says nothing about theirs; what carries over is that kernels are treated
    as tensors of three modes.
    """
    pixels, label = digits()
    x = pixels / 16
    f, rest = (
        ConvNet(x[part], label[part], (8, 8, 1), channels)
        for part in (slice(examples), slice(examples, None))
    )
    budget = Budget(steps, batch, warm, 2, seeds)
    grids = rivals(rates, budget, every)
    # these need the factors of dense layers
    shown = {name: rival for name, rival in grids.items() if name not in ("K-FAC", "K-BFGS")}
    # on all other digits, after every epoch
    measures = {"error": lambda theta: wrong(rest, theta)}
    found = raced(f, shown, budget, rounds=0, seed=seed, measures=measures)
    return found | {
        "methods": np.array(list(shown)),
        "fields": np.array([rival.field for rival in shown.values()]),
        "median": np.median(found["loss"], axis=-1),
        "wrong": np.median(found["error"], axis=-1),
        "batch": np.array(batch),
        "channels": np.array(channels),
        "examples": np.array(examples),
        "settings": np.array(2 * rates),
    }


def wrong(rest, theta) -> np.ndarray:
    """The share of examples that are not given their class, (*r,).

    rest: the network on the images that are left out; theta (*r, ...). Ties go to the first class.

    Of 1297 digits at the defaults one is 0.08 %. A run that left the floating range names no
    class.
    """
    z = rest.evaluate(theta).z
    unknown = ~np.isfinite(z).all(-1)
    return (unknown | (z.argmax(-1) != rest.y)).mean(-1)


def summary(data) -> str:
    """Who has the lowest training loss, and who the fewest errors.

    Settings were chosen by training loss: the share of errors is looked at, not tuned for. Bands
    are from the smallest to the largest of few seeds.

    An edge of a grid is told, as the best rate may lie beyond it.
    """
    names = data["methods"]
    lines = [
        f"Which method trains a convolutional network on {data['examples']} digits, "
        f"{data['epoch'][-1]:.0f} epochs?"
    ]
    for title, key, median in (
        ("Training loss", "loss", "median"),
        ("Share of errors on the others", "error", "wrong"),
    ):
        last = data[key][:, -1]
        bands = last.min(-1), last.max(-1)
        lines.append(f"{title}: {first(names, data[median][:, -1], bands)}.")
    edges = [f"{name} ({edge})" for name, edge in zip(names, data["edge"], strict=True) if edge]
    lines.append(f"Best rate at the edge of its grid: {listed(edges) or 'none'}.")
    lines.append(
        f"Medians, and a tie where bands meet ({quantiles_of(data['loss'].shape[-1])}); settings "
        "were chosen by training loss on other seeds."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
