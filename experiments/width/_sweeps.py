"""Digits on which networks of many widths train, and sweeps of K-FAC on them: parts of others."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from _digits import classes, images, parity

from lab.arrays import Scalar
from lab.checks import count
from lab.instruments.width import Study, Transfer, transfer
from lab.optimizers.matrix.thin import ThinKronecker
from lab.sentences import exponent, signed, span
from lab.theory.mup import exponents

# the loss starts near 1: what ends here has diverged, and says no more than that
LOST = 10.0
# the width at which both parameterizations are one network
BASE = 64


class Case(NamedTuple):
    """A parameterization and a damping; what the best hyper-parameter should do, M^power.

    power: of a rate or of a damping; M is the width over the base.
    """

    parameterization: str
    damp: str
    power: float


def method(damp: str, lr: Scalar, damping: Scalar) -> Any:
    """K-FAC from the output gradient, both exponents 1.

    Both are numbers here: the sweep puts its grid in the place of one of them.
    """
    return ThinKronecker(lr, damping, damp=damp)


def drawn(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`rows` digits in random order: pixels (rows, 64) and labels (rows,).

    The seed chooses the images, the same for all widths, cases and starts. ValueError for fewer
    than two rows, or more than there are.
    """
    x, label = images()
    order = np.random.default_rng(seed).permutation(len(x))
    chosen = order[: count("rows", rows, 2, len(x))]
    return x[chosen], label[chosen]


def ten_classes(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images, and one output for each class.

    x (rows, 64), y (rows, 10).
    """
    x, label = drawn(rows, seed)
    return x, classes(label)


def even_or_odd(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images, and +-1 for even and odd digits.

    x (rows, 64), y (rows,).
    """
    x, label = drawn(rows, seed)
    return x, parity(label)


def trained(
    of: Any,
    rule: str,
    parameterization: str,
    data: tuple[np.ndarray, np.ndarray],
    grid: np.ndarray,
    *,
    name: str,
    widths: tuple,
    seeds: int,
    steps: int,
    batch: int,
) -> Transfer:
    """Two hidden layers of tanh without biases, trained at every width and every value.

    of: an optimizer right at the base width, its hyper-parameter `name` replaced by the grid (L,);
    rule: the name of its table. Starts differ between seeds, batches are drawn with replacement;
    f_0 is not subtracted, as in ordinary training. Rates, dampings and starts follow the table from
    the base width.
    """
    x, y = data
    study = Study(x, y, widths, base=BASE, seeds=seeds, centred=False)
    table = exponents(rule, parameterization)
    return transfer(
        of,
        table,
        study,
        grid,
        name=name,
        steps=steps,
        batch=batch,
    )


def arrays(found: list[Transfer]) -> dict[str, np.ndarray]:
    """What transfers of one grid have in common, stacked: see the experiments that return it.

    found: C transfers; losses (W, L, S) of each. inf also stands for NaN and for losses above LOST.
    penalty and missed are those of `lab.instruments`' quality of a transfer, inf where there is
    none.
    """
    losses = np.stack([one.losses for one in found])
    losses = np.where(losses < LOST, losses, np.inf)
    # a value and both ends of its interval
    slopes = np.array([one.slope for one in found])
    return {
        "loss": losses,
        "median": np.median(losses, axis=-1),
        "best": np.stack([one.best for one in found]),
        "best_loss": np.stack([one.loss for one in found]),
        "edge": np.array([one.edge for one in found]),
        "penalty": numbers([one.quality.penalty for one in found]),
        "missed": numbers([one.quality.missed for one in found]),
        "slope": slopes[:, 0],
        "low": slopes[:, 1],
        "high": slopes[:, 2],
    }


def numbers(values: list[float]) -> np.ndarray:
    """inf where there is none.

    A stored NaN would look like a fault.
    """
    return np.nan_to_num(
        np.array(values),
        nan=np.inf,
        posinf=np.inf,
    )


def powers_of(cases: dict[str, Case], best: np.ndarray, widths: tuple) -> np.ndarray:
    """best (cases, widths) as theory has it, from that at the first width on.

    A guide through the first point: only the slope is theory, the height is measured.
    """
    # from the first width trained, not from the base: a slope doesn't see the difference
    ratio = np.array(widths) / widths[0]
    power = np.array([[case.power] for case in cases.values()])
    return best[:, :1] * ratio**power


def told(data, k: int, prefix: str = "") -> str:
    """The slope of one case with its interval, against theory, and edges of the grid.

    prefix: "sgd_" for the arrays of SGD. No interval is told where there is none, with a single
    seed or two widths.
    """
    slope = data[f"{prefix}slope"][k]
    derived = exponent(data[f"{prefix}power"][k])
    reach = data[f"{prefix}high"][k] - slope
    interval = f" +- {reach:.2f}" if np.isfinite(reach) else ""
    edges = np.count_nonzero(data[f"{prefix}edge"][k] != "")
    at_edge = f", {edges} of them at an edge of the grid" if edges else ""
    price = carried(data[f"{prefix}penalty"][k])
    return f"slope {signed(slope)}{interval} (theory {derived}){at_edge}, {price}"


def carried(penalty: float) -> str:
    """What the best value of the narrowest network costs in the widest one; a loss that is so many
    times the best has diverged.

    penalty: relative to the best loss of the widest network.
    """
    if not penalty < LOST:
        return "of no use if carried over"
    return f"carried over {100 * max(penalty, 0.0):.0f} % above the best loss"


def gains(losses: np.ndarray) -> str:
    """Whether a best loss (widths,) never rises with the width.

    The best losses are those of a parabola, medians over seeds: a rise of the last digit counts.
    """
    better = (np.diff(losses) <= 0).all()
    verdict = "wider is better" if better else "wider is NOT always better"
    return f"{verdict} (loss {span(losses[0], losses[-1])})"
