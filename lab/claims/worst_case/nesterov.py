"""Nesterov's accelerated gradient with momentum t / (t + 3).

The textbook bound is 2 L R^2 / (N + 1)^2; the one here is smaller, (N + 2)(N + 3) in place of (N +
1)^2, and is what the worst function of every N up to 12 costs by performance estimation.
"""

from __future__ import annotations

from sympy import Eq

from lab.claims import (
    around,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    sometimes,
    symbols,
)
from lab.claims.loops import Each
from lab.claims.worst_case.functions import HUBER, curvatures, functions
from lab.optimizers import AcceleratedGradient
from lab.simulation import simulate

N, h, L, R, delta, s, low, top, c, shape, gap = symbols("N h L R delta s low top c shape gap")


@claim(
    "nesterov/rate",
    over={
        N: choice(1, 2, 4, 9),
        h: sometimes(1.0, between(0.3, 1.9)),
        L: decades(-1, 1),
        R: decades(-1, 1),
        shape: choice("Huber", "any"),
        # on the border Huber's function is extremal
        delta: around(4 * R / (N**2 + 5 * N + 6), 0.1, 60, near=(0.0, 0.0)),
        s: between(1.1, 5),
        low: sometimes(0.0, between(-1, -0.2)),
        top: sometimes(1.0, between(1, 2)),
        c: curvatures(low, top),
    },
    assuming=[Eq(h, 1), low >= 0, top <= 1],
    says={"gap": at_most(gap, 2 * L * R**2 / (N**2 + 5 * N + 6))},
    where={
        gap: "f(x_N) - f(0) of the x-sequence, N steps h / L from R; f'' = L c_j between"
        " -s delta, -delta, delta, s delta, or Huber's"
    },
    cites=derived("performance estimation of N = 1 ... 12; not proved for all N"),
    instances=160,
)
def rate(N, h, L, R, shape, delta, s, c):
    """While the gradient is constant x moves by (k + 4) / 4 times it in step k >= 1, and by 1 at
    first: (N^2 + 5 N + 2) / 8 in all, of which Huber's function with this delta makes the bound.

    Space: one variable, where every convex piecewise quadratic is tried: Huber's, on both sides of
    the delta at which it attains the bound, and functions of five random curvatures in [0, 1] L. A
    shorter step (h < 1) leaves more of Huber's function, and curvatures up to 2 L exceed the bound;
    whether convexity (low >= 0) is needed these functions did not show.

    The gap there is L delta (x_N - delta / 2) = L delta R / 2. N = 1 is plain gradient descent, 1/6
    of L R^2, since momentum acts from the second step on; for large N the bound is twice that of
    ogm/rate, and N / 8 times below gradient descent's L R^2 / (4 N + 2).
    """
    c = HUBER if shape == "Huber" else c
    f = Each(functions(delta, s, L[:, None] * c))
    # the bound is about x; theta is where gradients are taken
    record = {"gap": lambda theta, state: f.loss(state.x)}
    run = simulate(f, AcceleratedGradient(h / L), R[:, None], steps=N, every=N, record=record)
    return {gap: run["gap"][-1]}
