"""What no gradient method can beat on a quadratic: minimax polynomials, steps, and lower bounds.

A method that combines past gradients moves the mode of eigenvalue lam by p(lam), p a polynomial of
degree T with p(0) = 1. All facts here are classical (Chebyshev; Polyak 1964 for heavy ball) except
where "derived" is said. ValueError unless kappa > 1, 0 < smallest < largest, and the number of
steps is an integer >= 1, or where a function says otherwise.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog, minimize

from lab.checks import above_one, generator, loops, positive, probability, real
from lab.domains import Numbers, in_range, number, runs_fit, together, vector, whole

# optimised_schedules: the p-norm that stands for the maximum is smooth, and within m^(1/p) of it:
# 12 % for m = 100 eigenvalues, which the descent direction does not notice
SMOOTH_NORM = 40
# its descents settle in some 30 iterations
ITERATIONS = 60


def _interval(smallest, largest):
    """Centre and half width."""
    smallest = number("smallest", smallest, positive)
    largest = number("largest", largest, positive)
    if not largest > smallest:
        raise ValueError(f"largest = {largest:g}: must be > smallest = {smallest:g}")
    return largest / 2 + smallest / 2, largest / 2 - smallest / 2


@in_range
def chebyshev_minimax(kappa: Numbers, steps: Numbers) -> np.ndarray:
    """min over p of degree T, p(0) = 1, of max |p| on [mu, kappa mu]

    1 / T_T((kappa + 1) / (kappa - 1)) = 2 r^T / (1 + r^(2T)), r = (sqrt kappa - 1) / (sqrt kappa +
    1). Arguments broadcast; T >= 0. p is T_T((L + mu - 2 lam) / (L - mu)) over its value at 0, L =
    kappa mu: it equioscillates, and a smaller p would cross it T + 1 times, counting lam = 0.
    """
    kappa = real("kappa", kappa)
    above_one("kappa", kappa)
    steps = whole("steps", steps)
    runs_fit("steps", steps.shape, kappa.shape)

    # log r without cancellation for a large kappa
    root = np.sqrt(kappa)
    y = steps * np.log1p(-2 / (root + 1))
    return 2 * np.exp(y) / (1 + np.exp(2 * y))


@in_range
def chebyshev_step_sizes(
    smallest: float,
    largest: float,
    steps: int,
) -> np.ndarray:
    """1 / (the roots of the minimax polynomial), (T,): the clairvoyant schedule

    On [smallest, largest], from the smallest step to the largest. For large T the order matters in
    floating point (partial products overflow); T <= 30 is safe at kappa = 100.
    """
    centre, half = _interval(smallest, largest)
    k = np.arange(1, loops("steps", steps) + 1)
    angle = (2 * k - 1) * np.pi / (2 * steps)
    return 1 / (centre + half * np.cos(angle))


@in_range
def chebyshev_extrema(
    smallest: float,
    largest: float,
    steps: int,
) -> np.ndarray:
    """The T + 1 points, increasing, where the minimax polynomial of degree T is extremal.

    Eigenvalues there are the worst case for any schedule of T steps (alternation theorem).
    """
    centre, half = _interval(smallest, largest)
    k = np.arange(loops("steps", steps) + 1)
    return centre - half * np.cos(k * np.pi / steps)


@in_range
def minimax_on(lam: np.ndarray, steps: int) -> float:
    """min over p of degree T, p(0) = 1, of max |p(lam_i)| on a finite spectrum (m,) > 0

    By linear programming. At most chebyshev_minimax(max / min, T), with equality when lam contains
    the Chebyshev extrema; 0 when T >= the number of distinct eigenvalues. The polynomial is
    written in Chebyshev polynomials over [min, max], where the program is well conditioned.
    ValueError where it is not solved: many steps at a large kappa.
    """
    lam = vector("lam", lam)
    positive("lam", lam)
    degree = loops("steps", steps)
    if degree >= len(np.unique(lam)):
        return 0.0

    centre, half = _interval(lam.min(), lam.max())
    rows = np.polynomial.chebyshev.chebvander((lam - centre) / half, degree)
    at_zero = np.polynomial.chebyshev.chebvander(np.array([-centre / half]), degree)

    # unknowns: the coefficients, and the maximum that is minimised, above p(lam_i) and -p(lam_i)
    column = np.full((len(lam), 1), -1.0)
    above = np.hstack([rows, column])
    below = np.hstack([-rows, column])
    answer = linprog(
        np.append(np.zeros(degree + 1), 1.0),
        A_ub=np.vstack([above, below]),
        b_ub=np.zeros(2 * len(lam)),
        A_eq=np.append(at_zero, 0.0)[None],
        b_eq=[1.0],
        bounds=[(None, None)] * (degree + 1) + [(0, None)],
        method="highs",
    )
    if not answer.success:
        reason = " ".join(answer.message.split())
        raise ValueError(
            f"steps = {steps}: the linear program failed ({reason}); "
            "use fewer steps or a smaller kappa"
        )
    return float(answer.fun)


@in_range
def optimised_schedules(
    lam: np.ndarray,
    steps: int,
    rng: np.random.Generator,
    *,
    starts: int = 10,
) -> np.ndarray:
    """max_i prod_t |1 - eta_t lam_i| of schedules found by descent from random ones, (starts,)

    Never below minimax_on(lam, steps). Minimises the 40-norm over i (which exceeds the maximum by
    at most m^(1/40)) over log eta in [-log L, -log mu], where the best schedule lies, from uniform
    starts. lam (m,) > 0; rng a generator or an integer seed.
    """
    lam = vector("lam", lam)
    positive("lam", lam)
    steps = loops("steps", steps)
    # roots 1 / eta of the best polynomial are inside [mu, L]
    low = -np.log(lam.max())
    high = -np.log(lam.min())
    first = generator("rng", rng).uniform(low, high, (loops("starts", starts), steps))

    eta = []
    for x in first:
        found = minimize(
            _smooth_peak,
            x,
            args=(lam,),
            jac=True,
            method="L-BFGS-B",
            bounds=[(low, high)] * steps,
            options={"maxiter": ITERATIONS},
        )
        eta.append(np.exp(found.x))

    factors = 1 - np.array(eta)[..., None] * lam
    return np.abs(factors.prod(1)).max(-1)


def _smooth_peak(x, lam):
    """log of the p-norm over i of prod_t (1 - e^(x_t) lam_i), and its gradient in x (T,)."""
    moved = np.exp(x)[:, None] * lam
    p = (1 - moved).prod(0)
    peak = np.abs(p).max()
    if peak == 0:
        # the schedule hits every eigenvalue: nothing is left to improve
        return np.log(np.finfo(float).tiny), np.zeros_like(x)

    weight = np.abs(p / peak) ** SMOOTH_NORM
    factor = np.where(moved == 1, 1.0, 1 - moved)
    slopes = np.where(p == 0, 0.0, weight) * -moved / factor
    value = np.log(peak) + np.log(weight.sum()) / SMOOTH_NORM
    return value, slopes.sum(1) / weight.sum()


@in_range
def gradient_descent_rate(kappa: Numbers) -> np.ndarray:
    """(kappa - 1) / (kappa + 1): contraction per step of gradient descent with the best constant lr

    lr = 2 / (L + mu). Of the distance; the loss contracts by its square. No lower bound for
    schedules: 1 / T_T of `chebyshev_minimax` is about heavy ball's.
    """
    kappa = real("kappa", kappa)
    above_one("kappa", kappa)
    return (kappa - 1) / (kappa + 1)


@in_range
def heavy_ball_rate(kappa: Numbers) -> np.ndarray:
    """(sqrt kappa - 1) / (sqrt kappa + 1): asymptotic contraction of Polyak's heavy ball.

    The T-th root of the minimax value tends to it: asymptotically no method does better.
    """
    kappa = real("kappa", kappa)
    above_one("kappa", kappa)
    root = np.sqrt(kappa)
    return (root - 1) / (root + 1)


@in_range
def steps_at_rate(rate: Numbers, eps: Numbers) -> np.ndarray:
    """log(1 / eps) / (2 log(1 / rate)): steps until a loss has fallen by the factor eps

    The loss contracts by rate^2 per step; rate and eps in (0, 1) broadcast.
    """
    rate, eps = together(rate=rate, eps=eps)
    probability("rate", rate)
    probability("eps", eps)
    return np.log(eps) / (2 * np.log(rate))


@in_range
def constant_step_lower_bound(
    kappa: Numbers,
    eps: Numbers,
    share: Numbers = 1.0,
) -> np.ndarray:
    """T >= (kappa - 1) / 4 log(share / eps) for L_T <= eps L_0 under GD with any constant step

    share > 0: the smaller of the shares that the two extreme eigenvalues have in the loss at the
    start; eps > 0. From L_T / L_0 >= share ((kappa - 1) / (kappa + 1))^(2T) and log(1 + x) <= x.
    Negative, hence vacuous, for eps >= share. (derived)
    """
    kappa, eps, share = together(kappa=kappa, eps=eps, share=share)
    above_one("kappa", kappa)
    positive("share", share)
    positive("eps", eps)
    return (kappa - 1) / 4 * np.log(share / eps)


@in_range
def any_schedule_lower_bound(kappa: Numbers, eps: Numbers) -> np.ndarray:
    """T >= (sqrt kappa - 1) / 2 log(1 / eps) for max_i |p(lam_i)| <= eps, whatever the polynomial

    On the worst spectrum (Chebyshev extrema), for every schedule and method; eps > 0. From
    1 / T_T >= r^T, r = (sqrt kappa - 1) / (sqrt kappa + 1), and log(1 + x) <= x. (derived)
    """
    kappa, eps = together(kappa=kappa, eps=eps)
    above_one("kappa", kappa)
    positive("eps", eps)
    return (np.sqrt(kappa) - 1) / 2 * np.log(1 / eps)
