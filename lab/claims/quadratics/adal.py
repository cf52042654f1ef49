"""AdaL on quadratics: it decays at a rate that its averages decide, where Adam cycles. Derived from
the printed update; the paper's own theorem is not known.

One coordinate, lam x^2 / 2, h = (lam |x|)^p sign(x): p = 2 is AdaL in one dimension, p = 1 Adam.
Constant eta, eps = 0, debiasing over. For |x| far below sqrt(v) the square h^2 does not feed v,
which decays by itself, v = V beta2^t; then the effective step eta / sqrt v grows like beta2^(-t/2)
and x = z s^t with s = beta2^(1/(2 (p-1))) is a fixed point in z of

    w+ = q w + (1 - beta1) z^p,    z+ = r (z - k w+),    r = 1 / s,  q = beta1 r^p

with w = m s^(-p t) / lam^p and k = eta lam^p / sqrt(beta2 V). K = (1 - beta1) / (1 - q) is the gain
of the momentum on a gradient that decays like s^(p t).

adal/linear-rate and adal/power-rate measure rate and size, adal/decay-determinant is the algebra of
where the fixed point attracts, and adal/decay-is-local says that this is not the whole picture: the
two-cycle of Adam is one of AdaL as well.
"""

from __future__ import annotations

import numpy as np
from sympy import Rational, sqrt

from lab.claims import (
    around,
    between,
    claim,
    decades,
    derived,
    equal,
    identity,
    let,
    sometimes,
    symbols,
)
from lab.claims.loops import descend, follow
from lab.instruments.two_cycle import LATE, Started
from lab.optimizers import AdaL
from lab.theory.two_cycle import amplitude

beta1, beta2, eta, lam, eps, p = symbols("beta1 beta2 eta lam eps p")
r, q, rho, share = symbols("r q rho share")

# the last half of 150 steps measures the rate; beta2^150 must not underflow when it is squared
STEPS, TAIL = 150, 75
# up to the border a kick does not grow; at most several times itself, it is spread over the 75
# steps of the mean
KICK = 1e-4
TRANSIENT = "seven times a kick of 1e-4, over 75 steps"
MEANS = {
    rho: "|x_t| / |x_(t-1)|, mean over the last 75 of 150 steps of AdaL on lam x^2 / 2, started"
    " 1e-4 off its decay",
    share: "|x_(t-1)| over the size at which the decay keeps its shape",
}


def decay(beta1, beta2, eta, lam, p, *, eps=0.0, factor: str) -> dict:
    """Rate, and size against ((1 - s) sqrt(v) / (eta K lam^p))^(1/(p-1)), s = beta2^(1/(2(p-1))).

    K = (1 - beta1) / (1 - beta1 s^-p). x = z s^t, v = V beta2^t and x' = x - eta K (lam x)^p /
    sqrt(v) give that size. At the start (lam x)^p = 1e-6 sqrt(v), so that v decays by itself, its
    forcing being a relative 1e-12.
    """
    s = beta2 ** (1 / (2 * (p - 1)))
    gain = (1 - beta1) / (1 - beta1 / s**p)
    x = 1e-6 * eta * gain / (1 - s)
    h = (lam * x) ** p

    # debiasing is over; m averages values that grew by s^-p per step into the past
    adal = AdaL(eta, beta1, beta2, eps, p - 1, factor=factor, schedule="constant")
    moments = {"m": (h * gain / s**p)[:, None], "v": (1e12 * h**2 / beta2)[:, None]}
    run = follow(
        Started(adal, {"t": LATE, **moments}),
        lambda theta: lam[:, None] * theta,
        (x * (1 + KICK))[:, None],
        STEPS,
        {
            "x": lambda theta: np.abs(theta[..., 0]),
            "v": lambda theta, state: state.v[..., 0],
        },
    )

    moved = run["x"]
    v = run["v"][-1]
    size = ((1 - s) * np.sqrt(v) / (eta * gain * lam**p)) ** (1 / (p - 1))
    return {rho: (moved[-1] / moved[-1 - TAIL]) ** (1 / TAIL), share: moved[-2] / size}


@claim(
    "adal/linear-rate",
    over={
        beta2: between(0.05, 0.995),
        r: let(1 / sqrt(beta2)),
        # both sides of the first hypothesis; on the border itself nothing decays
        beta1: around(beta2 ** Rational(3, 2), most=0.999),
        q: let(beta1 / beta2),
        eta: decades(-3, 0),
        lam: decades(-1, 1),
        # literal eps multiplies h, so that a small one changes nothing here
        eps: sometimes(0.0, decades(-8, -4)),
    },
    assuming=[beta1 < beta2 ** Rational(3, 2), r * (1 - 3 * q) < 3 - q],
    says={
        "rate": equal(rho, sqrt(beta2), rtol=1e-5, because=TRANSIENT),
        "size": equal(share, 1, rtol=1e-3, because="ten times the kick"),
    },
    where=MEANS,
    cites=derived("from the update h = |g|_1 g; linearised map, its trace and determinant"),
)
def linear_rate(beta1, beta2, eta, lam, eps):
    """h is quadratic in x, so the effective step grows like beta2^(-t/2) and x follows. With y = k
    dw_- the map linearised at the decay (k K z = 1 - 1/r) is

        (dz, y)+ = [[r - 2 (r - 1)(1 - q), -r q], [2 (1 - 1/r)(1 - q), q]] (dz, y)

    of determinant r q and trace r - 2 (r - 1)(1 - q) + q. It attracts iff both roots are inside the
    unit circle: r q < 1, the first hypothesis, beta1 < beta2^(3/2); and 1 + trace + det > 0, the
    second. The third condition, 1 - trace + det = (r - 1)(1 - q) > 0, always holds. With beta1 = 0
    the root is 2 - r, and the second hypothesis beta2 > 1/9.

    Both are necessary: beyond the first the run bursts, beyond the second it flips ever further. An
    eps > 0 is no hypothesis: literal eps multiplies h, which vanishes faster than the step. Local:
    Adam's two-cycle also attracts when beta1 = 0 and beta2 < 1/3.
    """
    return decay(beta1, beta2, eta, lam, np.full(len(lam), 2.0), eps=eps, factor="l1")


@claim(
    "adal/power-rate",
    over={
        p: between(1.5, 4),
        beta2: between(0.1, 0.995),
        r: let(beta2 ** (-1 / (2 * (p - 1)))),
        beta1: around(r ** (-p - 1), most=0.999),
        q: let(beta1 * r**p),
        eta: decades(-3, 0),
        lam: decades(-1, 1),
    },
    assuming=[q * r < 1, p * (r - 1) * (1 - q) < (r + 1) * (1 + q)],
    says={
        "rate": equal(rho, 1 / r, rtol=1e-5, because=TRANSIENT),
        "size": equal(share, 1, rtol=1e-3, because="ten times the kick"),
    },
    where=MEANS,
    cites=derived("as adal/linear-rate, for h = |g|^(p-1) g; Adam is the boundary case p = 1"),
)
def power_rate(p, beta1, beta2, eta, lam):
    """As adal/linear-rate with h = |g|^(p-1) g: the decay is s^t with s = beta2^(1/(2 (p-1))),
    because (lam x)^p / sqrt v must fall like x itself. Determinant r q, trace r - p (r - 1)(1 - q)
    + q, hence 1 + trace + det = (1 + r)(1 + q) - p (r - 1)(1 - q) and 1 - trace + det = (r - 1)(p -
    1)(1 - q) > 0.

    With beta1 = 0 the root is p - (p - 1) r, and the second hypothesis r < (p + 1)/(p - 1). As p ->
    1 the decay becomes arbitrarily fast and the first hypothesis, beta1 < r^-(p+1), shrinks to
    beta1 = 0: Adam, which does not decay at all. The condition on r alone, without momentum in it,
    was once stated for all beta1 and is not enough.
    """
    return decay(beta1, beta2, eta, lam, p, factor="coordinate")


TRACE = r - p * (r - 1) * (1 - q) + q


@claim(
    "adal/decay-determinant",
    over={p: between(1.1, 6), r: between(1, 3), q: between(0, 1)},
    says={
        "at 1": identity(1 - TRACE + r * q, (r - 1) * (p - 1) * (1 - q)),
        "at -1": identity(1 + TRACE + r * q, (r + 1) * (1 + q) - p * (r - 1) * (1 - q)),
    },
    cites=derived("characteristic polynomial at 1 and -1 of the map behind adal/power-rate"),
)
def decay_determinant():
    """The Jacobian [[r - p (r-1)(1-q), -r q], [p (1 - 1/r)(1-q), q]] has trace r - p (r-1)(1-q) + q
    and determinant r q: the terms with p cancel in the latter. For a real 2 x 2 matrix both roots
    are inside the unit circle iff 1 - trace + det > 0, 1 + trace + det > 0 and det < 1.

    Roots never leave the circle through 1, where the first line is positive for p > 1, r > 1, q <
    1; through -1 where the second is 0; as a pair where r q = 1.
    """
    return {}


size = symbols("size")
# the cycle contracts by sqrt(beta2) per step or slower; its borders are in the space
CYCLES = 400


def cycle_kept(beta1, beta2, eta, lam, p) -> np.ndarray:
    """|x| after CYCLES steps of AdaL (R,), started 1e-4 off x = a, h = +-(lam a)^p, a the two-cycle
    of Adam. m is what alternating h leave, (1 - beta1) / (1 + beta1) of the last one."""
    a = amplitude(eta, beta1)
    h = (lam * a) ** p
    moments = {"m": -((1 - beta1) / (1 + beta1) * h)[:, None], "v": (h**2)[:, None]}
    adal = AdaL(eta, beta1, beta2, 0.0, p - 1, factor="coordinate", schedule="constant")
    path = descend(
        Started(adal, {"t": LATE, **moments}),
        lambda theta: lam[:, None] * theta,
        (a * (1 + KICK))[:, None],
        CYCLES,
    )
    return np.abs(path[-1, :, 0])


@claim(
    "adal/decay-is-local",
    over={
        p: between(1.5, 4),
        # small: momentum moves the border of the cycle below 1 / (2 p - 1)
        beta1: between(0, 0.15),
        beta2: around(1 / (2 * p - 1), 0.2, 1.5),
        r: let(beta2 ** (-1 / (2 * (p - 1)))),
        q: let(beta1 * r**p),
        eta: decades(-3, 0),
        lam: decades(-1, 1),
    },
    assuming=[
        q * r < 1,
        p * (r - 1) * (1 - q) < (r + 1) * (1 + q),
        (2 * p - 1) * beta2
        + (2 * p + 1) * beta1 * (1 - beta2**2)
        - beta1**2 * beta2 * (2 * p - 1 - beta2)
        < 1,
    ],
    says={
        "decay": equal(rho, 1 / r, rtol=1e-5, because=TRANSIENT),
        "cycle": equal(
            size, eta * (1 - beta1) / (2 * (1 + beta1)), rtol=1e-3, because="ten times the kick"
        ),
    },
    where={
        rho: MEANS[rho],
        size: "|x| 400 steps after a kick of 1e-4 on the two-cycle of Adam, h = |g|^(p-1) g",
    },
    cites=derived("x = +-a gives |h| constant for every p, so the cycle of Adam is one of AdaL"),
)
def decay_is_local(p, beta1, beta2, eta, lam):
    """Both attract: which of them a run ends in is up to its start. x = +-a gives |h| constant, so
    v = h^2 and m = (1 - beta1)/(1 + beta1) h for every p, and Adam's amplitude a = eta (1 - beta1)
    / (2 (1 + beta1)) is AdaL's.

    The first two hypotheses are those of the decay. The third is that of the cycle for h of degree
    p, from the characteristic polynomial of the linearised cycle in the frame that flips signs,
    where a pair of roots reaches the unit circle; with beta1 = 0 it is (2p - 1) beta2 < 1, and at p
    = 1 that of Adam, 1 - 3 beta1 (1 + beta2) + beta1^2 beta2 > 0.
    """
    decays = decay(beta1, beta2, eta, lam, p, factor="coordinate")
    return {rho: decays[rho], size: cycle_kept(beta1, beta2, eta, lam, p)}
