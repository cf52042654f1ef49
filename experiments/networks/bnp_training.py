"""Does preconditioning by batch statistics do what batch normalisation does, at every batch size?

A small network on the digits, a stand-in for the larger ones of Lange, Helfrich & Ye 2022. Every
variant has as many learning rates over as many decades, the same batches and the same steps; the
best median of final losses chooses.

Six rates over two and a half decades are half a decade apart, for all variants alike; batches of 1
are where batch statistics do not exist and a preconditioner's running ones still do.
"""

import numpy as np

from lab.checks import count
from lab.data import digits
from lab.instruments.tuning import tune
from lab.objectives import MLP
from lab.optimizers import BNP, SGD
from lab.sentences import first, listed

QUICK = {"steps": 8, "rates": 2, "seeds": 1, "examples": 80, "hidden": 8, "batches": (16, 1)}
UNITS = {
    "learning rate": "grid",
    "loss": "loss runs final",
}
# at the largest rates losses grow before they fall, or do not fall
CHAOTIC = ("loss", "runs", "final", "lr", "edge")
# name -> how hidden layers are normalised, and the method
VARIANTS = {
    "SGD": (None, SGD(1.0)),
    "BNP": (None, BNP(1.0)),
    "batch norm": ("batch", SGD(1.0)),
    "layer norm": ("layer", SGD(1.0)),
}


def run(
    *,
    steps: int = 150,
    rates: int = 6,
    seeds: int = 3,
    examples: int = 400,
    hidden: int = 24,
    batches: tuple = (60, 6, 1),
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Of every case, a variant (cases,) in batches of a size (cases,): loss (cases, K), the median
    over all examples at the best rate lr, its runs (cases, K, seeds), and final (cases, rates).
    Batch normalisation has no batches of one.

    rates: over two and a half decades; seeds: of start and batches, the same for all variants;
    examples: digits, pixels in [0, 1]; hidden: the width of two layers.

    variant, batch (cases,): names and sizes; t (K,); edge (cases,). grid (rates,) from 0.03 to 10.
    seed: of the choice of examples, seed + 1 of the starts. Lower training loss is all that is
    asked: nothing is said about test images.
    """
    count("seeds", seeds)
    pixels, label = digits()
    # a random choice: the file is not shuffled
    chosen = np.random.default_rng(seed).permutation(len(pixels))[:examples]
    x, y = pixels[chosen] / 16, label[chosen]
    # one grid for all variants, two and a half decades
    grid = np.geomspace(0.03, 10.0, rates)

    found = {}
    for name, (kind, method) in VARIANTS.items():
        f = MLP(x, y, (hidden, hidden), loss="softmax", normalised=kind)
        protocol = {
            "theta": f.start((seeds,), np.random.default_rng(seed + 1)),
            "steps": steps,
            "every": max(1, steps // 10),  # a figure shows no more
            "record": {"loss": f.loss},
        }
        for batch in batches:
            # one example has no variance
            if kind != "batch" or batch > 1:
                found[name, batch] = tune(f, method, grid, batch=batch, **protocol)
    return {"batches": np.array(batches), "grid": grid} | arrays(found)


def arrays(found) -> dict[str, np.ndarray]:
    """What is kept of every Tuned, by variant and batch size.

    found: (variant, batch size) -> Tuned, in the order of run.

    edge is "low" or "high" where the best rate is the first or last of the grid, and "" inside. The
    median of curves is over seeds, step by step: it need not be the curve of a run.
    """
    names, sizes = zip(*found, strict=True)
    curves = np.stack([one.curve for one in found.values()])
    return {
        "variant": np.array(names),
        "batch": np.array(sizes),
        "t": next(iter(found.values())).record.t,
        "loss": np.median(curves, -1),
        "runs": curves,
        "final": np.stack([one.final for one in found.values()]),
        "lr": np.array([one.lr for one in found.values()]),
        "edge": np.array([one.edge for one in found.values()]),
    }


def summary(data) -> str:
    """Who has the lowest last loss at each batch size, over the runs.

    Bands go from the lowest to the highest of the runs that also chose the rate: with three seeds a
    difference must be large to be seen.

    An edge of the grid is told: a variant that is best there may be better still beyond it.
    """
    steps, seeds = data["t"][-1], data["runs"].shape[-1]
    lines = [
        f"Does BNP do what batch normalisation does? Two hidden layers on digits, {steps} steps, "
        f"last loss, median of {seeds} runs:"
    ]
    for batch in data["batches"]:
        own = data["batch"] == batch
        last = data["runs"][own, -1]
        bands = last.min(-1), last.max(-1)
        lines.append(
            f"batches of {batch}: {first(data['variant'][own], data['loss'][own, -1], bands)}."
        )
    cases = zip(data["variant"], data["batch"], data["edge"], strict=True)
    edges = [f"{name} in batches of {batch}" for name, batch, edge in cases if edge]
    lines.append(f"Best rate at the edge of its grid: {listed(edges) or 'none'}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
