"""Roots of a matrix by polynomials: where five of Muon's steps end, and the error of every list.

X+ = a X + b X X^T X + c (X X^T)^2 X maps every singular value s to f(s) = a s + b s^3 + c s^5 and
leaves the singular vectors: a statement on matrices is one on an odd polynomial of one number. P_k
= f_k o ... o f_1 is what k steps do. They start from G / |G|_F, whose singular values are in [0,
1]. Zeros stay zero, and below the range a list was made for a value grows at most by a_1 ... a_k:
the first that is missed is always a small one. Digits and lists: lab.quintics."""

from __future__ import annotations

import numpy as np
from sympy import Eq, Rational

from lab.claims import (
    around,
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    named,
    orthogonal,
    sometimes,
    stated_by,
    symbols,
)
from lab.linalg import newton_schulz, polar_factor, transposed
from lab.theory.kronecker import polar

x, U, V, least, most = symbols("x U V least most")
JORDAN = (3.4445, -4.7750, 2.0315)
# below it a singular value has not reached the interval after five steps
BORDER = Rational(15052, 10**7)


def matrix(u, s, v) -> np.ndarray:
    """U diag(s) V^T (R, m, k) of U (R, m, k), s (R, k), V (R, n, n) cut to the columns that s
    has."""
    return (u * s[:, None, :]) @ transposed(v)[:, : s.shape[-1]]


@claim(
    "muon/newton-schulz-range",
    over={
        x: around(BORDER, 0.7, 40, near=(1e-3, 0.02)),
        U: orthogonal(2, ("random",)),
        V: orthogonal(3, ("random",)),
    },
    assuming=[x >= BORDER],
    says={
        "least": at_least(least, Rational(68183, 10**5), slack=1e-5, because="digits of 0.68183"),
        "most": at_most(most, Rational(120237, 10**5), slack=1e-5, because="digits of 1.20237"),
    },
    where={
        least: "smallest singular value after five steps (3.4445, -4.7750, 2.0315) from G / |G|_F,"
        " 2 x 3 of smallest singular value x |G|_F",
        most: "the largest",
    },
    cites=derived("the quintic maps [0.55453, ...] into the interval; 1.20237 = f(0.55453)"),
    instances=160,
)
def newton_schulz_range(x, U, V):
    """f has two critical points in x > 0: a maximum f(0.55453) = 1.20237 and a minimum f(1.05014) =
    0.68183. Both constants are digits of these values. f >= 0.68183 from x = 0.21066 on, so that f
    maps [0.21066, 1.20237] into [0.68183, 1.20237], and that interval into itself: once a value is
    inside, it stays. Below 0.21066 f(x) > x, by at most a = 3.4445 a step. The border is the x
    whose fourth image is 0.21067: larger ones are inside after five steps, smaller ones are not
    (a^5 = 485 at most).

    Five steps don't compute the polar factor. f(0.868) = 0.868 is the fixed point nearest to 1, and
    it repels: f' = -1.58 there. The interval is all that can be said.

    Space: matrices 2 x 3 of Frobenius norm 1, bases at random, smallest singular values on both
    sides of the border, beside it and up to forty times it. Both bounds are attained; a thousandth
    below the border the least value is missed by a thousandth."""
    # Frobenius norm 1: the start of the iteration divides by nothing
    s = np.stack([np.sqrt(1 - x**2), x], -1)
    found = newton_schulz(matrix(U, s, V), JORDAN, 5)
    values = np.linalg.svd(found, compute_uv=False)
    return {least: values[:, 1], most: values[:, 0]}


root, steps, low, under, above, middle = symbols("root steps low under above middle")
error, attained = symbols("error attained")


@named
def supremum(root, steps, low):
    """sup of |P_k - 1| over [l, 1], from the images of the interval under every step"""
    return polar.polar_error(low, polar.step_coefficients(root, steps))


@claim(
    "muon/polar-roots",
    over={
        root: choice(*polar.LISTS),
        steps: choice(3, 5, 6),
        # the lists are made for ranges from 1e-3 on
        low: decades(-3, -0.1),
        under: around(1, 0.2, 2),
        # a matrix that was not normalised
        above: sometimes(1.0, between(1.05, 1.3)),
        middle: between(0, 1),
        U: orthogonal(3, ("random",)),
        V: orthogonal(4, ("random",)),
    },
    assuming=[under >= 1, Eq(above, 1)],
    says={
        "matrices": at_most(
            error, supremum(root, steps, low), slack=1e-6, because="1e-14 of the last step"
        ),
        "attained": equal(
            attained, supremum(root, steps, low), rtol=1e-3, atol=1e-9, because="the grid's step"
        ),
    },
    where={
        error: "|X - U V^T|_2, X the root by k steps of the named list from U diag(s) V^T, 3 x 4,"
        " s = above, one in between, and min(under l, 1)",
        attained: "max of |P_k - 1| at 20 000 points of [l, 1]",
    },
    cites=stated_by("Amsel et al. 2025, Polar Express (the greedy minimax steps; l is a bound)"),
    instances=60,
)
def polar_roots(root, steps, low, under, above, middle, U, V):
    """X = U diag(P_k(s)) V^T, and the polar factor is U V^T: the spectral error is the largest
    |P_k(s_i) - 1|, at most the supremum over [l, 1] when all s_i are in it. That supremum is found
    without a grid: the image of an interval under a polynomial is an interval, with ends at images
    of its ends or at critical values, step after step.

    Errors after five steps for l = 0.001 and 0.01: Jordan 0.53 and 0.32, Polar Express 0.12 and
    0.12, CANS 0.12 and 0.12, You 0.53 and 0.03, Newton-Schulz of degree 5 0.98 and 0.77.

    Hypotheses: a value below l is not in the interval; it has grown by less than a_1 ... a_k and
    may not have arrived. One above 1, a matrix that was not normalised, may diverge: beyond its
    last critical point a quintic grows as c x^5.

    Space: every list of coefficients that is registered, three to six steps, l from 10^-3 to 0.8,
    matrices 3 x 4 with singular values at l, between and at 1, so that the supremum is met by
    matrices whenever it is at an end. "attained" meets it on a grid that is even in log x.

    Published lists differ in their safety: Polar Express divides coefficients and start by 1.01;
    here every list is taken as it is printed."""
    coefficients = polar.step_coefficients(root, steps)
    smallest = np.minimum(under * low, 1.0)
    s = np.stack([above, smallest ** (1 - middle), smallest], -1)
    found = matrix(U, s, V)
    exact = polar_factor(found)
    for row in coefficients:
        found = newton_schulz(found, tuple(row), 1)
    # even in log x, from l to 1: small values decide
    grid = low[:, None] ** np.linspace(0, 1, 20000)
    gap = np.abs(polar.polar_map(grid, coefficients) - 1)
    # a diverged root is as far away as can be told; 1e-13: rounding of six products
    far = np.clip(np.nan_to_num(found - exact, nan=1e9), -1e9, 1e9)
    return {
        error: np.maximum(np.linalg.svd(far, compute_uv=False)[:, 0] - 1e-13, 0.0),
        attained: gap.max(-1),
    }
