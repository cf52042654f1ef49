"""The eigenbasis of the second moment of gradients, which is what Adam could diagonalise.

E[g_B g_B^T] = (1 + 1 / B) g g^T + (g . d / B) Sigma without label noise, for Gaussian inputs
(moments/isserlis): at B = 1 Sigma still bends it, as B -> inf nothing but g is left, and the other
directions are free; Sigma compressed to the complement of g is then diagonalised in them.

So a basis that is learnt from gradients alone is a good one for a diagonal Gauss-Newton method
unless g is at Kantorovich's worst: kappa = 1e3 in twenty dimensions leaves about 2.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, sqrt

from lab.claims import (
    at_most,
    choice,
    claim,
    derived,
    dimension,
    equal,
    spd,
    start,
    symbols,
)
from lab.claims.quadratics.gd import kappa
from lab.theory.conditioning import (
    empirical_fisher_basis,
    kantorovich_vector,
    preconditioned_kappa,
)

n, Sigma, d, inverse, shape, newton, product = symbols("n Sigma d inverse shape newton product")


@claim(
    "empirical-fisher-basis/arrowhead",
    over={
        n: dimension(2, 6),
        # kappa >= 1.26, so that the product is not 1 up to rounding
        Sigma: spd(n, -3, -0.1),
        # 1 / B: the full batch, and batch 1 outside the hypothesis
        inverse: choice(0, 1),
        shape: choice("generic", "worst"),
        d: start(n, ("generic",)),
    },
    assuming=[Eq(inverse, 0)],
    says={
        "arrowhead": equal(
            newton,
            (1 + sqrt(1 - 1 / product)) / (1 - sqrt(1 - 1 / product)),
            rtol=1e-6,
            because="the root of product - 1, which is known to eps kappa, kappa <= 1e3",
        ),
        "no better than GD": at_most(newton, kappa(Sigma), slack=1e-9, because="eps kappa"),
    },
    where={
        newton: "kappa(GN^-1) in the eigenbasis of E[g_B g_B^T], 1/B = inverse, inputs N(0, Sigma),"
        " no label noise; g = Sigma d (generic) or g = (v_max + v_min) / sqrt 2 (worst)",
        product: "(g^T Sigma g)(g^T Sigma^-1 g) / |g|^4, at least 1",
    },
    cites=derived("Schur complement of an arrowhead matrix; Kantorovich's inequality"),
)
def arrowhead(Sigma, inverse, shape, d):
    """As B -> inf the first basis vector is g, and Sigma is diagonal in the others: an arrowhead
    matrix. Its Jacobi scaling is [[1, w^T], [w, I]], with the eigenvalues 1, ..., 1, 1 +- gamma,
    gamma = |w|. Its Schur complement 1 - gamma^2 is that of Sigma at g over Sigma's own entry
    there, 1 / ((u^T Sigma^-1 u)(u^T Sigma u)) = 1 / product, u = g / |g|. Kantorovich bounds the
    product by (kappa + 1)^2 / (4 kappa), at which gamma = (kappa - 1)/(kappa + 1) and kappa(GN^-1)
    = kappa.

    Space: two to six dimensions, kappa from 1.3 to 1000 in coordinate, random and spread bases,
    generic errors and the gradient that attains Kantorovich's bound, at which the basis is of no
    use at all: kappa(GN^-1) = kappa(Sigma). At batch 1 the basis is another one, and the formula
    fails.
    """
    measured, products = [], []
    for sigma, error in zip(Sigma, d, strict=True):
        if shape == "worst":
            error = np.linalg.solve(sigma, kantorovich_vector(sigma))
        g = sigma @ error
        basis = empirical_fisher_basis(sigma, error, batch=1 if inverse else None)
        measured.append(preconditioned_kappa(basis.to(basis.to(sigma).T)))
        products.append((g @ sigma @ g) * (g @ error) / (g @ g) ** 2)
    # at least 1 by Cauchy and Schwarz; rounding may say otherwise
    return {newton: np.array(measured), product: np.maximum(products, 1.0)}
