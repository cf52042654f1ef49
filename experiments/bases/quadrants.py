"""Which preconditioner wins, by batch size and basis, on Gaussian linear regression?

Our instance for Liu et al. 2025 (derived): n = 32, spectrum geometric over three decades, start
N(0, I), no label noise. Every method has as many learning rates and the same geometric decays, is
tuned on seeds of its own and reported on fresh ones, paired between methods. (derived stand-in: the
paper's sizes and grids are not known)
"""

import numpy as np

from lab.bases import random
from lab.checks import nonnegative
from lab.objectives import GaussianRegression
from lab.optimizers import SGD, Adam, DiagonalGN, Geometric, HeavyBall, IdealisedAdam, Scheduled
from lab.optimizers.protocol import with_
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.sgd import preconditioned_spectrum, stability_limit
from lab.ties import rounded

QUICK = {"dims": 6, "steps": 30, "rates": 5, "tuning": 3, "seeds": 4, "every": 5}
# Adam and idealised Adam where batches are almost full, and the rate chosen among their runs
CHAOTIC = (
    "large_coordinate_loss",
    "large_coordinate_final",
    "large_coordinate_mean",
    "large_coordinate_tail",
    "large_eigenbasis_lr",
    "large_eigenbasis_loss",
    "large_eigenbasis_final",
    "large_eigenbasis_mean",
    "large_eigenbasis_tail",
)
DECADES = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
BASES = ("coordinate", "eigenbasis")
SIZES = ("small", "large")


def run(
    *,
    dims: int = 32,
    kappa: float = 1e3,
    small: int = 1,
    large: int = 4096,
    steps: int = 200,
    every: int = 4,
    rates: int = 25,
    tuning: int = 12,
    seeds: int = 60,
    damping: float = 0.1,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Per quadrant (small_coordinate, small_eigenbasis, large_coordinate, large_eigenbasis):
    methods (M,); lr and decades (M,), the tuned rate and the decades it decays over the run; edge
    (M,) of the grid of rates; t (K,), loss (M, 3, K), the 10 %, 50 % and 90 % quantiles over
    `seeds` of the loss relative to its start; final (M,), their last median; mean (M,), the last
    mean; tail (M,), mean over median.

    A mean is inf where a run diverged. damping is relative to the mean of the curvature's diagonal.
    """
    nonnegative("damping", damping)
    rotation = random(dims, np.random.default_rng(seed))
    found = {
        "dims": np.array(dims),
        "kappa": np.array(kappa),
        "small": np.array(small),
        "large": np.array(large),
        "rates": np.array(rates),
    }
    found |= {
        "seeds": np.array(seeds),
        "tuning": np.array(tuning),
        "steps": np.array(steps),
        "decays": DECADES,
    }
    for name in BASES:
        sigma = (
            geometric(dims, kappa)
            if name == "eigenbasis"
            else with_spectrum(geometric(dims, kappa), rotation)
        )
        for size, batch in zip(SIZES, (small, large), strict=True):
            table = methods(sigma, batch, rates, damping)
            part = quadrant(
                GaussianRegression(sigma, 0.0),
                table,
                (tuning, seeds),
                seed=seed,
                steps=steps,
                batch=batch,
                every=every,
            )
            found |= {f"{size}_{name}_{key}": value for key, value in part.items()}
    return found


def quadrant(
    f: GaussianRegression, table: dict, sizes: tuple, *, seed: int, steps: int, **protocol
) -> dict:
    """Every method at the rate and decay of the lowest median last loss on the tuning seeds, run
    again on the reporting seeds."""
    generators = np.random.default_rng([seed, 1]).spawn(2)
    starts = [
        rng.standard_normal((size, len(f.sigma)))
        for size, rng in zip(sizes, generators, strict=True)
    ]
    ratio = np.minimum(
        10 ** (-DECADES / steps), 1 - 1e-12
    )  # a schedule is constant, or a ratio below 1
    rows = []
    for optimizer, grid in table.values():
        swept = Scheduled(Geometric(ratio[:, None]), with_(optimizer, lr=grid[:, None, None]))
        batches = [np.random.default_rng([seed, 2, k]) for k in range(2)]
        last = relative(
            simulate(f, swept, starts[0], steps=steps, rng=batches[0], **protocol)["loss"]
        )[-1]
        k, j = np.unravel_index(rounded(np.median(last, -1)).argmin(), last.shape[:2])
        chosen = Scheduled(Geometric(ratio[j]), with_(optimizer, lr=grid[k]))
        run = simulate(f, chosen, starts[1], steps=steps, rng=batches[1], **protocol)
        loss, edge = relative(run["loss"]), {0: "low", len(grid) - 1: "high"}.get(int(k), "")
        bands = np.quantile(loss, (0.1, 0.5, 0.9), axis=-1, method="inverted_cdf")
        row = {
            "lr": grid[k],
            "decades": DECADES[j],
            "edge": edge,
            "loss": bands,
            "final": bands[1, -1],
            "mean": loss[-1].mean(),
        }
        rows.append(row)
    found = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    tail = np.where(
        found["final"] > 0, found["mean"] / np.where(found["final"] > 0, found["final"], 1.0), 1.0
    )
    return {**found, "methods": np.array(list(table)), "t": run.t, "tail": tail}


def relative(loss: np.ndarray) -> np.ndarray:
    """The loss over its value at the start of the same run."""
    return loss / loss[0]


def methods(sigma: np.ndarray, batch: int, rates: int, damping: float) -> dict:
    """Method -> optimizer and grid: `rates` of them over three decades, for fixed preconditioners
    up to three times the mean-square stability limit, SGD's for heavy ball (the median of a run
    survives larger steps than its mean); for Adam, whose rate is a distance, up to 10, beyond the
    largest coordinate of a start."""
    d, shape = np.diag(sigma) if sigma.ndim == 2 else sigma, np.geomspace(1e-3, 1.0, rates)
    damping = damping * float(d.mean())

    def below(scale):
        return 3 * stability_limit(preconditioned_spectrum(scale, sigma), 0.0, batch) * shape

    return {
        "SGD": (SGD(1.0), below(np.ones_like(d))),
        "GN^-1/2": (DiagonalGN(1.0, power=-0.5), below(1 / np.sqrt(d))),
        "GN^-1": (DiagonalGN(1.0), below(1 / d)),
        "damped GN^-1": (DiagonalGN(1.0, damping=damping), below(1 / (d + damping))),
        "heavy ball": (HeavyBall(1.0, 0.9), below(np.ones_like(d))),
        "Adam": (Adam(1.0, 0.9, 0.99), 10 * shape),
        "idealised Adam": (IdealisedAdam(1.0), 10 * shape),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
