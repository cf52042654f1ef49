"""Claims about the condition number that a diagonal preconditioner leaves."""

from __future__ import annotations

import numpy as np

from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, at_least, at_most, equal, every, refuted, searched
from lab.linalg import kappa
from lab.spectra import geometric
from lab.theory.conditioning import (
    arrowhead_kappa,
    empirical_fisher_basis,
    kantorovich_vector,
    plane_kappa,
    preconditioned_kappa,
    preconditioned_kappa_gram,
)


@claim(
    "plane/kappa-closed-forms",
    paper="liu2025",
    statement=r"\kappa(GN^{-1}) = (1+|q|)/(1-|q|) \le \kappa(GN^{-1/2}) = (t+s)/(t-s) \le \kappa in the plane, equal at 45 degrees",
    source="derived: trace and determinant of P Sigma",
    assumes="Sigma = R(phi) diag(kappa, 1) R(phi)^T",
    evidence="search",
    control={"half": -0.7},
)
def kappa_closed_forms(half: float = -0.5, draws: int = 2000) -> Check:
    """Closed forms against singular values of the factor, to rounding n eps sqrt(kappa); the order, tight at 45 degrees."""
    rng = np.random.default_rng(0)
    k, phi = 10 ** rng.uniform(0, 6, draws), np.append(rng.uniform(-np.pi, np.pi, draws - 1), np.pi / 4)
    c, s = np.cos(phi), np.sin(phi)
    factor = np.stack([np.stack([np.sqrt(k) * c, np.sqrt(k) * s], -1), np.stack([-s, c], -1)], -2)
    measured = {power: preconditioned_kappa_gram(factor, power) for power in (-1.0, -0.5)}
    both = every(
        equal(plane_kappa(k, phi, -1.0) / measured[-1.0], 1.0, atol=1e-11, what="GN^-1 formula / measured"),
        equal(plane_kappa(k, phi, half) / measured[-0.5], 1.0, atol=1e-11, what="GN^-1/2 formula / measured"),
        at_most(measured[-1.0], measured[-0.5], slack=1e-11, what="kappa(GN^-1)", witness="phi = 45 degrees"),
        at_most(measured[-0.5], k, slack=1e-11, what="kappa(GN^-1/2)", witness="phi = 45 degrees"),
    )
    return searched(both, f"{draws} planes, kappa to 1e6")


@claim(
    "plane/jacobi-optimal",
    paper="liu2025",
    statement=r"\kappa(D H D) \ge \kappa(J H J),  J = \mathrm{diag}(H)^{-1/2}, for every diagonal D in the plane: GN^{-1} is the best",
    source="Forsythe & Straus 1955 for 2-cyclic matrices; derived in the plane: trace^2 / det is least at equal diagonal entries",
    assumes="n = 2, H positive definite",
    evidence="search",
    control={"n": 3},
)
def jacobi_optimal(n: int = 2, draws: int = 4000) -> Check:
    """Random scalings around Jacobi's, from tiny to large; in three dimensions some of them are better."""
    rng = np.random.default_rng(1)
    q = np.linalg.qr(rng.standard_normal((draws, n, n)))[0]
    lam = 10 ** rng.uniform(0, 4, (draws, n))
    h = (q * lam[:, None, :]) @ q.swapaxes(-1, -2)
    jacobi = 1 / np.sqrt(np.diagonal(h, axis1=-2, axis2=-1))
    s = jacobi * np.exp(10 ** rng.uniform(-3, 1, (draws, 1)) / 5 * rng.standard_normal((draws, n)))
    scaled = s[:, :, None] * h * s[:, None, :]
    # an eigenvalue computation of kappa <= 1e4 (Jacobi's) loses 4 of 16 digits
    check = at_least(kappa(scaled), preconditioned_kappa(h), slack=1e-10, what="kappa(D H D)", witness="D = Jacobi's scaling")
    return searched(check, f"{draws} matrices and scalings")


WITNESS = ((1, 1, 1), (1, 4, 3), (1, 3, 4))


@claim(
    "conditioning/gn-order-can-fail",
    paper="liu2025",
    statement=r"refuted as a general rule: \kappa(GN^{-1}) \le \kappa(GN^{-1/2}). It holds in the plane and fails from n = 3 on",
    source="derived: exhaustive search over small integer matrices, decided in rational arithmetic",
    assumes="H positive definite with a diagonal of perfect squares, so that all entries are rational",
    evidence="exact",
    control={"h": ((4, 3), (3, 9))},
)
def order_can_fail(h: tuple[tuple[int, ...], ...] = WITNESS) -> Check:
    """Rational enclosures of both condition numbers; at the witness they are (11 + sqrt 41) / 2 and (9 + sqrt 41) / 2."""
    low, high = _kappa_enclosure(h, "-1")[0], _kappa_enclosure(h, "-1/2")[1]
    detail = f"kappa(GN^-1) >= {float(low):.6f}, kappa(GN^-1/2) <= {float(high):.6f}"
    return refuted(float(low / high - 1), detail=detail, witness=f"H = {[list(row) for row in h]}")


def _kappa_enclosure(h, power):
    """Rational numbers below and above kappa(diag(H)^power H), from isolating intervals of the roots of its characteristic polynomial."""
    import sympy

    x, p = sympy.Symbol("x"), sympy.Rational(power)
    pencil = sympy.diag(*[sympy.Integer(h[i][i]) ** p for i in range(len(h))]) * sympy.Matrix(h)
    roots = [interval for interval, _ in sympy.Poly(pencil.charpoly(x).as_expr(), x).intervals(eps=sympy.Rational(1, 10**12))]
    return roots[-1][0] / roots[0][1], roots[-1][1] / roots[0][0]


@claim(
    "empirical-fisher-basis/arrowhead",
    paper="liu2025",
    statement=r"\kappa(GN^{-1}) = (1+\gamma)/(1-\gamma) \le \kappa(\Sigma),  1/(1-\gamma^2) = (g^T \Sigma g)(g^T \Sigma^{-1} g) / |g|^4",
    source="derived: Schur complement of an arrowhead matrix; Kantorovich's inequality",
    assumes="Gaussian linear regression, basis of E[g_B g_B^T] as B -> inf",
    evidence="numeric",
    control={"confused": True},
)
def arrowhead(confused: bool = False, instances: int = 60) -> Check:
    """The basis built and the preconditioned matrix formed, against the formula; confused: the error d taken for the gradient Sigma d."""
    rng = np.random.default_rng(2)
    measured, formula = [], []
    for k in range(instances):
        lam, q = geometric(3 + k % 6, 1e3), np.linalg.qr(rng.standard_normal((3 + k % 6,) * 2))[0]
        sigma = (q * lam) @ q.T
        sigma = (sigma + sigma.T) / 2
        worst = np.linalg.solve(sigma, kantorovich_vector(sigma))
        for d in (worst, rng.standard_normal(len(lam))):
            basis = empirical_fisher_basis(sigma, d)
            measured.append(preconditioned_kappa(basis.to(basis.to(sigma).T)))
            formula.append(arrowhead_kappa(sigma, np.linalg.solve(sigma, d) if confused else d))
    # kappa <= 1e3 in the solves, the basis and the eigenvalues: 1e-16 x 1e3 x a few operations, squared once in the worst case
    return every(
        equal(np.array(formula) / np.array(measured), 1.0, atol=1e-9, what="formula / measured"),
        at_most(np.array(measured), 1e3, slack=1e-9, what="kappa(GN^-1)", witness="d along the Kantorovich vector"),
    )


@claim(
    "plane/basis-accuracy",
    paper="liu2025",
    statement=r"\kappa(GN^{-1}) = \exp(2 arsinh(\sqrt\kappa \phi)): an eigenbasis must be accurate to \kappa^{-1/2} radians",
    source="derived: limit of the exact law sinh(log(kappa) / 2) |sin 2 phi|",
    assumes="n = 2, phi -> 0, kappa -> inf",
    evidence="numeric",
    control={"exponent": -1.0 / 3},
)
def accuracy_law(exponent: float = -0.5) -> Check:
    """At phi = kappa^exponent the law is 3 + 2 sqrt 2 for every kappa, up to terms of order 1 / kappa."""
    k = np.geomspace(1e4, 1e10, 7)
    return equal(plane_kappa(k, k**exponent), 3 + 2 * np.sqrt(2), rtol=3 / k[0], what="kappa(GN^-1) at phi = kappa^(-1/2)")
