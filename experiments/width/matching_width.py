"""Is muP more accurate than SP? That depends on the width at which both are the same network.

A stand-in for Table 3 of Ishikawa & Karakida (2024), digits for CIFAR and ImageNet: accuracy in muP
minus accuracy in SP at a rate that is fixed at one width. At that width the difference is 0, below
it has one sign and above it the other (derived; their table has 21 of 23 cells above 0, all with
one matching width).
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from _digits import classes, images, right
from _paired import paired

from lab.checks import count
from lab.instruments.width import Study, powers
from lab.optimizers import SGD, Adam, Muon
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Widths
from lab.progress import bar
from lab.sentences import listed, signed
from lab.simulation import simulate
from lab.theory.mup import exponents

VERSION = 2
QUICK = {
    "widths": (8, 16),
    "bases": (8, 16),
    "seeds": 2,
    "steps": 3,
    "train": 40,
    "test": 40,
    "batch": 8,
}
UNITS = {
    "%": "standard standard_mean maximal gain mean error",
    "loss": "*_loss",
    "no unit": "sign",
}
FULL = {"widths": (16, 32, 64, 128, 256), "seeds": 10}
FULL_TAKES = "about 40 seconds of one core"


class Rival(NamedTuple):
    """A method at a small rate, and the name of its derived table."""

    optimizer: Any
    table: str


RIVALS = {
    "SGD": Rival(SGD(0.1), "SGD"),
    "Adam": Rival(Adam(2e-3), "Adam"),
    "Muon": Rival(Muon(0.01), "Muon"),
    "K-FAC, heuristic": Rival(ThinKronecker(0.05, 1e-3, damp="pi"), "KFAC"),
    "K-FAC, trace": Rival(ThinKronecker(0.05, 1e-2), "KFAC"),
}


def run(
    *,
    widths: tuple = (16, 32, 64, 128),
    bases: tuple = (16, 64),
    seeds: int = 5,
    steps: int = 16,
    batch: int = 16,
    train: int = 500,
    test: int = 600,
) -> dict[str, np.ndarray]:
    """By method (F,), width (W,) and seed (S,): standard (F, W, S), the test accuracy in percent in
    SP after `steps` mini-batches; maximal (F, B, W, S) that in muP matched at each of `bases`;
    standard_loss, maximal_loss, like them, the loss on the test images; gain
    (F, B, W, S), their paired difference, with mean (F, B, W) and error (F, B, W), its standard
    error; sign (F, B, W): 1, -1, or 0 where 0 is in Student's 95 % interval: a tie.

    Two hidden layers of tanh, ten outputs, squares; train, test: numbers of digits, one after the
    other; seeds: of starts and batches, at least 2.

    methods (F,), widths (W,), bases (B,). Data are the first train + test digits of the file. One
    rate for each method, not tuned: at a rate tuned in every cell both parameterizations could be
    equally good, and the sign of the difference is about a rate that is carried.
    """
    count("seeds", seeds, 2)
    x, label = images()
    many = count("train", train)
    # images that no network has trained on
    kept = slice(many, many + count("test", test))
    study = Study(x[:many], classes(label[:many]), widths, seeds=seeds, centred=False)
    protocol = Protocol(steps, batch, replace(study, x=x[kept], y=classes(label[kept])))

    standard = []
    maximal = []
    for rival in bar(RIVALS.values()):
        # SP does not know a base width
        standard.append(accuracies(rival, "SP", study, protocol))
        # at M = base both are one network: the control of the experiment
        matched = [replace(study, base=base) for base in bases]
        maximal.append([accuracies(rival, "muP", one, protocol) for one in matched])

    return compared(np.array(standard), np.array(maximal)) | {
        "methods": np.array(list(RIVALS)),
        "widths": np.array(widths),
        "bases": np.array(bases),
        "steps": np.array(steps),
        "batch": np.array(batch),
    }


def compared(standard: np.ndarray, maximal: np.ndarray) -> dict[str, np.ndarray]:
    """muP beside SP, paired, from accuracies and losses (F, 2, W, S) and (F, B, 2, W, S).

    Accuracies in percent, differences in points. The error is that of S paired runs: both
    parameterizations start from the same draws and see the same batches. Where all S runs agree
    exactly the error is 0, and any difference has a sign.

    standard (F, 2, W, S) and maximal (F, B, 2, W, S): accuracy and loss along the axis of two. A
    tie has a sign by chance in 5 % of the cells.
    """
    below, below_loss = np.moveaxis(standard, 1, 0)
    above, above_loss = np.moveaxis(maximal, 2, 0)
    gain = above - below[:, None]
    mean, error, reach = paired(gain)
    return {
        "standard": below,
        "standard_loss": below_loss,
        "maximal_loss": above_loss,
        "standard_mean": below.mean(-1),
        "maximal": above,
        "gain": gain,
        "mean": mean,
        "error": error,
        "sign": np.where(np.abs(mean) > reach, np.sign(mean), 0.0),
    }


class Protocol(NamedTuple):
    """How long is trained, and on which images accuracy is measured.

    Batches are drawn with replacement; the tested Study has the widths of the trained one, and
    images that were not trained on.
    """

    steps: int
    batch: int
    tested: Study


def accuracies(rival: Rival, kind: str, study: Study, protocol: Protocol) -> np.ndarray:
    """Percent of the test images whose largest output is that of their label, and the loss on
    them, (2, W, S).

    kind: "SP" or "muP". Starts are scaled in muP from those in SP of the same seed. A run that left
    the floating range names no class, and has a loss of inf or NaN.

    rival: a method at the rate of the base width, and its table; protocol: steps, batch size, and
    the images tested. Batches come from the default seed, the same for both parameterizations and
    all widths.
    """
    rows = powers(exponents(rival.table, kind))
    label = protocol.tested.y.argmax(-1)
    steps = protocol.steps
    found = []
    for width in study.widths:
        # all seeds of a width at once
        begun = study.at(width, rows)
        sized = Parameterized(rival.optimizer, rows, Widths(width, study.base))
        end = simulate(
            begun.network, sized, begun.theta, steps=steps, batch=protocol.batch, every=steps
        ).final
        # the test images' own network: same weights, other inputs
        there = protocol.tested.network(width).evaluate(end)
        found.append([right(there.z, label), there.loss])
    return np.moveaxis(np.array(found), 1, 0)


def summary(data) -> str:
    """Signs below, at and above each matching width, and the largest differences.

    Three groups by width: below, at and above the matching width, where theory has one sign, 0 and
    the other. Ties are neither for nor against.

    One rate per method and few steps: the sizes of the differences are of this rate; their signs
    are what the derivation is about.
    """
    widths = data["widths"]
    lines = [
        f"Is muP more accurate than SP at widths {widths[0]} to {widths[-1]}, by the width at "
        "which they are the same?"
    ]
    for b, base in enumerate(data["bases"]):
        narrower = tallied(data["sign"][:, b, widths < base], "below")
        wider = tallied(data["sign"][:, b, widths > base], "above")
        at = np.abs(data["gain"][:, b, widths == base]).max(initial=0.0)
        same = "the same at it" if at == 0 else f"{at:.2g} points apart at it, NOT the same"
        lines.append(f"Matched at {base}, muP is {narrower}; {wider}; {same}.")
    for m, name in enumerate(data["methods"]):
        told = []
        for b, base in enumerate(data["bases"]):
            low, high = data["mean"][m, b, [0, -1]]
            told.append(f"{signed(low, 1)} to {signed(high, 1)} points (matched at {base})")
        lines.append(
            f"{name}: muP minus SP at widths {widths[0]} to {widths[-1]} is {listed(told)}."
        )
    lines.append(
        f"Signs are those outside of Student's 95 % interval of {data['gain'].shape[-1]} paired "
        "runs; the rest are ties."
    )
    return "\n".join(lines)


def tallied(sign, where: str) -> str:
    """ "better 3, worse 0, tied 2 times below" of muP.

    sign: of all methods at those widths.
    """
    if not sign.size:
        return f"not tried {where}"
    better = (sign > 0).sum()
    worse = (sign < 0).sum()
    return f"better {better}, worse {worse}, tied {sign.size - better - worse} times {where}"


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
