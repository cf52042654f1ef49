"""Roots by the coupled Newton iteration."""

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
        residual: "max |X^p H - I|, less 1e-16 kappa",
    },
    cites=derived("|R - I|_2 <= n max |R - I|, and X = H^(-1/p) R^(1/p)"),
    # the iteration stops anywhere below 1e-6; few instances stop right below it
    instances=1280,
)
def accuracy(n, p, growth, kind, H, delta):
    """Eigenvalues of R move by r (1 + 1/p - r/p)^p, so that |R - I|_F falls at every step; the
    largest entry of R - I may grow at the first, and an iteration stopped by it answers a multiple
    of I."""
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
