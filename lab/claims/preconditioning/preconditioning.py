"""Preconditioned descent beyond quadratics: the basin of a rate, valleys of minimisers.

p+ = p - a P P^T g(p) is descent in z = P^-1 p, whose Hessian is A = P^T H P; what is said of plain
descent here holds with A in place of H. rho = max(|1 - a mu|, |1 - a L|) is the rate of the
quadratic, (kappa - 1) / (kappa + 1) at the best a = 2 / (mu + L). At a fixed a up to that it is 1 -
a mu: a better condition number helps as far as mu rises below the same limit a L < 2, that is,
after the rate is tuned again. Ye 2024 says that a neighbourhood of a minimiser has the rate rho +
slack: the first claim says how large it is. The second has minimisers that are not isolated, where
H is singular and kappa* counts.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit
from sympy import Abs, Max

from lab.arrays import norm
from lab.claims import (
    around,
    at_most,
    between,
    choice,
    claim,
    data,
    decades,
    derived,
    dimension,
    equal,
    named,
    spectrum,
    start,
    symbols,
)
from lab.claims.loops import descend
from lab.optimizers import SGD
from lab.theory.preconditioning import basin as basin_radius
from lab.theory.preconditioning import logistic_lipschitz

n, eta, theta, lam, e, K = symbols("n eta theta lam e K")
rho, worst, first, slack, share, x, h, M = symbols("rho worst first slack share x h M")
examples = symbols("examples")


def sigmoid_difference(z, d):
    """sigma(z + d) - sigma(z) = sigma(high) sigma(-low) (1 - e^-|d|), with the sign of d: to full
    accuracy where sigma itself rounds to 1, and d is small beside it."""
    high, low = np.maximum(z, z + d), np.minimum(z, z + d)
    return np.sign(d) * expit(high) * expit(-low) * -np.expm1(-np.abs(d))


ROWS = 12
# where sigma'' is the smallest, -1 / (6 sqrt(3))
STEEPEST = np.log(2 + np.sqrt(3))


@claim(
    "preconditioning/basin",
    over={
        n: dimension(1, 4),
        x: data(ROWS, n, -1, 1),
        theta: start(n),
        e: start(n),
        h: decades(-2, 2),
        M: decades(-2, 2),
        share: around(1, 0.1, 10, near=(0.001, 0.02)),
        slack: between(0.02, 0.3),
        eta: between(0.55, 0.8),
        # one example at the steepest change of curvature: in one dimension it attains the bound
        examples: choice("drawn", "steepest"),
    },
    assuming=[share <= 1],
    says={
        "logistic": at_most(worst, rho + slack, slack=1e-12, because="rounding"),
        "cubic": equal(
            first, 2 * eta - 1 + share * slack, rtol=1e-12, because="a dozen operations"
        ),
    },
    where={
        rho: "max(|1 - a mu|, |1 - a L|), a = 2 eta / L, of the Hessian at the minimiser",
        worst: "largest |e_(k+1)| / |e_k| of 30 steps of GD on a logistic loss of rows x, minimised"
        " at theta, from |e_0| = share 2 slack / (a M), M the bound mean |x|^3 / (6 sqrt 3)",
        first: "|e_1| / e_0 on h e^2 / 2 + M e^3 / 6 from that distance",
    },
    cites=derived("the rate near a minimiser of Ye 2024, with an explicit neighbourhood"),
    instances=80,
)
def basin(x, theta, e, h, M, share, slack, eta, examples):
    """With H M-Lipschitz near the minimiser p* and e = p - p*: e+ = (I - a Int_0^1 H(p* + t e) dt)
    e, and the integral is within M |e| / 2 of H(p*), so that |e+| <= (rho + a M |e| / 2) |e|. From
    |e_0| <= 2 slack / (a M) every factor is at most rho + slack; if that is below 1 the run stays
    inside and converges, and where it is >= 1 nothing is claimed about convergence. Needs share <=
    1, no positive lower curvature.

    The cubic h e^2 / 2 + M e^3 / 6 attains it: e+ = (1 - a h - a M e / 2) e, of size 2 eta - 1 +
    share slack as a h = 2 eta > 1. For a logistic loss M <= mean |x|^3 / (6 sqrt 3), because
    |sigma''| is largest at z = log(2 + sqrt 3), where sigma'' = -1 / (6 sqrt 3): with all rows at
    it, and e towards 0, the logistic loss attains the bound to second order in the slack.

    The published form says that for every slack there is such a neighbourhood; here is how large it
    is, and the cubic has no larger one. With a preconditioner the norm that contracts is |P^-1 e|;
    in |e| there is a factor kappa(P).

    Space: logistic losses of twelve rows in one to four dimensions, over two decades of scale;
    distances from a tenth to ten times the radius; rates that overshoot, a L = 1.1 to 1.6."""
    if examples == "steepest":
        x = np.repeat(x[:, :1], ROWS, axis=1)
        scale = STEEPEST / (x[:, 0] ** 2).sum(-1)
        theta = scale[:, None] * x[:, 0]
        e = -x[:, 0]

    z = np.einsum("rin,rn->ri", x, theta)
    # sigma (1 - sigma) cancels nothing this way: rows may be far out in the tails
    curvature = expit(z) * expit(-z)
    hessian = np.einsum("rin,ri,rim->rnm", x, curvature, x) / ROWS
    low, high = np.linalg.eigvalsh(hessian)[:, [0, -1]].T
    a = 2 * eta / high

    def gradient(e):
        """Of the logistic loss at p* + e, less that at p*, which is 0."""
        moved = sigmoid_difference(z, np.einsum("rin,rn->ri", x, e))
        return np.einsum("rin,ri->rn", x, moved) / ROWS

    radius = share * basin_radius(a, logistic_lipschitz(x), slack)
    path = descend(SGD(a), gradient, (radius / norm(e))[:, None] * e, 30)
    sizes = norm(path)
    # what has converged to rounding has no ratio
    ratios = np.where(sizes[:-1] > 1e-12 * radius, sizes[1:] / np.maximum(sizes[:-1], 1e-300), 0)

    step = 2 * eta / h
    far = share * basin_radius(step, M, slack)
    cubic = descend(SGD(step), lambda x: h[:, None] * x + M[:, None] * x**2 / 2, far[:, None], 1)
    rate = np.maximum(np.abs(1 - a * low), np.abs(1 - a * high))
    return {rho: rate, worst: ratios.max(0), first: np.abs(cubic[1, :, 0]) / far}


law, length, best = symbols("law length best")


@named
def valley(law):
    """the null space of the Hessian is tangent to the set of minimisers"""
    return law != "x^2 + y^4"


def rayleigh(lam, w):
    """The gradient of sum lam w^2 / |w|^2: 2 (lam - quotient) w / |w|^2. lam, w (R, n), w not 0."""
    square = (w**2).sum(-1, keepdims=True)
    quotient = (lam * w**2).sum(-1, keepdims=True) / square
    return 2 * (lam - quotient) * w / square


@claim(
    "preconditioning/singular-hessian",
    over={
        law: choice("Rayleigh", "Rayleigh, double", "x^2 + y^4"),
        n: dimension(3, 6),
        lam: spectrum(n, -2, -0.3),
        length: decades(-1, 1),
        eta: between(0.2, 1.8),
    },
    assuming=[valley(law)],
    says={
        "rate": equal(
            worst,
            Max(Abs(1 - eta), Abs(1 - eta / K)),
            atol=1e-4,
            because="second order in |e| = 1e-5",
        ),
        "best": equal(best, (K - 1) / (K + 1), atol=1e-4, because="second order in |e| = 1e-5"),
    },
    where={
        K: "kappa*, the largest over the smallest nonzero eigenvalue of the Hessian: (l_n - l_1) /"
        " (l_(r+1) - l_1) for w^T diag(lam) w / |w|^2, r the multiplicity of l_1; 1 for x^2 + y^4",
        worst: "largest contraction of the distance to the minimisers by a step of GD of size eta /"
        " lmax, over eigenvectors, from 1e-5 |w| away (.3 for y^4) of a minimiser w",
        best: "the same with the step 2 / (lmax + lmin*)",
    },
    cites=derived(
        "kappa* for losses with a manifold of minimisers: recalled from Lange, Helfrich & Ye 2022"
    ),
)
def singular_hessian(law, lam, length, eta):
    """Near a manifold of minimisers whose tangent space is the null space of H, take e from the
    nearest minimiser: it is normal to the manifold. A step maps normal to normal up to |e|^2, and
    contracts it by |1 - a lam| along the nonzero eigenvalues. The distance to the new nearest
    minimiser is at most that to the old one. So the rate is that of the nonzero spectrum, and the
    best is (kappa* - 1) / (kappa* + 1).

    Rayleigh's quotient w^T diag(lam) w / |w|^2 is such a loss: at the lowest eigenvector its
    Hessian is 2 (lam_i - l_1) / |w|^2, with 0 along w and along other lowest ones. It is what
    weights before a normalisation are like: the gradient is orthogonal to w, and each step
    lengthens w, |w+|^2 = |w|^2 + a^2 |g|^2, so that a fixed a is a falling a / |w|^2.

    A direction that is flat, yet no valley, is slower than any rate: y^4 has y+ = y - 4 a y^3, and
    y_k ~ 1 / sqrt(8 a k). kappa* is 1 there, of the x direction alone: null space and tangent space
    have to agree.

    Space: three to six dimensions, the lowest eigenvalue single or multiple, lengths over two
    decades, to which kappa* is blind, steps up to 1.8 / lam_max. Errors are along one eigenvector
    at a time."""
    lam = np.array(lam)
    if law == "Rayleigh, double":
        lam[:, -2] = lam[:, -1]
    if law == "x^2 + y^4":
        return flat(eta)
    # the spectrum is sorted downwards: the last is the lowest, and others may be equal to it
    gaps = 2 * (lam - lam[:, -1:]) / length[:, None] ** 2
    steep = gaps > 0
    top, bottom = gaps.max(-1), np.where(steep, gaps, np.inf).min(-1)

    def contraction(step):
        """The largest |e+| / |e| over eigenvectors that are not along the valley."""
        found = []
        for k in range(lam.shape[-1] - 1):
            w = np.zeros_like(lam)
            w[:, -1] = length
            # second order is then 1e-5 of the first, and rounding 1e-11
            w[:, k] = 1e-5 * length
            after = descend(SGD(step), lambda w: rayleigh(lam, w), w, 1)[1]
            distance = norm(np.where(steep, after, 0.0))
            # along the valley there is no distance to contract
            found.append(np.where(steep[:, k], distance / (1e-5 * length), 0.0))
        return np.max(found, 0)

    return {
        K: top / bottom,
        worst: contraction(eta / top),
        best: contraction(2 / (top + bottom)),
    }


def flat(eta):
    """x^2 + y^4: y contracts by 1 - 4 a y^2, at lmax = 2 of the Hessian at 0.

    kappa* is 1, of x alone, and a rate of 1 - eta is what the claim would say."""
    # far enough that 4 a y^2 shows beside eta
    y = np.full((len(eta), 1), 0.3)
    after = descend(SGD(eta / 2), lambda y: 4 * y**3, y, 1)[1, :, 0] / 0.3
    return {K: np.ones_like(eta), worst: np.abs(after), best: np.abs(after)}
