"""Heavy ball beyond quadratics.

On quadratics with spectrum in [mu, L] heavy ball at its best parameters is as fast as any method
can be, by a factor sqrt(beta) per step. This is a property of quadratics: with the same parameters
it runs in a circle on a strongly convex function with the same mu and L, on which gradient descent
converges.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from sympy import Rational

from lab.claims import between, claim, equal, integers, stated_by, symbols
from lab.objectives.worst_case import lessard_recht_packard
from lab.optimizers import HeavyBall
from lab.simulation import simulate

j, start, before, now, after, slope, cycle, reached = symbols(
    "j start before now after slope cycle reached"
)

# fractions, so that the cycle is decided without a tolerance
CYCLE = [Fraction(k, 1225) for k in (792, -2208, 2592)]


def derivative(x: Fraction) -> Fraction:
    """f' of `lessard_recht_packard`, written independently of it: mu = 1, L = 25.

    In fractions where x is one, so that nothing is rounded. Continuous: 25 at 1, 26 at 2.
    """
    if x < 1:
        return 25 * x
    return x + 24 if x < 2 else 25 * x - 24


@claim(
    "heavy-ball/three-cycle",
    over={j: integers(0, 2)},
    says={
        "cycle": equal(
            after, now - slope / 9 + Rational(4, 9) * (now - before), because="in fractions"
        )
    },
    where={
        before: "term j of (792, -2208, 2592) / 1225, cyclically",
        now: "term j + 1",
        after: "term j + 2",
        slope: "f' of term j + 1: 25 x below 1, x + 24 from there to 2, 25 x - 24 beyond",
    },
    cites=stated_by("Lessard, Recht & Packard 2016 (recalled); the fractions derived"),
    instances=12,
)
def three_cycle(j):
    """Heavy ball with eta = 1/9, beta = 4/9, the best parameters for quadratics with spectrum in
    [1, 25]; f is 1-strongly convex and 25-smooth.

    The best parameters: eta = 4 / (sqrt L + sqrt mu)^2 = 4/36 and beta = ((sqrt L - sqrt mu) /
    (sqrt L + sqrt mu))^2 = (4/6)^2. The terms are 0.65, -1.80 and 2.12, on both outer pieces of f'
    and never on the flat one, whose only effect is the offset 24.

    Exact: all three equations are between fractions, and hold without a tolerance. Space: the three
    terms are all there is; a control moves a constant of the method, and the cycle does not close.
    """
    terms = [np.array([CYCLE[(k + shift) % 3] for k in j]) for shift in range(3)]
    slopes = np.array([derivative(x) for x in terms[1]])
    return {before: terms[0], now: terms[1], after: terms[2], slope: slopes}


@claim(
    "heavy-ball/three-cycle-attracts",
    over={j: integers(0, 2), start: between(3.25, 3.35)},
    says={
        "attracts": equal(
            reached, cycle, rtol=1e-12, because="(2/3)^200 of the start, and rounding"
        ),
    },
    where={
        cycle: "term j of the cycle of heavy-ball/three-cycle in increasing order",
        reached: "the same of the last three of 300 steps of heavy ball from `start`, eta = 1/9,"
        " beta = 4/9",
    },
    cites=stated_by("Lessard, Recht & Packard 2016 (recalled); the fractions derived"),
    instances=12,
)
def three_cycle_attracts(j, start):
    """All three terms lie where f'' = 25, so that the map is linear near the cycle, with a double
    eigenvalue of size 2/3.

    z^2 - (1 + beta - 25 eta) z + beta = (z + 2/3)^2 at each term: a small error falls by 2/3 per
    step, times the number of steps as the root is double. So the cycle is no accident of exact
    arithmetic: a whole interval of starts ends in it, in floating point, and not in the minimum at
    0.
    """
    # the best for quadratics with spectrum in [1, 25]
    method = HeavyBall(1 / 9, 4 / 9)
    record = {"x": lambda x: x[..., 0]}
    run = simulate(lessard_recht_packard(), method, start[:, None], steps=300, record=record)
    # three steps are one round, wherever in it a run is
    last = np.sort(run["x"][-3:], axis=0)
    exact = np.array(sorted(CYCLE), dtype=float)
    return {cycle: exact[j], reached: last[j, np.arange(len(j))]}
