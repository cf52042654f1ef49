"""Does the better conditioned of two scalings need fewer steps of conjugate gradients?

G(n) has a condition number that no diagonal improves, and Jacobi makes it 1.8 to 3 times larger;
yet conjugate gradients need tens of times fewer steps with Jacobi. What bounds them is n ln omega,
which Jacobi minimises. (derived, after remarks of Jung, Torregrosa-Belen & Wolkowicz 2025)

Kaporin's bound: |r_j| <= (K^(1/j) - 1)^(j/2) |b|, ln K = n ln omega, omega the arithmetic over the
geometric mean of the eigenvalues. It counts all of them, where kappa sees the two at the ends.

Nothing is drawn. The right side is a vector of ones, scaled with the matrix: D G D y = D 1, y =
D^-1 x. Steps stop at the residual of the system that is solved, which with Jacobi is not the
residual of G x = 1.
"""

import numpy as np

from lab.checks import probability
from lab.linalg import kappa
from lab.sentences import apart, number
from lab.theory.conditioning import (
    cg_steps,
    deflated_steps,
    jacobi,
    jacobi_wins,
    kaporin_steps,
    log_kaporin,
    predicted_cg_steps,
    scaled,
)

VERSION = 1
QUICK = {"dims": (20, 60)}
UNITS = {
    "no unit": "tol log_k",
    "steps": "measured predicted by_log_k by_kappa",
}

CASES = ("kappa-optimal", "Jacobi")


def run(
    *,
    dims: tuple = (20, 50, 100, 200, 500),
    tol: float = 1e-7,
) -> dict[str, np.ndarray]:
    """For the matrix as it is and with Jacobi, (2, D): kappa, log_k = n ln omega, steps measured in
    floating point and predicted from the spectrum, and two bounds: by kappa, by log_k.

    dims (D,): sizes n >= 7; tol in (0, 1): what is left of the residual, right side 1.

    cases (2,): "kappa-optimal" is G itself. by_kappa is 1/2 sqrt(kappa) ln(2 sqrt(kappa) / tol),
    by_log_k the first j at which Kaporin's bound is below tol; both hold in exact arithmetic.
    """
    probability("tol", tol)
    found = {"dims": np.array(dims), "cases": np.array(CASES), "tol": np.array(tol)}
    columns = []
    for n in dims:
        g = jacobi_wins(n)
        d = jacobi(g)
        b = np.ones(n)
        # of one system: b is scaled with the matrix
        columns.append([_row(g, b, tol), _row(scaled(g, d), d * b, tol)])
    table = np.array(columns)
    for k, name in enumerate(("kappa", "log_k", "measured", "predicted", "by_kappa", "by_log_k")):
        found[name] = table[:, :, k].T
    return found


def _row(h, b, tol) -> list[float]:
    """kappa, log_k, and the four numbers of steps, in the order of run's table.

    h (n, n) positive definite, b (n,), tol: of the residual.
    """
    lam, v = np.linalg.eigh(h)
    condition = float(kappa(h))
    log_k = float(log_kaporin(h))
    return [
        condition,
        log_k,
        cg_steps(h, b, tol),
        predicted_cg_steps(lam, (b @ v) ** 2, tol),
        # the residual may be sqrt(kappa) times the energy norm
        deflated_steps(lam, tol / np.sqrt(condition)),
        kaporin_steps(log_k, tol),
    ]


def summary(data) -> str:
    """Condition numbers and steps at the largest size, and the rule that fails.

    The rule that fails is: the smaller kappa needs fewer steps. That n ln omega has the order right
    is said of its bound, which is compared between the two cases, not with the steps themselves.

    Steps are told of one right side; another may need fewer, where it has no part along some
    eigenvectors.
    """
    n = data["dims"][-1]
    plain, better = data["measured"][:, -1]
    kappa_plain, kappa_better = data["kappa"][:, -1]
    broken = (data["kappa"][0] < data["kappa"][1]) & (data["measured"][0] > data["measured"][1])
    right = (data["by_log_k"][0] > data["by_log_k"][1]).sum()
    return "\n".join(
        [
            f"Does the better conditioned scaling need fewer steps, to {number(data['tol'])}?",
            f"n = {n}: condition number {number(kappa_plain)} and {number(plain)} steps; with "
            f"Jacobi {number(kappa_better)} and {number(better)} steps.",
            f"The rule fails at {broken.sum()} of {len(broken)} sizes; n ln omega has the order "
            f"right at {right}.",
            f"Predictions from the spectrum are within "
            f"{100 * apart(data['predicted'], data['measured']):.2g} %.",
        ]
    )


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
