"""What a diagonal preconditioner does to the condition number: in the plane, in a basis, and in the basis of the empirical Fisher matrix.

Diagonal Gauss-Newton in the coordinate basis preconditions H by P = D^power, D = diag(H). kappa means lam_max / lam_min of P H, that is
of D^(power/2) H D^(power/2); with the best constant step the error contracts by (kappa - 1) / (kappa + 1).
All formulas here are derived, for statements of Liu et al. 2025 whose exact form is not known to us.
"""

from __future__ import annotations

import numpy as np

from lab.arrays import Scalar
from lab.bases import Orthogonal, eigenvectors
from lab.checks import count, nonnegative, positive, real, root_power, symmetric
from lab.linalg import kappa as condition_number
from lab.linalg import kappa_gram


def plane(kappa: Scalar, phi: Scalar) -> np.ndarray:
    """Sigma = R(phi) diag(kappa, 1) R(phi)^T, shape (*r, 2, 2); phi in radians is the angle from the coordinate basis to the eigenbasis."""
    d1, d2, o = _plane_entries(kappa, phi)
    return np.stack([np.stack([d1, o], -1), np.stack([o, d2], -1)], -2)


def _plane_entries(kappa, phi):
    positive("kappa", kappa)
    kappa, phi = np.broadcast_arrays(real("kappa", kappa), real("phi", phi))
    c, s = np.cos(phi), np.sin(phi)
    return kappa * c**2 + s**2, kappa * s**2 + c**2, (kappa - 1) * c * s


def plane_kappa(kappa: Scalar, phi: Scalar, power: float = -1.0) -> np.ndarray:
    """kappa(GN^power) = (t + s)^2 / (4 D),   t = D1^(1+p) + D2^(1+p),  D = kappa (D1 D2)^p,  s^2 = t^2 - 4 D      in the plane

    D1 = kappa c^2 + s^2, D2 = kappa s^2 + c^2 are the diagonal of R(phi) diag(kappa, 1) R(phi)^T; shapes broadcast to (*r,).
    power = -1: (1 + |q|) / (1 - |q|) with q the correlation; power = 0: kappa, or 1 / kappa where that is larger.
    In the plane kappa(GN^-1) <= kappa(GN^-1/2) <= kappa, all equal at 45 degrees. s^2 is computed as
    (D1^(1+p) - D2^(1+p))^2 + 4 (D1 D2)^p o^2, o the off-diagonal entry, in which nothing cancels.
    """
    root_power("power", power)
    d1, d2, o = _plane_entries(kappa, phi)
    scale = (d1 * d2) ** power
    s = np.sqrt((d1 ** (1 + power) - d2 ** (1 + power)) ** 2 + 4 * scale * o**2)
    return (d1 ** (1 + power) + d2 ** (1 + power) + s) ** 2 / (4 * kappa * scale)


def basis_accuracy(kappa: Scalar, phi: Scalar, *, small: bool = False) -> np.ndarray:
    """kappa(GN^-1) = exp(2 arsinh sqrt(x)),   x = sinh(log(kappa) / 2)^2 sin(2 phi)^2      an eigenbasis that is wrong by phi radians

    Exact in the plane, equal to plane_kappa(kappa, phi, -1); shapes broadcast to (*r,). small=True: x = kappa phi^2, the limit of small
    phi and large kappa, where kappa(GN^-1) = 1 + 2 sqrt(x) + ... for x << 1 and 4 x for x >> 1. The two regimes meet at the
    angle kappa^(-1/2): an eigenbasis less accurate than that is hardly better than none.
    """
    positive("kappa", kappa)
    root = np.sqrt(kappa) * np.abs(phi) if small else np.abs(np.sinh(np.log(kappa) / 2) * np.sin(2 * np.asarray(phi)))
    return np.exp(2 * np.arcsinh(root))


def critical_angle(kappa: Scalar, allowed: Scalar = (1 + np.sqrt(2)) ** 2) -> np.ndarray:
    """sin(2 phi) = sinh(log(allowed) / 2) / sinh(log(kappa) / 2): how accurate, in radians, the basis must be for kappa(GN^-1) <= allowed.

    Any angle will do (45 degrees) where allowed >= kappa. The default is x = 1 in `basis_accuracy`: phi ~ kappa^(-1/2).
    ValueError unless kappa > 1 and allowed >= 1.
    """
    positive("kappa - 1", real("kappa", kappa) - 1)
    nonnegative("allowed - 1", real("allowed", allowed) - 1)
    ratio = np.sinh(np.log(allowed) / 2) / np.sinh(np.log(kappa) / 2)
    return np.arcsin(np.minimum(ratio, 1.0)) / 2


def preconditioned_kappa(h: np.ndarray, power: float = -1.0) -> np.ndarray:
    """kappa(D^(p/2) H D^(p/2)), D = diag(H), for a symmetric positive definite matrix or stack (*r, n, n); shape (*r,).

    From eigenvalues: good to about eps kappa. Where the result exceeds 1e7 and a factor is known, use `preconditioned_kappa_gram`.
    """
    h = real("h", h)
    root_power("power", power)
    d = np.diagonal(h, axis1=-2, axis2=-1)
    positive("diag(h)", d)
    s = d ** (power / 2)
    return condition_number(s[..., :, None] * h * s[..., None, :])


def preconditioned_kappa_gram(a: np.ndarray, power: float = -1.0) -> np.ndarray:
    """The same for H = A^T A, from the singular values of A D^(p/2): half the digits are not lost. a (*r, m, n), shape (*r,).

    In a basis Q, a matrix Q^T H Q with H = V diag(lam) V^T has the factor A = diag(sqrt(lam)) V^T Q.
    """
    a = real("a", a)
    root_power("power", power)
    d = (a**2).sum(-2)
    positive("diag(a^T a)", d)
    return kappa_gram(a * d[..., None, :] ** (power / 2))


def empirical_fisher_basis(sigma: np.ndarray, d: np.ndarray, *, batch: int | None = None, noise: float = 0.0) -> Orthogonal:
    """Eigenvectors of E[g_B g_B^T] = (1 + 1/B) Sigma d d^T Sigma + (tau/B) Sigma,  tau = d^T Sigma d + noise^2: what Adam could diagonalise

    Gaussian linear regression with inputs N(0, Sigma), Sigma (n, n) positive definite, at theta - theta* = d (n,). batch None is the
    limit B -> inf: ghat = Sigma d / |Sigma d| first, then the eigenvectors of Sigma compressed to the complement of ghat, by decreasing
    eigenvalue. In that limit Sigma becomes an arrowhead matrix.
    """
    sigma, g = _gradient(sigma, d)
    if batch is not None:
        nonnegative("noise", noise)
        size, tau = count("batch", batch), g @ np.asarray(d) + noise**2
        return Orthogonal(eigenvectors((1 + 1 / size) * np.outer(g, g) + tau / size * sigma))
    rest = np.linalg.qr(np.column_stack([g, np.eye(len(g))]))[0][:, 1:]
    return Orthogonal(np.column_stack([g / np.linalg.norm(g), rest @ eigenvectors(rest.T @ sigma @ rest)]))


def arrowhead_kappa(sigma: np.ndarray, d: np.ndarray) -> float:
    """kappa(GN^-1) = (1 + gam) / (1 - gam),  gam^2 = 1 - 1 / p,  p = (ghat^T Sigma ghat)(ghat^T Sigma^-1 ghat),  ghat = Sigma d / |Sigma d|

    The condition number in `empirical_fisher_basis(sigma, d)`, as (sqrt(p) + sqrt(p - 1))^2. By Kantorovich's inequality
    p <= (kappa + 1)^2 / (4 kappa), hence kappa(GN^-1) <= kappa(Sigma), with equality only along `kantorovich_vector`; 1 when d is an
    eigenvector. p is computed as (d^T Sigma d)(d^T Sigma^3 d) / |Sigma d|^4: nothing is inverted.
    """
    sigma, g = _gradient(sigma, d)
    p = max(float((np.asarray(d) @ g) * (g @ sigma @ g) / (g @ g) ** 2), 1.0)
    return (np.sqrt(p) + np.sqrt(p - 1)) ** 2


def kantorovich_vector(sigma: np.ndarray) -> np.ndarray:
    """g = (v_max + v_min) / sqrt(2), the unit vector that maximises (g^T Sigma g)(g^T Sigma^-1 g), to (kappa + 1)^2 / (4 kappa). (n,)

    The error d whose gradient Sigma d is g makes the basis of the empirical Fisher matrix as bad as none.
    """
    v = eigenvectors(symmetric("sigma", sigma, definite=True))
    return (v[:, 0] + v[:, -1]) / np.sqrt(2)


def _gradient(sigma, d):
    sigma = symmetric("sigma", sigma, definite=True)
    d = real("d", d, 1)
    if d.shape != sigma.shape[:1] or not d.any():
        raise ValueError(f"d has shape {d.shape} and norm {np.linalg.norm(d):g}: must be a nonzero vector of {len(sigma)} entries")
    return sigma, sigma @ d
