"""The best diagonal scaling beside a solver of semidefinite programs: a part of rivals.

kappa*_d is 1 / tau of

    maximise tau  subject to  tau H <= diag(q) <= H        D = diag(q)^-1/2

(Qu, Gao, Hinder, Ye & Zhou 2025). Clarabel solves it where it and CVXPY are installed; the extra
`crosscheck` has both. Its time grows with about the fifth power of the rows and its memory with the
fourth: one core took 2 s for 40 rows, 11 s for 60, 68 to 74 s and 2.7 GB for 100 (three matrices;
the lab .04 to .06 s), and with 14 GB it could not begin with 200. So it is asked for fewer.
"""

import importlib.util
from collections.abc import Callable

import numpy as np

from lab.bases import random
from lab.instruments.timing import interleaved
from lab.spectra import geometric
from lab.theory.conditioning import jacobi, kappa_with, optimal_diagonal


def scalings(
    sizes: tuple,
    *,
    most: int,
    rounds: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """By solver (K,), `scaling_solvers`, and size (N,): scaling_runs (K, N, rounds) and
    scaling_seconds (K, N), their medians; scaling_kappa (K, N), what the found diagonal attains;
    scaling_bound (N,), which the lab proves that none is below. The same matrices for all, but
    solvers other than the lab have NaN for more than `most` rows.

    seed: of the matrices. The answers are looked at outside of the clock, in one more call of each.
    """
    rng = np.random.default_rng(seed)
    solvers = installed()
    runs = []
    kappas = []
    bounds = []
    none = np.full(
        rounds,
        np.nan,
    )
    for n in sizes:
        h = problem(n, rng)
        # time and memory grow too fast for others, see above
        asked = [name for name in solvers if name == "lab" or n <= most]
        jobs = {name: lambda solver=solvers[name], h=h: solver(h) for name in asked}
        seconds = interleaved(jobs, rounds)
        attained = {name: float(kappa_with(h, solvers[name](h))) for name in asked}
        runs.append([seconds.get(name, none) for name in solvers])
        kappas.append([attained.get(name, np.nan) for name in solvers])
        bounds.append(optimal_diagonal(h).bound)

    measured = np.array(runs).swapaxes(
        0,
        1,
    )
    return {
        "scaling_solvers": np.array(list(solvers)),
        "scaling_sizes": np.array(sizes),
        "scaling_runs": measured,
        "scaling_seconds": np.median(measured, axis=-1),
        "scaling_kappa": np.array(kappas).T,
        "scaling_bound": np.array(bounds),
    }


def problem(
    n: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """A rotated spectrum, in units that spread over two decades: no scaling is obvious.

    (n, n), symmetric to the last bit; eigenvalues 1 to 1e-3 before the units, each between 0.1 and
    10, are multiplied in from both sides.
    """
    q = random(
        n,
        rng,
    ).q
    h = (q * geometric(n, 1e3)) @ q.T
    units = 10 ** rng.uniform(-1, 1, n)
    # from both sides, as changed units of the parameters do
    h = units[:, None] * h * units
    return (h + h.T) / 2


def installed() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The solvers that are there: each makes a diagonal d (n,) of a matrix (n, n).

    Keys are the names in the table; the lab is first, and is what the others are compared with.
    """
    found: dict[str, Callable] = {"lab": lambda h: optimal_diagonal(h).d}
    if importlib.util.find_spec("cvxpy") and importlib.util.find_spec("clarabel"):
        found["SDP (CVXPY, Clarabel)"] = semidefinite
    return found


def semidefinite(h: np.ndarray) -> np.ndarray:
    """From unit diagonal, where the program is well scaled.

    d (n,) for kappa(D H D), D = diag(d): the program is solved for M = D_0 H D_0, D_0 Jacobi's, and
    its diagonal is multiplied with that. Interior points: to the solver's default tolerances, not
    to a certificate of ours.
    """
    import cvxpy

    start = jacobi(h)
    m = start[:, None] * h * start
    q = cvxpy.Variable(len(h))
    tau = cvxpy.Variable()
    middle = cvxpy.diag(q)
    program = cvxpy.Problem(
        cvxpy.Maximize(tau),
        [tau * m << middle, middle << m],
    )
    program.solve(solver=cvxpy.CLARABEL)
    return start / np.sqrt(q.value)


def scalings_told(data) -> str:
    """Seconds at the largest size of every solver, and whether what others find is what the
    certificate allows.

    The gap is over the sizes that both solved.
    """
    told = []
    for name, seconds in zip(data["scaling_solvers"], data["scaling_seconds"], strict=True):
        last = np.flatnonzero(np.isfinite(seconds))[-1]
        told.append(f"{name} {seconds[last]:.2g} s for {data['scaling_sizes'][last]} rows")
    # solvers of cones stop at 1e-8 of their own measures; NaN, not asked, is not below
    below = (data["scaling_kappa"] < data["scaling_bound"] * (1 - 1e-6)).any()
    others = data["scaling_kappa"][1:] / data["scaling_kappa"][:1]
    gap = np.nanmax(abs(others - 1)) if others.size else 0.0
    agreed = f"; values are within {gap:.1g} of the lab's" if others.size else ""
    verdict = "some are BELOW" if below else "none is below"
    return f"Best diagonal: {', '.join(told)}{agreed}, {verdict} the certified bound."
