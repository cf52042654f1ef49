"""Worst cases of first-order methods with exact constants: the largest loss, gradient or distance.

After N steps. L: smoothness, mu: strong convexity, R = |theta_0 - theta*|_2, M: Lipschitz constant
of f, h = L lr. Every function is elementwise in its arguments, which broadcast. The functions that
attain the bounds are in lab.objectives.worst_case.

`travel` c of a method is how far it goes in N steps, in units of g / L, while the gradient g stays
the same; on the Huber function with slope L R / (2 c + 1) it ends with gap L R^2 / (2 (2 c + 1))
(derived). For three of the methods here that is the worst case.

Everywhere: N an integer >= 0 (>= 1 for OGM and signs), 0 < h < 2, and L, R, M, gaps and norms >= 0.
ValueError outside.
"""

from __future__ import annotations

import numpy as np

from lab.checks import loops, nonnegative, positive, real
from lab.domains import Numbers, in_range, together, whole
from lab.matrix_checks import symmetric

# max_norm_smoothness enumerates 2^(n-1) sign vectors: half a million at 20
LARGEST_CUBE = 20


@in_range
def gd_travel(steps: Numbers, h: Numbers = 1.0) -> Numbers:
    """c = N h."""
    steps, h = _descent(steps, h)
    return steps * h


@in_range
def nesterov_travel(steps: Numbers) -> Numbers:
    """c = (N^2 + 5 N + 2) / 8 for the x-sequence of AcceleratedGradient, N >= 1; 0 for N = 0

    The moves d_{k+1} = 1 + k / (k + 3) d_k are (k + 4) / 4, from the second on (derived).
    """
    steps = whole("steps", steps)
    return np.where(steps > 0, (steps**2 + 5 * steps + 2) / 8, 0.0)


@in_range
def ogm_travel(steps: int) -> float:
    """c = (a_N^2 - 1) / 2, a_N = ogm_factor(N)."""
    return (ogm_factor(steps) ** 2 - 1) / 2


@in_range
def ogm_factor(steps: int) -> float:
    """a_N of OGM: a_0 = 1, a_{t+1} = (1 + sqrt(1 + 4 a_t^2)) / 2, the last one with 8 instead of 4

    a_1 = 2, a_2 = 2.842...
    """
    n = loops("steps", steps)
    a = 1.0
    for t in range(1, n + 1):
        # with 4 throughout it is the sequence of Nesterov's method
        weight = 8 if t == n else 4
        a = (1 + np.sqrt(1 + weight * a**2)) / 2
    return float(a)


@in_range
def huber_gap(
    travel: Numbers,
    smoothness: Numbers = 1.0,
    radius: Numbers = 1.0,
) -> Numbers:
    """L R^2 / (2 (2 c + 1)): what a method of travel c >= 0 leaves of its worst Huber function."""
    travel, smoothness, radius = _amounts(
        travel=travel,
        smoothness=smoothness,
        radius=radius,
    )
    return smoothness * radius**2 / (2 * (2 * travel + 1))


@in_range
def gd_gap(
    steps: Numbers,
    h: Numbers = 1.0,
    smoothness: Numbers = 1.0,
    radius: Numbers = 1.0,
) -> Numbers:
    """f_N - f* <= (L R^2 / 2) max{1 / (2 N h + 1), (1 - h)^(2N)}, 0 < h < 2; f convex and L-smooth.

    Drori & Teboulle 2014 for h <= 1, conjectured there for h > 1 (proved since, recalled).
    Attained: Huber, and the quadratic.
    """
    huber = huber_gap(gd_travel(steps, h), smoothness, radius)
    steps, h = _descent(steps, h)
    smoothness, radius = _amounts(smoothness=smoothness, radius=radius)
    quadratic = smoothness * radius**2 / 2 * (1 - h) ** (2 * steps)
    return np.maximum(huber, quadratic)


@in_range
def gd_gradient_from_distance(
    steps: Numbers,
    h: Numbers = 1.0,
    smoothness: Numbers = 1.0,
    radius: Numbers = 1.0,
) -> Numbers:
    """|g_N| <= L R max{1 / (N h + 1), |1 - h|^N}; f convex and L-smooth.

    Attained: Huber with delta = R / (N h + 1), the quadratic.
    """
    steps, h = _descent(steps, h)
    smoothness, radius = _amounts(smoothness=smoothness, radius=radius)
    huber = 1 / (gd_travel(steps, h) + 1)
    quadratic = np.abs(1 - h) ** steps
    return smoothness * radius * np.maximum(huber, quadratic)


@in_range
def gd_gradient_from_gap(
    steps: Numbers,
    h: Numbers = 1.0,
    smoothness: Numbers = 1.0,
    gap: Numbers = 1.0,
) -> Numbers:
    """|g_N|^2 <= 2 L (f_0 - f*) max{1 / (2 N h + 1), (1 - h)^(2N)}; f convex and L-smooth.

    Attained as gd_gradient_from_distance.
    """
    steps, h = _descent(steps, h)
    smoothness, gap = _amounts(smoothness=smoothness, gap=gap)
    huber = 1 / (2 * gd_travel(steps, h) + 1)
    quadratic = (1 - h) ** (2 * steps)
    return 2 * smoothness * gap * np.maximum(huber, quadratic)


@in_range
def gd_contraction(
    mu: Numbers,
    smoothness: Numbers,
    lr: Numbers,
) -> Numbers:
    """rho = max(|1 - lr mu|, |1 - lr L|) on mu-strongly convex, L-smooth f, 0 <= mu <= L, lr > 0

    Distance, gradient and root of the gap shrink by rho per step. Smallest at lr = 2 / (L + mu):
    (kappa - 1) / (kappa + 1). Attained: quadratics.
    """
    mu, smoothness, lr = together(mu=mu, smoothness=smoothness, lr=lr)
    nonnegative("mu", mu)
    nonnegative("smoothness - mu", smoothness - mu)
    positive("lr", lr)
    return np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * smoothness))


@in_range
def line_search_contraction(mu: Numbers, smoothness: Numbers) -> Numbers:
    """((kappa - 1) / (kappa + 1))^2: f-gap ratio per step of GD with exact line search, 0 < mu <= L

    (de Klerk, Glineur & Taylor 2017; on quadratics Kantorovich). Attained at every step on
    diag(mu, L) from (1 / mu, 1 / L).
    """
    mu, smoothness = together(mu=mu, smoothness=smoothness)
    positive("mu", mu)
    nonnegative("smoothness - mu", smoothness - mu)
    return ((smoothness - mu) / (smoothness + mu)) ** 2


@in_range
def gd_nonconvex(
    steps: Numbers,
    smoothness: Numbers = 1.0,
    gap: Numbers = 1.0,
) -> Numbers:
    """min_{k <= N} |g_k|^2 <= 4 L (f_0 - f*) / (3 N + 2), step 1 / L; f L-smooth

    (Abbaszadehpeivasti, de Klerk & Zamani 2022.) Attained:
    lab.objectives.worst_case.worst_nonconvex.
    """
    steps = whole("steps", steps)
    smoothness, gap = _amounts(smoothness=smoothness, gap=gap)
    return 4 * smoothness * gap / (3 * steps + 2)


@in_range
def ogm_gap(
    steps: int,
    smoothness: Numbers = 1.0,
    radius: Numbers = 1.0,
) -> Numbers:
    """f(x_N) - f* <= L R^2 / (2 a_N^2): .125, .06189418, .01858814 for N = 1, 2, 5 at L = R = 1

    (Kim & Fessler 2016.) Attained: Huber, and the quadratic.
    """
    return huber_gap(ogm_travel(steps), smoothness, radius)


@in_range
def nesterov_gap(
    steps: Numbers,
    smoothness: Numbers = 1.0,
    radius: Numbers = 1.0,
) -> Numbers:
    """f(x_N) - f* <= 2 L R^2 / (N^2 + 5 N + 6): 1/6, 1/10, 1/28 for N = 1, 2, 5 at L = R = 1

    L R^2 / 2 for N = 0, where no step has been made. Momentum t / (t + 3), step 1 / L. Attained:
    Huber.
    """
    return huber_gap(nesterov_travel(steps), smoothness, radius)


@in_range
def subgradient_gap(
    steps: Numbers,
    lipschitz: Numbers = 1.0,
    radius: Numbers = 1.0,
) -> Numbers:
    """min_{k <= N} f_k - f* <= M R / sqrt(N + 1), step R / (M sqrt(N + 1))

    f convex and M-Lipschitz. Attained: MaxCoordinate.
    """
    steps = whole("steps", steps)
    lipschitz, radius = _amounts(lipschitz=lipschitz, radius=radius)
    return lipschitz * radius / np.sqrt(steps + 1)


@in_range
def sign_decrease(
    gradient_l1: Numbers,
    lr: Numbers,
    smoothness_l1: Numbers,
) -> Numbers:
    """f - f+ >= lr |g|_1 - lr^2 |L|_1 / 2 for one step of SignSGD with lr >= 0

    f(y) <= f(x) + <g, y - x> + sum L_i (y_i - x_i)^2 / 2, |L|_1 = sum L_i. Attained: diagonal
    quadratics. A step sqrt(2 (f_0 - f*) / (|L|_1 N)) gives sign_rate.
    """
    gradient_l1, lr, smoothness_l1 = _amounts(
        gradient_l1=gradient_l1,
        lr=lr,
        smoothness_l1=smoothness_l1,
    )
    return lr * gradient_l1 - lr**2 * smoothness_l1 / 2


@in_range
def sign_rate(
    steps: Numbers,
    smoothness_l1: Numbers,
    gap: Numbers,
) -> Numbers:
    """(1/N) sum_{k < N} |g_k|_1 <= sqrt(2 (f_0 - f*) |L|_1 / N), at the step of sign_decrease."""
    steps = whole("steps", steps, 1)
    smoothness_l1, gap = _amounts(smoothness_l1=smoothness_l1, gap=gap)
    return np.sqrt(2 * gap * smoothness_l1 / steps)


@in_range
def max_norm_smoothness(h: np.ndarray) -> float:
    """L_inf = max over sign vectors s of s^T H s: tr H <= L_inf <= sum |H_ij|

    H (n, n) positive semi-definite, n <= 20: 2^(n-1) vectors are enumerated. ValueError otherwise.
    The step (|g|_1 / L_inf) sign(g) decreases a quadratic by at least |g|_1^2 / (2 L_inf).
    """
    h = symmetric("h", real("h", h))
    n = len(h)
    if n > LARGEST_CUBE:
        raise ValueError(
            f"h has {n} rows: must have at most {LARGEST_CUBE}, 2^(n-1) are enumerated"
        )

    # bit i of the number of a vector is its sign i; the last sign is always +
    numbered = np.arange(2 ** (n - 1))[:, None]
    bits = numbered >> np.arange(n) & 1
    signs = 1 - 2 * bits
    return float(np.einsum("si,si->s", signs, signs @ h).max())


def _descent(steps, h):
    """N and h = L lr of gradient descent."""
    steps, h = together(steps=steps, h=h)
    steps = whole("steps", steps)
    positive("h", h)
    positive("2 - h", 2 - h)
    return steps, h


def _amounts(**named):
    """Arguments that are non-negative and broadcast, in the order given."""
    for name, x in named.items():
        nonnegative(name, real(name, x))
    return together(**named)
