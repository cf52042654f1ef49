"""The optimized gradient method."""

from __future__ import annotations

from sympy import Eq

from lab.claims import (
    around,
    at_most,
    between,
    choice,
    claim,
    decades,
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
    theorem."""
    c = HUBER if shape == "Huber" else c
    f = Each(functions(delta, s, L[:, None] * c))
    run = simulate(f, OGM(1 / L, N + extra), R[:, None], steps=N, every=N, record={"gap": f.loss})
    return {gap: run["gap"][-1]}
