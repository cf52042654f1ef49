"""Which preconditioner wins, by batch size and basis, on Gaussian linear regression?

Our instance for Liu et al. 2025 (derived): n = 32, spectrum geometric over three decades, start
N(0, I), no label noise. Every method has as many learning rates and the same geometric decays, is
tuned on seeds of its own and reported on fresh ones, paired between methods. (derived stand-in: the
paper's sizes and grids are not known)

25 rates over three decades are 33 % apart. Batches of 1 and of 4096 are far below and far above
n = 32; the second is nearly the full batch, without its determinism.
"""

from typing import NamedTuple

import numpy as np

from lab.bases import random
from lab.checks import nonnegative
from lab.objectives import GaussianRegression
from lab.optimizers import SGD, Adam, DiagonalGN, Geometric, HeavyBall, IdealisedAdam, Scheduled
from lab.optimizers.protocol import with_
from lab.sentences import first, number, quantiles_of
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.sgd import preconditioned_spectrum, stability_limit
from lab.ties import rounded

QUICK = {"dims": 6, "steps": 30, "rates": 5, "tuning": 3, "seeds": 4, "every": 5}
UNITS = {
    "examples": "small large",
    "learning rate": "rates",
    "runs": "tuning",
    "no unit": "decays *_decades *_loss *_final *_mean *_tail",
}
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
    mean; tail (M,), mean over median. A mean is inf where a run diverged.

    small, large: the batch sizes; every: steps between recorded ones; rates: as many per method;
    tuning, seeds: runs per rate and decay, and runs that are reported; damping >= 0, relative to
    the mean of the curvature's diagonal.
    """
    nonnegative("damping", damping)
    lam = geometric(dims, kappa)
    # a generator of its own: sizes of the runs don't change the problem
    rotation = random(dims, np.random.default_rng(seed))
    covariances = {"coordinate": with_spectrum(lam, rotation), "eigenbasis": lam}
    found = {
        "dims": np.array(dims),
        "kappa": np.array(kappa),
        "small": np.array(small),
        "large": np.array(large),
        "rates": np.array(rates),
        "seeds": np.array(seeds),
        "tuning": np.array(tuning),
        "steps": np.array(steps),
        "decays": DECADES,
    }
    protocol = {"seed": seed, "steps": steps, "every": every}
    for basis, sigma in covariances.items():
        f = GaussianRegression(sigma, 0.0)
        for size, batch in (("small", small), ("large", large)):
            table = methods(sigma, batch, rates, damping)
            part = quadrant(f, table, (tuning, seeds), batch=batch, **protocol)
            found |= {f"{size}_{basis}_{key}": value for key, value in part.items()}
    return found


def summary(data) -> str:
    """Who has the lowest last loss in each quadrant, whether that is more than a tie, and where a
    mean would mislead.

    Bands of 10 % to 90 %; methods whose band meets that of the lowest median tie. A mean far above
    the median says that rare runs carry it: expectations, in which theory speaks, are then not what
    a run looks like.
    """
    lines = [
        f"Which preconditioner wins on Gaussian regression, {data['dims']} dimensions, condition "
        f"number {number(data['kappa'])}, after {data['steps']} steps? Loss over that at the start:"
    ]
    tails = {}
    for size in ("small", "large"):
        for basis in ("coordinate", "eigenbasis"):
            case = f"{size}_{basis}"
            names, loss = data[f"{case}_methods"], data[f"{case}_loss"]
            bands = loss[:, 0, -1], loss[:, 2, -1]
            # a loss of 1e-12 of the start is what rounding leaves of 0
            told = first(names, data[f"{case}_final"], bands, floor=1e-12)
            title = "coordinates" if basis == "coordinate" else "eigenbasis"
            lines.append(f"B = {data[size]}, {title}: {told}.")
            for name, tail in zip(names, data[f"{case}_tail"], strict=True):
                tails[f"{name} at B = {data[size]}, {title}"] = tail

    lines.append(f"Medians, and a tie where bands meet ({quantiles_of(int(data['seeds']))}).")
    worst = max(tails, key=tails.__getitem__)
    lines.append(f"Largest mean over median: {number(tails[worst])}, {worst}.")
    return "\n".join(lines)


class Race(NamedTuple):
    """The regression, its starts for tuning and for reporting, and the seed of the batches: common
    to all methods, so that they are paired."""

    f: GaussianRegression
    starts: list[np.ndarray]
    seed: int
    protocol: dict

    def run(self, optimizer, stage: int):
        """The trajectory on the starts of a stage, 0 to tune and 1 to report.

        The generator is [seed, 2, stage], without the method: batches are common.
        """
        batches = np.random.default_rng([self.seed, 2, stage])
        return simulate(self.f, optimizer, self.starts[stage], rng=batches, **self.protocol)


def quadrant(
    f: GaussianRegression,
    table: dict,
    sizes: tuple,
    *,
    seed: int,
    **protocol,
) -> dict[str, np.ndarray]:
    """Every method at the rate and decay of the lowest median last loss on the tuning seeds, run
    again on the reporting seeds. sizes: how many of either.

    Starts are N(0, I), from the streams of [seed, 1]. table: method -> (optimizer, rates). The
    median over starts chooses because means at rates above the mean-square limit grow without bound
    while most runs converge.

    edge and lr are of the tuned rate; every method of a quadrant sees the same batches and starts.
    """
    generators = np.random.default_rng([seed, 1]).spawn(2)
    shapes = [(size, len(f.sigma)) for size in sizes]
    starts = [rng.standard_normal(shape) for rng, shape in zip(generators, shapes, strict=True)]
    race = Race(f, starts, seed, protocol)

    rows = [reported(race, optimizer, grid) for optimizer, grid in table.values()]
    found = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    median = found["final"]
    # 0 / 0 where all runs have reached the minimum: their mean is their median
    tail = np.where(median > 0, found["mean"] / np.where(median > 0, median, 1.0), 1.0)
    t = found.pop("t")[0]
    return {**found, "methods": np.array(list(table)), "t": t, "tail": tail}


def reported(race: Race, optimizer, grid: np.ndarray) -> dict:
    """One method: what is stored of it, a row of each array.

    DECADES of decay: 0 is a constant rate. At the defaults 25 rates times 6 decays are tried with
    12 runs each: the lowest of 150 medians is biased down, which is why it is run again on 60
    others.
    """
    # a schedule is constant, or a ratio below 1
    ratio = np.minimum(10 ** (-DECADES / race.protocol["steps"]), 1 - 1e-12)
    # axes: rates, decays, seeds
    swept = Scheduled(Geometric(ratio[:, None]), with_(optimizer, lr=grid[:, None, None]))
    tuning = race.run(swept, 0)["loss"]
    median = np.median(relative(tuning)[-1], -1)
    k, j = np.unravel_index(rounded(median).argmin(), median.shape)

    chosen = Scheduled(Geometric(ratio[j]), with_(optimizer, lr=grid[k]))
    run = race.run(chosen, 1)
    loss = relative(run["loss"])
    bands = np.quantile(loss, (0.1, 0.5, 0.9), axis=-1, method="inverted_cdf")
    return {
        "lr": grid[k],
        "decades": DECADES[j],
        "edge": {0: "low", len(grid) - 1: "high"}.get(int(k), ""),
        "loss": bands,
        "final": bands[1, -1],
        "mean": loss[-1].mean(),
        "t": run.t,
    }


def relative(loss: np.ndarray) -> np.ndarray:
    """The loss over its value at the start of the same run.

    (K, *r): each run by its own start.
    """
    return loss / loss[0]


def methods(sigma: np.ndarray, batch: int, rates: int, damping: float) -> dict:
    """Method -> optimizer and grid: `rates` of them over three decades, for fixed preconditioners
    up to three times the mean-square stability limit, SGD's for heavy ball (the median of a run
    survives larger steps than its mean); for Adam, whose rate is a distance, up to 10, beyond the
    largest coordinate of a start.

    sigma (n,), the diagonal of the covariance, or (n, n); it is the Hessian as well. Idealised Adam
    divides by the root of the exact second moment of the batch gradient at the point where it is,
    and has no memory; Adam has beta1 = 0.9, beta2 = 0.99.
    """
    d = np.diag(sigma) if sigma.ndim == 2 else sigma
    one = np.ones_like(d)
    shape = np.geomspace(1e-3, 1.0, rates)
    damping = damping * float(d.mean())

    def below(scale):
        spectrum = preconditioned_spectrum(scale, sigma)
        return 3 * stability_limit(spectrum, 0.0, batch) * shape

    return {
        "SGD": (SGD(1.0), below(one)),
        "GN^-1/2": (DiagonalGN(1.0, power=-0.5), below(1 / np.sqrt(d))),
        "GN^-1": (DiagonalGN(1.0), below(1 / d)),
        "damped GN^-1": (DiagonalGN(1.0, damping=damping), below(1 / (d + damping))),
        "heavy ball": (HeavyBall(1.0, 0.9), below(one)),
        "Adam": (Adam(1.0, 0.9, 0.99), 10 * shape),
        "idealised Adam": (IdealisedAdam(1.0), 10 * shape),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
