"""Is AdaL better than Adam on a small real problem?

Even against odd handwritten digits, logistic regression, mini-batches. A stand-in: no experiment of
the AdaL paper is known. Every method has as many learning rates over as many decades, the same
batches and the same budget, and the best final loss (median over seeds) chooses; the size of the
gradient shows how far the factor |g|_1 is from 1.

13 rates over three decades are a factor 1.78 apart: a best rate is known to that, and so is what a
wrong one costs. 1000 steps of 32 are 18 epochs of the 1,797 images.
"""

import numpy as np

from lab.arrays import norm
from lab.data import digits
from lab.instruments.tuning import tune
from lab.objectives import Logistic
from lab.optimizers import SGD, AdaL
from lab.sentences import first, number, span

VERSION = 2
QUICK = {"steps": 60, "rates": 3, "seeds": 2}
UNITS = {
    "loss": "loss runs final",
    "no unit": "relative",
    "gradient": "size",
}
# at the largest rates steps have the size of the rate and the sign of a gradient
CHAOTIC = ("loss", "runs", "final", "size")


def run(
    *,
    steps: int = 1000,
    rates: int = 13,
    seeds: int = 5,
    batch: int = 32,
    ridge: float = 1e-3,
) -> dict[str, np.ndarray]:
    """Median loss (methods, K) at the best rate of each, its runs (methods, K, seeds), final losses
    on all rates (methods, rates), |g|_1 of the best AdaL (K,).

    rates: as many for each method, over three decades; seeds: runs per rate, with the same batches
    for all methods; ridge >= 0, of the regression.

    t (K,): every 50th part of the steps. x is the 64 pixels over 16 and a constant, all runs start
    at 0, a seed is its sequence of batches. relative (methods, rates): rates over the best one; lr,
    edge (methods,): the best rate, and "low" or "high" where it is the first or last of its grid,
    which then may have been too narrow; batch: examples per step.
    """
    pixels, label = digits()
    x = np.column_stack([pixels / 16, np.ones(len(pixels))])
    f = Logistic(x, label % 2, ridge)
    protocol = {
        "theta": np.zeros((seeds, x.shape[1])),
        "steps": steps,
        "batch": batch,
        "every": max(1, steps // 50),  # a figure shows no more
        # of the full gradient: a batch's |g|_1 would add its noise
        "record": {"loss": f.loss, "size": lambda theta: norm(f.grad(theta), 1)},
    }
    table = methods(np.geomspace(1, 1000, rates))
    found = [tune(f, method, grid, **protocol) for method, grid in table.values()]

    # the median: one bad run of five does not decide
    curves = [np.median(best.curve, axis=-1) for best in found]
    printed = found[list(table).index(PRINTED)]
    size = printed.record["size"][:, printed.best]
    return {
        "methods": np.array(list(table)),
        "t": found[0].record.t,
        "loss": np.stack(curves),
        "runs": np.stack([best.curve for best in found]),
        "relative": np.stack([best.grid / best.lr for best in found]),
        "final": np.stack([best.final for best in found]),
        "lr": np.array([best.lr for best in found]),
        "edge": np.array([best.edge for best in found]),
        "size": np.median(size, axis=-1),
        "batch": np.array(batch),
    }


def summary(data) -> str:
    """Who has the lowest loss, over the runs; what a wrong rate costs; how large the factor is.

    Bands are the lowest and the highest of the runs: methods whose bands meet that of the best
    median are said to tie. The runs reported are those that chose the rate, for every method alike.
    What a wrong rate costs is the worst over the best last loss on the grid, which depends on how
    wide the grid is.
    """
    last = data["runs"][:, -1]
    bands = last.min(-1), last.max(-1)
    names = data["methods"]
    factor, t = data["size"], data["t"]
    worst = data["final"].max(1) / data["final"].min(1)
    below = t[factor < 1]
    fallen = f"below 1 from step {below[0]} on" if len(below) else "never below 1"
    edges = [str(name) for name, edge in zip(names, data["edge"], strict=True) if edge]
    return "\n".join(
        [
            f"Is AdaL better than Adam on the digits, {t[-1]} steps, batches of {data['batch']}?",
            f"Last loss, median of {last.shape[1]} runs: {first(names, last_median(data), bands)}.",
            f"A wrong rate of the grid costs a factor {span(worst.min(), worst.max())}"
            f" ({names[worst.argmin()]} least, {names[worst.argmax()]} most).",
            f"The factor |g|_1 of AdaL goes from {number(factor[0])} to {number(factor[-1])},"
            f" recorded {fallen}.",
            f"Best rate at the edge of its grid: {', '.join(edges) or 'none'}.",
        ]
    )


def last_median(data) -> np.ndarray:
    """The last median loss of every method, (methods,).

    In units of the regularised mean log-loss over all 1,797 images; log 2 = 0.693 at the start.
    """
    return data["loss"][:, -1]


PRINTED = "AdaL"


def methods(grid: np.ndarray) -> dict:
    """Method -> optimizer and rates, the grid in the method's own unit: a rate that falls like
    1 / sqrt(t), that of the printed AdaL and of "Adam, decay", starts ten times higher than a
    constant one. Coordinatewise is |g_i| in place of |g|_1.

    Constant rates of Adam start at 1e-4, those that decay at 1e-3: after 1000 steps lr / sqrt(t)
    has fallen by a factor 32, and the mean of the decaying rate over the run is 6 % of its first.
    SGD has 1e-2 to 10, since its step is the gradient itself. eps is left at its default; "outside"
    adds it to sqrt(v), "literal", in the printed AdaL, to v^(-1/2).
    """
    steady = {"eps_place": "outside", "schedule": "constant"}
    return {
        "SGD": (SGD(1.0), 1e-2 * grid),
        "Adam": (AdaL(factor="none", **steady), 1e-4 * grid),
        "Adam, decay": (AdaL(factor="none", eps_place="outside"), 1e-3 * grid),
        PRINTED: (AdaL(), 1e-3 * grid),
        "AdaL, constant rate": (AdaL(**steady), 1e-4 * grid),
        "AdaL, coordinatewise": (AdaL(factor="coordinate"), 1e-3 * grid),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
