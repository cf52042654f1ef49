"""Which parts of TNT and K-FAC matter? Samples, labels, damping, one at a time.

TNT from the batch gradient, from single examples and from true labels (TNT-EF); K-FAC with its
damping split by pi and evenly, from true labels, and with the fault of public code that added the
errors of true labels to those of sampled ones. Autoencoders of curves with Bernoulli outputs and of
patches with squares, all tuned the same way.

Three runs and eight settings of each variant: only large differences show, and a variant that is
like another here may differ on a longer training.
"""

from dataclasses import replace

import numpy as np
from _racing import Budget, Rival, raced

from lab.checks import count
from lab.data import curves, patches
from lab.objectives import MLP
from lab.optimizers import KFAC, TNT, PerExampleTNT
from lab.optimizers.matrix.kronecker import Kronecker
from lab.optimizers.protocol import with_
from lab.sentences import edges_of, listed, number

VERSION = 2
QUICK = {
    "examples": 30,
    "hidden": (4, 2),
    "batch": 10,
    "steps": 6,
    "warm": 1,
    "rates": 2,
    "seeds": 2,
}
UNITS = {
    "loss": "loss median last first",
    "each its own": "value",
}
CHAOTIC = ("loss", "median", "lr", "value", "edge")


def run(
    *,
    examples: int = 500,
    hidden: tuple = (16, 6),
    batch: int = 50,
    steps: int = 60,
    warm: int = 5,
    every: int = 10,
    rates: int = 4,
    seeds: int = 3,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By problem (P,), variant (M,), epoch (K,) and seed (S,): loss (P, M, K, S) on all examples,
    inf beyond the floating range, its median (P, M, K); last (P, M) that after the last epoch; lr,
    value (P, M): the best rate and damping; edge (P, M): of the rates. first (P,): at the start.

    hidden: widths of the encoder; warm: first steps that only look; every: steps between roots,
    which start at every step; rates: half a decade apart, times two dampings, of TNT
    from true labels larger ones; seeds: tuned on others.

    variants (M,), problems (P,), epoch (K,). Seven variants, each with `rates` rates and two
    dampings.
    """
    budget = Budget(steps, batch, warm, 2, seeds)
    grids = variants(rates, budget, every)
    parts = []
    for f in problems(count("examples", examples), hidden).values():
        parts.append(raced(f, grids, budget, rounds=0, seed=seed))

    found = {}
    for name in ("loss", "lr", "value", "edge"):
        found[name] = np.stack([part[name] for part in parts])
    median = np.median(found["loss"], axis=-1)
    return found | {
        "variants": np.array(list(grids)),
        "problems": np.array(list(problems(1, hidden))),
        "epoch": parts[0]["epoch"],
        "median": median,
        "last": median[..., -1],
        "first": np.array([np.median(part["first"]) for part in parts]),
        "batch": np.array(batch),
        "place": np.arange(len(grids)),
    }


def problems(examples: int, hidden: tuple) -> dict:
    """Autoencoders with Bernoulli outputs and with squares.

    8 x 8 curves and patches, 64 columns; the patches have one mean and deviation for all. tanh
    units, the code included: 64-16-6-16-64 at the defaults. hidden: encoder and code.
    """
    # drawn with the generators' own seeds: the same images for all settings
    drawn = curves(examples, 8)
    photograph = patches(examples)
    grey = photograph - photograph.mean()
    # one patch has no spread to be measured by
    grey = grey / max(grey.std(), 1e-3)
    widths = (*hidden, *hidden[-2::-1])
    return {
        "curves, Bernoulli": MLP(drawn, drawn, widths, activation="tanh", loss="bce"),
        "patches, squares": MLP(grey, grey, widths, activation="tanh", loss="half_mse"),
    }


def variants(rates: int, budget: Budget, every: int) -> dict[str, Rival]:
    """Variant -> its grid, of one size, around what is usual.

    TNT's rates are per batch and those of single examples B times as large, dampings sqrt(B): of a
    weight, a tensor of order 2, the two are then one method but for the noise of their statistics.

    Rates are around 0.02 for one example, 0.02 / B for the batch gradient, 0.03 for K-FAC, half a
    decade apart; dampings 0.03 and 0.3, for true labels 0.3 and 1 at the rate 1 / B.
    """
    around = 10.0 ** ((np.arange(rates) - (rates - 1) // 2) / 2)
    kept = {"every": every, "warm": budget.warm}
    few = np.array([0.03, 0.3])
    # per example: the rate of one example, and its damping
    single = {"rate": 0.02, "damping": few * np.sqrt(budget.batch)}
    batched = {"rate": 0.02 / budget.batch, "damping": few}

    def grid(method, rate, damping):
        return Rival(method, rate * around, "damping", damping)

    layers = KFAC(1.0, 1.0, **kept)
    return {
        "TNT": grid(TNT(1.0, 1.0, **kept), **batched),
        # its second moment falls with the gradient: small steps need more damping
        "TNT, true labels": grid(
            TNT(1.0, 1.0, labels="true", **kept), 1 / budget.batch, np.array([0.3, 1.0])
        ),
        "TNT, per example": grid(PerExampleTNT(1.0, 1.0, **kept), **single),
        "K-FAC": grid(layers, 0.03, few),
        "K-FAC, even damping": grid(with_(layers, scale="none"), 0.03, few),
        "K-FAC, true labels": grid(KFAC(1.0, 1.0, labels="true", **kept), 0.03, few),
        "K-FAC, accumulated errors": grid(accumulated(layers), 0.03, few),
    }


def accumulated(layers: Kronecker) -> Kronecker:
    """K-FAC from errors of true labels plus those of sampled ones.

    Of the statistic alone: the step, the damping and the momentum stay.

    Errors of true labels have a mean, the gradient, and those of sampled ones have none: their sum
    is neither the Fisher matrix nor the empirical one.
    """
    # the fault itself, kept out of KFAC's own options
    return replace(layers, statistic=replace(layers.statistic, labels="accumulated"))


def summary(data) -> str:
    """Every change against the method it changes.

    "like" is where the ranges of the runs meet, "below" and "above" where they don't: with three
    runs that is weak evidence either way. A variant is compared with the method before its comma.
    """
    epochs = data["epoch"][-1]
    lines = [
        f"Which parts of TNT and K-FAC matter on {listed(data['problems'])}, {epochs:.0f} epochs?"
    ]
    names = [str(name) for name in data["variants"]]
    for k, name in enumerate(names):
        told = []
        method = name.split(",")[0]
        for p, problem in enumerate(data["problems"]):
            value = number(data["last"][p, k])
            if name == method:
                told.append(f"{value} on {problem}")
                continue
            # the runs of both after the last epoch
            mine, theirs = data["loss"][p, [k, names.index(method)], -1]
            meet = mine.min() <= theirs.max() and theirs.min() <= mine.max()
            order = "like" if meet else "below" if mine.max() < theirs.min() else "above"
            told.append(f"{value} on {problem} ({order} {method})")
        lines.append(f"{name}: {' and '.join(told)}.")
    how = f"Medians of {data['loss'].shape[-1]} runs, like where their ranges meet"
    lines.append(f"{how}; {edges_of(data['edge'])}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
