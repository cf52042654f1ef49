"""What Adam does to the Hessian where the error is isotropic: it divides by row norms.

R_i = |H e_i| is D of Adam, RMSProp and AdaGrad in the mean over errors of covariance s^2 I:
adam/row-norm-scaling. Here are two families H on which R^(-1/2) H R^(-1/2) is badly conditioned:
against H itself, and against the best one-sided scaling, with which the known bound compares it.

Nor does it undo units: for H_ij = d_i d_j 2^-|i-j| with d from 1 to 1e-4 in eight values kappa is
1.4e8; Jacobi leaves 7.5, row norms 186, and the root of the diagonal, which is Adam's D in noise,
1.6e4.
"""

from __future__ import annotations

import numpy as np
from sympy import sqrt

from lab.claims import at_most, claim, decades, derived, dimension, equal, refuted, symbols
from lab.linalg import kappa as condition_number
from lab.theory.conditioning import (
    kappa_with,
    row_norm,
    row_norm_hurts,
    simplex_and_copies,
)

n, K, plain, rows = symbols("n K plain rows")
t, eps, one_sided = symbols("t eps one_sided")


@claim(
    "adam/worse-than-nothing",
    # K: what is left out is of order 1 / sqrt(K)
    over={n: dimension(3, 20), K: decades(4, 6)},
    says={
        "an improvement": refuted(at_most(rows, plain)),
        "how much worse": equal(
            rows / plain,
            (1 + sqrt(n / 2)) / 2,
            rtol=2e-3,
            because="terms of order 1 / K^(1/2) at K >= 1e4; without them in the limit",
        ),
    },
    where={
        rows: "kappa of R^(-1/2) H R^(-1/2), R = diag |H e_i|, H = I + (K - 1) u u^T, "
        "u^2 = (x, x, (1 - 2 x) / (n - 2), ...), x = (1 + sqrt(2 / n)) / 4",
        plain: "kappa(H)",
    },
    cites=derived("that Adam improves the condition number is often said; this is its limit"),
    instances=96,
)
def worse_than_nothing(n, K):
    """For K -> inf H is K u u^T but for the identity: |H e_i| -> K u_i, and R^(-1/2) H R^(-1/2)
    tends to w w^T + diag(1 / (K u_i)), w_i^2 = u_i. Its largest eigenvalue is |u|_1. The smallest
    is 1 / (K max u_i): two equal largest entries hold it there by interlacing. The quotient is K
    |u|_1 max u_i; two squares x and n - 2 equal ones give K (2 x + sqrt(x (1 - 2 x)(n - 2))),
    largest at x = (1 + sqrt(2 / n)) / 4, where it is K (1 + sqrt(n / 2)) / 2.

    kappa(H) = K exactly: eigenvalues 1 and K. The family is not the worst: searches find a little
    more at n = 3 and 4 (1.117 for 1.112). The refuted sentence is said of errors without direction;
    with noise D is another one.

    Space: 3 to 20 dimensions, K from 10^4 on, where the limit is met to 1 / sqrt(K)."""
    h = np.stack([row_norm_hurts(n, kappa) for kappa in K.tolist()])
    return {plain: condition_number(h), rows: kappa_with(h, row_norm(h))}


@claim(
    "adam/row-norm-factor",
    over={t: dimension(2, 8), eps: decades(-9, -8)},
    says={
        "how much worse": equal(
            rows / one_sided,
            sqrt((t - 1) ** 2 + 1),
            rtol=2.5e-3,
            because="half of sqrt(8 n eps), and n eps kappa",
        ),
    },
    where={
        rows: "kappa of R^(-1/2) H R^(-1/2), R = diag |H e_i|, H^2 the n = t^2 rows of "
        "jacobi/factor-n",
        one_sided: "kappa of D H, of singular values, D the scaling there",
    },
    cites=derived("that no factor below sqrt(n), of adam/row-norm-scaling, holds for every n"),
    instances=96,
)
def row_norm_factor(t, eps):
    """H^2 has unit diagonal, so the rows of H have length 1: R = I, kappa(H) is the root of
    kappa(H^2), and that of D H the root of kappa(D H^2 D). With jacobi/factor-n for H^2 the
    quotient is the root of the one there: of sqrt(n), which bounds it, ((sqrt(n) - 1)^2 + 1)^(1/2)
    is needed, and for large n all.

    Space: t = 2 ... 8, so n = 4 ... 64; eps so small that sqrt(8 n eps) is below the tolerance and
    so large that n eps kappa of the square is."""
    found = []
    for share in eps.tolist():
        square, d = simplex_and_copies(t**2, t, share)
        # H is the root of the matrix of jacobi/factor-n
        lam, v = np.linalg.eigh(square)
        # the root, whose rows have the squares of the diagonal as their lengths
        h = (v * np.sqrt(lam)) @ v.T
        # of D H, whose squares are the eigenvalues of D H^2 D
        values = np.linalg.svd(d[:, None] * h, compute_uv=False)
        found.append((kappa_with(h, row_norm(h)), values[0] / values[-1]))
    scaled, best = np.array(found).T
    return {rows: scaled, one_sided: best}
