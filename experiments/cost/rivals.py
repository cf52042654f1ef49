"""How fast is the lab beside others?

Times of this machine, all rivals side by side in one run: medians of interleaved rounds. Adam
sweeps against hand-written numpy, the floor of the machine, and optax and PyTorch where they are
installed (the extra `crosscheck` has optax), on one core where the system allows that; SOAP,
Shampoo and Muon against the matrix work that they cannot do without; the best diagonal scaling
against solvers of semidefinite programs, where they are installed; training steps of networks, one
and many at once, against PyTorch's, where it is installed.
"""

import importlib.util
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from _by_hand import floor, numpy_sweep
from _libraries import LOOPED, optax_sweep, torch_loop
from _matrix_methods import matrix_methods
from _scalings import scalings, scalings_told
from _training import training, training_told

from lab.bases import random
from lab.instruments.timing import interleaved, one_core
from lab.objectives import Quadratic
from lab.optimizers import Adam
from lab.sentences import closeness, span
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum

TIMED = (
    "adam_seconds",
    "adam_ratio",
    "adam_runs",
    "matrix_seconds",
    "work_seconds",
    "matrix_ratio",
    "matrix_runs",
    "scaling_seconds",
    "scaling_runs",
    "alone_seconds",
    "alone_ratio",
    "alone_runs",
    "together_seconds",
    "together_ratio",
    "together_runs",
)
VERSION = 6
SMALL = {"sweeps": (3, 5, 4), "sizes": (4, 3, 5), "steps": 3}
NETWORKS = {"small": (4, 3, 2), "encoder": (6, 5, 3), "rows": (8, 4), "together": 3}
QUICK = {**SMALL, **NETWORKS, "side": 4, "matrix_steps": 3, "rounds": 1, "scaling_sizes": (3, 5)}
FULL = {"scaling_sizes": (10, 20, 40, 60, 100, 200), "most": (100, 200), "rounds": 1}
FULL_TAKES = "about seven minutes of one core and 3 GB, with CVXPY, Clarabel and SCS"
UNITS = {
    "no unit": "*_ratio *_gap adam_runs agreement matrix_runs scaling_bound",
    "dimensions": "scaling_sizes side",
    "s": "scaling_runs alone_runs together_runs",
    "runs": "rounds together",
    "position": "method",
}
RECORDS = ("loss at both ends", "loss at every step")
# Of the rates of a sweep a Python loop runs this many; the rest is extrapolated.
TORCH = "PyTorch loop (extrapolated)"


def run(
    *,
    sweeps: tuple = (512, 4096, 512),
    sizes: tuple = (256, 64, 256),
    steps: int = 50,
    side: int = 128,
    matrix_steps: int = 10,
    scaling_sizes: tuple = (10, 20, 40, 100, 200),
    most: tuple = (40, 100),
    small: tuple = (64, 32, 10),
    encoder: tuple = (392, 500, 250, 125, 30),
    rows: tuple = (16, 500),
    together: int = 32,
    rounds: int = 5,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """adam_seconds (2, C, K): sweeps of Adam over `sweeps` rates in `sizes` dimensions, by when
    the loss is recorded (`records`), case (`cases`, the last with a diagonal Hessian) and rival
    (`rivals`, the lab first). adam_ratio (2, C, K): over the lab's; adam_runs (2, C, K, rounds)
    in every round. agreement (2, C, K): largest
    difference of recorded losses from the lab's, relative to the start's; 0 for the floor, which
    computes none. row (C, K): one row per rival, by case. matrix_seconds, work_seconds,
    matrix_ratio (3,): `matrix_steps` steps of `methods` on a matrix with `side` rows and columns.
    scaling_seconds, scaling_kappa (K, N), scaling_bound (N,): best diagonals of matrices with
    scaling_sizes (N,) rows, by `scaling_solvers` (K,), of which Clarabel and SCS have inf for more
    than `most` (2,) rows. alone_seconds and together_seconds (K, N) by `network_rivals`: SGD on
    networks of the widths `small` and `encoder` on `rows` (2,) examples, and on `together` small
    ones at once; see `training`.

    steps: of every sweep; rounds: of interleaved measurements, whose median is given.
    """
    with one_core():
        found = adam_sweeps(sweeps, sizes, steps, rounds=rounds, seed=seed)
        found |= matrix_methods(side, matrix_steps, rounds=rounds, seed=seed)
        found |= scalings(scaling_sizes, most=most, rounds=rounds, seed=seed)
        found |= training(small, encoder, rows, together=together, rounds=rounds)
    # the rivals of a case one under the other
    cases = np.arange(len(sweeps))[:, None]
    offsets = 0.14 * np.arange(len(found["rivals"]))
    return found | {
        "row": cases - offsets,
        "method": np.arange(len(found["methods"])),
        "steps": np.array(steps),
        "side": np.array(side),
        "rounds": np.array(rounds),
    }


def summary(data) -> str:
    """Times of rivals over the lab's, with their range over the rounds, and of matrix methods over
    their work."""
    rounds = data["adam_runs"].shape[-1]
    lines = [
        f"How fast is the lab beside others? Times over the lab's, range over {rounds} rounds, "
        f"losses the same to {closeness(data['agreement'].max())}:"
    ]
    for k, name in enumerate(data["rivals"][1:], start=1):
        runs = data["adam_runs"][:, :, k]
        medians = data["adam_ratio"][..., k]
        lines.append(
            f"{name}: medians {span(medians.min(), medians.max())}"
            f", all rounds {span(runs.min(), runs.max())}."
        )
    for k, name in enumerate(data["methods"]):
        runs = data["matrix_runs"][k]
        told = f"{data['matrix_ratio'][k]:.2f} ({span(runs.min(), runs.max())})"
        lines.append(f"{name} takes {told} times its matrix work.")
    lines.append(scalings_told(data))
    lines += training_told(data)
    return "\n".join(lines)


class Sweep(NamedTuple):
    """Adam at rates lr (R,) on theta^T H theta / 2 from theta (n,); h is H (n, n) or its diagonal
    (n,). `often`: the loss at every step is recorded, not only at both ends."""

    h: np.ndarray
    theta: np.ndarray
    lr: np.ndarray
    steps: int
    often: bool

    def times(self, theta: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """H theta for every run."""
        product = np.multiply if self.h.ndim == 1 else np.matmul
        return product(theta, self.h, out=out)


def adam_sweeps(
    sweeps: tuple,
    sizes: tuple,
    steps: int,
    *,
    rounds: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """All rivals on all cases; see run.

    Rates are 1e-4 to 1e-1, H has the condition number 100: neither changes the time. seed: of the
    eigenvectors and the start.
    """
    rng = np.random.default_rng(seed)
    seconds = []
    agreement = []
    cases = []
    for k, (runs, n) in enumerate(zip(sweeps, sizes, strict=True)):
        diagonal = k == len(sizes) - 1
        lam = geometric(n, 100.0)
        # the last case is diagonal: its product costs next to nothing
        h = lam if diagonal else with_spectrum(lam, random(n, rng))
        theta = rng.standard_normal(n)
        lr = np.logspace(-4, -1, runs)
        cases.append(f"{runs} x {n} {'diagonal' if diagonal else 'dense'}")
        # how often the loss is recorded is part of what is compared
        for often in (False, True):
            times, gaps = raced(Sweep(h, theta, lr, steps, often), rounds)
            seconds.append(times)
            agreement.append(gaps)

    by_record = (len(cases), len(RECORDS), -1)
    # every rival has the seconds of all rounds
    measured = np.array(seconds).reshape((*by_record, rounds)).swapaxes(0, 1)
    medians = np.median(measured, axis=-1)
    agreed = np.array(agreement).reshape(by_record).swapaxes(0, 1)
    return {
        "rivals": np.array(list(available())),
        "cases": np.array(cases),
        "records": np.array(RECORDS),
        "adam_seconds": medians,
        "adam_ratio": medians / medians[..., :1],
        "adam_runs": measured / measured[..., :1, :],
        "agreement": agreed,
    }


def raced(case: Sweep, rounds: int) -> tuple[list, list]:
    """Seconds of every rival on one case, and how far its losses are from the lab's.

    Losses are looked at once, before the clock starts; the loop's seconds are multiplied up to all
    rates.
    """
    jobs = {name: rival(case) for name, rival in available().items()}
    losses = [job() for job in jobs.values()]
    gaps = [disagreement(losses[0], loss) for loss in losses]

    seconds = interleaved(jobs, rounds)
    if TORCH in jobs:
        runs = len(case.lr)
        seconds[TORCH] = seconds[TORCH] * runs / min(LOOPED, runs)
    return list(seconds.values()), gaps


def available() -> dict[str, Callable[[Sweep], Callable[[], np.ndarray | None]]]:
    """The rivals that are installed: each makes a job from a Sweep, which answers the losses
    (times, runs)."""
    found: dict[str, Callable] = {
        "lab": lab_sweep,
        "numpy in place": numpy_sweep,
        "floor of the machine": floor,
    }
    if importlib.util.find_spec("jax") and importlib.util.find_spec("optax"):
        for gradient in ("H theta", "theta H", "jax.grad"):
            found[f"optax, {gradient}"] = partial(optax_sweep, gradient=gradient)
    if importlib.util.find_spec("torch"):
        found[TORCH] = torch_loop
    return found


def disagreement(ours: np.ndarray, theirs: np.ndarray | None) -> float:
    """The largest difference of losses, relative to the start's; over the runs that they have."""
    if theirs is None:
        return 0.0
    looped = theirs.shape[1]
    gap = np.abs(ours[:, :looped] - theirs)
    return float(gap.max() / ours[0].max())


def lab_sweep(case: Sweep) -> Callable[[], np.ndarray]:
    """One call of simulate."""
    diagonal = case.h.ndim == 1
    f = Quadratic(np.diag(case.h) if diagonal else case.h)
    protocol = {"steps": case.steps, "every": 1 if case.often else case.steps}
    return lambda: simulate(f, Adam(case.lr), case.theta, **protocol)["loss"]


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
