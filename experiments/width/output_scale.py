"""Which initial scale M^-b_L of the last layer serves K-FAC, and does SGD care?

A stand-in for Fig. 3 (training accuracy, full batch) and Table 2 (test accuracy by batch size) of
Ishikawa & Karakida (2024): digits and two hidden layers of tanh for FashionMNIST and a
convolutional network. They say that b_L = 1 is best for K-FAC, where much larger ones stay with
the kernel solution. Rates of muP, times a number that is tuned for every cell.
"""

from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from _digits import classes, images, right
from _paired import paired

from lab.arrays import Layers
from lab.batches import Epochs
from lab.checks import count
from lab.instruments.width import Start, Study, powers
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths
from lab.progress import bar
from lab.sentences import edges_of, listed, signed
from lab.simulation import simulate
from lab.theory.mup import exponents
from lab.ties import rounded

VERSION = 1
QUICK = {
    "width": 8,
    "heads": (0.5, 1.0),
    "batches": (5, 20),
    "train": 20,
    "validation": 20,
    "test": 40,
    "epochs": (2, 3),
    "rates": 2,
    "seeds": 2,
}
UNITS = {
    "%": "training* test*",
    "no unit": "moved*",
    "learning rate": "rate",
    "examples": "train",
}
FULL = {
    "width": 64,
    "seeds": 6,
    "train": 256,
    "batches": (16, 256),
    "rates": 7,
}
FULL_TAKES = "about four minutes of one core"

ZERO = "zero"


class Family(NamedTuple):
    """Exponents e_A and e_B, the damping and its kind, and a usual rate."""

    e_A: float
    e_B: float
    damping: float
    damp: str
    rate: float

    def method(self, lr) -> ThinKronecker:
        return ThinKronecker(
            lr,
            self.damping,
            self.e_A,
            self.e_B,
            damp=self.damp,
        )


FAMILIES = {
    "SGD": Family(0.0, 0.0, 0.0, "trace", 0.3),
    "half powers": Family(0.5, 0.5, 0.01, "trace", 0.5),
    "K-FAC": Family(1.0, 1.0, 0.01, "trace", 0.1),
    "K-FAC, heuristic": Family(1.0, 1.0, 1e-3, "pi", 0.1),
}


class Split(NamedTuple):
    """The same networks on other images."""

    train: Study
    validation: Study
    test: Study


def run(
    *,
    width: int = 32,
    heads: tuple = (0.5, 0.75, 1.0, 1.5),
    batches: tuple = (8, 64),
    epochs: tuple = (2, 10),
    train: int = 64,
    validation: int = 300,
    test: int = 1000,
    rates: int = 5,
    seeds: int = 3,
) -> dict[str, np.ndarray]:
    """By batch size (P,), method (F,), scale of the head (H,) and seed (S,): training (P, F, H, S),
    the accuracy on the training images in percent at the rate with the lowest training loss; test
    (P, F, H, S), that on test images at the rate with the highest accuracy on validation images;
    moved (P, F, H, S), the RMS change of the hidden pre-activations over their own at the former;
    ..._middle (P, F, H) their means; rate, edge (P, F, H): the former rate, "low" or "high" at an
    end of the grid. A run that left the floating range has accuracy 0, and moved is inf.

    heads: b_L, and a head of zeros after them, which is what b_L = 64 is in single precision;
    batches: sizes, each with a number of epochs; rates: half a decade apart around a usual one,
    times muP's powers of the width. Ten outputs, squares; at least two seeds.
    """
    count("seeds", seeds, 2)
    if len(epochs) != len(batches):
        raise ValueError(f"epochs = {epochs}: must be {len(batches)}, one for each batch size")
    sizes = {
        "train": train,
        "validation": validation,
        "test": test,
    }
    sets = split(width, [count(name, many) for name, many in sizes.items()], seeds)
    scales: list[Any] = [*heads, ZERO]
    cells = []
    for batch in zip(batches, epochs, strict=True):
        for family in bar(FAMILIES.values()):
            cells += [tuned(sets, family, head, rates, batch) for head in scales]

    return arrays(cells, (len(batches), len(FAMILIES), len(scales))) | {
        "methods": np.array(list(FAMILIES)),
        "heads": np.array([f"{head:g}" for head in heads] + [ZERO]),
        "place": np.arange(len(scales)),
        "batches": np.array(batches),
        "epochs": np.array(epochs),
        "width": np.array(width),
        "train": np.array(train),
    }


class Cell(NamedTuple):
    """training, test, moved (S,), rate and edge: see `run`."""

    training: np.ndarray
    test: np.ndarray
    moved: np.ndarray
    rate: float
    edge: str


def arrays(cells: list[Cell], shape: tuple) -> dict[str, np.ndarray]:
    """Every field of the cells in an array of that shape, and means over the seeds."""
    found = {}
    for name, values in zip(Cell._fields, zip(*cells, strict=True), strict=True):
        array = np.array(values)
        found[name] = array.reshape(*shape, *array.shape[1:])
    means = {f"{name}_middle": found[name].mean(-1) for name in ("training", "test", "moved")}
    return found | means


def split(width: int, sizes: list[int], seeds: int) -> Split:
    """Digits, one after the other."""
    x, label = images(whole=False)
    ends = np.cumsum([0, *sizes])
    parts = []
    for low, high in pairwise(ends):
        y = classes(label[low:high])
        # the width is that of the first; Study wants two
        parts.append(Study(x[low:high], y, (width, 2 * width), base=1, seeds=seeds, centred=False))
    return Split(*parts)


def tuned(sets: Split, family: Family, head: Any, rates: int, batch: tuple[int, int]) -> Cell:
    """batch: its size, and the epochs.

    One cell: the rates are one batched run, and both choices are made of it.
    """
    size, epochs = batch
    width = sets.train.widths[0]
    start, rows = begun(sets.train, family, head)
    grid = family.rate * 10.0 ** ((np.arange(rates) - (rates - 1) // 2) / 2)
    method = Parameterized(family.method(grid[:, None]), rows, Widths(width, 1))

    stream = None if size >= start.network.examples else Epochs(size)
    per_epoch = 1 if stream is None else stream.per_epoch(start.network)
    steps = epochs * per_epoch
    end = simulate(
        start.network,
        method,
        start.theta,
        steps=steps,
        batch=stream,
        every=steps,
    ).final

    loss = np.nan_to_num(start.network.loss(end), nan=np.inf).mean(-1)
    best = int(np.argsort(rounded(loss), kind="stable")[0])
    # the mean over starts: one rate for all of them
    checked = accuracy(sets.validation, end).mean(-1)
    # a stable sort: of equal accuracies the lowest rate
    chosen = int(np.argsort(-rounded(checked), kind="stable")[0])
    edge = {0: "low", rates - 1: "high"}.get(best, "")
    u = start.network.evaluate(start.theta).points[2].y
    own = np.sqrt((u**2).mean((-1, -2)))
    moved = np.nan_to_num(
        start.changed(end)[best, :, 1] / own,
        nan=np.inf,
    )
    training = accuracy(sets.train, end)[best]
    test = accuracy(sets.test, end)[chosen]
    return Cell(training, test, moved, float(grid[best]), edge)


def begun(study: Study, family: Family, head: Any) -> tuple[Start, dict[str, Powers]]:
    """The starts with W_L of entries M^-b_L, or 0, and muP's rates.

    With a head of zeros the rates are those of b_L = 1.
    """
    rows = scaled(family.e_A, family.e_B, 1 if head == ZERO else head)
    start = study.at(study.widths[0], rows)
    if head != ZERO:
        return start, rows
    theta = start.theta
    zero = Layers(
        [*theta[:-1], 0 * theta[-1]],
        theta.orders,
        theta.roles,
    )
    return Start(start.network, zero, False), rows


@cache
def scaled(e_A: float, e_B: float, b_L: float) -> dict[str, Powers]:
    """muP's rates beside another scale of the head, solved for once."""
    return powers(exponents("kronecker", e_A=e_A, e_B=e_B, b_L=b_L))


def accuracy(study: Study, theta) -> np.ndarray:
    """Percent of the images whose largest output is that of their label, (*r,)."""
    z = study.network(study.widths[0]).evaluate(theta).z
    return right(z, study.y.argmax(-1))


def summary(data) -> str:
    """Where training accuracy is highest, and what the test accuracies resolve.

    Heads within 0.05 points of the highest accuracy share it. At test a tie has 0 in Student's 95 %
    interval.
    """
    heads = [str(head) for head in data["heads"]]
    lines = [
        f"Which b_L of {listed(heads)} serves at width {data['width']}, {data['train']} training "
        f"images, {data['training'].shape[-1]} seeds?"
    ]
    only = []
    for m, method in enumerate(data["methods"]):
        cells = data["training_middle"][-1, m]
        best = [heads[k] for k in np.flatnonzero(cells >= cells.max() - 0.05)]
        only += [str(method)] if best == ["1"] else []
        told = ", ".join(f"{x:.0f}" for x in cells)
        moved = ", ".join(f"{x:.2g}" for x in data["moved_middle"][-1, m])
        lines.append(
            f"{method}, batches of {data['batches'][-1]}: training accuracy is highest at "
            f"b_L = {listed(best)} ({told} %), features moved by {moved} of themselves."
        )
    for m, method in enumerate(data["methods"]):
        told = [of_batch(data, p, m) for p in range(len(data["batches"]))]
        lines.append(f"{method}, test accuracy at b_L = 1 less others: {'; '.join(told)}.")
    lines.append(
        f"Training accuracy is highest at b_L = 1 alone for {listed(only) or 'no method'}; "
        f"{edges_of(data['edge'])}."
    )
    return "\n".join(lines)


def of_batch(data, p: int, m: int) -> str:
    """b_L = 1 against the smallest one and against zero, paired."""
    heads = [str(head) for head in data["heads"]]
    one = data["test"][p, m, heads.index("1")]
    told = []
    for head in (heads[0], ZERO):
        mean, error, reach = paired(one - data["test"][p, m, heads.index(head)])
        tie = "a tie" if abs(mean) <= reach else f"error {error:.1f}"
        told.append(f"{signed(mean, 1)} to {head} ({tie})")
    return f"batches of {data['batches'][p]} {' and '.join(told)}"


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
