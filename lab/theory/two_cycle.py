"""The two-cycle of Adam on lam x^2 / 2: x jumps between a and -a for ever.

Every coordinate of a diagonal quadratic does it alone. b1, b2: Adam's beta1, beta2, in [0, 1).
Debiasing is over (t -> infinity). All results derived: on x_t = (-1)^t a the squared gradient is
constant, so v = (lam a)^2 whatever b2 is, m_t = (1 - b1) / (1 + b1) g_t, and
2 a = lr (1 - b1) / (1 + b1) lam a / (lam a + eps).

Arrays (*r,) broadcast. ValueError unless lr, lam > 0, eps >= 0. The cycle of the optimizer itself:
lab.instruments.two_cycle.
"""

from __future__ import annotations

import numpy as np

from lab.checks import fraction, nonnegative, positive, real, unit
from lab.domains import Numbers, in_range, together


@in_range
def amplitude(
    lr: Numbers,
    beta1: Numbers,
    *,
    eps: Numbers = 0.0,
    lam: Numbers = 1.0,
) -> Numbers:
    """a = lr (1 - b1) / (2 (1 + b1)) - eps / lam, for every b2; 0 when a <= 0

    Adam on lam x^2 / 2 has the exact cycle x = +-a. On it v = (lam a)^2 and m = (1 - b1) / (1 +
    b1) g, so the preconditioned sharpness is the edge 2 (1 + b1) / ((1 - b1) lr).
    """
    lr, beta1, eps, lam = together(lr=lr, beta1=beta1, eps=eps, lam=lam)
    positive("lr", lr)
    fraction("beta1", beta1)
    nonnegative("eps", eps)
    positive("lam", lam)
    free = lr * (1 - beta1) / (2 * (1 + beta1))
    return np.maximum(free - eps / lam, 0.0)


@in_range
def polynomial(beta1: Numbers, beta2: Numbers) -> np.ndarray:
    """Coefficients (*r, 4) of z^3 + (1 - b1 - 3 b2) z^2 + (3 b1 + b2 - b1 b2) z - b1 b2

    The two-cycle at eps = 0, linearised in the frame that flips the sign of x and m at every step.
    """
    b1, b2 = np.broadcast_arrays(*together(beta1=beta1, beta2=beta2))
    fraction("beta1", b1)
    fraction("beta2", b2)
    square = 1 - b1 - 3 * b2
    linear = 3 * b1 + b2 - b1 * b2
    constant = -b1 * b2
    return np.stack([np.ones_like(b1), square, linear, constant], -1)


@in_range
def radius(beta1: Numbers, beta2: Numbers) -> np.ndarray:
    """The largest |root| of polynomial, (*r,): the cycle is linearly stable iff it is < 1."""
    c = polynomial(beta1, beta2)
    companion = np.zeros((*c.shape[:-1], 3, 3))
    companion[..., 0, :] = -c[..., 1:]
    # (z^2, z, 1) -> z times it
    companion[..., 1, 0] = 1
    companion[..., 2, 1] = 1
    roots = np.linalg.eigvals(companion)
    return np.abs(roots).max(-1)


@in_range
def critical_beta1(beta2: Numbers) -> Numbers:
    """b1 = [3 (1 + b2) - sqrt(9 (1 + b2)^2 - 4 b2)] / (2 b2): the cycle is stable below it

    The root of 1 - 3 b1 (1 + b2) + b1^2 b2. .171659 at b2 = .999; limit 3 - 2 sqrt 2 as b2 -> 1,
    and 1/3 as b2 -> 0. 0 <= b2 <= 1. Written without the cancellation at small b2.
    """
    beta2 = real("beta2", beta2)
    unit("beta2", beta2)
    s = 3 * (1 + beta2)
    return 2 / (s + np.sqrt(s**2 - 4 * beta2))
