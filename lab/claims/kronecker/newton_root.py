"""Roots by the coupled Newton iteration, as Shampoo's authors take them.

R_0 = z A, X_0 = z^(1/p) I; S = (1 + 1/p) I - R / p, R <- S^p R, X <- X S. Throughout R = X^p A, so
that X is A^(-1/p) when R is I. What the claim adds to the algorithm: how far R - I, in the entries
that are tested, lets X be from the root; and that the test of growth must be on a norm that
falls."""

from __future__ import annotations

import numpy as np
from sympy import Rational

from lab.claims import at_most, choice, claim, decades, derived, dimension, named, spd, symbols
from lab.linalg import symmetric_power
from lab.optimizers.matrix.roots import coupled_newton

n, p, H, growth, kind, delta = symbols("n p H growth kind delta")
error, size, residual = symbols("error size residual")


@named
def frobenius(growth):
    """the growth of the error is tested in Frobenius norm"""
    return growth == "frobenius"


@claim(
    "newton-root/accuracy",
    over={
        n: dimension(2, 5),
        p: choice(1, 2, 4, 6),
        # twice: two of three instances satisfy the hypothesis
        growth: choice("frobenius", "frobenius", "max"),
        kind: choice("spectrum", "flat"),
        H: spd(n, -8, 0),
        delta: decades(-6, -1),
    },
    assuming=[frobenius(growth)],
    says={
        "accuracy": at_most(error, n * Rational(1, 10**6) / p, slack=1e-3, because="second order"),
        "stops": at_most(residual, Rational(1, 10**6), slack=1e-9, because="rounding"),
    },
    where={
        error: "largest |lam(H^(1/p) X) - 1|, X = H^(-1/p) by the coupled Newton iteration"
        " stopped at max |R - I| <= 1e-6, H as drawn or, flat, all 1/n plus delta I",
        residual: "max |X^p H - I|, less 10 n eps kappa",
    },
    cites=derived("|R - I|_2 <= n max |R - I|, and X = H^(-1/p) R^(1/p)"),
    # the iteration stops anywhere below 1e-6; few instances stop right below it
    instances=1280,
)
def accuracy(n, p, growth, kind, H, delta):
    """R commutes with A and X. An eigenvalue r of R goes to r (1 + 1/p - r/p)^p, which maps (0, (1
    + p) / 2] into (0, 1] and brings r nearer to 1; z is chosen so that all start there. |R - I|_F
    falls therefore at every step. The largest entry of R - I may grow at the first, and an
    iteration stopped by that answers its start, a multiple of I: the flat matrix is the witness.

    H^(1/p) X = R^(1/p), because R = X^p H. |R - I|_2 <= n max |R - I| <= n tol, and (1 + d)^(1/p) =
    1 + d/p to second order: at most n tol / p. It is attained where R - I is flat and the last
    error is right below the tolerance.

    Space: n = 2 ... 5, roots 1, 2, 4 and 6 (the authors' list), condition up to 10^8, as drawn or
    flat."""
    if kind == "flat":
        H = np.ones((n, n)) / n + delta[:, None, None] * np.eye(n)
    x = coupled_newton(H, p, growth=growth)
    lam = np.linalg.eigvalsh(H)
    root = symmetric_power(H, 1 / p)
    gap = np.linalg.eigvals(root @ x) - 1
    whole = np.linalg.matrix_power(x, p) @ H - np.eye(n)
    # X^p H is computed to eps kappa, kappa <= 1e8
    rounding = 10 * n * np.finfo(float).eps * lam[:, -1] / lam[:, 0]
    return {
        error: np.maximum(np.abs(gap).max(-1) - rounding, 0.0),
        residual: np.maximum(np.abs(whole).max((-2, -1)) - rounding, 0.0),
    }
