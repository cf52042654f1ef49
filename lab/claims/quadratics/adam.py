"""Adam on quadratics: the two-cycle in which it ends, and the edge of stability."""

from __future__ import annotations

import numpy as np
from sympy import Eq, Expr, Matrix, Rational, eye, simplify, sqrt

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
from lab.claims.loops import descend, follow
from lab.instruments.two_cycle import LATE, Started, jacobian
from lab.optimizers import Adam
from lab.theory.stability import adam_edge

beta1, beta2, eta, lam, eps, x_0 = symbols("beta1 beta2 eta lam eps x_0")
turned, size, last, stays, p_2, p_1, p_0 = symbols("turned size last stays p_2 p_1 p_0")
DIFFERENCES = "central differences of width 1e-6"
A = eta * (1 - beta1) / (2 * (1 + beta1)) - eps / lam


def run(adam, lam, x, steps: int) -> np.ndarray:
    """x_0 ... x_steps (steps + 1, R) on lam x^2 / 2."""
    return descend(adam, lambda theta: lam[:, None] * theta, x[:, None], steps)[..., 0]


@claim(
    "adam/two-cycle",
    over={
        beta1: between(0, 0.99),
        beta2: between(0.01, 0.999),
        eta: decades(-3, 1),
        lam: decades(-2, 2),
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
    """v stays (lam a)^2 for every beta2, m turns into (1 - beta1) / (1 + beta1) lam a, and 2 a =
    eta
    (1 - beta1) / (1 + beta1) lam a / (lam a + eps). With a < 0 there is no cycle."""
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
    proof for all starts."""
    x = run(Adam(eta, beta1, beta2, eps), lam, x_0 * eta, 600)
    return {size: np.abs(x[-1]), last: x[-1] / x[-2]}


# the smaller root of beta2 x^2 - 3 (1 + beta2) x + 1, without cancellation
BORDER = 2 / (3 * (1 + beta2) + sqrt(9 * (1 + beta2) ** 2 - 4 * beta2))


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
    """The Jacobian is that of the optimizer itself, by central differences. beta1 = .1717 is the
    border at beta2 = .999, .9 is far beyond it: bursts."""
    own = np.linalg.eigvals(jacobian(Adam(0.3, beta1, beta2, 0.0)))
    polynomial = np.stack([np.poly(roots) for roots in own]).real
    p = dict(zip((p_2, p_1, p_0), polynomial[:, 1:].T, strict=True))
    return {stays: np.abs(own).max(-1) < 1} | p


P_2 = 1 - beta1 - 3 * beta2
P_1 = 3 * beta1 + beta2 - beta1 * beta2
P_0 = -beta1 * beta2
x, m, v, z = symbols("x m v z")


def flipped_step() -> Matrix:
    """(-x, -m, v) after a step of Adam from (x, m, v) on x^2 / 2, eps = 0, debiasing over, as a
    matrix of formulas; eta so large that the cycle is x = +-1."""
    mean = beta1 * m + (1 - beta1) * x
    square = beta2 * v + (1 - beta2) * x**2
    step = 2 * (1 + beta1) / (1 - beta1) * mean / sqrt(square)
    return Matrix([-(x - step), -mean, square])


def polynomial() -> Expr:
    """det(z - J), J the derivative of that step on the cycle."""
    on_cycle = {x: 1, m: -(1 - beta1) / (1 + beta1), v: 1}
    slopes = flipped_step().jacobian([x, m, v]).subs(on_cycle)
    return simplify((z * eye(3) - slopes).det())


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
    beta1)/(1 + beta1), v = 1, with eta = 2 (1 + beta1)/(1 - beta1). The polynomial does not depend
    on eta and lam, which are units of x and of the loss."""
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
    """A pair z, 1/z of roots on the unit circle needs the first line to be 0; the two others are
    the polynomial at 1 and -1, which is never 0 for 0 < beta2 < 1. At beta1 = 0 all is stable."""
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
    """The border falls in beta2, from 1/3 at 0 to 3 - 2 sqrt 2 = 0.1716 at 1: beta1 = 0.9 is beyond
    it for every beta2, and beta1 = 0.17 within it."""
    return {}


def shrinks(method, lam, steps=300) -> np.ndarray:
    """Whether |x| falls over the second half of a run on lam x^2 / 2: (R,). It starts so small that
    v never counts beside eps."""
    x = np.abs(run(method, lam, np.full(len(lam), 1e-100), steps))
    # the first half is that of debiasing; 20 steps are more than a period of complex roots
    return x[-20:].max(0) < x[steps // 2 - 20 : steps // 2].max(0)


FROZEN = "0.995^150 = 0.47, and roots at -1 move no slower"
# of Adam and its relatives with a preconditioner that stays eps
AVERAGES = {
    beta1: between(0, 0.9),
    beta2: between(0.5, 0.999),
    eta: decades(-3, 1),
    eps: decades(-3, 1),
}


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
    """m and x are a linear map with determinant beta1; its roots leave the unit circle through -1,
    where eta lam / eps (1 - beta1) = 2 (1 + beta1). beta1 = 0 is RMSProp."""
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
    follows: relaxation oscillations about the edge, more time below it than above. No proof. 0.85
    is measured, no constant of Adam: 5 % below the least median that was found."""
    found = follow(
        Adam(eta, beta1, beta2, 0.0),
        lambda theta: lam[:, None] * theta,
        eta[:, None],
        steps,
        {"v": lambda theta, state: state.v[..., 0] / (1 - beta2 ** max(state.t, 1))},
    )
    sharpness = eta * lam / np.sqrt(found["v"][steps // 2 :])
    return {median: np.median(sharpness, 0) / adam_edge(1.0, beta1)}
