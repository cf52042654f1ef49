"""True against empirical Fisher: the generalised eigenvalues of (E[g_1 g_1^T], G), and their laws.

Adam's preconditioner at batch size 1 comes from M_1 = E[g_1 g_1^T], Gauss-Newton's from G. If
M_1 = s G, Adam is GN^-1/2 in every basis; the pencil (M_1, G) says by how much that fails in
logistic regression. Everything here is derived; Liu et al. 2025 study the comparison on data.

G = E[sig'(z) x x^T] averages the labels under the model, M_1 = E[(sig(z) - y)^2 x x^T] takes those
of the data. Both agree where the data come from the model; labels drawn from the model instead give
M_1 = G at every theta, and E[g_B g_B^T] = G / B at every batch size.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import erf, expit

from lab.checks import nonnegative, positive, real, unit
from lab.domains import Numbers, entries, filled, in_range, last_axis, runs_fit, together
from lab.linalg import multiply, ratio
from lab.matrix_checks import symmetric
from lab.quadrature import DENSITY, HALF, POINT, REACH, half_normal, tail_moments

# Beyond it the angle between the two parameters is not known well enough: an error eps in their
# direction is one of 1e-4 in a logit.
LARGEST_NORM = 1e12


class Pencil(NamedTuple):
    """Generalised eigenvalues of (M_1, G): M_1 u = lam G u.

    bulk (*r,), `multiplicity` = n - 2 times (0 for n = 1), and others (*r, 1 or 2), decreasing.
    """

    bulk: np.ndarray
    others: np.ndarray
    multiplicity: int

    @property
    def eigenvalues(self) -> np.ndarray:
        """All of them, decreasing, (*r, n)."""
        shape = (*self.bulk.shape, self.multiplicity)
        column = self.bulk[..., None]
        bulk = np.broadcast_to(column, shape)
        unordered = np.concatenate([bulk, self.others], -1)
        increasing = np.sort(unordered, -1)
        return increasing[..., ::-1]

    @property
    def spread(self) -> np.ndarray:
        """Largest over smallest, (*r,): 1 exactly when M_1 is a multiple of G."""
        lam = self.eigenvalues
        largest = lam[..., 0]
        smallest = lam[..., -1]
        return largest / smallest


@in_range
def logistic_pencil(
    sigma: np.ndarray,
    theta: np.ndarray,
    theta_star: np.ndarray,
) -> Pencil:
    """The pencil (M_1, G) of logistic regression: bulk e0 / psi, and two 2 x 2 matrices

    x ~ N(0, Sigma), y ~ Bernoulli(sig(x^T theta_star)); e0 = E f, f = (sig(z) - y)^2, z = x^T
    theta, psi = E sig'(z). In coordinates where Sigma = I, G = psi I + rank 1 along theta and M_1
    = e0 I + rank 2 in span(theta, theta_star): on the other n - 2 directions the preconditioners
    of Adam and GN^-1/2 agree up to one factor, the bulk. With z = a Z and t = x^T theta_star = b Z
    + s W, Z and W independent N(0, 1), the entries are
        E[f Z^2], E[f Z W], E[f W^2],   f = sig(z)^2 sig(-t) + sig(-z)^2 sig(t)
    that is positive terms, in which nothing cancels at large norms or near theta = theta_star.

    All eigenvalues are 1 at theta = theta_star (Fisher's identity) and at theta = 0. sigma (n, n)
    or (n,), positive definite; theta, theta_star (*r, n), of norms sqrt(theta^T Sigma theta) <=
    1e12. n = 1 has one eigenvalue. ValueError for a singular sigma, larger norms, shapes that
    don't fit.
    """
    sigma, theta, theta_star = _instance(sigma, theta, theta_star)
    a, b, s = _coordinates(sigma, theta, theta_star)

    # Z > 0 only: (Z, W) -> (-Z, -W) exchanges the two labels, and leaves f and its weights alone
    nodes, weights = half_normal(_halvings(a, b))
    z = a[..., None] * nodes
    t = b[..., None] * nodes
    f, f_w, f_ww = _squared_scores(z, t, s[..., None])
    first = weights * nodes
    second = weights * nodes**2
    e0 = f @ weights
    m11 = f @ second
    m12 = f_w @ first
    m22 = f_ww @ weights

    slope = expit(z) * expit(-z)
    psi = slope @ weights
    g11 = slope @ second
    n = theta.shape[-1]
    bulk = e0 / psi
    along = m11 / g11
    # no direction across theta
    if n == 1:
        return Pencil(bulk, along[..., None], 0)

    # both sides divided by the root of G, which is diag(g11, psi) in the plane
    mixed = m12 / np.sqrt(g11 * psi)
    crosswise = m22 / psi
    others = _eigenvalues(along, mixed, crosswise)
    return Pencil(bulk, others, n - 2)


def _squared_scores(z, t, s):
    """E[f | Z], E[f W | Z], E[f W^2 | Z]: the means over W of logits z and t + s W."""
    confident = expit(z) ** 2
    wrong = expit(-z) ** 2
    g0, g1, g2 = tail_moments(t, s)

    f = confident * g0 + wrong * (1 - g0)
    f_w = (confident - wrong) * g1
    f_ww = confident * g2 + wrong * (1 - g2)
    return f, f_w, f_ww


def _halvings(a, b) -> int:
    """Of the half-line, so that the innermost panel is one unit of the steeper logit."""
    largest = np.abs(b).max()
    steepest = max(a.max(), largest, 1.0)
    halvings = np.log2(REACH * steepest)
    return int(np.ceil(halvings))


def _coordinates(sigma, theta, theta_star):
    """a (*r,), b, s: theta = (a, 0) and theta_star = (b, s) in an orthonormal basis for Sigma."""
    moved = multiply(sigma, theta)
    moved_star = multiply(sigma, theta_star)
    v = (theta * moved).sum(-1)
    v_star = (theta_star * moved_star).sum(-1)
    norms = {"theta": v, "theta_star": v_star}
    for name, square in norms.items():
        norm = np.sqrt(square.max())
        if not norm <= LARGEST_NORM:
            raise ValueError(f"{name} has the norm {norm:.3g}: must be at most {LARGEST_NORM:g}")

    # the part of theta_star across theta from the vector, not from v_star - b^2, which cancels
    c = (theta_star * moved).sum(-1)
    share = ratio(c, v)
    rest = theta_star - share[..., None] * theta
    products = rest * multiply(sigma, rest)
    across = np.sqrt(products.sum(-1))

    # theta = 0 has no direction: that of theta_star
    a = np.sqrt(v)
    norm_star = np.sqrt(v_star)
    b = ratio(c, a, norm_star)
    s = np.where(v > 0, across, 0.0)
    return np.broadcast_arrays(a, b, s)


def _eigenvalues(a, b, d):
    """Of [[a, b], [b, d]], positive definite: decreasing, (*r, 2)."""
    middle = (a + d) / 2
    half = (a - d) / 2
    largest = middle + np.hypot(half, b)
    # from the determinant, without the cancellation of the two terms above
    determinant = a * d - b**2
    # largest > 0, as the matrix is positive definite
    smallest = determinant / largest
    return np.stack([largest, smallest], -1)


class PencilLaws(NamedTuple):
    """bulk c, low c and top c^3 are the eigenvalues of the pencil for a large student norm c."""

    bulk: np.ndarray
    low: np.ndarray
    top: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """The spread over c^2, for n >= 3."""
        smallest = np.minimum(self.bulk, self.low)
        return self.top / smallest


@in_range
def pencil_laws(teacher: Numbers, angle: Numbers) -> PencilLaws:
    """The limits as the student's norm c -> inf:  bulk ~ sqrt(2 pi) e0 c

        top ~ (3 sqrt(2 pi) / pi^2) M_11 c^3,  low ~ sqrt(2 pi) (M_22 - M_12^2 / M_11) c

    c^2 = theta^T Sigma theta; teacher = sqrt(theta_star^T Sigma theta_star) stays fixed; angle
    between theta and theta_star in the inner product of Sigma. G shrinks since only inputs with
    |z| = O(1) are undecided: psi ~ 1/(sqrt(2 pi) c), and pi^2/(3 sqrt(2 pi) c^3) along theta. M_1
    does not: sig(z) becomes a step and M = E[f Z Z^T], f = 1/2 - sign(Z_1) h(t), h = sig - 1/2, e0
    = E f, has a limit. teacher >= 0 and angle in [0, pi] broadcast to (*r,). ValueError outside.
    """
    given = together(teacher=teacher, angle=angle)
    teacher, angle = np.broadcast_arrays(*given)
    nonnegative("teacher", teacher)
    inside = (angle >= 0) & (angle <= np.pi)
    if not inside.all():
        raise ValueError(
            f"angle reaches from {angle.min():g} to {angle.max():g}: must be in [0, pi]"
        )
    cos = np.cos(angle)
    sin = np.sin(angle)
    one, m11, m12, m22 = _limit(teacher, cos, sin)

    root = np.sqrt(2 * np.pi)
    bulk = root * (0.5 - one)
    # the Schur complement: along theta the top eigenvalue is of higher order
    low = root * (m22 - m12**2 / m11)
    top = 3 * root / np.pi**2 * m11
    return PencilLaws(bulk, low, top)


def _limit(teacher, cos, sin):
    """E[s h(t)], s = sign(Z_1), and the entries 11, 12, 22 of M, along and across theta."""
    mean, uu, uw, ww = _signed_moments(teacher, cos, sin)

    # cos U + sin W is Z_1, along theta; sin U - cos W across it
    cc = cos**2
    cs = cos * sin
    ss = sin**2
    twice = 2 * cs * uw
    along = cc * uu + twice + ss * ww
    across = ss * uu - twice + cc * ww
    difference = uu - ww
    turn = ss - cc
    mixed = cs * difference + turn * uw
    return mean, 0.5 - along, -mixed, 0.5 - across


def _signed_moments(teacher, cos, sin):
    """E[s h], E[s h U^2], E[s h U W], E[s h W^2]: h = h(teacher U), s = sign(cos U + sin W), U and
    W normal, independent.

    Given U, s = sign(W + b), b = U cos / sin:  E s = erf(b / sqrt 2),  E[s W] = sqrt(2 / pi)
    e^(-b^2 / 2),  E[s W^2] = E s - b E[s W]. All four are even in U: half the line is enough.
    """
    t = teacher[..., None] * HALF
    h = expit(t) - 0.5
    slope = cos / np.maximum(sin, POINT)
    b = slope[..., None] * HALF
    sign = erf(b / np.sqrt(2))
    exponent = -(b**2) / 2
    bump = np.sqrt(2 / np.pi) * np.exp(exponent)
    curved = sign - b * bump
    signed = h * sign
    squares = h * HALF**2
    products = h * HALF
    outside = h * curved
    mean = signed @ DENSITY
    uu = (squares * sign) @ DENSITY
    uw = (products * bump) @ DENSITY
    ww = outside @ DENSITY
    return mean, uu, uw, ww


@in_range
def weight_ratio(z: Numbers, q: Numbers) -> np.ndarray:
    """E_y (sig(z) - y)^2 / (sig(z) (1 - sig(z))) = q e^-z + (1 - q) e^z,  y ~ Bernoulli(q)

    Empirical over true Fisher weight of one example; q in [0, 1], shapes broadcast, inf where e^|z|
    overflows and counts. Hard labels: e^-margin, margin = (2y - 1) z, unbounded above (confident
    errors) and not bounded away from 0 (confident and right): no constants bound Adam by GN^-1/2
    for all data. q = 1/2: cosh z. q = sig(z): 1.
    """
    z, q = together(z=z, q=q)
    unit("q", q)
    # a label that never comes has no weight, also where the exponential overflows
    weight_one = q * np.exp(-z)
    weight_zero = (1 - q) * np.exp(z)
    positive_label = np.where(q > 0, weight_one, 0.0)
    negative_label = np.where(q < 1, weight_zero, 0.0)
    return positive_label + negative_label


def _instance(sigma, theta, theta_star):
    """The three arguments, checked."""
    sigma = filled("sigma", real("sigma", sigma, (1, 2)))
    diagonal = sigma
    if sigma.ndim == 2:
        sigma = symmetric("sigma", sigma, definite=True)
        diagonal = np.diag(sigma)
    positive("sigma", diagonal)

    theta = _point("theta", theta, len(sigma))
    theta_star = _point("theta_star", theta_star, len(sigma))
    own = theta_star.shape[:-1]
    runs_fit("theta_star", own, theta.shape[:-1])
    return sigma, theta, theta_star


def _point(name, x, n):
    """x (*r, n), finite."""
    x = entries(name, real(name, x), 1)
    x = filled(name, x)
    last_axis(name, x, n)
    return x
