"""How wrong are the roots that matrix methods take, against the condition number?

Inverse roots A^(-1/p) on the range (eigenvalues, for p = 1 Cholesky) and by the coupled Newton
iteration, and polar factors by quintics, of matrices with a known answer.

Condition numbers go to 10^12: a double has 16 digits, so that up to there at least four are left of
an inverse, and what is lost beyond rounding is the method's.
"""

import numpy as np

from lab.bases import random
from lab.checks import EPS
from lab.linalg import transposed
from lab.optimizers.matrix.roots import TOLERANCE, matrix_power
from lab.sentences import number, span
from lab.spectra import geometric
from lab.theory.kronecker.polar import polar_error, step_coefficients

VERSION = 1
QUICK = {
    "size": 4,
    "points": 4,
    "seeds": 2,
}
UNITS = {
    "no unit": "*_error *_theory",
    "dimensions": "size",
}
# what rounding leaves
CHAOTIC = ("root_error",)

# what the stop of the iteration aims at
GOOD = 1e-5
# the size at which the largest entry of the error grows at the first step
SMALL = 4

# label -> spectrum, p, root, growth
ROOTS = {
    "exact, p = 1": ("geometric", 1, "exact", "frobenius"),
    "exact, p = 4": ("geometric", 4, "exact", "frobenius"),
    "Newton, p = 4": ("geometric", 4, "newton", "frobenius"),
    "Newton, p = 4, flat": ("flat", 4, "newton", "frobenius"),
    "Newton, p = 4, flat, stop by max": ("flat", 4, "newton", "max"),
}
# label -> name of the list
LISTS = {
    "Jordan": "jordan",
    "Polar Express": "polar express",
    "CANS": "cans",
    "Newton-Schulz": "newton-schulz 5",
    "cubic": "cubic",
}


def run(
    *,
    size: int = 32,
    points: int = 25,
    largest: float = 12.0,
    steps: int = 5,
    seeds: int = 5,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """kappa (K,) from 1 to 10^largest. root_error (C, K): |X A^(1/p) - I|_2 of every root in
    `roots`, the largest of `seeds` matrices with geometric spectra, or "flat": the Gram matrix of
    a gradient with equal entries, of size 4, damped; root_theory (2, K): kappa eps, and size
    tolerance / p for p = 4, what the stop of the iteration allows. polar_kappa (L,) up to its root;
    polar_error (R, L): |P(X) - U V^T|_2 after `steps` quintics of every list in `lists`, X = U S
    V^T with singular values geometric from 1 / kappa to 1; polar_theory (R, L): the largest error
    on that whole interval.

    size: of the matrices; points: condition numbers.

    roots (C,), lists (R,); polar_kappa goes from 10^(1/4) to 10^(largest / 2). seed: of the
    eigenvectors and singular vectors.
    """
    kappa = np.logspace(0, largest, points)
    # a generator per matrix: more seeds don't change the first ones
    rngs = np.random.default_rng(seed).spawn(seeds)
    bases = np.stack([random(size, rng).q for rng in rngs])
    spectra = np.stack([geometric(size, k) for k in kappa])
    # half the decades: a singular value is the root of an eigenvalue
    few = np.logspace(0.25, largest / 2, points)
    singular = np.stack([geometric(size, k) for k in few])

    families = {
        "geometric": (bases, spectra),
        "flat": flat(SMALL, kappa),
    }
    inverse = [root_error(*families[name], *choice) for name, *choice in ROOTS.values()]
    coefficients = [step_coefficients(name, steps) for name in LISTS.values()]
    polar = [factor_error(bases, singular, each) for each in coefficients]
    bound = [polar_error(1 / few, each) for each in coefficients]
    allowed = np.full(points, size * TOLERANCE / 4)
    return {
        "kappa": kappa,
        "roots": np.array(list(ROOTS)),
        "root_error": np.array(inverse),
        "root_theory": np.stack([kappa * EPS, allowed]),
        "polar_kappa": few,
        "lists": np.array(list(LISTS)),
        "polar_error": np.array(polar),
        "polar_theory": np.array(bound),
        "size": np.array(size),
        "steps": np.array(steps),
        "seeds": np.array(seeds),
    }


def root_error(bases, spectra, p: int, root: str, growth: str) -> np.ndarray:
    """|X A^(1/p) - I|_2 at every condition number, the largest over the bases; A = Q diag(lam)
    Q^T, X its root.

    bases (S, n, n), spectra (K, n). Up to kappa eps is nobody's fault: rounding of A moves its
    smallest eigenvalue by that share.
    """
    a = in_basis(bases, spectra)
    whole = in_basis(bases, spectra ** (1 / p))
    x = matrix_power(a, -1 / p, root, growth)
    gap = x @ whole - np.eye(a.shape[-1])
    return largest(gap)


def flat(size: int, kappa: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The eigenvectors of 1 1^T / size and of what is damped to the condition numbers kappa.

    (1, n, n) and (K, n): one large eigenvalue and all others equal, the family on which the two
    rules of stopping differ.
    """
    first = np.ones(size) / np.sqrt(size)
    others = np.eye(size)[:, 1:]
    q, _ = np.linalg.qr(np.column_stack([first, others]))
    least = 1 / kappa
    spectra = np.tile(least[:, None], (1, size))
    spectra[:, 0] = 1.0
    return q[None], spectra


def factor_error(bases, singular, coefficients) -> np.ndarray:
    """|P(X) - U V^T|_2 of X = U diag(s) V^T; V is the next of the bases.

    bases (S, n, n), singular (K, n), coefficients (steps, 3): X <- a X + (b X X^T + c (X X^T)^2) X.
    """
    others = np.roll(bases, 1, axis=0)
    x = between(bases, singular, others)
    for a, b, c in coefficients:
        square = x @ transposed(x)
        polynomial = b * square + c * square @ square
        x = a * x + polynomial @ x
    ones = np.ones_like(singular)
    return largest(x - between(bases, ones, others))


def in_basis(bases, spectra) -> np.ndarray:
    """Q diag(lam) Q^T, (K, S, n, n)."""
    return between(bases, spectra, bases)


def between(left, spectra, right) -> np.ndarray:
    """U diag(s) V^T, (K, S, n, n).

    Of every singular spectrum s (K, n) with every pair of bases (S, n, n).
    """
    scaled = left * spectra[:, None, None, :]
    return scaled @ transposed(right)


def largest(gap) -> np.ndarray:
    """The spectral norm, the largest over seeds, (K,).

    gap (K, S, n, n).
    """
    sizes = np.linalg.norm(gap, 2, axis=(-2, -1))
    return sizes.max(-1)


def summary(data) -> str:
    """Up to which condition number a root is right, and where measured errors are over theory.

    "Right" is an error below 1e-5 for this condition number and all smaller ones tried: the
    iteration's tolerance is 1e-6.
    """
    kappa = data["kappa"]
    lines = [
        f"How wrong are matrix roots up to condition number {kappa[-1]:.0e}, size {data['size']}?"
    ]
    for name, error in zip(data["roots"], data["root_error"], strict=True):
        good = kappa[np.logical_and.accumulate(error < GOOD)]
        told = f"below {GOOD:g} up to {good[-1]:.1e}" if len(good) else f"never below {GOOD:g}"
        lines.append(f"{name}: error {told}, largest {number(error.max())}.")
    # below is what rounding leaves
    over = (data["polar_error"] / np.maximum(data["polar_theory"], 1e-12)).max(-1)
    best = data["lists"][data["polar_error"].argmin(0)]
    lines.append(
        f"Polar factors after {data['steps']} steps: largest measured error over the exact one of "
        f"the interval {span(over.min(), over.max())}."
    )
    ends = " and ".join(dict.fromkeys((str(best[1]), str(best[-1]))))
    lines.append(f"Least error from the smallest to the largest condition number: {ends}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
