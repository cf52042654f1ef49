"""Gradient descent: the largest loss, gradient and distance after N steps, over classes of
functions."""

from __future__ import annotations

import numpy as np
from sympy import Abs, Eq, Max

from lab.arrays import norm
from lab.claims import (
    around,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    let,
    sometimes,
    start,
    stated_by,
    symbols,
)
from lab.claims.loops import Each
from lab.claims.worst_case.functions import HUBER, curvatures, functions, least
from lab.objectives.quadratic import Quadratic
from lab.objectives.worst_case import worst_nonconvex
from lab.optimizers import SGD, ExactLineSearch
from lab.simulation import simulate

N, h, L, R, mu, kappa, eta, delta, s, c, x = symbols("N h L R mu kappa eta delta s c x")
low, top, k, shape, slope = symbols("low top k shape slope")
gap, last_g, Delta, least_g = symbols("gap last_g Delta least_g")
gap_ratio, gradient_ratio, distance_ratio, search_ratio = symbols(
    "gap_ratio gradient_ratio distance_ratio search_ratio"
)


@claim(
    "gd/smooth-convex",
    over={
        N: choice(1, 2, 4, 9),
        h: between(0.1, 2.5),
        L: decades(-1, 1),
        R: decades(-1, 1),
        shape: choice("Huber", "any"),
        k: choice(1, 2),
        # on the border Huber's function is extremal; far above it, the quadratic
        delta: around(R / (k * N * h + 1), 0.1, 60, near=(0.0, 0.0)),
        s: between(1.1, 5),
        low: sometimes(0.0, between(-1, 0)),
        top: sometimes(1.0, between(1, 2)),
        c: curvatures(low, top),
    },
    assuming=[low >= 0, top <= 1],
    says={
        "gap": at_most(gap, L * R**2 / 2 * Max(1 / (2 * N * h + 1), Abs(1 - h) ** (2 * N))),
        "gradient from distance": at_most(last_g, L * R * Max(1 / (N * h + 1), Abs(1 - h) ** N)),
        "gradient from gap": at_most(
            last_g**2, 2 * L * Delta * Max(1 / (2 * N * h + 1), Abs(1 - h) ** (2 * N))
        ),
    },
    where={
        gap: "f(x_N) - f(0) of N steps h / L from R; f'' = L c_j between -s delta, -delta, delta,"
        " s delta, or Huber's: L inside delta, 0 outside",
        last_g: "|f'(x_N)|",
        Delta: "f(R) - f(0)",
    },
    cites=derived(
        "Drori & Teboulle 2014 for h <= 1, conjectured there for h < 2 and proved since (recalled);"
        " h >= 2 and the attaining functions by the lines below"
    ),
    instances=160,
)
def smooth_convex(N, h, L, R, shape, delta, s, c):
    """On Huber's function the gradient is constant until N h steps of it lead to the border; on
    the quadratic x_N = (1 - h)^N R. For h >= 2 the second term is the larger and holds because
    |1 - h c| <= h - 1. That nothing is worse is the cited theorem."""
    c = HUBER if shape == "Huber" else c
    f = Each(functions(delta, s, L[:, None] * c))
    record = {"gap": f.loss, "size": lambda theta: norm(f.grad(theta))}
    run = simulate(f, SGD(h / L), R[:, None], steps=N, every=N, record=record)
    return {gap: run["gap"][-1], last_g: run["size"][-1], Delta: run["gap"][0]}


RHO = Max(Abs(1 - eta * mu), Abs(1 - eta * L))


@claim(
    "gd/strongly-convex",
    over={
        kappa: decades(0.3, 3),
        mu: decades(-1, 1),
        L: let(kappa * mu),
        h: between(0.05, 2.5),
        eta: let(h / L),
        shape: choice("quadratic", "any"),
        x: start(2),
        delta: decades(-2, 1),
        s: between(1.1, 5),
        low: sometimes(1.0, between(-0.5, 1)),
        top: sometimes(1.0, between(1, 2)),
        c: curvatures(low * mu, top * L),
    },
    assuming=[low >= 1, top <= 1],
    says={
        "distance": at_most(distance_ratio, RHO),
        "gradient": at_most(gradient_ratio, RHO),
        "gap": at_most(gap_ratio, RHO**2),
        "line search": at_most(
            search_ratio, ((kappa - 1) / (kappa + 1)) ** 2, slack=1e-9, because="tol of the search"
        ),
    },
    where={
        distance_ratio: "|x_1| / |x_0| of one step eta; f'' = c_j as in gd/smooth-convex, in both"
        " of two coordinates, or mu and L in one each",
        gradient_ratio: "|g_1| / |g_0|",
        gap_ratio: "f(x_1) / f(x_0), f(0) = 0",
        search_ratio: "the same of the step along the gradient that minimises f",
    },
    cites=stated_by("Taylor, Hendrickx & Glineur 2018; de Klerk, Glineur & Taylor 2017 (recalled)"),
    instances=160,
)
def strongly_convex(mu, L, eta, shape, x, delta, s, c):
    """Along the segment the mean Hessian has its spectrum in [mu, L], which is the first two; the
    others are the cited theorems. Attained on quadratics, by eigenvectors, and by (1/mu, 1/L) for
    the search (Kantorovich)."""
    if shape == "quadratic":
        ends = np.stack([mu, L], -1)
        f, x = Each([Quadratic(np.diag(row)) for row in ends]), x / ends
    else:
        f = Each(functions(delta, s, c, 2))
    record = {"gap": f.loss, "gradient": lambda theta: norm(f.grad(theta)), "distance": norm}
    run = simulate(f, SGD(eta), x, steps=1, record=record)
    searched = simulate(f, ExactLineSearch(SGD(eta)), x, steps=1, record={"gap": f.loss})
    return {
        distance_ratio: run["distance"][1] / run["distance"][0],
        gradient_ratio: run["gradient"][1] / run["gradient"][0],
        gap_ratio: run["gap"][1] / run["gap"][0],
        search_ratio: searched["gap"][1] / searched["gap"][0],
    }


@claim(
    "gd/nonconvex",
    over={
        N: choice(1, 2, 4, 9),
        h: sometimes(1.0, between(0.2, 1.9)),
        L: decades(-1, 1),
        slope: decades(-1, 1),
        shape: choice("alternating", "any"),
        x: between(-4, 4),
        delta: decades(-1, 0.5),
        s: between(1.1, 5),
        top: sometimes(1.0, between(1, 2)),
        c: curvatures(-top, top),
    },
    assuming=[Eq(h, 1), top <= 1],
    says={
        "gradient": at_most(
            least_g**2, 4 * L * Delta / (3 * N + 2), slack=1e-9, because="f and min f cancel"
        )
    },
    where={
        least_g: "min |f'(x_k)|, k = 0 ... N, of steps h / L; f'' = L c_j as in"
        " gd/smooth-convex, top L"
        " at both ends, or f' dips from `slope` to slope/2 and back between iterates",
        Delta: "f(x_0) - min f",
    },
    cites=stated_by("Abbaszadehpeivasti, de Klerk & Zamani 2022 (recalled)"),
    instances=160,
)
def nonconvex(N, h, L, slope, shape, x, delta, s, top, c):
    """Of all L-smooth f with |f'| = g at both ends of a step the dip loses least, 3 g^2 / (4 L);
    the last iterate is g^2 / (2 L) above the minimum. Those two add up to the bound; that nothing
    is worse is the cited theorem."""
    if shape == "alternating":
        pairs = [worst_nonconvex(N, *pair) for pair in zip(L, slope, strict=True)]
        made, x = [f for f, _ in pairs], np.array([theta[0] for _, theta in pairs])
    else:
        c = np.concatenate([top[:, None], c[:, 1:-1], top[:, None]], -1)
        made = functions(delta, s, L[:, None] * c)
    f = Each(made)
    record = {"loss": f.loss, "size": lambda theta: norm(f.grad(theta))}
    run = simulate(f, SGD(h / L), x[:, None], steps=N, record=record)
    lowest = np.array([least(one) for one in made])
    return {least_g: run["size"].min(0), Delta: run["loss"][0] - lowest}
