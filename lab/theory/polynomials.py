"""What no gradient method can beat on a quadratic: minimax polynomials, step sizes, and lower bounds on the number of steps.

A method that combines past gradients moves the mode of eigenvalue lam by p(lam), p a polynomial of degree T with p(0) = 1. All facts
here are classical (Chebyshev; Polyak 1964 for heavy ball) except where "derived" is said.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog, minimize

from lab.checks import count, positive, probability, real


def _interval(smallest: float, largest: float) -> tuple[float, float]:
    positive("smallest", smallest)
    if not largest > smallest:
        raise ValueError(f"largest = {largest:g}: must be > smallest = {smallest:g}")
    return (largest + smallest) / 2, (largest - smallest) / 2


def _kappa(kappa) -> np.ndarray:
    kappa = real("kappa", kappa)
    if not (kappa > 1).all():
        raise ValueError(f"kappa = {np.min(kappa):g}: must be > 1")
    return kappa


def chebyshev_minimax(kappa, steps):
    """min over p of degree T, p(0) = 1, of max |p| on [mu, kappa mu]  =  1 / T_T((kappa + 1) / (kappa - 1))

    = 2 r^T / (1 + r^(2T)), r = (sqrt kappa - 1) / (sqrt kappa + 1). Arguments broadcast.
    """
    root = np.sqrt(_kappa(kappa))
    y = np.asarray(steps) * np.log1p(-2 / (root + 1))
    return 2 * np.exp(y) / (1 + np.exp(2 * y))


def chebyshev_step_sizes(smallest: float, largest: float, steps: int) -> np.ndarray:
    """1 / (the roots of the minimax polynomial), (T,): the clairvoyant schedule of gradient descent on [smallest, largest].

    From the smallest step to the largest. For large T the order matters in floating point (partial products overflow); T <= 30 is safe
    at kappa = 100.
    """
    centre, half = _interval(smallest, largest)
    k = np.arange(1, count("steps", steps) + 1)
    return 1 / (centre + half * np.cos((2 * k - 1) * np.pi / (2 * steps)))


def chebyshev_extrema(smallest: float, largest: float, steps: int) -> np.ndarray:
    """The T + 1 points of [smallest, largest], increasing, where the minimax polynomial of degree T reaches +- its maximum.

    Eigenvalues there are the worst case for any schedule of T steps (alternation theorem).
    """
    centre, half = _interval(smallest, largest)
    return centre - half * np.cos(np.arange(count("steps", steps) + 1) * np.pi / steps)


def minimax_on(lam: np.ndarray, steps: int) -> float:
    """min over p of degree T, p(0) = 1, of max |p(lam_i)| on a finite spectrum (m,), by linear programming.

    At most chebyshev_minimax(max / min, T), with equality when lam contains the Chebyshev extrema; 0 when T >= the number of
    distinct eigenvalues. The polynomial is written in Chebyshev polynomials over [min, max], where the program is well conditioned.
    """
    lam, degree = real("lam", lam, 1), count("steps", steps)
    centre, half = _interval(float(lam.min()), float(lam.max()))
    rows = np.polynomial.chebyshev.chebvander((lam - centre) / half, degree)
    at_zero = np.polynomial.chebyshev.chebvander(np.array([-centre / half]), degree)
    column = np.full((len(lam), 1), -1.0)
    answer = linprog(
        np.append(np.zeros(degree + 1), 1.0),
        A_ub=np.vstack([np.hstack([rows, column]), np.hstack([-rows, column])]),
        b_ub=np.zeros(2 * len(lam)),
        A_eq=np.append(at_zero, 0.0)[None],
        b_eq=[1.0],
        bounds=[(None, None)] * (degree + 1) + [(0, None)],
        method="highs",
    )
    if not answer.success:
        raise ValueError(f"steps = {steps}: the linear program failed ({answer.message}); use fewer steps or a smaller kappa")
    return float(answer.fun)


def optimised_schedules(lam: np.ndarray, steps: int, rng: np.random.Generator, *, starts: int = 10) -> np.ndarray:
    """max_i prod_t |1 - eta_t lam_i| of schedules found by descent from random ones, (starts,); never below minimax_on(lam, steps).

    Minimises the 40-norm over i (which exceeds the maximum by at most m^(1/40)) over log eta in [-log L, -log mu], where the best
    schedule lies, from uniform starts.
    """
    lam = real("lam", lam, 1)
    positive("lam", lam)

    def smooth(x):
        moved = np.exp(x)[:, None] * lam
        p = (1 - moved).prod(0)
        peak = np.abs(p).max()
        weight = np.abs(p / peak) ** 40
        slopes = np.where(p == 0, 0.0, weight) * -moved / np.where(moved == 1, 1.0, 1 - moved)
        return np.log(peak) + np.log(weight.sum()) / 40, slopes.sum(1) / weight.sum()

    box = -np.log(lam.max()), -np.log(lam.min())
    first = rng.uniform(*box, (count("starts", starts), count("steps", steps)))
    eta = np.exp([minimize(smooth, x, jac=True, method="L-BFGS-B", bounds=[box] * steps, options={"maxiter": 60}).x for x in first])
    return np.abs((1 - eta[..., None] * lam).prod(1)).max(-1)


def gradient_descent_rate(kappa):
    """(kappa - 1) / (kappa + 1): contraction per step of gradient descent with the best constant lr = 2 / (L + mu)."""
    kappa = _kappa(kappa)
    return (kappa - 1) / (kappa + 1)


def heavy_ball_rate(kappa):
    """(sqrt kappa - 1) / (sqrt kappa + 1): asymptotic contraction of heavy ball at Polyak's (lr, beta)."""
    return gradient_descent_rate(np.sqrt(_kappa(kappa)))


def steps_at_rate(rate, eps):
    """log(1 / eps) / (2 log(1 / rate)): steps until a loss that contracts by rate^2 per step has fallen by the factor eps."""
    probability("rate", rate), probability("eps", eps)
    return np.log(eps) / (2 * np.log(rate))


def constant_step_lower_bound(kappa, eps, share=1.0):
    """T >= (kappa - 1) / 4 log(share / eps) for L_T <= eps L_0 under gradient descent with any constant step      (derived)

    share: the smaller of the shares that the two extreme eigenvalues have in the loss at the start. From L_T / L_0 >= share
    ((kappa - 1) / (kappa + 1))^(2T) and log(1 + x) <= x. Negative, hence vacuous, for eps >= share.
    """
    positive("share", share), positive("eps", eps)
    return (_kappa(kappa) - 1) / 4 * np.log(np.asarray(share) / eps)


def any_schedule_lower_bound(kappa, eps):
    """T >= (sqrt kappa - 1) / 2 log(1 / eps) for max_i |p(lam_i)| <= eps, whatever the schedule or the polynomial method      (derived)

    On the worst spectrum (Chebyshev extrema). From 1 / T_T >= r^T, r = (sqrt kappa - 1) / (sqrt kappa + 1), and log(1 + x) <= x.
    """
    positive("eps", eps)
    return (np.sqrt(_kappa(kappa)) - 1) / 2 * np.log(1 / np.asarray(eps))
