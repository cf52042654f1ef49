"""How large a step, and how fast a decay, does each power of Gauss-Newton allow at batch size B?

Closed forms and spectral radii. With q = lr lam^(1+p) the second moments of SGD with GN^p in the
eigenbasis evolve by T = diag(1 - 2q + (1 + 1/B) q^2) + q^2 1^T / B; the mean-square rate is its
spectral radius. No preconditioner has a rate below (n + 1) / (B + n + 1). (derived)
"""

import numpy as np
from scipy.optimize import minimize_scalar

from lab.checks import positive
from lab.spectra import geometric
from lab.theory.sgd import best_rate, critical_batch, stability_limit

QUICK = {"dims": 6, "points": 5, "marks": (1, 64), "halvings": 30}

POWERS = {"GD": 0.0, "GN^-1/2": -0.5, "GN^-1": -1.0}


def run(
    *,
    dims: int = 50,
    kappa: float = 1e4,
    largest: float = 1e5,
    points: int = 41,
    marks: tuple = (1, 8, 64, 512, 4096),
    halvings: int = 40,
) -> dict[str, np.ndarray]:
    """For M methods: limit, rate, steps (M, points) against batch, rounded to integers;
    measured_... (M, marks) at the batch sizes marks.

    limit: the mean-square stability limit, measured by bisection on the spectral radius; rate: the
    best over the learning rate, measured by minimising the radius; steps: -1 / log(rate), per
    e-fold; samples: steps times B. bound_...: those of the bound. critical (M,).
    """
    positive("largest", largest)
    lam, batch = (
        geometric(dims, kappa),
        np.unique(np.geomspace(1, largest, points).round().astype(int)),
    )
    spectra = [lam ** (1 + power) for power in POWERS.values()]
    found = {
        "methods": np.array(list(POWERS)),
        "batch": batch,
        "marks": np.array(marks),
        "dims": np.array(dims),
        "kappa": np.array(kappa),
    }
    found["critical"] = np.array([critical_batch(mu, 0.0) for mu in spectra])
    found["limit"] = np.array([[stability_limit(mu, 0.0, int(b)) for b in batch] for mu in spectra])
    found["measured_limit"] = np.array(
        [[measured_limit(mu, b, halvings) for b in marks] for mu in spectra]
    )
    rates = {
        "": np.array([[best_rate(mu, 0.0, int(b)).rate for b in batch] for mu in spectra]),
        "measured_": np.array([[measured_rate(mu, b) for b in marks] for mu in spectra]),
        "bound_": (dims + 1) / (batch + dims + 1),
    }
    for kind, rate in rates.items():
        steps = -1 / np.log(rate)
        found |= {
            f"{kind}rate": rate,
            f"{kind}steps": steps,
            f"{kind}samples": steps * (marks if kind == "measured_" else batch),
        }
    return found


def radius(q: np.ndarray, batch: int) -> float:
    """The spectral radius of T, a positive matrix: its largest real eigenvalue."""
    return float(
        np.linalg.eigvals(
            np.diag(1 - 2 * q + (1 + 1 / batch) * q**2) + np.outer(q**2, np.ones(len(q))) / batch
        ).real.max()
    )


def measured_limit(mu: np.ndarray, batch: int, halvings: int) -> float:
    """The largest lr with radius < 1, by bisection below the full-batch limit."""
    low, high = 0.0, 2 / mu.max()
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if radius(middle * mu, batch) < 1 else (low, middle)
    return low


def measured_rate(mu: np.ndarray, batch: int) -> float:
    """The smallest radius over lr, which has one minimum below the full-batch limit."""
    top = np.log(2 / mu.max())
    return float(
        minimize_scalar(
            lambda x: radius(np.exp(x) * mu, batch),
            bounds=(top - np.log(2 * len(mu)) - 3, top),
            method="bounded",
        ).fun
    )


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
