"""Do the four quadrants show when a network learns a parity or a staircase?

Adam, GN^-1 and GN^-1/2 in coordinates, in a Kronecker basis layer by layer and in the eigenbasis of
the Gauss-Newton matrix, on full batches and on small ones; in the manner of Liu et al. (2025),
whose sizes are not known.

6 bits and 8 units make 65 parameters and 64 inputs, the population: losses have no sampling error,
and a batch is the only source of noise.
"""

from itertools import product as every

import numpy as np
from _in_bases import Flat, coordinates, layerwise, methods, tuned

from lab.bases import eigenvectors
from lab.objectives import MLP
from lab.progress import bar
from lab.sentences import edges_of, first, quantiles_of

VERSION = 1
QUICK = {
    "bits": 3,
    "degree": 2,
    "width": 2,
    "steps": 4,
    "refresh": 2,
    "rates": 2,
    "seeds": 2,
}
UNITS = {
    "each its own": "shape",
    "loss": "loss low median high first",
}
BASES = ("coordinates", "Kronecker", "eigenbasis")
# close to the largest rates that hold, and so the rate that is best
CHAOTIC = ("loss", "median", "low", "high", "lr", "edge")


def run(
    *,
    bits: int = 6,
    degree: int = 3,
    width: int = 8,
    damping: float = 3e-3,
    batches: tuple = (0, 16, 1),
    steps: int = 120,
    refresh: int = 10,
    rates: int = 4,
    tried: int = 3,
    seeds: int = 8,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By task (T,), cell (C,), a basis and a batch size, and method (M,): loss (T, C, M, S) of the
    population after the last step, at the method's best rate, its median, and low, high: the 10 %
    and 90 % quantiles over the seeds; lr, edge: that rate, and the edge of its grid where it is
    one. inf: beyond the floating range. first (T,): the loss of the constant 0. place (M, C): where
    a figure has the cells, batch sizes beside each other in a basis.

    Inputs are all of {-1, 1}^bits. parity: x_1 ... x_k; staircase: x_1 + x_1 x_2 + ... + x_1 ...
    x_k over its root mean square, k the degree. width: of the hidden layer, rectified; batches: 0
    for the population; damping: added to the diagonal of G; refresh: steps between bases; tried:
    further seeds that choose the rates.
    """
    x = np.array(list(every((-1.0, 1.0), repeat=bits)))
    tasks = targets(x, min(degree, bits))
    table = methods(rates, damping)
    protocol = {"steps": steps, "refresh": refresh, "tried": tried}
    cells = list(every(BASES, batches))
    results = []
    for y in bar(tasks.values()):
        f = MLP(x, y, (width,), activation="relu")
        results += learned(f, cells, table, starts=tried + seeds, seed=seed, protocol=protocol)

    shape = (len(tasks), len(cells), len(table))
    loss = np.array([final for final, _, _ in results]).reshape(*shape, seeds)
    low, median, high = np.quantile(loss, (0.1, 0.5, 0.9), axis=-1, method="inverted_cdf")
    return {
        "tasks": np.array(list(tasks)),
        "bases": np.array([basis for basis, _ in cells]),
        "batches": np.array([size for _, size in cells]),
        "methods": np.array(list(table)),
        "band": np.array(quantiles_of(seeds)),
        "loss": loss,
        "low": low,
        "median": median,
        "high": high,
        "lr": np.array([lr for _, lr, _ in results]).reshape(shape),
        "edge": np.array([edge for _, _, edge in results]).reshape(shape),
        "first": np.array([(y**2).mean() / 2 for y in tasks.values()]),
        "place": places(len(BASES), len(batches), len(table)),
        "shape": np.array([bits, min(degree, bits), width, steps]),
    }


def learned(f, cells: list, table: dict, *, starts: int, seed: int, protocol: dict) -> list:
    """What `tuned` finds in every cell, from the same starts.

    f: the MLP; starts: how many, of which the first `tried` choose. One set of starts for all cells
    and methods, so that cells are paired.

    bases, batches (C,): of a cell; edges are those of the tuned rate. 0 in batches is the
    population.
    """
    # one vector: a basis mixes all weights
    flat = Flat(f)
    # seed + 1, below, is that of the batches
    theta = flat.start((starts,), np.random.default_rng(seed))
    bases = bases_of(f)
    found = []
    for basis, size in cells:
        chosen = bases[basis]
        found.append(tuned(flat, table, theta, chosen, size=size, seed=seed + 1, **protocol))
    return found


def bases_of(f) -> dict:
    """Name -> the basis at a point, as `tuned` asks for it.

    "Kronecker" is layer by layer, of partial traces.
    """
    found = (coordinates, layerwise(f.flatten.shapes), eigenvectors)
    return dict(zip(BASES, found, strict=True))


def targets(x: np.ndarray, degree: int) -> dict[str, np.ndarray]:
    """Parity and staircase of the first coordinates.

    x (2^bits, bits); both (2^bits,), of mean square 1: the sum of `degree` orthogonal products over
    the root of its number. A staircase has a step for each degree, a parity only the last.
    """
    # x_1, x_1 x_2, ...: the last one is the parity
    products = np.cumprod(
        x[:, :degree],
        axis=1,
    )
    stairs = products.sum(1) / np.sqrt(degree)
    return {
        "parity": products[:, -1],
        "staircase": stairs,
    }


def places(bases: int, batches: int, methods: int) -> np.ndarray:
    """Where the method of a cell stands, (M, C).

    For a figure: bases are batches + 0.5 apart, methods 0.2.
    """
    basis = (batches + 0.5) * np.arange(bases)[:, None]
    cell = (basis + np.arange(batches)).ravel()
    shift = 0.2 * (np.arange(methods) - (methods - 1) / 2)
    return cell + shift[:, None]


def summary(data) -> str:
    """Who has the lowest loss, by task and batch, in coordinates and in the eigenbasis.

    The Kronecker basis is drawn and not told. Ties are where bands of 10 % to 90 % meet, or below
    1e-12.
    """
    bits, degree, width, steps = data["shape"]
    seeds = data["loss"].shape[-1]
    lines = [
        f"Which method learns a parity or a staircase of {degree} of {bits} bits, width {width}, "
        f"{steps} steps?"
    ]
    sizes = list(dict.fromkeys(data["batches"].tolist()))
    for i, task in enumerate(data["tasks"]):
        for size in sizes:
            told = [at(data, i, basis, size) for basis in ("coordinates", "eigenbasis")]
            batch = f"batches of {size}" if size else "full batch"
            lines.append(f"{task}, {batch}, {'; '.join(told)}.")
    how = f"Medians, and a tie where bands meet ({quantiles_of(seeds)})"
    lines.append(f"{how}; {edges_of(data['edge'])}.")
    return "\n".join(lines)


def at(data, task: int, basis: str, size: int) -> str:
    """Who is first in a cell.

    (task, basis, size) name one cell; bands (M,).
    """
    cell = np.flatnonzero((data["bases"] == basis) & (data["batches"] == size))[0]
    bands = data["low"][task, cell], data["high"][task, cell]
    who = first(
        data["methods"],
        data["median"][task, cell],
        bands,
        floor=1e-12,
    )
    return f"{basis}: {who}"


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
