"""Linear stability: rates of momentum methods on quadratics, edges, and the largest step of Adam.

lam: an eigenvalue of the Hessian, mu <= lam <= L. For adaptive methods lam is an eigenvalue of
P^-1 H with the preconditioner P = diag(sqrt(v) + eps) frozen: the preconditioned sharpness.
Everything is elementwise in its arguments unless it says otherwise; shapes broadcast.

A mode obeys x_{t+1} = a x_t - b x_{t-1}, so that its rate is the largest root of z^2 - a z + b. It
is below 1 iff |b| < 1 and |a| < 1 + b; edges are where one of these fails, mostly at z = -1: the
mode changes its sign at every step. Rates say nothing of the first steps: at a double root |x_t|
behaves as t rate^t.

Everywhere: lr > 0, 0 < mu <= L, heavy-ball coefficients beta in (-1, 1), decay rates beta1 and
beta2 of averages in [0, 1), ValueError outside; lam is any real number.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import fraction, nonnegative, positive, real
from lab.domains import Numbers, entries, in_range, runs_fit, together
from lab.linalg import ratio


class Tuning(NamedTuple):
    """lr, beta and the rate they give: the spectral radius over [mu, L]."""

    lr: Numbers
    beta: Numbers
    rate: Numbers


def momentum_coefficient(
    name: str,
    beta: Numbers,
) -> None:
    """ValueError unless every beta is in (-1, 1): others have a root outside the unit circle."""
    beta = real(name, beta)
    outside = np.abs(beta) >= 1
    if outside.any():
        raise ValueError(f"{name} = {beta[outside].flat[0]:g}: must be in (-1, 1)")


def _largest_root(a, b):
    """max |z| over z^2 - a z + b = 0, real a, b.

    Of two real roots the one with the sign of a, in which nothing cancels.
    """
    # conjugate roots have the product b, hence the modulus sqrt b
    gap = a**2 - 4 * b
    complex_pair = np.sqrt(np.abs(b))
    root = np.sqrt(np.maximum(gap, 0.0))
    real_pair = (np.abs(a) + root) / 2
    return np.where(gap < 0, complex_pair, real_pair)


def _dynamics(lam, lr, beta):
    """The three, checked."""
    lam, lr, beta = together(lam=lam, lr=lr, beta=beta)
    positive("lr", lr)
    momentum_coefficient("beta", beta)
    return lam, lr, beta


@in_range
def heavy_ball_radius(
    lam: Numbers,
    lr: Numbers,
    beta: Numbers,
) -> Numbers:
    """max |z| over z^2 - (1 + beta - lr lam) z + beta = 0.

    x+ = x - lr lam x + beta (x - x_before). sqrt(beta), whatever lam is, while |1 + beta - lr lam|
    < 2 sqrt(beta); 1 at lam = 0, and above 1 for lam < 0.
    """
    lam, lr, beta = _dynamics(lam, lr, beta)
    return _largest_root(1 + beta - lr * lam, beta)


@in_range
def nesterov_radius(
    lam: Numbers,
    lr: Numbers,
    beta: Numbers,
) -> Numbers:
    """max |z| over z^2 - (1 + beta)(1 - lr lam) z + beta (1 - lr lam) = 0.

    x+ = s x + beta s (x - x_before), s = 1 - lr lam: the gradient after the extrapolation. 0 where
    lr lam = 1.
    """
    lam, lr, beta = _dynamics(lam, lr, beta)
    s = 1 - lr * lam
    return _largest_root((1 + beta) * s, beta * s)


def _spectrum(mu, smoothness):
    """mu and L, checked."""
    mu, smoothness = together(mu=mu, smoothness=smoothness)
    positive("mu", mu)
    nonnegative("smoothness - mu", smoothness - mu)
    return mu, smoothness


@in_range
def gd_tuning(
    mu: Numbers,
    smoothness: Numbers,
) -> Tuning:
    """lr = 2 / (L + mu): (kappa - 1) / (kappa + 1).

    Where |1 - lr mu| = |1 - lr L|. beta is 0; 0, one step, for kappa = 1.
    """
    mu, smoothness = _spectrum(mu, smoothness)
    total = smoothness + mu
    return Tuning(2 / total, 0.0, (smoothness - mu) / total)


@in_range
def heavy_ball_tuning(
    mu: Numbers,
    smoothness: Numbers,
) -> Tuning:
    """lr = 4 / (sqrt L + sqrt mu)^2, beta = rate^2: (sqrt kappa - 1) / (sqrt kappa + 1)

    The best of any method of this form. Both ends of the spectrum have a double root there:
    iterates behave as t rate^t, and a perturbation e moves the rate by sqrt e.
    """
    mu, smoothness = _spectrum(mu, smoothness)
    low = np.sqrt(mu)
    high = np.sqrt(smoothness)
    total = high + low
    rate = (high - low) / total
    return Tuning(4 / total**2, rate**2, rate)


@in_range
def nesterov_tuning(
    mu: Numbers,
    smoothness: Numbers,
) -> Tuning:
    """The usual lr = 1 / L, beta = (sqrt kappa - 1) / (sqrt kappa + 1): 1 - 1 / sqrt kappa

    A double root at mu.
    """
    mu, smoothness = _spectrum(mu, smoothness)
    root = np.sqrt(smoothness / mu)
    beta = (root - 1) / (root + 1)
    return Tuning(1 / smoothness, beta, 1 - 1 / root)


@in_range
def nesterov_best_tuning(
    mu: Numbers,
    smoothness: Numbers,
) -> Tuning:
    """lr = 4 / (3 L + mu), beta = (w - 2) / (w + 2), w = sqrt(3 kappa + 1): 1 - 2 / w

    The best for quadratics (Lessard, Recht & Packard 2016).
    """
    mu, smoothness = _spectrum(mu, smoothness)
    w = np.sqrt(3 * smoothness / mu + 1)
    beta = (w - 2) / (w + 2)
    return Tuning(4 / (3 * smoothness + mu), beta, 1 - 2 / w)


@in_range
def sgd_edge(lr: Numbers) -> Numbers:
    """lam < 2 / lr: GD, and RMSProp and AdaGrad with their preconditioner frozen."""
    lr = real("lr", lr)
    positive("lr", lr)
    return 2 / lr


@in_range
def heavy_ball_edge(
    lr: Numbers,
    beta: Numbers,
) -> Numbers:
    """lam < 2 (1 + beta) / lr: momentum beta > 0 widens the range of GD, up to twice."""
    _, lr, beta = _dynamics(0.0, lr, beta)
    return 2 * (1 + beta) / lr


@in_range
def nesterov_edge(
    lr: Numbers,
    beta: Numbers,
) -> Numbers:
    """lam < 2 (1 + beta) / ((1 + 2 beta) lr), and (1 - 1 / beta) / lr for beta < -1/3

    Below -1/3 it is the product of the roots, beta (1 - lr lam), that leaves the unit circle first.
    Narrower than GD's for 0 < beta: the extrapolation amplifies what overshoots.
    """
    _, lr, beta = _dynamics(0.0, lr, beta)
    # infinite at beta = 0, where there is no second root; not chosen there
    by_product = ratio(beta - 1, beta, np.inf) / lr
    steepest = (1 + 2 * beta) * lr
    by_sum = 2 * (1 + beta) / steepest
    return np.where(beta < -1 / 3, by_product, by_sum)


def _averages(lr, beta1):
    """Both, checked: beta1 of an average, which is not negative."""
    lr, beta1 = together(lr=lr, beta1=beta1)
    positive("lr", lr)
    fraction("beta1", beta1)
    return lr, beta1


@in_range
def adam_edge(
    lr: Numbers,
    beta1: Numbers,
) -> Numbers:
    """lam < 2 (1 + beta1) / ((1 - beta1) lr): 38 / lr at beta1 = 0.9 (Cohen et al. 2022).

    Also momentum as an exponential average, which is heavy ball with the rate (1 - beta1) lr.
    """
    lr, beta1 = _averages(lr, beta1)
    return 2 * (1 + beta1) / ((1 - beta1) * lr)


@in_range
def nadam_edge(
    lr: Numbers,
    beta1: Numbers,
) -> Numbers:
    """lam < 2 (1 + beta1) / ((1 - beta1)(1 + 2 beta1) lr): 95 / (7 lr) at 0.9

    NAdam with beta1 m + (1 - beta1) g and constant beta1: Nesterov's edge with the rate (1 - beta1)
    lr.
    """
    lr, beta1 = _averages(lr, beta1)
    return 2 * (1 + beta1) / ((1 - beta1) * (1 + 2 * beta1) * lr)


@in_range
def adamw_edge(
    lr: Numbers,
    beta1: Numbers,
    weight_decay: Numbers,
) -> Numbers:
    """lam < (1 + beta1)(2 - lr w) / ((1 - beta1) lr), w >= 0 the decoupled decay

    370.5 at lr = 0.1, beta1 = 0.9, w = 0.5. Negative where lr w > 2: the decay alone diverges. At
    the edge z^2 - (1 - lr w + beta1 - (1 - beta1) lr lam) z + beta1 (1 - lr w) has the root -1.
    lam is the largest eigenvalue of D^(-1/2) H D^(-1/2), D = |g| + eps at AdamW's fixed point, for
    beta2 -> 1; beta2 < beta1 lowers the edge.
    """
    lr, beta1, weight_decay = together(lr=lr, beta1=beta1, weight_decay=weight_decay)
    positive("lr", lr)
    fraction("beta1", beta1)
    nonnegative("weight_decay", weight_decay)
    return (1 + beta1) * (2 - lr * weight_decay) / ((1 - beta1) * lr)


@in_range
def adam_step_bound(
    beta1: Numbers,
    beta2: Numbers,
    t: Numbers = np.inf,
) -> np.ndarray:
    """|delta_t| <= lr B_t after t >= 1 steps; t = inf is the limit

        B_t = (1 - b1) / (1 - b1^t) sqrt((1 - b2^t) / (1 - b2) (1 - q^t) / (1 - q)),  q = b1^2 / b2

    By Cauchy-Schwarz, (sum b1^j g_j)^2 <= sum q^j sum b2^j g_j^2; attained by gradients
    proportional to (b2 / b1)^t. B_1 = 1; as t -> infinity B = 7.2703 at the defaults. ValueError
    unless q < 1, beyond which no constant bounds the step, and 0 < b2 < 1.
    """
    beta1, beta2 = together(beta1=beta1, beta2=beta2)
    fraction("beta1", beta1)
    fraction("beta2", beta2)
    positive("beta2", beta2)
    if not (beta1**2 < beta2).all():
        raise ValueError(f"beta1 reaches {beta1.max():g}: must be below sqrt(beta2)")

    # not `together`: t = inf is a limit that exists
    t = entries("t", t, 0)
    if not (t >= 1).all():
        raise ValueError(f"t = {t.min():g}: must be >= 1")
    runs_fit("t", t.shape, np.broadcast_shapes(beta1.shape, beta2.shape))
    q = beta1**2 / beta2
    first = (1 - beta1) / (1 - beta1**t)
    debiased = (1 - beta2**t) / (1 - beta2)
    second = debiased * (1 - q**t) / (1 - q)
    return np.asarray(first * np.sqrt(second))
