"""What do a step and its state cost, against the operation counts of Ren & Goldfarb's table?

Time of steps of the encoder half of an autoencoder, medians of interleaved rounds, roots anew every
so many steps included in their share, and the numbers that a state holds, which are counted.

Operations count products and factorisations only; times have entrywise work, memory traffic and
Python in them, and LAPACK's speed differs between a product, a Cholesky factor and eigenvalues. So
a ratio of the two is no error of either. Nothing is trained.
"""

from functools import partial
from itertools import pairwise

import numpy as np

from lab.arrays import Layers
from lab.instruments.timing import full_step, interleaved
from lab.objectives import MLP
from lab.optimizers import KFAC, SGD, TNT, Adam, ShampooEMA
from lab.optimizers.matrix.kbfgs import KBFGS
from lab.sentences import number

TIMED = ("seconds", "relative", "relative_runs")
VERSION = 2
QUICK = {
    "encoder": (6, 5, 3),
    "batch": 8,
    "rounds": 1,
}
UNITS = {
    "no unit": "state state_formula relative*",
    "steps": "every",
}


def run(
    *,
    encoder: tuple = (392, 500, 250, 125, 30),
    batch: int = 500,
    every: int = 20,
    rounds: int = 3,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By method (M,): state, the numbers that it holds over the number of parameters, counted after
    a step, and state_formula; seconds of a step, relative (M,) to SGD's, the median of
    relative_runs (M, rounds), and relative_formula, operations of the matrix products over SGD's.

    encoder: inputs and widths, rectified; batch: of a step; every: steps between roots. The
    formulas, with weights (o, d) and a column for the bias, d' = d + 1, where a method has one:
    numbers od (SGD with momentum), 2 od (Adam), od + 2 (o^2 + d^2) and 2 o^2 for a bias (Shampoo,
    TNT), od + 2 (o^2 + d'^2) (K-FAC), od + o^2 + 2 d'^2 (K-BFGS,
    which here also keeps the inverses that its last step used).

    Seconds and their ratios are of this machine, all else is counted. place (M,): 0, 1, ...
    """
    rng = np.random.default_rng(seed)
    x = rng.random((batch, encoder[0]))
    y = rng.random((batch, encoder[-1]))
    f = MLP(x, y, encoder[1:-1], activation="relu", loss="bce")
    theta = f.start()
    table = methods(every)

    held, jobs = prepared(f, table, theta, every)
    measured = interleaved(jobs, rounds)
    # one step in `every` renews the roots
    share = 1 / every
    seconds = np.array(
        [(1 - share) * measured[name, "keeps"] + share * measured[name, "renews"] for name in table]
    )
    parameters = sum(x.size for x in theta)
    layers = list(pairwise(encoder))
    work = np.array([operations(name, layers, batch, every) for name in table])
    # within a round: a slow minute hits SGD as well
    relative = seconds / seconds[0]
    return {
        "methods": np.array(list(table)),
        "place": np.arange(len(table)),
        "state": np.array(held) / parameters,
        "state_formula": np.array([memory(name, layers) for name in table]) / parameters,
        "seconds": np.median(seconds, axis=-1),
        "relative": np.median(relative, axis=-1),
        "relative_runs": relative,
        "relative_formula": work / work[0],
        "encoder": np.array(encoder),
        "batch": np.array(batch),
        "every": np.array(every),
    }


# their roots are taken now and then
ROOTED = ("Shampoo", "TNT", "K-FAC")


def methods(every: int) -> dict:
    """Method -> optimizer, SGD with momentum first.

    Hyper-parameters don't matter for cost, except `every`.
    """
    return {
        "SGD": SGD(1e-3, 0.9),
        "Adam": Adam(1e-3),
        "Shampoo": ShampooEMA(1e-3, 1e-3, every=every),
        "TNT": TNT(1e-4, 0.1, every=every),
        "K-FAC": KFAC(1e-2, 0.3, every=every),
        "K-BFGS": KBFGS(0.1, 0.3),
    }


def prepared(f, table: dict, theta, every: int) -> tuple[list[int], dict]:
    """By method, the numbers that its state holds after two steps; and the jobs to be timed, the
    next step where it keeps its roots and where it takes them anew.

    Two steps are taken first: states are then as large as they become. The counter t is set to a
    step that keeps its roots and to one that renews them; methods without roots have the same state
    twice.
    """
    held = []
    jobs = {}
    for name, method in table.items():
        _, state = full_step(f, method, method.init(theta), theta)
        _, state = full_step(f, method, state, theta)
        held.append(numbers(state))
        # one and the same for methods without roots
        keeps, renews = state, state
        if name in ROOTED:
            keeps, renews = state._replace(t=every + 1), state._replace(t=2 * every)
        jobs[name, "keeps"] = partial(full_step, f, method, keeps, theta)
        jobs[name, "renews"] = partial(full_step, f, method, renews, theta)
    return held, jobs


def numbers(state) -> int:
    """How many numbers a state holds, each array once; counters and vectors are small beside
    them.

    Shared arrays count once, which is what memory holds.
    """
    found: dict[int, int] = {}
    collect(state, found)
    return sum(found.values())


def collect(part, found: dict[int, int]) -> None:
    """The sizes of arrays within a part, by identity.

    found: id -> size. Tuples are descended into, so named tuples and Layers as well.
    """
    if isinstance(part, np.ndarray):
        found[id(part)] = part.size
    elif isinstance(part, (tuple, list, Layers)):
        for inner in part:
            collect(inner, found)


def memory(name: str, layers: list) -> int:
    """Numbers of the table, biases included.

    layers: pairs (d, o). Biases of Shampoo and TNT are tensors of order one with a factor (o, o),
    and one root of it, counted with the moments.
    """
    total = 0
    for d, o in layers:
        own = o * (d + 1)
        modes = 2 * (o**2 + d**2) + 2 * o**2
        column = o**2 + (d + 1) ** 2
        total += {
            "SGD": own,
            "Adam": 2 * own,
            "Shampoo": own + modes,
            "TNT": own + modes,
            "K-FAC": own + 2 * column,
            "K-BFGS": own + o**2 + 2 * (d + 1) ** 2,
        }[name]
    return total


def operations(name: str, layers: list, batch: int, every: int) -> float:
    """Multiplications and additions of the products and factorisations of a step; a symmetric
    product has half of them, a root 2 n^3 (inverse: n^3; eigenvalues: about 9 n^3).

    batch: m; every: steps between roots, over which their cost is spread. 2 m o d for a product of
    a batch with a weight: forward, the gradient, and back to the inputs.
    """
    total = 0.0
    for k, (d, o) in enumerate(layers):
        # nobody asks for the derivative by the data
        pull = 2 * batch * o * d if k else 0
        gradient = 4 * batch * o * d + pull
        turn = 2 * o * d * (o + d)
        grams = o * d * (o + d)
        cubes = o**3 + d**3
        total += gradient
        total += {
            "SGD": 0,
            "Adam": 0,
            "Shampoo": grams + turn + 9 * (cubes + o**3) / every,
            "TNT": pull + 2 * batch * o * d + grams + turn + (cubes + o**3) / every,
            "K-FAC": pull + batch * (o**2 + d**2) + turn + cubes / every,
            "K-BFGS": 2 * batch * o * d + pull + batch * d**2 + turn,
        }[name]
    return total


def summary(data) -> str:
    """Measured against counted, by method.

    Rounds are few: the range of them is told beside the median.

    Only ratios are compared: an operation has no time of its own.
    """
    lines = [
        f"What do a step and a state cost, encoder {'-'.join(map(str, data['encoder']))}, batch "
        f"{data['batch']}?"
    ]
    for k, name in enumerate(data["methods"]):
        runs = data["relative_runs"][k]
        lines.append(
            f"{name}: {number(data['relative'][k])} times the time of SGD "
            f"({runs.min():.2f} to {runs.max():.2f} over rounds), {data['relative_formula'][k]:.2f}"
            f" by operations; a state of {data['state'][k]:.2f} numbers per parameter, "
            f"{data['state_formula'][k]:.2f} by the table."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
