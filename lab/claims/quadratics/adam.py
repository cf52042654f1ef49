"""Adam on quadratics: the two-cycle in which it ends, and the edge of stability.

One coordinate lam x^2 / 2, which is every coordinate of a diagonal quadratic, as Adam treats them
alone. Debiasing is over unless a run starts at step 1. With eps = 0 and a constant rate Adam does
not converge: it has an exact cycle x = +-a, a = eta (1 - beta1) / (2 (1 + beta1)), which attracts
for small beta1 (at most 1/3, at beta2 -> 1 below 3 - 2 sqrt 2 = 0.172); beyond that border, where
the usual beta1 = 0.9 is, it hovers about its edge of stability in bursts. On the cycle the
preconditioned sharpness lam / sqrt v is the edge exactly, 2 (1 + beta1) / ((1 - beta1) eta), 38 /
eta at beta1 = 0.9.

The cycle and its border are derived here; the edge is stated by Cohen et al. 2022 for a frozen
preconditioner.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, Rational, sqrt

from lab.claims import (
    around,
    at_least,
    at_most,
    between,
    claim,
    decades,
    derived,
    enclosed,
    equal,
    identity,
    let,
    sometimes,
    stated_by,
    symbols,
    threshold,
)
from lab.claims.quadratics.cycle import BORDER, P_0, P_1, P_2, flipped_step, polynomial
from lab.claims.quadratics.edges import AVERAGES, FROZEN, median_sharpness, run, shrinks
from lab.instruments.two_cycle import LATE, Started, jacobian
from lab.optimizers import Adam

beta1, beta2, eta, lam, eps, x_0 = symbols("beta1 beta2 eta lam eps x_0")
turned, size, last, stays, p_2, p_1, p_0 = symbols("turned size last stays p_2 p_1 p_0")
x, m, z, v = symbols("x m z v")
DIFFERENCES = "central differences of width 1e-6"
A = eta * (1 - beta1) / (2 * (1 + beta1)) - eps / lam


@claim(
    "adam/two-cycle",
    over={
        beta1: between(0, 0.99),
        beta2: between(0.01, 0.999),
        eta: decades(-3, 1),
        lam: decades(-2, 2),
        # 5 % off the border, where a is a difference of two numbers
        eps: around(eta * lam * (1 - beta1) / (2 * (1 + beta1)), near=(0.05, 0.2)),
    },
    assuming=[eps < eta * lam * (1 - beta1) / (2 * (1 + beta1))],
    says={
        "cycle": equal(turned, -A, rtol=1e-12, because="a dozen operations, 1 - eps / lam >= 5 %")
    },
    where={
        turned: "x after a step of Adam on lam x^2 / 2 from x = a = eta (1 - beta1) / "
        "(2 (1 + beta1))"
        " - eps / lam, with m = -(1 - beta1) / (1 + beta1) lam a, v = (lam a)^2, debiasing over"
    },
    cites=derived("x = +-a gives |g| constant, so v is, and m is a geometric series of signs"),
)
def two_cycle(beta1, beta2, eta, lam, eps):
    """Put x_t = (-1)^t a. g = lam x alternates and g^2 is constant, so v = (lam a)^2 for every
    beta2, and m is a geometric series of signs, m_t = (1 - beta1) / (1 + beta1) g_t. A step must
    take a to -a:

        2 a = eta (1 - beta1) / (1 + beta1) lam a / (lam a + eps)

    which is a = eta (1 - beta1) / (2 (1 + beta1)) - eps / lam. With eps = 0 the size does not
    depend on lam; beta2 never enters.

    Hypothesis: with a <= 0 there is no cycle, and the only fixed point is x = 0, whose
    preconditioned sharpness lam / eps is then below the edge.  |a| is what is run there, and does
    not turn over.
    """
    a = np.abs(eta * (1 - beta1) / (2 * (1 + beta1)) - eps / lam)
    m = -(1 - beta1) / (1 + beta1) * lam * a
    v = (lam * a) ** 2
    late = Started(Adam(eta, beta1, beta2, eps), {"t": LATE, "m": m[:, None], "v": v[:, None]})
    return {turned: run(late, lam, a, 1)[-1]}


@claim(
    "adam/two-cycle-reached",
    over={
        beta1: between(0, 0.08),
        beta2: between(0.2, 0.8),
        eta: decades(-2, 0),
        lam: decades(-1, 1),
        x_0: between(0.5, 3),
        eps: sometimes(0.0, decades(-4, -3)),
    },
    assuming=[Eq(eps, 0)],
    says={
        "size": equal(size, A, rtol=1e-6, because="what is left after 600 steps"),
        "signs": equal(last, -1, rtol=1e-6, because="what is left after 600 steps"),
    },
    where={
        size: "|x| after 600 steps of Adam on lam x^2 / 2 from x_0 eta",
        last: "the last x over the one before",
    },
    cites=derived("measured: the cycle is linearly stable there, adam/two-cycle-stability"),
)
def two_cycle_reached(beta1, beta2, eta, lam, eps, x_0):
    """Below the border of adam/two-cycle-stability runs from ordinary starts lock on the cycle; no
    proof for all starts. With beta1 = 0 and beta2 >= 1/9 the linearised cycle contracts by
    sqrt(beta2) a step.

    Space: beta1 <= 0.08 and beta2 <= 0.8, well inside, so that 600 steps leave 1e-6 of any start
    between 0.5 and 3 eta. eps > 0 moves the cycle by eps / lam, which is what the hypothesis is
    needed for.
    """
    x = run(Adam(eta, beta1, beta2, eps), lam, x_0 * eta, 600)
    return {size: np.abs(x[-1]), last: x[-1] / x[-2]}


@claim(
    "adam/two-cycle-stability",
    over={beta2: between(0.05, 0.99)},
    says={
        "border": threshold(
            beta1,
            BORDER,
            stays,
            margin=5e-3,
            because="roots of a Jacobian that is known to 1e-9",
        ),
        "z^2": equal(p_2, 1 - beta1 - 3 * beta2, atol=1e-7, because=DIFFERENCES),
        "z": equal(p_1, 3 * beta1 + beta2 - beta1 * beta2, atol=1e-7, because=DIFFERENCES),
        "1": equal(p_0, -beta1 * beta2, atol=1e-7, because=DIFFERENCES),
    },
    where={
        stays: "all roots of the Jacobian of a step of Adam at its two-cycle, eps = 0, debiasing"
        " over, in the frame that flips the signs of x and m, are inside the unit circle",
        p_2: "the coefficient of z^2 of its characteristic polynomial, beta1 at the border",
        p_1: "that of z",
        p_0: "that of 1",
    },
    cites=derived("a pair of roots leaves through the unit circle: adam/two-cycle-border"),
)
def two_cycle_stability(beta1, beta2):
    """The Jacobian is that of the optimizer itself, by central differences; its polynomial z^3 +
    P_2 z^2 + P_1 z + P_0 is derived in adam/two-cycle-jacobian. At beta1 = 0 its roots, 0 and two
    of product beta2, are inside; as beta1 grows they can leave neither through 1 nor through -1
    (adam/two-cycle-border), only as a pair, and the first such beta1 is BORDER.

    beta1 = .1717 is the border at beta2 = .999, .9 is far beyond it: bursts. Both sides of the
    border are looked at, 0.5 % off: the roots move by much more than the 1e-9 to which the Jacobian
    is known.
    """
    own = np.linalg.eigvals(jacobian(Adam(0.3, beta1, beta2, 0.0)))
    polynomial = np.stack([np.poly(roots) for roots in own]).real
    p = dict(zip((p_2, p_1, p_0), polynomial[:, 1:].T, strict=True))
    return {stays: np.abs(own).max(-1) < 1} | p


@claim(
    "adam/two-cycle-jacobian",
    over={beta1: between(0, 1), beta2: between(0, 1), z: between(-2, 2)},
    says={
        "turns": identity(flipped_step().subs({x: 1, m: -(1 - beta1) / (1 + beta1), v: 1})[0], 1),
        "polynomial": identity(polynomial(), z**3 + P_2 * z**2 + P_1 * z + P_0),
    },
    cites=derived("the update, differentiated; measured in adam/two-cycle-stability"),
)
def two_cycle_jacobian():
    """In the frame that flips the signs of x and m the cycle is a fixed point: x = 1, m = -(1 -
    beta1)/(1 + beta1), v = 1, with eta = 2 (1 + beta1)/(1 - beta1).  The step is differentiated as
    formulas; that it turns 1 into 1 shows that this is the cycle.

    The polynomial does not depend on eta and lam, which are units of x and of the loss.
    """
    return {}


@claim(
    "adam/two-cycle-border",
    over={beta1: between(0, 1), beta2: between(0, 1)},
    says={
        "pair": identity(
            1 - P_1 + P_0 * P_2 - P_0**2,
            (1 - beta2) * (1 - 3 * beta1 * (1 + beta2) + beta1**2 * beta2),
        ),
        "at 1": identity(1 + P_2 + P_1 + P_0, 2 * (1 - beta2) * (1 + beta1)),
        "at -1": identity(-1 + P_2 - P_1 + P_0, -4 * (beta1 + beta2)),
    },
    cites=derived("z^3 + P_2 z^2 + P_1 z + P_0 of adam/two-cycle-stability"),
)
def two_cycle_border():
    """For a real cubic z^3 + P_2 z^2 + P_1 z + P_0 with roots z, 1/z and c: c = -P_0, and comparing
    coefficients 1 - P_1 + P_0 P_2 - P_0^2 = 0. So a pair of roots on the unit circle needs the
    first line to be 0, which for beta2 < 1 is 1 - 3 beta1 (1 + beta2) + beta1^2 beta2 = 0.

    The two others are the polynomial at 1 and -1, positive and negative for 0 < beta2 < 1: no real
    root ever crosses there. At beta1 = 0 the polynomial is z (z^2 + (1 - 3 beta2) z + beta2) with
    all roots inside, and they stay there up to the first zero of the pair's line.
    """
    return {}


@claim(
    "adam/two-cycle-border-range",
    over={beta2: between(0.001, 0.999)},
    says={
        "below 1/3": enclosed(at_most(BORDER, Rational(1, 3)), beta2=(0.001, 0.999)),
        "above 3 - 2 sqrt 2": enclosed(at_least(BORDER, 3 - 2 * sqrt(2)), beta2=(0.001, 0.999)),
        "at beta2 = 0.999": enclosed(
            equal(
                BORDER.subs(beta2, Rational(999, 1000)),
                Rational(1717, 10000),
                atol=5e-5,
                because="printed to four decimals",
            )
        ),
    },
    cites=derived("the border of adam/two-cycle-stability, on an interval"),
)
def two_cycle_border_range():
    """beta2 b^2 - 3 (1 + beta2) b + 1 = 0 has the derivative db/dbeta2 = (b^2 - 3 b) / (3 (1 +
    beta2) - 2 beta2 b) < 0 for 0 < b < 1: the border falls in beta2, from 1/3 at 0 to 3 - 2 sqrt 2
    = 0.1716 at 1. So beta1 = 0.9 is beyond it for every beta2, and beta1 = 0.17 within it.
    """
    return {}


@claim(
    "adam/edge-of-stability",
    over=AVERAGES,
    says={
        "Adam": threshold(
            lam,
            2 * (1 + beta1) / ((1 - beta1) * eta) * eps,
            stays,
            margin=5e-3,
            because=FROZEN,
        )
    },
    where={
        stays: "|x| falls in steps 150 to 300 of Adam on lam x^2 / 2 from 1e-100, where the"
        " preconditioner is eps: lam / eps is the preconditioned sharpness"
    },
    cites=stated_by("Cohen et al. 2022, for a frozen preconditioner: 38 / eta at beta1 = 0.9"),
)
def edge_of_stability(beta1, beta2, eta, eps, lam):
    """x+ = x - (eta / eps) m+, m+ = beta1 m + (1 - beta1) lam x. With a = eta lam / eps this map
    has the trace 1 + beta1 - a (1 - beta1) and the determinant beta1 < 1. 1 - trace + det = a (1 -
    beta1) > 0, so a root leaves the unit circle only through -1, where 1 + trace + det = 2 (1 +
    beta1) - a (1 - beta1) = 0. Hence the threshold a = 2 (1 + beta1) / (1 - beta1); beta1 = 0 is
    RMSProp, whose edge is that of gradient descent, 2.

    beta2 is irrelevant while v does not count. Cohen et al. state it for a preconditioner that is
    frozen or slow; one that follows makes the sharpness hover instead (adam/hovers-below-its-edge).
    """
    return {stays: shrinks(Adam(eta, beta1, beta2, eps), lam)}


b, median = symbols("b median")


@claim(
    "adam/hovers-below-its-edge",
    over={
        beta1: between(0.5, 0.99),
        b: decades(-4.5, -1.3),
        beta2: let(1 - b),
        eta: decades(-3, 1),
        lam: decades(-2, 2),
    },
    assuming=[b >= Rational(1, 1000), beta1 <= Rational(9, 10)],
    says={
        "below": at_most(median, 1),
        "close": at_least(median, Rational(17, 20)),
    },
    where={
        median: "of eta lam / sqrt(v_hat) over the edge 2 (1 + beta1) / (1 - beta1), second half of"
        " 6000 steps of Adam, eps = 0, on lam x^2 / 2 from x = eta"
    },
    cites=derived("measured; the sharpness itself crosses its edge again and again"),
    # the median comes near 1 at small beta1 and beta2 close to its border alone
    instances=480,
)
def hovers(beta1, beta2, eta, lam, steps=6000):
    """Below the edge x decays and v with it, which raises the sharpness; above it x grows, and v
    follows: relaxation oscillations about the edge, more time below it than above. No proof. The
    sharpness itself crosses its edge again and again, so only a median is claimed.

    0.85 is measured, no constant of Adam: 5 % below the least median that was found. Both
    hypotheses are borders of what was found, too: for beta2 > 0.999 or beta1 > 0.9 v can be too
    slow to follow, and the median far below, 0.25 at (0.99, 0.9999). Space: beta1 >= 0.5, beyond
    the border of the two-cycle for every beta2, since on the cycle the ratio would be 1 exactly.
    """
    return {median: median_sharpness(Adam(eta, beta1, beta2, 0.0), lam, steps)}
