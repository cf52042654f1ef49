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
from lab.sentences import apart, number
from lab.simulation import simulate
from lab.spectra import geometric_integers
from lab.ties import rounded

QUICK = {"draws": 60, "budget": 4000, "rows": 600, "largest": 64, "sizes": 4}
UNITS = {
    "position": "rank",
    "examples": "sizes budget",
    "runs": "draws",
    "no unit": "*_excess start_* middle_* late_*",
}

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
    `draws`. batch: of "some"; sizes: of batches, a grid from 1 to largest; rows: use only the first
    so many images, 0 for all. Even against odd digits, standardised pixels, no ridge. ValueError
    when `steps` don't reach the last stage.

    The seed is of the batches alone; gradient descent and the theory have none.
    """
    f = problem(rows)
    # at most `sizes` of them: small integers coincide
    grid = geometric_integers(1, largest, sizes)
    found = {
        "rank": np.arange(1.0, f.x.shape[1] + 1),
        "sizes": grid,
        "batch": np.array(batch),
        "draws": np.array(draws),
        "examples": np.array(len(f.x)),
        "budget": np.array(budget),
    }
    batches = {"one": 1, "some": batch, "full": None}
    rng = np.random.default_rng(seed)

    def enough(size):
        """Draws of batches of this size."""
        return max(draws, budget // size)

    for stage, (theta, excess) in stages(f, steps).items():
        found[f"{stage}_excess"] = np.array(excess)
        for name, size in batches.items():
            times = None if size is None else enough(size)
            exact, sampled = ratios(f, theta, size, times, rng)
            # equal ratios, as all are at the start with B = 1, stay in the order of the pixels
            order = np.argsort(rounded(exact), kind="stable")
            scale = np.exp(np.log(exact).mean())  # a common factor is a learning rate
            which = f"{stage}_{name}"
            found[f"{which}_theory"] = exact[order] / scale
            found[f"{which}_measured"] = sampled[order] / scale

        spreads = []
        for size in grid.tolist():
            exact, sampled = ratios(f, theta, size, enough(size), rng)
            spreads.append([spread(exact), spread(sampled)])
        exact, sampled = np.array(spreads).T
        found[f"{stage}_spread_theory"] = exact
        found[f"{stage}_spread_measured"] = sampled
    return found


def summary(data) -> str:
    """How far Adam's preconditioner is from that of GN^-1/2 at each stage and batch size.

    A spread is of preconditioners, that is of roots of second moments: 3 means that one pixel's
    rate is three times another's beyond what GN^-1/2 does. The agreement in the end covers B = 1
    and `batch` at the three stages; how close it is depends on draws and budget: sqrt(2 / draws) /
    2 is the error of a ratio under normal gradients, 1.6 % at 2000.
    """
    sizes = data["sizes"]
    lines = [
        f"Is Adam's preconditioner that of GN^-1/2 on the digits, {data['examples']} images? "
        "Largest over smallest ratio of the two, over pixels (1: they are the same):"
    ]
    for stage in STAGES:
        spread = data[f"{stage}_spread_theory"]
        full = data[f"{stage}_full_theory"]
        lines.append(
            f"excess loss {number(data[f'{stage}_excess'])} of the start: {number(spread[0])} at "
            f"B = {sizes[0]}, {number(spread[-1])} at B = {sizes[-1]}, "
            f"{number(full[-1] / full[0])} at full batch."
        )
    gaps = [apart(data[f"{s}_{b}_measured"], data[f"{s}_{b}_theory"]) for s in STAGES for b in SOME]
    lines.append(f"Measured ratios are within {100 * max(gaps):.1f} % of F/B + (1 - 1/B) g g^T.")
    return "\n".join(lines)


SOME = ("one", "some")


def spread(ratio: np.ndarray) -> float:
    """max / min over coordinates.

    1 where the two preconditioners are proportional; a common factor cancels.
    """
    return ratio.max() / ratio.min()


def problem(rows: int) -> Logistic:
    """Even against odd digits, without the pixels that are 0 in more than 98 % of the images: their
    squares would need far more draws.

    rows: the first so many images, 0 for all. 52 of the 64 pixels are left of all images.
    Standardised columns and no constant, so that G at theta = 0 is the correlation matrix over 4,
    of diagonal 1/4.
    """
    x, label = digits()
    if rows:
        x = x[:rows]
        label = label[:rows]
    often = (x > 0).mean(0) >= 0.02
    return Logistic(standardise(x[:, often]), label % 2)


def stages(
    f: Logistic,
    steps: int,
) -> dict[str, tuple[np.ndarray, float]]:
    """Stage -> first point of gradient descent whose excess loss, relative to the start, is at most
    that of the stage; and that excess.

    SGD(1 / largest) is stable along the whole path, since no weight exceeds the 1/4 of the start.
    The point is the first of the path at or below the level, its excess therefore a little less
    than 1, 0.3 or 0.01. theta (n,).

    ValueError when `steps` don't reach the last level.
    """
    start = f.start()
    h = f.hessian(start).dense()
    largest = np.linalg.eigvalsh(h)[-1]
    record = {"loss": f.loss, "theta": np.copy}
    path = simulate(f, SGD(1 / largest), start, steps=steps, record=record)

    loss = path["loss"]
    excess = (loss - f.lowest) / (loss[0] - f.lowest)
    last = min(STAGES.values())
    if excess[-1] > last:
        raise ValueError(
            f"steps = {steps}: excess loss {excess[-1]:.2g} of the start, "
            f"{last:g} is needed: take more steps"
        )
    found = {}
    for stage, level in STAGES.items():
        first = int(np.argmax(excess <= level))
        theta = path["theta"][first]
        found[stage] = (theta, float(excess[first]))
    return found


def ratios(
    f: Logistic,
    theta: np.ndarray,
    size: int | None,
    draws: int | None,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """sqrt(G_ii / E[(g_B)_i^2]), the preconditioner of Adam over that of GN^-1/2, exact and from
    `draws` batches, each (n,); both None at full batch, where there is nothing to draw.

    theta (n,), size the batch size B. Exact: E[(g_B)_i^2] = F_ii / B + (1 - 1 / B) grad_i^2. At
    full batch the moment is grad_i^2 itself, and a small gradient entry makes a large ratio: what
    Adam would divide by if v forgot everything else.
    """
    g = f.hessian(theta).diag()
    moment = f.second_moment(theta, size).diag()
    exact = np.sqrt(g / moment)
    if size is None:
        # at full batch v is the squared gradient itself
        square = f.grad(theta) ** 2
        return exact, np.sqrt(g / square)

    total = np.zeros_like(g)
    left = draws
    while left:
        # as many at once as leave the drawn rows in memory
        runs = min(left, max(1, 100_000 // size))
        # one point for all draws: the moment is that of a place, not of a path
        points = np.broadcast_to(theta, (runs, len(theta)))
        batches = f.draw(rng, (runs,), size)
        sampled = f.grad(points, batches)
        total = total + (sampled**2).sum(0)
        left -= runs
    return exact, np.sqrt(g * draws / total)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
