"""Gradient descent: the largest loss, gradient and distance after N steps, over classes of
functions.

h = L eta is the step in units of 1 / L, so that h = 1 is the textbook's step and h = 2 the edge of
stability of the steepest quadratic. One-sided statements over classes: that no function of a class
is worse is proved in what is cited; here it is searched for counter-examples among piecewise
quadratic functions, and the functions that attain the bounds are run.

L and R scale losses by L R^2 and gradients by L R, and are drawn to show that nothing else depends
on them.
"""

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
gap_ratio, gradient_ratio, distance_ratio = symbols("gap_ratio gradient_ratio distance_ratio")


CONVEX = {
    s: between(1.1, 5),
    low: sometimes(0.0, between(-1, 0)),
    top: sometimes(1.0, between(1, 2)),
    c: curvatures(low, top),
}


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
    }
    | CONVEX,
    assuming=[low >= 0, top <= 1],
    says={
        "gap": at_most(gap, L * R**2 / 2 * Max(1 / (2 * N * h + 1), Abs(1 - h) ** (2 * N))),
        "gradient from distance": at_most(last_g, L * R * Max(1 / (N * h + 1), Abs(1 - h) ** N)),
        "gradient from gap": at_most(
            last_g**2, 2 * L * Delta * Max(1 / (2 * N * h + 1), Abs(1 - h) ** (2 * N))
        ),
    },
    where={
        gap: "f(x_N) - f(0), N steps h / L from R; f'' = L c_j between -s delta, -delta, delta,"
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
    |1 - h c| <= h - 1. That nothing is worse is the cited theorem.

    Huber's: f' = L delta beyond delta. N steps lead to x_N = R - N h delta, which is delta, the
    border, at R / delta = N h + 1: the gradient there is L R / (N h + 1), and f(R) - f(0) = L
    delta^2 (N h + 1/2) makes its square 2 L Delta / (2 N h + 1). The gap L delta (x_N - delta/2) is
    largest at R / delta = 2 N h + 1, L R^2 / 2 over the same. These are k = 1 and k = 2.

    Short steps are as slow as Huber's function makes them, long ones as the quadratic does: the
    best constant step has both terms equal, h = 3/2 and L R^2 / 8 at N = 1, and h -> 2 as N grows.
    At h = 1 the gap is L R^2 / (4 N + 2), less than half of the textbook's L R^2 / (2 N).

    Hypotheses: low >= 0 is convexity, top <= 1 smoothness. Space: both, and what lies outside by up
    to as much; steps beyond the edge, h > 2, where the bound grows with N and still holds.
    """
    # one shape for all instances, which delta and L make their own
    c = HUBER if shape == "Huber" else c
    f = Each(functions(delta, s, L[:, None] * c))
    record = {"gap": f.loss, "size": lambda theta: norm(f.grad(theta))}
    run = simulate(f, SGD(h / L), R[:, None], steps=N, every=N, record=record)
    return {gap: run["gap"][-1], last_g: run["size"][-1], Delta: run["gap"][0]}


RHO = Max(Abs(1 - eta * mu), Abs(1 - eta * L))


CLASS = {
    kappa: decades(0.3, 3),
    mu: decades(-1, 1),
    L: let(kappa * mu),
    shape: choice("quadratic", "any"),
    x: start(2),
    delta: decades(-2, 1),
    s: between(1.1, 5),
    low: sometimes(1.0, between(0.05, 0.8)),
    top: sometimes(1.0, between(2, 4)),
    c: curvatures(low * mu, top * L),
}


def strongly_convex_function(ends, shape, x, made) -> tuple[Each, np.ndarray]:
    """Functions of two variables, and starts: diag(ends) (R, 2) from x / ends, or those made
    from x.

    Both have their minimum 0 at 0. x / ends makes all entries of the first gradient those of x:
    starts from which steep and flat directions count alike.
    """
    if shape == "any":
        return Each(made), x
    return Each([Quadratic(np.diag(row)) for row in ends]), x / ends


@claim(
    "gd/strongly-convex",
    over=CLASS | {h: between(0.05, 2.5), eta: let(h / L)},
    assuming=[low >= 1, top <= 1],
    says={
        "distance": at_most(distance_ratio, RHO),
        "gradient": at_most(gradient_ratio, RHO),
        "gap": at_most(gap_ratio, RHO**2),
    },
    where={
        distance_ratio: "|x_1| / |x_0| of one step eta; f'' = c_j as in gd/smooth-convex, in both"
        " of two coordinates, or low mu and top L in one each",
        gradient_ratio: "|g_1| / |g_0|",
        gap_ratio: "f(x_1) / f(x_0), f(0) = 0",
    },
    cites=stated_by("Taylor, Hendrickx & Glineur 2018 (recalled)"),
    instances=160,
)
def strongly_convex(mu, L, low, top, eta, shape, x, delta, s, c):
    """Along the segment the mean Hessian has its spectrum in [mu, L], which is the first two; the
    gap is the cited theorem. Attained by eigenvectors.

    x_1 - x* = (I - eta H) (x_0 - x*) with H the mean Hessian between the minimiser and x_0, and g_1
    = (I - eta H) g_0 with that between x_0 and x_1. Both have eigenvalues in [mu, L], and |1 - eta
    lam| is largest at an end: RHO.

    Least at eta = 2 / (mu + L), where it is (kappa - 1) / (kappa + 1); eta = 1 / L has 1 - 1 /
    kappa, and beyond eta = 2 / L RHO > 1 bounds how fast a run diverges. One step is enough: the
    bound of N steps is the N-th power, and a quadratic's eigenvector attains it in every step.

    Hypotheses: low < 1 flattens below mu, top > 1 steepens above L. Space: kappa up to 1000, every
    step from 0.05 to 2.5 times 1 / L.
    """
    ends = np.stack([low * mu, top * L], -1)
    f, x = strongly_convex_function(ends, shape, x, functions(delta, s, c, 2))
    record = {"gap": f.loss, "gradient": lambda theta: norm(f.grad(theta)), "distance": norm}
    run = simulate(f, SGD(eta), x, steps=1, record=record)
    ratios = {name: series[1] / series[0] for name, series in run.series.items()}
    return {
        distance_ratio: ratios["distance"],
        gradient_ratio: ratios["gradient"],
        gap_ratio: ratios["gap"],
    }


@claim(
    "gd/line-search",
    over=CLASS,
    assuming=[low >= 1, top <= 1],
    says={
        "gap": at_most(
            gap_ratio, ((kappa - 1) / (kappa + 1)) ** 2, slack=1e-9, because="tol of the search"
        )
    },
    where={
        gap_ratio: "f(x_1) / f(x_0), f(0) = 0, of the step along the gradient that minimises f, of"
        " gd/strongly-convex"
    },
    cites=stated_by("de Klerk, Glineur & Taylor 2017 (recalled); on quadratics Kantorovich"),
    instances=160,
)
def line_search(mu, L, low, top, shape, x, delta, s, c):
    """Attained at every step on diag(mu, L) from (1/mu, 1/L).

    On quadratics Kantorovich's inequality: the gap is multiplied by 1 - |g|^4 / (g^T H g g^T H^-1
    g), at most ((kappa - 1) / (kappa + 1))^2, which is that of the best constant step in
    gd/strongly-convex: searching knows neither mu nor L, and at worst gains nothing over knowing
    both. From (1/mu, 1/L) both entries of the gradient are equal, and after each step again, in
    size.

    The slack is what the search leaves: it stops when both ends of its bracket agree to its
    tolerance. Hypotheses and space are those of gd/strongly-convex.
    """
    ends = np.stack([low * mu, top * L], -1)
    f, x = strongly_convex_function(ends, shape, x, functions(delta, s, c, 2))
    run = simulate(f, ExactLineSearch(SGD(1 / L)), x, steps=1, record={"gap": f.loss})
    return {gap_ratio: run["gap"][1] / run["gap"][0]}


def alternating(N, L, slope) -> tuple[list, np.ndarray]:
    """The attaining functions, and their starts (R,).

    f' dips to half of its size between two iterates; slope is |f'| at the iterates. One function
    per instance, made for N steps.

    Starts are those that the construction needs: the first gradient is `slope`.
    """
    pairs = [worst_nonconvex(N, *pair) for pair in zip(L, slope, strict=True)]
    return [f for f, _ in pairs], np.array([theta[0] for _, theta in pairs])


@claim(
    "gd/nonconvex",
    over={
        N: choice(1, 2, 4, 9),
        h: sometimes(1.0, between(0.1, 1.99)),
        L: decades(-1, 1),
        slope: decades(-1, 1),
        shape: choice("alternating", "any"),
        x: between(-4, 4),
        delta: decades(-1, 1),
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
    is worse is the cited theorem.

    A step at h = 1 goes from x to x - g / L. With |f''| <= L the slope can fall from g to g / 2 at
    half the way, and is back at its end: the loss falls by the mean, 3 g / 4, times g / L. N such
    dips and g^2 / (2 L) are (3 N + 2) g^2 / (4 L).

    The textbook has 2 L Delta / (N + 1), from a decrease of g^2 / (2 L) per step: 3/2 times as much
    for large N. Without convexity the least gradient is all that can be promised, at the rate 1 /
    sqrt(N) in |f'|; nothing makes the last one small.

    Hypotheses: h = 1, as the constant is another one at other steps; top <= 1 is smoothness. Both
    curvatures at the ends are positive, so that a minimum exists.
    """
    # growing at both ends, or there would be no minimum
    c = np.concatenate([top[:, None], c[:, 1:-1], top[:, None]], -1)
    made = functions(delta, s, L[:, None] * c)
    if shape == "alternating":
        made, x = alternating(N, L, slope)
    f = Each(made)
    record = {"loss": f.loss, "size": lambda theta: norm(f.grad(theta))}
    run = simulate(f, SGD(h / L), x[:, None], steps=N, record=record)
    lowest = np.array([least(one) for one in made])
    return {least_g: run["size"].min(0), Delta: run["loss"][0] - lowest}
