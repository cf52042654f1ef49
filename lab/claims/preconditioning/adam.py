"""What Adam makes of a Hessian: row norms, the root of the diagonal, or nothing.

Near a minimiser g = H e (+ noise), and D = sqrt(v) is a mean of squares of it; the Hessian in z is
A = D^(-1/2) H D^(-1/2). Errors without direction give D_i ~ |H e_i|, the norm of a row. Noise of a
linear model gives D_i ~ sqrt(h_ii), half of what Jacobi does. No noise at all gives v = 0 in the
end, and D = eps. Which one holds decides what "adaptive methods improve the condition number" is
worth.
"""

from __future__ import annotations

import itertools

import numpy as np
from sympy import Rational, sqrt

from lab.arrays import norm
from lab.claims import (
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    dimension,
    equal,
    named,
    orthogonal,
    spd,
    start,
    symbols,
    threshold,
    vector,
)
from lab.claims.loops import descend, follow
from lab.claims.quadratics.gd import kappa
from lab.linalg import matvec
from lab.optimizers import AdaGrad, Adam

n, H, Q, d, s, errors = symbols("n H Q d s errors")
divisor, scaled, most, one_sided, full = symbols("divisor scaled most one_sided full")
size = symbols("size")


@named
def isotropic(errors):
    """the errors have E e e^T = s^2 I"""
    return errors == "isotropic"


@named
def row_norms(h):
    """R_i = |H e_i|"""
    return norm(h)


@named
def kappa_one_sided(d, h):
    """the condition number of diag(d) H, of singular values"""
    values = np.linalg.svd(d[:, :, None] * h, compute_uv=False)
    return values[:, 0] / values[:, -1]


def condition(d, h) -> np.ndarray:
    """kappa of D^(-1/2) H D^(-1/2), (R,)."""
    root = 1 / np.sqrt(d)
    lam = np.linalg.eigvalsh(root[:, :, None] * h * root[:, None, :])
    return lam[:, -1] / lam[:, 0]


@claim(
    "adam/row-norm-scaling",
    over={
        n: dimension(2, 6),
        H: spd(n, -3, 0),
        Q: orthogonal(n),
        d: vector(n, -1, 1),
        s: decades(-3, 3),
        # twice: two of three instances satisfy the hypothesis
        errors: choice("isotropic", "isotropic", "stretched"),
    },
    assuming=[isotropic(errors)],
    says={
        "divisor": equal(divisor, s * row_norms(H), rtol=1e-10, because="sums of squares"),
        "near optimal": at_most(scaled, sqrt(n) * kappa_one_sided(d, H)),
        "near the diagonal": at_most(most, (kappa(H) + 1) / (2 * sqrt(kappa(H))), slack=1e-9),
    },
    where={
        divisor: "sqrt(v / n) of AdaGrad, eps = 0, after the gradients H e at the errors e ="
        " sqrt(n) s q, q the columns of an orthogonal matrix (the first entry ten times that if"
        " stretched): D of Adam with long memory",
        scaled: "kappa(D^(-1/2) H D^(-1/2))",
        most: "largest D_i / (s h_ii)",
    },
    cites=derived("van der Sluis and Kantorovich, for what Ye 2024 says of adaptive methods"),
)
def row_norm_scaling(H, Q, s, errors):
    """E g_i^2 = sum_jk H_ij H_ik E e_j e_k = s^2 |H e_i|^2. The errors here are sqrt(n) s times the
    columns of an orthogonal matrix, whose mean of e e^T is s^2 I without sampling; errors whose
    first entry is ten times as large are the witness that isotropy is used.

    near optimal: with R = diag(|H e_i|), A is similar to R^-1 H, and its eigenvalues lie between
    the extreme singular values of R^-1 H, which has rows of one norm. Such a matrix is within
    sqrt(n) of the best one-sided scaling diag(d) H (van der Sluis 1969). That optimum is not the
    best two-sided one, which may be far below. near the diagonal: |H e_i| / h_ii is 1 / cos of the
    angle between e_i and H e_i, and Kantorovich bounds it, with equality for a combination of the
    two extreme eigenvectors.

    sqrt(n) is sharp for large n: adam/row-norm-factor needs ((sqrt(n) - 1)^2 + 1)^(1/2). Of few
    rows it is not: the worst family known takes sqrt(n / 2) up to n = 6, which is 1 at n = 2, and a
    search over matrices and scalings of n = 2, ..., 5 rows ends there too."""
    count = H.shape[-1]
    columns = np.sqrt(count) * s[:, None, None] * Q.swapaxes(-1, -2)
    if errors != "isotropic":
        columns[:, :, 0] *= 10
    gradients = matvec(H[:, None], columns)

    # the gradients one after the other, whatever AdaGrad does with them
    feed = iter(np.moveaxis(gradients, 1, 0))
    run = follow(
        AdaGrad(1.0, 0.0),
        lambda x: next(feed),
        np.zeros(H.shape[:2]),
        count,
        {"v": lambda theta, state: state.v},
    )
    d = np.sqrt(run["v"][-1] / count)
    diagonal = np.einsum("rii->ri", H)
    return {
        divisor: d,
        scaled: condition(d, H),
        most: (d / (s[:, None] * diagonal)).max(-1),
    }


B, e, noise, m, law, v, noisy, jacobi = symbols("B e noise m law v noisy jacobi")


@named
def gaussian(law):
    """rows have the moments of a Gaussian up to the fourth, labels noise that is independent"""
    return law == "gaussian"


@named
def predicted(h, e, noise, m, batch):
    """(1 + 1/B) (He)_i^2 + ((e^T H e + noise^2) h_ii - 2 (m^T e)^2 m_i^2) / B, H = E x x^T"""
    h = h + m[:, :, None] * m[:, None, :]
    he = matvec(h, e)
    residual = (e * he).sum(-1) + noise**2
    spread = residual[:, None] * np.einsum("rii->ri", h)
    spread = spread - 2 * ((m * e).sum(-1)[:, None] * m) ** 2
    return (1 + 1 / batch) * he**2 + spread / batch


# three nodes per dimension integrate the density of a normal number exactly up to degree five
NODES = {
    "gaussian": (np.array([-np.sqrt(3), 0.0, np.sqrt(3)]), np.array([1, 4, 1]) / 6),
    "signs": (np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
}


def single_gradients(h, e, noise, m, law):
    """Gradients of one example (R, S, 2) with its weight (S,), n = 2: rows x = m + H^(1/2) z,
    residual x^T e - noise.

    S = 18 outcomes (8 of signs): three nodes for each of two numbers, and the sign of the noise,
    whose size is |z_1| times as large for the law "noise along x"."""
    nodes, weights = NODES["signs" if law == "signs" else "gaussian"]
    found, shares = [], []
    root = np.linalg.cholesky(h)
    for (z_1, w_1), (z_2, w_2), sign in itertools.product(
        zip(nodes, weights, strict=True), zip(nodes, weights, strict=True), (-1, 1)
    ):
        x = m + matvec(root, np.array([z_1, z_2]))
        off = noise * sign if law != "noise along x" else noise * sign * np.abs(z_1)
        residual = (x * e).sum(-1) - off
        found.append(residual[:, None] * x)
        shares.append(w_1 * w_2 / 2)
    return np.stack(found, 1), np.array(shares)


@claim(
    "adam/noisy-is-gn-half",
    over={
        B: choice(1, 2, 3, 50),
        law: choice("gaussian", "gaussian", "signs", "noise along x"),
        H: spd(2, -4, 0),
        e: start(2),
        size: decades(-2, 2),
        m: start(2),
        noise: decades(-1, 1),
    },
    assuming=[gaussian(law)],
    says={
        "second moment": equal(
            v, predicted(H, size * e, noise, m, B), rtol=1e-9, because="sums of 18 squares"
        ),
        "square root": at_most(
            noisy, kappa(H) ** Rational(1, 2) * jacobi ** Rational(1, 2), slack=1e-9
        ),
        "where labels are noise": equal(
            full, sqrt(kappa(H)), rtol=1e-7, because="kappa eps, 1e4 eps"
        ),
    },
    where={
        v: "E g_i^2 of a batch of B rows N(m, H) with label noise, at the error size e, by"
        " enumeration of a design with the same moments",
        noisy: "kappa(D^(-1/2) H D^(-1/2)), D = sqrt(v) at e = 0, m = 0",
        jacobi: "kappa(D^(-1) H), D = diag H",
        full: "as `noisy` in the eigenbasis of H",
    },
    cites=derived("Isserlis' theorem; near a minimum D is proportional to the root of diag H"),
)
def noisy_is_gn_half(B, law, H, e, size, m, noise):
    """g = x (x^T e - xi), x with the mean m and H = E x x^T, which is the covariance plus m m^T; xi
    independent of x. For Gaussian x Isserlis' theorem gives E g g^T = 2 He (He)^T + (e^T H e +
    noise^2) H - 2 (m^T e)^2 m m^T for one example, the last term for a mean that is not 0; a mean
    of B has 1/B of that and 1 - 1/B of He (He)^T. Only moments up to the fourth enter, so that a
    design with three nodes a number is exact. Signs (kurtosis 1) and noise whose size depends on x
    are the witnesses.

    At e = 0 v is noise^2 diag(H) / B. log kappa(D^(-t/2) H D^(-t/2)) is convex in t: between t = 0,
    kappa(H), and t = 1 with D = diag H, Jacobi's, t = 1/2 is at most the geometric mean. Equality
    where H is diagonal, and then it is sqrt(kappa(H)): half of the exponent is repaired.

    Space: two variables, condition up to 10^4, errors and noise over four decades, batches of 1 to
    50."""

    def moment(h, e, m):
        """E g_i^2 of a mean of B gradients: 1/B of one example, and the squared mean."""
        g, w = single_gradients(h, e, noise, m, law)
        mean = np.einsum("rsi,s->ri", g, w)
        square = np.einsum("rsi,s->ri", g**2, w)
        return square / B + (1 - 1 / B) * mean**2

    zero = np.zeros_like(e)
    lam = np.linalg.eigvalsh(H)
    # H in its eigenbasis
    turned = lam[:, :, None] * np.eye(2)
    return {
        v: moment(H, size[:, None] * e, m),
        noisy: condition(np.sqrt(moment(H, zero, zero)), H),
        jacobi: condition(np.einsum("rii->ri", H), H),
        full: condition(np.sqrt(moment(turned, zero, zero)), turned),
    }


beta1, beta2, eta, eps, theta, stays, L = symbols("beta1 beta2 eta eps theta stays L")


@claim(
    "adam/deterministic-limit",
    over={
        H: spd(3, -1, 0),
        L: decades(-2, 2),
        theta: start(3, kinds=("generic", "aligned")),
        beta1: between(0, 0.9),
        beta2: between(0.5, 0.99),
        eps: decades(-3, 1),
    },
    says={
        "edge": threshold(
            eta,
            2 * (1 + beta1) / ((1 - beta1) * L) * eps,
            stays,
            margin=0.01,
            because="0.98^500 = 4e-5 below, above it grows",
        ),
    },
    where={
        stays: "max |g| on theta^T L H theta / 2 over the last 50 of 500 steps of Adam,"
        " not debiased, from |theta| = 1e-10 eps / L is below 2 % of what it is over the first 50"
    },
    cites=derived("beyond Ye 2024: at a minimum without noise the preconditioner is 1 / eps"),
    instances=20,
)
def deterministic_limit(H, L, theta, beta1, beta2, eps, eta):
    """Below the edge g -> 0, v -> 0 and D -> eps I: no preconditioning is left, and Adam is an
    averaged momentum with the step eta / eps on H, which is stable iff (eta / eps) lam_max < 2 (1 +
    beta1) / (1 - beta1). beta2 is not in it. Above it v does not vanish: the run hovers in bursts,
    and so the largest gradient over a window is compared.

    Space: three dimensions and any scale; starts so near that sqrt(v) is far below eps from the
    first step on."""
    scaled_h = L[:, None, None] * H
    start = 1e-10 * (eps / L)[:, None] * theta / norm(theta)[:, None]
    # debiased first steps are up to 1 / (1 - beta1) times as large and leave the basin
    method = Adam(eta, beta1, beta2, eps, debias="none")
    path = descend(method, lambda x: matvec(scaled_h, x), start, 500)
    sizes = norm(matvec(scaled_h, path))
    return {stays: sizes[-50:].max(0) < 0.02 * sizes[:50].max(0)}
