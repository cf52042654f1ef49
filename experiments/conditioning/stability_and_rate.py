"""How large a step, and how fast a decay, does each power of Gauss-Newton allow at batch size B?

Closed forms and spectral radii. With q = lr lam^(1+p) the second moments of SGD with GN^p in the
eigenbasis evolve by T = diag(1 - 2q + (1 + 1/B) q^2) + q^2 1^T / B; the mean-square rate is its
spectral radius. No preconditioner has a rate below (n + 1) / (B + n + 1). (derived)

A mean-square limit is one of expectations: single runs survive somewhat larger steps, and a rate is
asymptotic, what a run of few steps needs may be otherwise ordered (finite_horizon).
"""

import numpy as np
from scipy.optimize import minimize_scalar

from lab.checks import positive
from lab.sentences import apart, closeness, number
from lab.spectra import geometric, geometric_integers
from lab.theory.sgd import best_rate, critical_batch, stability_limit

VERSION = 2
QUICK = {"dims": 6, "points": 5, "marks": (1, 64), "halvings": 30}
UNITS = {
    "examples": "marks critical *samples",
    "learning rate": "*limit",
    "no unit": "*gap *rate",
}

POWERS = {
    "GD": 0.0,
    "GN^-1/2": -0.5,
    "GN^-1": -1.0,
}


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
    e-fold; gap: 1 - rate; samples: steps times B. bound_...: those of the bound. critical (M,).

    kappa > 0: of Sigma; points: batch sizes from 1 to largest > 0; halvings: of the bisection, each
    a binary digit of the limit.

    bound_steps, bound_samples, bound_gap (points,): what no preconditioner is below. Nothing is
    drawn; label noise plays no part in a rate.
    """
    positive("largest", largest)
    lam = geometric(dims, kappa)
    batch = geometric_integers(1, largest, points)
    found = {
        "methods": np.array(list(POWERS)),
        "batch": batch,
        "marks": np.array(marks),
        "dims": np.array(dims),
        "kappa": np.array(kappa),
    }
    # the spectrum of P Sigma, where P = Sigma^p: the problem in one basis
    spectra = [lam ** (1 + power) for power in POWERS.values()]
    found["critical"] = np.array([critical_batch(mu, 0.0) for mu in spectra])

    def table(value, sizes):
        """A number of every method and batch size, (M, sizes)."""
        rows = []
        for mu in spectra:
            rows.append([value(mu, b) for b in sizes])
        return np.array(rows)

    # integers of Python, as the scalar functions ask for
    sizes = batch.tolist()
    found["limit"] = table(lambda mu, b: stability_limit(mu, 0.0, b), sizes)
    found["measured_limit"] = table(
        lambda mu, b: measured_limit(mu, b, halvings),
        marks,
    )
    rates = {
        "": (table(lambda mu, b: best_rate(mu, 0.0, b).rate, sizes), batch),
        "measured_": (table(measured_rate, marks), np.array(marks)),
        "bound_": ((dims + 1) / (batch + dims + 1), batch),
    }
    for kind, (rate, examples) in rates.items():
        steps = -1 / np.log(rate)
        found[f"{kind}gap"] = 1 - rate
        found[f"{kind}rate"] = rate
        found[f"{kind}steps"] = steps
        found[f"{kind}samples"] = steps * examples
    return found


def summary(data) -> str:
    """Best rates and critical batches, and how close to the bound the rates are.

    Where no mark is among the batch sizes nothing is compared, and nothing said. 1e-9: roots of
    scalar equations are known to rounding.

    Steps are told in multiples of the bound, which GN^-1 attains.
    """
    batch = data["batch"]
    lines = [
        f"How large a step and how fast a decay does each power of Gauss-Newton allow, "
        f"{data['dims']} dimensions, condition number {number(data['kappa'])}?"
    ]
    for m, name in enumerate(data["methods"]):
        steps, bound = data["steps"][m], data["bound_steps"]
        over = steps / bound
        lines.append(
            f"{'SGD' if name == 'GD' else name}: {number(steps[0])} steps per e-fold at "
            f"B = {batch[0]}, {number(steps[-1])} at B = {batch[-1]}; {number(over.min())} to "
            f"{number(over.max())} times the bound; critical batch {number(data['critical'][m])}."
        )
    gap = max(apart(data[f"measured_{k}"], _at_marks(data, k)) for k in ("limit", "rate"))
    below = (data["rate"] < data["bound_rate"] * (1 - 1e-9)).sum()
    verdict = "No rate is below" if below == 0 else f"{below} rates are BELOW"
    lines.append(f"{verdict} the bound (n + 1) / (B + n + 1).")
    if gap > 0:
        lines.append(f"Spectral radii agree with the scalar equations to {closeness(gap)}.")
    return "\n".join(lines)


def _at_marks(data, kind: str) -> np.ndarray:
    """Of the curves, what is at the marks; 0, which is not compared, where no curve passes.

    kind: "limit" or "rate"; the answer (M, marks). apart, which compares, skips zeros.
    """
    batch, marks = data["batch"], data["marks"]
    k = np.minimum(np.searchsorted(batch, marks), len(batch) - 1)
    return np.where(batch[k] == marks, data[kind][:, k], 0.0)


def radius(q: np.ndarray, batch: int) -> float:
    """The spectral radius of T, a positive matrix: its largest real eigenvalue.

    q (n,) = lr mu, mu = lam^(1 + p). T takes the vector lam_i E[delta_i^2] of a step to that of the
    next, for Gaussian inputs without label noise; T has positive entries, so that its spectral
    radius is an eigenvalue (Perron).
    """
    square = q**2
    own = np.diag(1 - 2 * q + (1 + 1 / batch) * square)
    shared = np.outer(square, np.ones(len(q))) / batch
    eigenvalues = np.linalg.eigvals(own + shared)
    return float(eigenvalues.real.max())


def measured_limit(mu: np.ndarray, batch: int, halvings: int) -> float:
    """The largest lr with radius < 1, by bisection below the full-batch limit.

    mu (n,). 40 halvings leave 2^-40 = 1e-12 of the full-batch limit. Nothing of the scalar equation
    of `stability_limit` is used, which makes the two comparable.
    """
    low = 0.0
    # no batch size has a larger limit
    high = 2 / mu.max()
    for _ in range(halvings):
        middle = (low + high) / 2
        if radius(middle * mu, batch) < 1:
            low = middle
        else:
            high = middle
    return low


def measured_rate(mu: np.ndarray, batch: int) -> float:
    """The smallest radius over lr, which has one minimum below the full-batch limit.

    mu (n,). Minimised in log lr: a bounded search of the radius itself, to the default tolerance
    1e-5 of log lr, which at a minimum is far less in the radius.
    """
    # not below 1 / (2 n e^3) of that limit: the best step is at least of order 1 / n of it
    top = np.log(2 / mu.max())
    bottom = top - np.log(2 * len(mu)) - 3

    def of_log_rate(x):
        return radius(np.exp(x) * mu, batch)

    lowest = minimize_scalar(
        of_log_rate,
        bounds=(bottom, top),
        method="bounded",
    )
    return float(lowest.fun)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
