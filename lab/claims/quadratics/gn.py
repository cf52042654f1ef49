"""Diagonal Gauss-Newton on quadratics, in the eigenbasis of the Hessian.

GN^p in the basis U: theta+ = theta - eta U diag(s)^p U^T g, s_i = u_i^T H u_i. p = -1 is what a
diagonal Newton method does, p = -1/2 what a preconditioner that is a root of squares resembles, p =
0 gradient descent.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq

from lab.bases import Orthogonal
from lab.claims import (
    around,
    at_least,
    between,
    claim,
    derived,
    dimension,
    equal,
    orthogonal,
    sometimes,
    spectrum,
    symbols,
)
from lab.objectives.quadratic import Quadratic
from lab.optimizers import DiagonalGN, InBasis
from lab.simulation import simulate

n, p, lam, V, t, x, kappa, rho, least = symbols("n p lam V t x kappa rho least")


def turned(n: int, t: float) -> np.ndarray:
    """The rotation by t in the plane of the first and the last coordinate, (n, n).

    The extreme eigenvalues are mixed, as a spectrum is drawn in decreasing order: the largest
    change of s that a rotation of one plane can make.

    t = 0 is the identity. At pi / 2 the two columns are exchanged, up to a sign.
    """
    q = np.eye(n)
    c, s = np.cos(t), np.sin(t)
    q[np.ix_([0, -1], [0, -1])] = [[c, -s], [s, c]]
    return q


PATH = {"theta": lambda theta: theta}


def contractions(p, lam, v, t, x) -> list[float]:
    """The largest |theta_1| / |theta_0| over all starts, the norm of one step as a matrix, at the
    best step and at x times it. The n starts are run together, as rows of the identity.

    As [best, x best]. h is symmetrised, as rounding would make Quadratic refuse it.
    """
    n = len(lam)
    h = (v * lam) @ v.T
    f = Quadratic((h + h.T) / 2)
    # the spectrum that gradient descent would see
    effective = lam ** (1 + p)
    best = 2 / (effective.max() + effective.min())
    basis = Orthogonal(v @ turned(n, t))
    methods = [InBasis(basis, DiagonalGN(eta, p)) for eta in (best, x * best)]
    runs = [simulate(f, method, np.eye(n), steps=1, record=PATH) for method in methods]
    return [float(np.linalg.norm(run["theta"][-1], 2)) for run in runs]


# GN^-1 divides by the smallest eigenvalue, which is known to n eps / kappa of itself, kappa <= 1e4
ROUNDING = "n kappa eps"


@claim(
    "gn/eigenbasis-rate",
    over={
        n: dimension(2, 6),
        p: between(-1, 0),
        # kappa >= 3: for equal eigenvalues no basis is an eigenbasis more than another
        lam: spectrum(n, -4, -0.5),
        V: orthogonal(n),
        t: sometimes(0.0, between(0.02, 1.5)),
        # a third at the best step itself, where the bound is attained
        x: around(1, 0.5, 1.5, near=(0.0, 0.0)),
    },
    assuming=[Eq(t, 0)],
    says={
        "best step": equal(
            rho,
            (kappa ** (1 + p) - 1) / (kappa ** (1 + p) + 1),
            atol=1e-10,
            because=ROUNDING,
        ),
        "any step": at_least(
            least, (kappa ** (1 + p) - 1) / (kappa ** (1 + p) + 1), slack=1e-9, because=ROUNDING
        ),
    },
    where={
        kappa: "lam_max / lam_min",
        rho: "largest contraction |theta_1| / |theta_0| of GN^p in V turned by t, on H = V"
        " diag(lam)"
        " V^T, over all starts, at eta = 2 / (max + min) of lam^(1+p)",
        least: "the same at x times that step",
    },
    cites=derived("d_i+ = (1 - eta lam_i^(1+p)) d_i; rigorous version of Liu et al. 2025"),
)
def eigenbasis_rate(p, lam, V, t, x):
    """With U = V, s = lam, and coordinates along V separate: d_i+ = (1 - eta lam_i^(1+p)) d_i. That
    is gradient descent on the spectrum lam^(1+p), whose condition number is kappa^|1+p|;
    gd/quadratic-rate gives the rate and its optimality among constant steps. GN^-1 takes one step,
    GN^-1/2 has sqrt kappa, starts at eigenvectors of the two ends attain it. In steps to 1e-8 of
    the loss at kappa = 1e4: some 46000 for gradient descent, 460 for GN^-1/2, one for GN^-1.

    Necessary: the eigenbasis. In a basis turned by t in one plane s_i is a mean of two eigenvalues,
    diag(s)^p H has other eigenvalues, and the rate is another one. "Any step" includes the best, at
    a third of the draws. p in [-1, 0] as drawn: below -1 the order of the spectrum turns round.
    """
    columns = zip(p, lam, V, t, x, strict=True)
    found = np.array([contractions(*row) for row in columns])
    return {rho: found[:, 0], least: found[:, 1], kappa: lam.max(-1) / lam.min(-1)}
