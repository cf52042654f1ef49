"""What a diagonal preconditioner does to the condition number.

In the plane, in a basis, and in the basis of the empirical Fisher matrix. Diagonal Gauss-Newton in
the coordinate basis preconditions H by P = D^power, D = diag(H). kappa means lam_max / lam_min of
P H, that is of D^(power/2) H D^(power/2); with the best constant step the error contracts by
(kappa - 1) / (kappa + 1). All formulas here are derived, for statements of Liu et al. 2025 whose
exact form is not known to us. ValueError outside the domains stated, or where a term leaves the
floating-point range.
"""

from __future__ import annotations

import numpy as np

from lab.bases import Orthogonal, eigenvectors
from lab.checks import above_one, count, nonnegative, positive, real, root_power
from lab.domains import Numbers, in_range, number, together, vector
from lab.linalg import kappa as condition_number
from lab.linalg import kappa_gram
from lab.matrix_checks import matrices, symmetric, symmetric_matrices


@in_range
def plane(kappa: Numbers, phi: Numbers) -> np.ndarray:
    """Sigma = R(phi) diag(kappa, 1) R(phi)^T, shape (*r, 2, 2); kappa > 0

    phi in radians is the angle from the coordinate basis to the eigenbasis.
    """
    d1, d2, o = _plane_entries(kappa, phi)
    first = np.stack([d1, o], -1)
    second = np.stack([o, d2], -1)
    return np.stack([first, second], -2)


def _plane_entries(kappa, phi):
    """The diagonal and the off-diagonal entry of the matrix in the plane, each (*r,)."""
    kappa, phi = np.broadcast_arrays(*together(kappa=kappa, phi=phi))
    positive("kappa", kappa)
    c = np.cos(phi)
    s = np.sin(phi)

    d1 = kappa * c**2 + s**2
    d2 = kappa * s**2 + c**2
    return d1, d2, (kappa - 1) * c * s


@in_range
def plane_kappa(
    kappa: Numbers,
    phi: Numbers,
    power: float = -1.0,
) -> np.ndarray:
    """kappa(GN^power) = (t + s)^2 / (4 D) in the plane, power p in [-1, 0], kappa > 0

        t = D1^(1+p) + D2^(1+p),  D = kappa (D1 D2)^p,  s^2 = t^2 - 4 D

    D1 = kappa c^2 + s^2, D2 = kappa s^2 + c^2 are the diagonal of R(phi) diag(kappa, 1) R(phi)^T;
    shapes broadcast to (*r,). power = -1: (1 + |q|) / (1 - |q|) with q the correlation; power = 0:
    kappa, or 1 / kappa where that is larger. kappa(GN^-1) <= kappa(GN^-1/2) <= kappa, all equal at
    45 degrees. s^2 is computed as (D1^(1+p) - D2^(1+p))^2 + 4 (D1 D2)^p o^2, o the off-diagonal
    entry, in which nothing cancels.
    """
    power = number("power", power, root_power)
    d1, d2, o = _plane_entries(kappa, phi)

    # D1^p and D2^p each by itself: their product would overflow at kappa = 1e160 already
    a1 = d1**power
    a2 = d2**power
    low = d1 * a1
    high = d2 * a2
    coupling = 2 * np.sqrt(a1) * np.sqrt(a2) * o

    t = low + high
    s = np.hypot(low - high, coupling)
    root_d = np.sqrt(kappa) * np.sqrt(a1) * np.sqrt(a2)
    root = (t + s) / (2 * root_d)
    return root**2


@in_range
def basis_accuracy(
    kappa: Numbers,
    phi: Numbers,
    *,
    small: bool = False,
) -> np.ndarray:
    """kappa(GN^-1) = exp(2 arsinh sqrt(x)) for an eigenbasis that is wrong by phi radians

        x = sinh(log(kappa) / 2)^2 sin(2 phi)^2

    Exact in the plane, equal to plane_kappa(kappa, phi, -1); kappa > 0, shapes broadcast to (*r,).
    small=True: x = kappa phi^2, the limit of small phi and large kappa, where
    kappa(GN^-1) = 1 + 2 sqrt(x) + ... for x << 1 and 4 x for x >> 1. The two regimes meet at the
    angle kappa^(-1/2), where it is 3 + 2 sqrt 2: an eigenbasis less accurate than that leaves about
    4 kappa phi^2, which is kappa again at 45 degrees (with sin(2 phi) / 2 for phi).
    """
    kappa, phi = together(kappa=kappa, phi=phi)
    positive("kappa", kappa)
    if small:
        root = np.sqrt(kappa) * np.abs(phi)
    else:
        half = np.log(kappa) / 2
        turned = np.sin(2 * phi)
        root = np.abs(np.sinh(half) * turned)
    return np.exp(2 * np.arcsinh(root))


@in_range
def critical_angle(
    kappa: Numbers,
    allowed: Numbers = (1 + np.sqrt(2)) ** 2,
) -> np.ndarray:
    """How accurate, in radians, the basis must be for kappa(GN^-1) <= allowed

        sin(2 phi) = sinh(log(allowed) / 2) / sinh(log(kappa) / 2)

    Any angle will do (45 degrees) where allowed >= kappa. The default is x = 1 in `basis_accuracy`:
    phi ~ kappa^(-1/2). ValueError unless kappa > 1 and allowed >= 1.
    """
    kappa, allowed = together(kappa=kappa, allowed=allowed)
    above_one("kappa", kappa)
    nonnegative("allowed - 1", allowed - 1)
    wanted = np.log(allowed) / 2
    half = np.log(kappa) / 2
    sine = np.sinh(wanted) / np.sinh(half)
    # 1 where every angle will do
    angle = np.arcsin(np.minimum(sine, 1.0))
    return angle / 2


@in_range
def preconditioned_kappa(
    h: np.ndarray,
    power: float = -1.0,
) -> np.ndarray:
    """kappa(D^(p/2) H D^(p/2)), D = diag(H), p in [-1, 0], shape (*r,)

    h: a symmetric positive definite matrix or stack (*r, n, n); inf for a singular one, ValueError
    for an indefinite or asymmetric one. From eigenvalues: good to about eps kappa. Where the result
    exceeds 1e7 and a factor is known, use `preconditioned_kappa_gram`.
    """
    h = symmetric_matrices("h", h)
    power = number("power", power, root_power)
    d = np.diagonal(h, axis1=-2, axis2=-1)
    positive("diag(h)", d)
    # on both sides: P H itself is not symmetric, but has the same eigenvalues
    s = d ** (power / 2)
    scaled = s[..., :, None] * h * s[..., None, :]
    return condition_number(scaled)


@in_range
def preconditioned_kappa_gram(
    a: np.ndarray,
    power: float = -1.0,
) -> np.ndarray:
    """The same for H = A^T A, from the singular values of A D^(p/2): half the digits are not lost.

    a (*r, m, n), shape (*r,); inf when A^T A is singular, so for every m < n. In a basis Q, a
    matrix Q^T H Q with H = V diag(lam) V^T has the factor A = diag(sqrt(lam)) V^T Q.
    """
    a = matrices("a", a)
    power = number("power", power, root_power)
    d = (a**2).sum(-2)
    positive("diag(a^T a)", d)
    s = d[..., None, :] ** (power / 2)
    return kappa_gram(a * s)


@in_range
def empirical_fisher_basis(
    sigma: np.ndarray,
    d: np.ndarray,
    *,
    batch: int | None = None,
    noise: float = 0.0,
) -> Orthogonal:
    """Eigenvectors of E[g_B g_B^T] = (1 + 1/B) Sigma d d^T Sigma + (tau/B) Sigma

    What Adam could diagonalise: tau = d^T Sigma d + noise^2, Gaussian linear regression with inputs
    N(0, Sigma), Sigma (n, n) positive definite, at theta - theta* = d (n,) != 0. batch None is the
    limit B -> inf: ghat = Sigma d / |Sigma d| first, then the eigenvectors of Sigma compressed to
    the complement of ghat, by decreasing eigenvalue. In that limit Sigma becomes an arrowhead
    matrix.
    """
    sigma, d, g = _gradient(sigma, d)
    noise = number("noise", noise, nonnegative)
    if batch is not None:
        size = count("batch", batch)
        tau = g @ d + noise**2
        # eigenvalues may be equal where g is an eigenvector: any basis of their space will do
        spike = (1 + 1 / size) * np.outer(g, g)
        moment = spike + tau / size * sigma
        return Orthogonal(eigenvectors(moment))

    # n = 1: the complement has no eigenvectors
    ghat = g / np.linalg.norm(g)
    if len(g) == 1:
        return Orthogonal(ghat[:, None])
    complete = np.column_stack([g, np.eye(len(g))])
    q, _ = np.linalg.qr(complete)
    rest = q[:, 1:]
    compressed = rest.T @ sigma @ rest
    inside = rest @ eigenvectors(compressed)
    return Orthogonal(np.column_stack([ghat, inside]))


@in_range
def arrowhead_kappa(sigma: np.ndarray, d: np.ndarray) -> float:
    """kappa(GN^-1) = (1 + gam) / (1 - gam) in `empirical_fisher_basis(sigma, d)`, gam^2 = 1 - 1 / p

        p = (ghat^T Sigma ghat)(ghat^T Sigma^-1 ghat),  ghat = Sigma d / |Sigma d|

    Computed as (sqrt(p) + sqrt(p - 1))^2. By Kantorovich's inequality p <= (kappa + 1)^2 / (4
    kappa), hence kappa(GN^-1) <= kappa(Sigma), with equality only along `kantorovich_vector`; 1
    when d is an eigenvector. p is computed as (d^T Sigma d)(d^T Sigma^3 d) / |Sigma d|^4: nothing
    is inverted. Sigma (n, n) positive definite, d (n,) != 0.
    """
    sigma, d, g = _gradient(sigma, d)
    length = np.linalg.norm(g)
    along = (d @ g) / length**2
    cubic = g @ sigma @ g
    p = float(along * cubic / length**2)
    # p >= 1 by Cauchy-Schwarz, but for rounding where d is an eigenvector
    p = max(p, 1.0)
    return (np.sqrt(p) + np.sqrt(p - 1)) ** 2


@in_range
def kantorovich_vector(sigma: np.ndarray) -> np.ndarray:
    """g = (v_max + v_min) / sqrt(2): the unit vector that maximises (g^T Sigma g)(g^T Sigma^-1 g)

    To (kappa + 1)^2 / (4 kappa). The error d whose gradient Sigma d is g (n,) makes the basis of
    the empirical Fisher matrix as bad as none. Sigma (n, n) positive definite; for n = 1 the only
    unit vector there is.
    """
    sigma = symmetric("sigma", real("sigma", sigma), definite=True)
    v = eigenvectors(sigma)
    top = v[:, 0]
    if len(v) == 1:
        return top
    return (top + v[:, -1]) / np.sqrt(2)


def _gradient(sigma, d):
    """sigma, d and Sigma d."""
    sigma = symmetric("sigma", real("sigma", sigma), definite=True)
    d = vector("d", d)
    if d.shape != sigma.shape[:1] or not d.any():
        raise ValueError(
            f"d has shape {d.shape} and norm {np.linalg.norm(d):g}: "
            f"must be a nonzero vector of {len(sigma)} entries"
        )
    return sigma, d, sigma @ d
