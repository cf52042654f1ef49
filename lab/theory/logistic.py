"""Full-batch logistic regression with one-hot inputs: maps, stability thresholds, steps and flows.

In logits z_i = a_i theta_i, with weight_i = pi_i a_i^2 and P(y = 1 | i) = q, diagonal Gauss-Newton
of power p moves every logit alone:

    z+ = z - lr weight^(1+p) S(z)
    S(z) = (sig (1 - sig))^p (sig - q) = (2 cosh(z/2))^(-2p-1) ((1-q) e^(z/2) - q e^(-z/2))

p = -1, GN^-1: the working residual, sinh z at q = 1/2; p = -1/2, GN^-1/2: the Pearson residual,
sinh(z/2) at q = 1/2; p = 0, GD: the response residual sig - q. Sign descent moves it by its sign. S
increases in z for every p in [-1, 0] and vanishes at z* = log(q / (1-q)). The instance and all
statements are derived, for a claim of Liu et al. 2025 whose exact form is not known to us.
"""

from __future__ import annotations

import numpy as np
from scipy.special import wrightomega

from lab.checks import loops, nonnegative, one_of, positive, probability, real, root_power, unit
from lab.domains import (
    Numbers,
    entries,
    filled,
    in_range,
    number,
    runs_fit,
    together,
)
from lab.linalg import ratio

POWERS = {"GN^-1": -1.0, "GN^-1/2": -0.5, "GD": 0.0}
METHODS = (*POWERS, "sign")

LARGEST_LOGIT = 700.0  # e^z is a floating-point number

# learning_rates: just below the threshold, where the deciding logit would cycle for ever
TOP_SHARE = 0.996
# a distance that is a multiple of 2 accuracy up to rounding counts as one
MULTIPLE = 1 + 1e-12
# 10^-decades is a floating-point number, and still is one times the top
MOST_DECADES = 100.0
# from here on e^-start is lost beside 1
STEEP = 40.0


def residual(
    z: Numbers,
    power: Numbers,
    q: Numbers = 0.5,
) -> np.ndarray:
    """S(z) = (sig (1 - sig))^p (sig - q), without overflow before S itself overflows (to +-inf).

    p in [-1, 0], q in [0, 1]; shapes broadcast. A logit that has left the floating-point range
    (inf, NaN) is data and may give NaN.
    """
    z = entries("z", z, 0).astype(float)
    p = real("power", power)
    root_power("power", p)
    q = real("q", q)
    unit("q", q)
    runs_fit("power", p.shape, z.shape)
    runs_fit("q", q.shape, np.broadcast_shapes(p.shape, z.shape))

    far = np.abs(z)
    with np.errstate(all="ignore"):
        # q as log q, inside the exponentials: q = 0 must win against an overflow
        up = np.exp(np.log1p(-q) + np.minimum(z, 0.0) - p * far)
        down = np.exp(np.log(q) - np.maximum(z, 0.0) - p * far)
        return (up - down) * (1 + np.exp(-far)) ** (-2 * p - 1)


@in_range
def two_cycle_partner(
    z: Numbers,
    power: float,
    q: float = 0.5,
) -> np.ndarray:
    """The z' with S(z') = -S(z): the other point of the 2-cycle {z, z'}

    It belongs to the map with lr weight^(1+p) = (z - z') / S(z). -z for q = 1/2; 2 z* - z for
    GN^-1/2, whose residual is odd about z*; for GN^-1 the root of (1-q) y^2 + b y - q = 0, y =
    e^z', b = S(z) + 1 - 2 q. ValueError for q != 1/2 and any other power, q outside (0, 1), and
    |z| > 700, where e^z is no floating-point number.
    """
    z = _logits(z)
    power = number("power", power, root_power)
    q = number("q", q, probability)
    if power == -1.0:
        return _working_partner(z, q)
    if power == -0.5:
        return np.asarray(2 * np.log(q / (1 - q)) - z)
    if q != 0.5:
        raise ValueError(
            f"q = {q:g} with power = {power:g}: a closed form needs q = 1/2, or power -1 or -1/2"
        )
    return -z


def _working_partner(z, q):
    """log of the positive root y, in the form whose terms have one sign."""
    b = residual(z, -1.0, q) + 1 - 2 * q
    root = np.hypot(b, 2 * np.sqrt(q * (1 - q)))
    small = np.log(2 * q / (np.maximum(b, 0.0) + root))
    large = np.log((root - np.minimum(b, 0.0)) / (2 * (1 - q)))
    return np.where(b > 0, small, large)


@in_range
def stability_threshold(
    z: Numbers,
    *,
    power: float,
    q: float = 0.5,
    weight: Numbers = 1.0,
) -> float:
    """sup of the constant lr with which all logits starting at z (n,) converge

        min_i (1 / c_i) min(2 / S'(z*), (z_i - z_i') / S(z_i))

    c_i = weight_i^(1+p), S'(z*) = (q (1-q))^(1+p), z' from `two_cycle_partner`, whose domain holds
    here too; weight > 0. At q = 1/2: 2 M / sinh M (GN^-1), 2 M / (c sinh(M/2)) (GN^-1/2), 8 /
    weight (GD), M the logit that decides. At the threshold the deciding logit stays on a 2-cycle
    through its start, and above it diverges; or the optimum itself is unstable.

    For q = 1/2 this is proved: |z+| = |z| |1 - lr c S(z)/z|, and S(z)/z falls, then rises (u = z/2:
    the sign of its slope is that of (coth u - 1/u) / tanh u - 2p - 1, increasing), so it is
    largest at an end of [0, |z|]. For q != 1/2 it agrees with bisection of the simulation. For
    GN^-1 the formula 2 (z - z*) / S(z), which mirrors z at z*, is not the threshold; and near z*
    the cycle can exceed 2 / S'(z*) (when (1 - 2q)^2 > 1/3), which is why the smaller of the two
    counts.
    """
    power = number("power", power, root_power)
    q = number("q", q, probability)
    z, weight = together(z=filled("z", _logits(z)), weight=weight)
    positive("weight", weight)

    s = residual(z, power, q)
    cycle = ratio(z - two_cycle_partner(z, power, q), s, np.inf)
    local = 2 / (q * (1 - q)) ** (1 + power)
    return float(np.min(np.minimum(local, cycle) / weight ** (1 + power)))


@in_range
def constant_step_bound(
    z: Numbers,
    *,
    power: float,
    accuracy: float,
    weight: Numbers = 1.0,
) -> float:
    """The steps that every constant lr below the stability threshold needs to max|z| <= accuracy

        T >= max_j log(|z_j| / accuracy) / -log(1 - x_j)

    at q = 1/2, x_j = lr_max c_j max(S'(0), S(z_j) / z_j), lr_max the threshold,
    c_j = weight_j^(1+p). Logits with x_j >= 1 may jump to 0 and say nothing, so one logit gives
    zero. With logits M > m, frequencies pi_max, pi_min: larger than (1/x - 1) log(m / accuracy),
        GN^-1    1/x = m sinh M / (2 M sinh m)
        GN^-1/2  1/x = sqrt(pi_max / pi_min) m sinh(M/2) / (2 M sinh(m/2))
        GD       1/x = pi_max / (2 pi_min)
    Sign descent needs ceil(M / accuracy) at most, and ceil(log2(M / accuracy)) steps
    with lr halved every step.

    accuracy > 0 and the domain of `stability_threshold`.
    """
    accuracy = number("accuracy", accuracy, positive)
    power = number("power", power, root_power)
    z, weight = together(z=filled("z", _logits(z)), weight=weight)

    z = np.abs(z)
    threshold = stability_threshold(z, power=power, weight=weight)
    slope = ratio(residual(z, power), z)
    steepest = np.maximum(0.25 ** (1 + power), slope)
    x = threshold * weight ** (1 + power) * steepest

    # 0.5 and 1 stand in where nothing is needed
    slow = (x < 1) & (z > accuracy)
    distance = np.where(slow, z / accuracy, 1.0)
    needed = np.log(distance) / -np.log1p(-np.where(slow, x, 0.5))
    return float(needed.max())


@in_range
def learning_rates(
    instance,
    method: str,
    *,
    accuracy: float = 0.1,
    points: int = 40,
    decades: float = 2.0,
) -> np.ndarray:
    """One protocol for all methods: `points` rates, geometric over `decades`, (points,)

    Up to 0.996 of the exact stability threshold. instance: objective OneHotLogistic with one q, and
    the start theta; method: "GN^-1", "GN^-1/2", "GD" or "sign" (see POWERS); accuracy and decades
    > 0, points >= 2. ValueError outside, TypeError for an instance without the two.

    Sign descent has no threshold: its top is the largest step below 2 accuracy that divides the
    largest distance M to the optimum, M / (floor(M / (2 accuracy)) + 1), since larger steps end in
    a 2-cycle that is too wide for a generic logit. On the two-logit instance (8, 1), spread 100,
    accuracy 0.1, the best rates take 216 (GN^-1), 77 (GN^-1/2), 117 (GD) and 41 (sign) steps; over
    all rates below the threshold 207, 77 and 117, and for sign descent 16, or 8 with lr = 1, which
    happens to divide both logits.
    """
    one_of("method", method, METHODS)
    accuracy = number("accuracy", accuracy, positive)
    decades = number("decades", decades, positive)
    if decades > MOST_DECADES:
        raise ValueError(f"decades = {decades:g}: must be at most {MOST_DECADES:g}")
    loops("points", points, 2)
    f, z = _start(instance)

    q = number("instance.objective.q", f.q.flat[0], probability)
    if method == "sign":
        distance = np.abs(z - np.log(q / (1 - q)))
        far = distance.argmax()
        steps = np.floor(distance[far] / (2 * accuracy) * MULTIPLE) + 1
        top = distance[far] / steps / f.a[far]
    else:
        weight = f.pi * f.a**2
        top = TOP_SHARE * stability_threshold(z, power=POWERS[method], q=q, weight=weight)
    return np.geomspace(top / 10**decades, top, points)


def _start(instance):
    """The objective of an instance and the logits it starts from."""
    f = getattr(instance, "objective", None)
    if f is None or not all(hasattr(f, name) for name in ("pi", "a", "q")):
        raise TypeError("instance: must have an objective with pi, a and q, as OneHotLogistic has")
    kinds = len(np.unique(f.q))
    if kinds > 1:
        raise ValueError(f"instance.objective.q has {kinds} values: must be one")

    theta = real("instance.theta", getattr(instance, "theta", None), 1)
    runs_fit("instance.theta", theta.shape, f.a.shape)
    return f, f.a * theta


@in_range
def separable_flow(
    t: Numbers,
    method: str,
    *,
    start: Numbers = 0.0,
    weight: Numbers = 1.0,
) -> np.ndarray:
    """z(t) of the flow dz/dt = -weight^(1+p) S(z), sign: dz/dt = 1, with q = 1 (separable data)

    Shapes broadcast; t >= 0, weight > 0, any start. From 0 with weight 1:
        GN^-1    z = log(2 e^t - 1)
        GN^-1/2  z = 2 log(1 + t/2), loss ~ 4 / t^2
        GD       z + e^z = 1 + t, loss ~ 1 / t
        sign     z = t, loss ~ e^-t
    The GD law is z = log W(exp(start + e^start + t)), W Lambert's function, without the
    exponential.
    """
    one_of("method", method, METHODS)
    t, start, weight = together(t=t, start=start, weight=weight)
    nonnegative("t", t)
    positive("weight", weight)
    if method == "sign":
        return start + t

    clock = weight ** (1 + POWERS[method]) * t
    if method == "GN^-1":
        # e^z = (e^clock - 1) + e^(clock + start), as logarithms
        return np.logaddexp(clock + np.log(-np.expm1(-clock)), clock + start)
    if method == "GN^-1/2":
        return 2 * np.logaddexp(start / 2, np.log(clock / 2))
    return _response_flow(start, clock)


def _response_flow(start, clock):
    """The root z of z + e^z = start + e^start + clock."""
    gentle = np.minimum(start, STEEP)
    x = gentle + np.exp(gentle) + clock
    omega = np.real(wrightomega(x))
    # log omega = x - omega: the one cancels for a large omega, the other underflows for a small one
    z = np.where(omega > 1, np.log(np.maximum(omega, 1.0)), x - omega)

    # a steep start: e^(z - start) = 1 + (clock - (z - start)) e^-start, z - start beyond its digits
    above = np.maximum(start, STEEP)
    moved = above + np.log1p(clock * np.exp(-above))
    return np.where(start > STEEP, moved, z)


def _logits(z: Numbers) -> np.ndarray:
    z = real("z", z)
    if (np.abs(z) > LARGEST_LOGIT).any():
        raise ValueError(
            f"z reaches {np.abs(z).max():g}: must be in [-700, 700], "
            "where e^z is a floating-point number"
        )
    return z
