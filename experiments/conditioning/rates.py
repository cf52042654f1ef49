"""How fast are descent and momentum on a quadratic, and what does a fixed momentum leave?

Errors from the sum of the extreme eigenvectors, where the best constant step of gradient descent
attains its rate at every step. With beta fixed, as in Adam, heavy ball cannot be faster than
sqrt(beta), however good the condition number. (classical; claims preconditioning/local-rate,
momentum/quadratic-rates, momentum/fixed-beta)

Why a fixed beta stops: heavy ball's two roots along an eigenvalue have the product beta, so that
the larger is at least sqrt(beta) in size; equal sizes, the best case, are complex roots.
"""

import numpy as np

from lab.arrays import norm
from lab.objectives import Quadratic
from lab.optimizers import SGD, HeavyBall, Nesterov
from lab.sentences import apart, listed, number
from lab.simulation import simulate
from lab.spectra import geometric
from lab.theory import stability
from lab.theory.preconditioning import critical_kappa, fixed_beta_rate

QUICK = {
    "steps": 60,
    "points": 7,
    "long": 400,
}
UNITS = {
    "no unit": "error bound gap theory critical",
}


def run(
    *,
    dims: int = 20,
    kappa: float = 100.0,
    steps: int = 200,
    betas: tuple = (0.5, 0.9),
    points: int = 15,
    long: int = 4000,
) -> dict[str, np.ndarray]:
    """error (steps + 1, methods) and what theory says of it, bound; gap = 1 - rate (betas, points)
    against kappas, measured over the second half of `long` steps, and theory.

    dims >= 2: of the quadratic of condition number kappa > 1; betas: in (0, 1), of heavy ball at
    its best step.

    bound (steps + 1, methods): rate^t; kappas (points,) from 2 to 1e4; critical (betas,): ((1 +
    sqrt beta) / (1 - sqrt beta))^2. It is no bound for heavy ball, whose roots are double at both
    ends: its error is rate^t times a factor that grows like t. Start: 1 along the two extreme
    eigenvectors, 0 along the others; nothing is drawn.
    """
    lam = geometric(dims, kappa)
    mu, top = lam.min(), lam.max()
    # there the best constant step contracts by its rate at every step, from the first on
    start = np.isin(lam, (mu, top)).astype(float)
    f = Quadratic(np.diag(lam))
    tuned = {
        "GD": (SGD, stability.gd_tuning(mu, top)),
        "Nesterov": (Nesterov, stability.nesterov_tuning(mu, top)),
        "heavy ball": (HeavyBall, stability.heavy_ball_tuning(mu, top)),
    }
    errors = [raced(f, *method, start, steps) for method in tuned.values()]
    t = np.arange(steps + 1)
    bounds = [tuning.rate**t for _, tuning in tuned.values()]

    # from far below the critical kappa of beta = 0.5, 34, to above that of 0.9, 1442
    kappas = np.geomspace(2, 1e4, points)
    grid = np.array(betas)[:, None]
    return {
        "methods": np.array(list(tuned)),
        "t": t,
        "error": np.stack(errors, -1),
        "bound": np.stack(bounds, -1),
        "kappa": np.array(kappa),
        "betas": np.array(betas),
        "kappas": kappas,
        "gap": 1 - measured(kappas, grid, long),
        "theory": 1 - fixed_beta_rate(kappas, grid),
        "critical": critical_kappa(np.array(betas)),
    }


def raced(f, method, tuning, start, steps: int) -> np.ndarray:
    """|e_k| / |e_0| of a method with its best parameters, (steps + 1,).

    tuning: lr, beta and rate as `lab.theory.stability` has them. start (n,), f the quadratic with
    its minimum at 0.
    """
    settings = {} if method is SGD else {"momentum": tuning.beta}
    optimizer = method(tuning.lr, **settings)
    path = simulate(
        f,
        optimizer,
        start,
        steps=steps,
        record={"error": norm},
    )
    return path["error"] / path["error"][0]


def measured(kappas, beta, steps: int) -> np.ndarray:
    """The factor per step of heavy ball on {1, kappa} over the second half of the steps, a period
    of complex roots being averaged over: (betas, kappas).

    kappas (K,), beta (betas, 1). The rate is the slope of log |x| between two windows of an eighth
    of the run, at the middle and at the end, whose means are compared. At lr = 2 (1 + beta) / (1 +
    kappa) both ends of the spectrum contract alike.
    """
    rates = []
    for kappa in kappas:
        lr = 2 * (1 + beta[:, 0]) / (1 + kappa)
        f = Quadratic(np.diag([kappa, 1.0]))
        # a run that reaches 0 has no rate: errors are looked at before 1e-120, whose square is none
        whole = int(min(steps, 120 * np.log(10) / -np.log(np.sqrt(beta.min()))))
        path = simulate(f, HeavyBall(lr, beta[:, 0]), np.ones(2), steps=whole, record={"x": norm})[
            "x"
        ]
        # long enough to hold whole periods of complex roots
        window = whole // 8
        middle = np.log(path[whole // 2 : whole // 2 + window]).mean(0)
        late = np.log(path[-window:]).mean(0)
        rates.append(np.exp((late - middle) / (whole + 1 - window - whole // 2)))
    return np.stack(rates, -1)


def summary(data) -> str:
    """Rates of the tuned methods, and where a better condition number stops to help.

    How many times rate^t an error is, is told at the last step: for heavy ball the number grows
    with the steps. 20 % of 1 - rate is asked of the measurement: double roots near the critical
    kappa converge like 1 / t to their rate.
    """
    t, error = data["t"], data["error"]
    lines = [f"How fast are descent and momentum at condition number {number(data['kappa'])}?"]
    for k, name in enumerate(data["methods"]):
        behind = error[-1, k] / data["bound"][-1, k]
        lines.append(
            f"{str(name)[0].upper()}{str(name)[1:]}: error {number(error[-1, k])} after {t[-1]} "
            f"steps, {number(behind)} times rate^t."
        )
    floors = [number(np.sqrt(beta)) for beta in data["betas"]]
    borders = [number(x) for x in data["critical"]]
    lines.append(
        f"At fixed beta no condition number is faster than sqrt(beta), {listed(floors)}, which is "
        f"reached below {listed(borders)}."
    )
    gap = apart(data["gap"], data["theory"])
    verdict = "agree" if gap < 0.2 else "do NOT agree"
    lines.append(f"Measured 1 - rate {verdict} with theory, within {gap:.1g}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
