"""On real data, is Adam's preconditioner GN^-1/2?

The second moment of mini-batch gradients of logistic regression on the digits. E[g_B g_B^T] = F / B
+ (1 - 1/B) grad grad^T exactly, F the empirical Fisher, since batches are drawn with replacement.
Adam is GN^-1/2 where its diagonal is proportional to that of G. Points: theta = 0, where all
weights are 1/4 and F = G; half-way; close to the optimum.
"""

import numpy as np

from lab.data import digits, standardise
from lab.objectives import Logistic
from lab.optimizers import SGD
from lab.simulation import simulate
from lab.ties import rounded

QUICK = {"draws": 60, "budget": 4000, "rows": 600, "largest": 64, "sizes": 4}

STAGES = {"start": 1.0, "middle": 0.3, "late": 0.01}


def run(
    *,
    batch: int = 32,
    largest: int = 1024,
    sizes: int = 6,
    draws: int = 2000,
    budget: int = 400_000,
    rows: int = 0,
    steps: int = 3000,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Per stage (start, middle, late: gradient descent when the excess loss is 1, 0.3, 0.01 of the
    start) and batch (one, some, full): STAGE_BATCH_theory and _measured (n,), the ratio of
    preconditioners Adam / GN^-1/2 of each coordinate, geometric mean 1 in theory, coordinates in
    the order of the theory values, to 12 digits; STAGE_spread_theory, _measured (sizes,): max / min
    of the ratio against `sizes`.

    Measured: mean squares of batch gradients, as many as have `budget` rows in all, but at least
    `draws`. rows: use only the first so many images, 0 for all. Even against odd digits,
    standardised pixels, no ridge. ValueError when `steps` don't reach the last stage.
    """
    f = problem(rows)
    grid = np.unique(np.geomspace(1, largest, sizes).round().astype(int))
    found = {
        "rank": np.arange(1.0, f.x.shape[1] + 1),
        "sizes": grid,
        "batch": np.array(batch),
        "draws": np.array(draws),
    }
    found |= {"examples": np.array(len(f.x)), "budget": np.array(budget)}
    rng = np.random.default_rng(seed)
    for stage, (theta, excess) in stages(f, steps).items():
        found[f"{stage}_excess"] = np.array(excess)
        for name, size in (("one", 1), ("some", batch), ("full", None)):
            exact, sampled = ratios(f, theta, size, max(draws, budget // (size or budget)), rng)
            # equal ratios, as all are at the start with B = 1, stay in the order of the pixels
            order = np.argsort(rounded(exact), kind="stable")
            scale = np.exp(np.log(exact).mean())  # a common factor is a learning rate
            found |= {
                f"{stage}_{name}_theory": exact[order] / scale,
                f"{stage}_{name}_measured": sampled[order] / scale,
            }
        both = np.array(
            [
                [
                    r.max() / r.min()
                    for r in ratios(f, theta, int(size), max(draws, budget // int(size)), rng)
                ]
                for size in grid
            ]
        )
        found |= {f"{stage}_spread_theory": both[:, 0], f"{stage}_spread_measured": both[:, 1]}
    return found


def problem(rows: int) -> Logistic:
    """Even against odd digits, without the pixels that are 0 in more than 98 % of the images: their
    squares would need far more draws."""
    x, label = digits()
    x, label = (x[:rows], label[:rows]) if rows else (x, label)
    return Logistic(standardise(x[:, (x > 0).mean(0) >= 0.02]), label % 2)


def stages(f: Logistic, steps: int) -> dict[str, tuple[np.ndarray, float]]:
    """Stage -> first point of gradient descent whose excess loss, relative to the start, is at most
    that of the stage; and that excess."""
    start = f.start()
    lowest = f.lowest
    lr = 1 / np.linalg.eigvalsh(f.hessian(start).dense())[-1]
    path = simulate(f, SGD(lr), start, steps=steps, record={"loss": f.loss, "theta": np.copy})
    excess = (path["loss"] - lowest) / (path["loss"][0] - lowest)
    if excess[-1] > min(STAGES.values()):
        raise ValueError(
            f"steps = {steps}: excess loss {excess[-1]:.2g} of the start, {min(STAGES.values()):g} is needed: take more steps"
        )
    first = {stage: int(np.argmax(excess <= level)) for stage, level in STAGES.items()}
    return {stage: (path["theta"][k], float(excess[k])) for stage, k in first.items()}


def ratios(
    f: Logistic, theta: np.ndarray, size: int | None, draws: int, rng
) -> tuple[np.ndarray, np.ndarray]:
    """sqrt(G_ii / E[(g_B)_i^2]), the preconditioner of Adam over that of GN^-1/2, exact and from
    `draws` batches, each (n,)."""
    g, exact = f.hessian(theta).diag(), f.second_moment(theta, size).diag()
    if size is None:
        return np.sqrt(g / exact), np.sqrt(g / f.grad(theta) ** 2)
    total, left = np.zeros_like(g), draws
    while left:
        runs = min(left, max(1, 100_000 // size))  # memory
        sampled = f.grad(np.broadcast_to(theta, (runs, len(theta))), f.draw(rng, (runs,), size))
        total, left = total + (sampled**2).sum(0), left - runs
    return np.sqrt(g / exact), np.sqrt(g * draws / total)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
