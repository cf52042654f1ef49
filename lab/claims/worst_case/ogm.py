"""The optimized gradient method.

OGM (Kim & Fessler 2016) has the worst gap L R^2 / (2 a_N^2) on L-smooth convex functions, below L
R^2 / (N + 1)^2; in high dimension no method that takes N gradients has a smaller one (Drori 2017,
recalled). Half of the worst of Nesterov's method, and it must know N beforehand, since its last
step has another factor.
"""

from __future__ import annotations

from sympy import Eq, Expr, Integer, Rational, sqrt

from lab.claims import (
    around,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    enclosed,
    equal,
    named,
    sometimes,
    stated_by,
    symbols,
)
from lab.claims.loops import Each
from lab.claims.worst_case.functions import HUBER, curvatures, functions
from lab.optimizers import OGM
from lab.simulation import simulate
from lab.theory.worst_cases import ogm_factor

N, L, R, extra, delta, s, low, top, c, shape, gap = symbols(
    "N L R extra delta s low top c shape gap"
)


@named
def a(steps):
    """a_0 = 1, a_(t+1) = (1 + sqrt(1 + 4 a_t^2)) / 2, the last one with 8 instead of 4"""
    return ogm_factor(int(steps))


@claim(
    "ogm/rate",
    over={
        N: choice(1, 2, 4, 9),
        extra: choice(0, 1),
        L: decades(-1, 1),
        R: decades(-1, 1),
        shape: choice("Huber", "any"),
        # on the border Huber's function is extremal; far above it, the quadratic
        delta: around(R / a(N) ** 2, 0.1, 100, near=(0.0, 0.0)),
        s: between(1.1, 5),
        low: sometimes(0.0, between(-1, 0)),
        top: sometimes(1.0, between(1.5, 4)),
        c: curvatures(low, top),
    },
    assuming=[Eq(extra, 0), low >= 0, top <= 1],
    says={"gap": at_most(gap, L * R**2 / (2 * a(N) ** 2), slack=1e-9, because="N steps")},
    where={
        gap: "f(x_N) - f(0) of N steps 1 / L from R, tuned for N + extra steps; f'' = L c_j"
        " between -s delta, -delta, delta, s delta, or Huber's"
    },
    cites=stated_by("Kim & Fessler 2016 (recalled)"),
    instances=160,
)
def rate(N, extra, L, R, shape, delta, s, c):
    """On Huber's function with delta = R / a_N^2 the method moves (a_N^2 - 1) / 2 delta with a
    constant gradient, and the quadratic loses as much. That nothing is worse is the cited
    theorem.

    x_N = R - (a_N^2 - 1) delta / 2 is (R + delta) / 2 at delta = R / a_N^2, and the gap L delta
    (x_N - delta / 2) = L delta R / 2: the bound. N = 1 is one step of gradient descent at its best
    h = 3/2, L R^2 / 8.

    Hypotheses: extra = 0, for a method that expects another step has not yet made the longer last
    one; low >= 0 is convexity and top <= 1 smoothness. Space: Huber's function around the delta
    that attains it, and random curvatures.
    """
    c = HUBER if shape == "Huber" else c
    f = Each(functions(delta, s, L[:, None] * c))
    run = simulate(f, OGM(1 / L, N + extra), R[:, None], steps=N, every=N, record={"gap": f.loss})
    return {gap: run["gap"][-1]}


def bound(steps: int) -> Expr:
    """1 / (2 a_N^2) as a nested root.

    L = R = 1; the 8 of the last root is what knowing N gains.
    """
    theta: Expr = Integer(1)
    for k in range(steps):
        # the last step is the longer one
        inside = 8 if k == steps - 1 else 4
        theta = (1 + sqrt(1 + inside * theta**2)) / 2
    return 1 / (2 * theta**2)


def printed(digits: int) -> dict:
    """Half a unit of the eighth decimal, and why.

    digits: those of the decimal that is compared with.
    """
    return {"atol": 0.5 * 10.0**-digits, "because": f"printed to {digits} decimals"}


@claim(
    "ogm/constants",
    over={L: decades(-1, 1), R: decades(-1, 1)},
    says={
        "N = 1": enclosed(equal(bound(1), Rational(1, 8), atol=1e-30, because="it is rational")),
        "N = 2": enclosed(equal(bound(2), Rational(6189418, 10**8), **printed(8))),
        "N = 3": enclosed(equal(bound(3), Rational(3769240, 10**8), **printed(8))),
    },
    cites=derived("the bound of ogm/rate over L R^2; its simple form is 1 / (N + 1)^2"),
)
def constants():
    """a_N >= (N + 1) / sqrt 2 by induction on a_(t+1) >= a_t + 1/2, and the last step gains sqrt
    2. The gap is at most half of gradient descent's 1 / (4 N + 2) already at N = 2: 0.062
    against 0.1.

    On intervals, in ball arithmetic, since the eighth decimal of a nested root is what is claimed:
    1/8, 0.06189418, 0.03769240.
    """
    return {}
