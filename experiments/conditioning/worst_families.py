"""How much worse than nothing can a diagonal scaling be?

H = I + (K - 1) u u^T, whose condition number K no diagonal improves as long as max u_i^2 <= 1/2.
Jacobi (unit diagonal) makes it up to n / 2 times larger, row norms, which are what Adam divides by
where the error is isotropic, (1 + sqrt(n / 2)) / 2 times. (derived)

Both are worst cases by construction: they say how bad a scaling can be, not how often it is.
Nothing is said about a matrix whose best diagonal is far below its condition number.
"""

import numpy as np

from lab.linalg import kappa
from lab.sentences import apart, number
from lab.theory.conditioning import (
    jacobi,
    jacobi_hurts,
    kappa_with,
    optimal_diagonal,
    row_norm,
    row_norm_hurts,
)

VERSION = 1
# where the search stops, within 0.1 %
CHAOTIC = ("best_on_jacobi", "best_on_rows", "certified_on_jacobi", "certified_on_rows")
QUICK = {"dims": (3, 6, 10), "condition": 1e6}
UNITS = {
    "no unit": "condition jacobi_on_* rows_on_* best_on_* certified_on_* limit_*",
}


def run(
    *,
    dims: tuple = (3, 4, 5, 6, 8, 10, 14, 20, 28, 40),
    condition: float = 1e8,
    flatness: float = 1e-4,
) -> dict[str, np.ndarray]:
    """Against dims (D,): kappa after over kappa before, of jacobi on its worst family, of row norms
    on theirs, and each on the other's; best_..., certified_...: the best diagonal and its lower
    bound; limit_...: for condition -> inf.

    dims: sizes >= 3; condition >= 1: K; flatness in (0, 1]: eta, of the entries of u beyond two.

    u^2 has two large entries, (1 - eta) / 2 each, and eta spread over the others. best_on_ is at
    most 1 by construction, since no scaling is a diagonal; certified_on_ is a lower bound over all
    diagonals. limit_jacobi n / 2, limit_rows (1 + sqrt(n / 2)) / 2. Nothing is drawn.
    """
    found = {"dims": np.array(dims), "condition": np.array(condition)}
    families = {
        "jacobi": [jacobi_hurts(n, condition, flatness) for n in dims],
        "rows": [row_norm_hurts(n, condition) for n in dims],
    }
    for name, matrices in families.items():
        # measured, although it is K by construction
        before = np.array([float(kappa(h)) for h in matrices])
        for method, scaling in (("jacobi", jacobi), ("rows", row_norm)):
            after = [float(kappa_with(h, scaling(h))) for h in matrices]
            found[f"{method}_on_{name}"] = np.array(after) / before
        # to 0.1 %: the certificate is what matters, not the diagonal
        best = [optimal_diagonal(h, gap=1e-3) for h in matrices]
        found[f"best_on_{name}"] = np.array([b.kappa for b in best]) / before
        found[f"certified_on_{name}"] = np.array([b.bound for b in best]) / before
    # for K -> inf, and for Jacobi's family also eta -> 0 with K eta -> inf
    found["limit_jacobi"] = found["dims"] / 2
    found["limit_rows"] = (1 + np.sqrt(found["dims"] / 2)) / 2
    return found


def summary(data) -> str:
    """How much worse, beside the limits and the certificate.

    Distances from the limits are those of a finite K and eta, not errors: Jacobi's family needs K
    eta -> inf and eta -> 0.
    """
    n = data["dims"][-1]
    jacobis = data["jacobi_on_jacobi"]
    rows = data["rows_on_rows"]
    least = min(data[f"certified_on_{name}"].min() for name in ("jacobi", "rows"))
    return "\n".join(
        [
            f"How much worse than no scaling, at condition number {number(data['condition'])}?",
            f"Jacobi: {number(jacobis[-1])} times at n = {n}, {number(n / 2)} in the limit; "
            f"within {100 * apart(jacobis, data['limit_jacobi']):.2g} % of n / 2 everywhere.",
            f"Row norms: {number(rows[-1])} times at n = {n}, within "
            f"{100 * apart(rows, data['limit_rows']):.2g} % of (1 + sqrt(n / 2)) / 2.",
            f"No diagonal improves on any of them by more than {100 * (1 - least):.2g} %: "
            "certified.",
        ]
    )


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
