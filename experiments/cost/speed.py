"""What do batched sweeps, sampling in law and exact recursions save?

Times of this machine, medians of interleaved rounds. (a) hundreds of learning rates of Adam as one
call against as many calls, and that both take the same steps; (b) the O(n) sampler of mini-batch
gradients against rows; (c) an exact risk curve against the Monte Carlo runs that would give it to 1
%; (d) steps of matrix methods on the encoder of an autoencoder against the matrix products and
factorisations that they are made of; (e) powers of a factor of K-FAC from the few columns of a
batch against those of the whole matrix, and (f) what each loses.
"""

import numpy as np
from _layer_methods import layer_methods
from _thin_solves import thin_solves

from lab.bases import random
from lab.instruments.timing import interleaved, one_core
from lab.objectives import GaussianRegression, Quadratic
from lab.optimizers import SGD, Adam
from lab.sentences import closeness, number, span
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.recursion import risk_curve
from lab.theory.sgd import stability_limit

JOBS = ("sweep", "calls", "law", "rows", "exact", "run_step", "monte_carlo")
TIMED = (
    *(f"{job}_{kind}" for job in JOBS for kind in ("seconds", "runs")),
    "ratio",
    "ratio_runs",
    "layer_runs",
    "layer_ratio",
    "layer_seconds",
    "layer_work_seconds",
    "thin_ratio",
    "thin_ratio_runs",
    "thin_seconds",
)
# what two solves differ by is rounding
CHAOTIC = ("thin_gap",)
VERSION = 4
QUICK = {
    "calls": 20,
    "dims": 5,
    "steps": 10,
    "batches": (1, 8),
    "inputs": 6,
    "draws": 2,
    "spectrum": 8,
    "horizon": 50,
    "pilot": 5,
    "rounds": 1,
    "encoder": (6, 5, 3),
    "encoder_batch": 8,
    "encoder_rounds": 1,
    "thin_widths": (32, 64),
    "thin_batch": 8,
}
UNITS = {
    "s": "sweep_runs calls_runs law_runs rows_runs exact_runs run_step_runs monte_carlo_runs",
    "no unit": "difference ratio ratio_runs layer_r* thin_shares thin_gap thin_bound thin_[pr]*",
    "examples": "rows",
    "runs": "runs calls rounds",
    "dimensions": "inputs spectrum",
    "steps": "horizon",
    "settings": "rates",
}


def run(
    *,
    calls: int = 250,
    dims: int = 50,
    steps: int = 100,
    inputs: int = 100,
    batches: tuple = (1, 32, 1024, 32768, 1048576),
    rows_up_to: int = 1024,
    draws: int = 16,
    spectrum: int = 256,
    horizon: int = 10_000,
    rates: int = 64,
    pilot: int = 1000,
    rounds: int = 5,
    encoder: tuple = (392, 500, 250, 125, 30),
    encoder_batch: int = 500,
    encoder_rounds: int = 3,
    thin_widths: tuple = (512, 1024, 2048),
    thin_batch: int = 64,
    thin_rounds: int = 1,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """sweep_seconds, calls_seconds; step (T,), difference (T,): the largest difference of any
    parameter between sweep and calls, after every step, relative to the largest parameter of the
    start. batch (N,), law_seconds (N,) per gradient; rows (M,), rows_seconds (M,). exact_seconds of
    the risk curves; run_step_seconds of one simulated step of one run; runs: those that give 1 %
    standard error at a fifth of the stability limit after `pilot` steps, from 200 runs;
    monte_carlo_seconds: of simulating all that, extrapolated. Each X_seconds is the
    median of X_runs (..., rounds). ratio (3,): times saved by what `saved` names, the median of
    ratio_runs (3, rounds). By method of layer_methods (M,) and step (2,), one that keeps its roots
    and one that takes them anew: layer_ratio (M, 2), the median of layer_runs (M, 2,
    encoder_rounds), time of a step over that of its matrix work; of methods without roots both are
    of one kind. By power e (2,), 1 and 1/2, and width (N,): thin_ratio (2, N), the median of
    thin_ratio_runs (2, N, thin_rounds), times that (Z Z^T + rho)^-e X is faster from the columns of
    Z; thin_seconds (2, 2, N) by power, thin and dense. At the widest, by form (2,), power and share
    (R,) of rho in the largest eigenvalue: thin_gap (2, 2, R), the largest error over the largest
    entry; thin_bound (2, R), ten times eps (lam / rho)^e.

    calls, dims, steps: learning rates, dimensions and steps of (a); inputs, batches, rows_up_to,
    draws: dimensions, batch sizes, the largest one with rows, and gradients at once of (b);
    spectrum, horizon, rates: dimensions, steps and step sizes of (c); rounds: of interleaved
    measurements; encoder, encoder_batch: inputs and widths, and the batch size of (d); the
    encoder of the paper, 784,1000,500,250,30 with batches of 1000, takes some two minutes;
    thin_widths, thin_batch, thin_rounds: rows and columns of Z, and rounds of (e).
    """
    h = with_spectrum(geometric(dims, 100.0), random(dims, np.random.default_rng(seed)))
    theta = np.random.default_rng(seed).standard_normal(dims)
    lr = np.logspace(-4, 0, calls)
    with one_core():
        found = sweep(Quadratic(h), theta, lr, steps=steps, rounds=rounds)
        found |= sampler(inputs, batches, rows_up_to, draws=draws, rounds=rounds)
        found |= risk(geometric(spectrum, 100.0), horizon, rates, pilot=pilot, rounds=rounds)
        layers = layer_methods(encoder, encoder_batch, rounds=encoder_rounds, seed=seed)
        solves = thin_solves(thin_widths, thin_batch, rounds=thin_rounds, seed=seed)

    found |= savings(found) | medians(found) | layers | solves
    sizes = {
        "calls": calls,
        "dims": dims,
        "inputs": inputs,
        "spectrum": spectrum,
        "horizon": horizon,
        "rates": rates,
        "rounds": rounds,
    }
    return found | {name: np.array(size) for name, size in sizes.items()}


def savings(found: dict) -> dict[str, np.ndarray]:
    """What each device saves: times of the slow way over those of the fast one, by round."""
    # in law at the largest batch for which there are rows
    law = found["law_runs"][len(found["rows"]) - 1]
    saved = {
        "one call for many rates": found["calls_runs"] / found["sweep_runs"],
        "gradients in law": found["rows_runs"][-1] / law,
        "exact risk": found["monte_carlo_runs"] / found["exact_runs"],
    }
    runs = np.array(list(saved.values()))
    return {
        "saved": np.array(list(saved)),
        "ratio": np.median(runs, axis=-1),
        "ratio_runs": runs,
        "which": np.arange(len(saved)),
    }


def summary(data) -> str:
    """What each device saves, its range over the rounds, and whether the steps are the same."""
    rounds = data["ratio_runs"].shape[1]
    lines = [f"What do sweeps, sampling in law and exact recursions save, {rounds} rounds?"]
    for name, ratio, runs in zip(data["saved"], data["ratio"], data["ratio_runs"], strict=True):
        lines.append(
            f"{name}: {number(ratio)} times faster (all rounds {span(runs.min(), runs.max())})."
        )
    lines.append(
        "Sweep and single calls take the same steps to "
        f"{closeness(data['difference'].max())} of the largest parameter of the start."
    )
    told = [
        f"{name} {steps.max():.2f}"
        for name, steps in zip(data["layer_methods"], data["layer_ratio"], strict=True)
    ]
    lines.append(
        f"Time of a step on the encoder over that of its matrix work, the worse of both kinds: "
        f"{', '.join(told)}."
    )
    cholesky, roots = data["thin_ratio"][:, -1]
    lost = (data["thin_gap"] / data["thin_bound"]).max((1, 2))
    within = "within" if lost[0] <= 1 else "NOT within"
    lines.append(
        f"Damped inverses of width {data['thin_widths'][-1]} from {data['thin_batch']} columns: "
        f"{number(cholesky)} times faster than Cholesky's, inverse roots {number(roots)} times "
        f"faster than by eigenvalues, {within} ten times eps (lam / rho)^e (largest share "
        f"{lost[0]:.2g}; of dense solves {lost[1]:.2g})."
    )
    return "\n".join(lines)


def medians(found: dict) -> dict[str, np.ndarray]:
    """X_seconds of every X_runs (..., rounds)."""
    runs = {name: array for name, array in found.items() if name.endswith("_runs")}
    return {
        name.replace("_runs", "_seconds"): np.median(array, axis=-1) for name, array in runs.items()
    }


def sweep(
    f: Quadratic,
    theta: np.ndarray,
    lr: np.ndarray,
    *,
    steps: int,
    rounds: int,
) -> dict[str, np.ndarray]:
    """One call against a call per learning rate, as a user would write them, every one recording
    first and last loss."""

    def work(rate):
        return simulate(f, Adam(rate), theta, steps=steps, every=steps)

    def one():
        return work(lr)

    def many():
        return [work(rate) for rate in lr.tolist()]

    def path(rate):
        return simulate(f, Adam(rate), theta, steps=steps, record={"theta": np.copy})

    together = path(lr)
    apart = np.stack([path(rate)["theta"] for rate in lr.tolist()], 1)
    gap = np.abs(together["theta"] - apart)
    difference = gap.max((1, 2)) / np.abs(theta).max()
    seconds = interleaved({"sweep": one, "calls": many}, rounds)
    times = {f"{name}_runs": measured for name, measured in seconds.items()}
    return times | {"step": together.t, "difference": difference}


def sampler(
    n: int,
    batches: tuple,
    rows_up_to: int,
    *,
    draws: int,
    rounds: int,
) -> dict[str, np.ndarray]:
    """Seconds per mini-batch gradient, drawing included, `draws` of them at once, in law and from
    rows (dense covariance)."""
    sigma = with_spectrum(geometric(n, 100.0), random(n, np.random.default_rng(0)))
    theta = np.ones((draws, n))
    rng = np.random.default_rng(1)

    def work(kind, batch):
        f = GaussianRegression(sigma, 0.0, 1.0, kind)
        return lambda: f.grad(theta, f.draw(rng, (draws,), batch))

    rows = [b for b in batches if b <= rows_up_to]
    jobs = {("law", b): work("law", b) for b in batches}
    jobs |= {("rows", b): work("rows", b) for b in rows}
    seconds = interleaved(jobs, rounds)
    law_runs = np.array([seconds["law", b] for b in batches]) / draws
    rows_runs = np.array([seconds["rows", b] for b in rows]) / draws
    return {
        "batch": np.array(batches),
        "law_runs": law_runs,
        "rows": np.array(rows),
        "rows_runs": rows_runs,
    }


def risk(
    lam: np.ndarray,
    horizon: int,
    rates: int,
    *,
    pilot: int,
    rounds: int,
) -> dict[str, np.ndarray]:
    """The exact expected risk of SGD at batch 1 for many step sizes and every step, against
    simulating it."""
    f = GaussianRegression(lam, 0.0)
    limit = stability_limit(lam, 0.0, 1)
    lr = limit * np.geomspace(1e-3, 0.9, rates)[:, None]
    q = lr * lam
    swept = SGD(lr)
    few = np.ones((32, len(lam)))

    # runs for a standard error of 1 % of the mean, from the spread of 200
    start = np.ones((200, len(lam)))
    spread = simulate(f, SGD(0.2 * limit), start, steps=pilot, every=pilot, batch=1)
    loss = spread["loss"][-1]
    runs = np.ceil((loss.std() / loss.mean() / 0.01) ** 2)

    jobs = {
        "exact": lambda: risk_curve(q, lam, np.arange(horizon + 1), 1),
        "simulated": lambda: simulate(f, swept, few, steps=10, batch=1, every=10),
    }
    seconds = interleaved(jobs, rounds)
    step = seconds["simulated"] / (10 * rates * len(few))
    cost = step * runs * rates * horizon
    times = {
        "exact_runs": seconds["exact"],
        "run_step_runs": step,
        "monte_carlo_runs": cost,
    }
    return {"runs": runs, **{name: np.array(value) for name, value in times.items()}}


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
