"""The best diagonal scaling beside solvers of semidefinite programs: a part of rivals.

kappa*_d is 1 / tau of

    maximise tau  subject to  tau H <= diag(q) <= H        D = diag(q)^-1/2

(Qu, Gao, Hinder, Ye & Zhou 2025). Solvers come with CVXPY, which the extra `crosscheck` has.

Clarabel, by interior points: two cones of n (n + 1) / 2 rows are 40,200 for n = 200, a dense matrix
of 13 GB, and (4e4)^3 / 3 = 2e13 operations an iteration. Its time grows with about the fifth power
of n and its memory with the fourth: one core took 2 s for 40 rows, 11 s for 60, 68 to 74 s and
2.7 GB for 100, the lab .04 to .06 s, and with 14 GB it could not begin with 200.

SCS, by operator splitting, has two eigendecompositions an iteration and some thousand iterations:
1.5 s for 100 rows, 33 s for 200. It stops at 1e-4 of its own residuals, and the diagonals that it
finds there were 0.1 to 2 % above the lab's. Both are asked for no more rows than that allows.
"""

import importlib.util
from collections.abc import Callable
from functools import partial

import numpy as np

from lab.bases import random
from lab.instruments.timing import interleaved
from lab.sentences import number
from lab.spectra import geometric
from lab.theory.conditioning import jacobi, kappa_with, optimal_diagonal


def scalings(
    sizes: tuple,
    *,
    most: tuple,
    rounds: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """By solver (K,), `scaling_solvers`, and size (N,): scaling_runs (K, N, rounds) and
    scaling_seconds (K, N), their medians; scaling_kappa (K, N), what the found diagonal attains;
    scaling_bound (N,), which the lab proves that none is below. The same matrices for all, but
    beyond `most` rows (2,), of interior points and of splitting, seconds and kappa are inf: nobody
    waited; kappa is inf, too, where a solver stopped before all of its diagonal was positive.

    seed: of the matrices. The answers are looked at outside of the clock, in one more call of each.
    """
    rng = np.random.default_rng(seed)
    solvers = installed()
    limits = dict(zip(CONES, most, strict=True))
    runs = []
    kappas = []
    bounds = []
    never = np.full(rounds, np.inf)
    for n in sizes:
        h = problem(n, rng)
        # time and memory grow too fast for others, see above
        asked = [name for name in solvers if n <= limits.get(name, n)]
        jobs = {name: lambda solver=solvers[name], h=h: solver(h) for name in asked}
        seconds = interleaved(jobs, rounds)
        attained = {name: scaled_kappa(h, solvers[name](h)) for name in asked}
        runs.append([seconds.get(name, never) for name in solvers])
        kappas.append([attained.get(name, np.inf) for name in solvers])
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


def scaled_kappa(
    h: np.ndarray,
    d: np.ndarray,
) -> float:
    """kappa(D H D), inf for a d (n,) that is no scaling."""
    return float(kappa_with(h, d)) if (d > 0).all() else float(np.inf)


# names in the table, and the name that CVXPY has for the solver, which is also its package's
CONES = {"SDP (CVXPY, Clarabel)": "CLARABEL", "SDP (CVXPY, SCS)": "SCS"}


def installed() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The solvers that are there: each makes a diagonal d (n,) of a matrix (n, n).

    Keys are the names in the table; the lab is first, and is what the others are compared with.
    """
    found: dict[str, Callable] = {"lab": lambda h: optimal_diagonal(h).d}
    for name, solver in CONES.items():
        if importlib.util.find_spec("cvxpy") and importlib.util.find_spec(solver.lower()):
            found[name] = partial(semidefinite, solver=solver)
    return found


def semidefinite(
    h: np.ndarray,
    solver: str,
) -> np.ndarray:
    """From unit diagonal, where the program is well scaled.

    d (n,) for kappa(D H D), D = diag(d): the program is solved for M = D_0 H D_0, D_0 Jacobi's, and
    its diagonal is multiplied with that. To the solver's default tolerances, not to a certificate
    of ours; 0 where its diagonal is not positive.
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
    program.solve(solver=solver)
    found = q.value
    return np.divide(start, np.sqrt(np.maximum(found, 0.0)), where=found > 0, out=0 * start)


def scalings_told(data) -> str:
    """Seconds at the largest size of every solver, how far its values are from the lab's, and
    whether what it finds is what the certificate allows.

    The gap is the largest over the sizes that both solved.
    """
    told = []
    ours = data["scaling_kappa"][0]
    rows = zip(
        data["scaling_solvers"],
        data["scaling_seconds"],
        data["scaling_kappa"],
        strict=True,
    )
    for name, seconds, kappa in rows:
        asked = np.isfinite(seconds)
        last = np.flatnonzero(asked)[-1]
        line = f"{name} {number(seconds[last])} s for {data['scaling_sizes'][last]} rows"
        gap = abs(kappa / ours - 1)[asked].max()
        near = f"values within {number(gap)} of the lab's"
        found = near if np.isfinite(gap) else "not always a scaling"
        told.append(line if name == "lab" else f"{line}, {found}")
    # kappa is computed to n eps kappa
    below = (data["scaling_kappa"] < data["scaling_bound"] * (1 - 1e-6)).any()
    verdict = "some are BELOW" if below else "none is below"
    return f"Best diagonal: {'; '.join(told)}; {verdict} the certified bound."
