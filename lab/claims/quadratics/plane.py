"""Two dimensions, where the condition number that a diagonal preconditioner leaves has a closed
form.

H = R(phi) diag(kappa, 1) R(phi)^T with diagonal d1, d2 and the entry `off` beside it; det H =
kappa. GN^p scales it to D^(p/2) H D^(p/2), D = diag(H). Everything follows from trace and
determinant: kappa' = (1 + u)/(1 - u) with u^2 = 1 - 4 det / trace^2, which is increasing in trace^2
/ det.

In the plane kappa(GN^-1) <= kappa(GN^-1/2) <= kappa, in every basis, with equality of all three at
45 degrees; GN^-1 is the best of all diagonals; and how good it is depends on the angle as sinh(log
kappa' / 2) = sinh(log kappa / 2) |sin 2 phi|. None of this is true from three dimensions on
(lab.claims.quadratics.conditioning). The setting is that of Liu et al. 2025; closed forms are
derived here.
"""

from __future__ import annotations

import mpmath
import numpy as np
from sympy import Abs, Rational, asinh, cos, exp, log, pi, sin, sinh, sqrt

from lab.claims import (
    around,
    at_least,
    at_most,
    between,
    claim,
    decades,
    derived,
    dimension,
    enclosed,
    equal,
    identity,
    let,
    sometimes,
    spd,
    symbols,
    vector,
)
from lab.linalg import kappa as condition_number
from lab.theory.conditioning import preconditioned_kappa, preconditioned_kappa_gram

kappa, phi, d1, d2, off, q, r, x, y, a, b = symbols("kappa phi d1 d2 off q r x y a b")
t, s, newton, root, n, H, scaled = symbols("t s newton root n H scaled")


def factor(kappa, phi) -> np.ndarray:
    """A with A^T A = R(phi) diag(kappa, 1) R(phi)^T, (R, 2, 2): half the digits are not lost."""
    c, s = np.cos(phi), np.sin(phi)
    first = np.sqrt(kappa)[:, None] * np.stack([c, s], -1)
    return np.stack([first, np.stack([-s, c], -1)], -2)


D1 = kappa * cos(phi) ** 2 + sin(phi) ** 2
D2 = kappa * sin(phi) ** 2 + cos(phi) ** 2
OFF = (kappa - 1) * sin(phi) * cos(phi)
# 1e-16 over the smaller one; the tolerance has a factor ten in hand
SINGULAR = "singular values, and 1 - q, of relative size 1e-6"


@claim(
    "plane/kappa-closed-forms",
    over={
        # up to 1e6, where 1 - q is 1e-6; kappa >= 1.02, as at 1 every basis is an eigenbasis
        kappa: decades(0.01, 6),
        # a third of the draws at 45 degrees
        phi: around(pi / 4, -4, 4, near=(0.0, 0.0)),
        d1: let(D1),
        d2: let(D2),
        off: let(OFF),
        q: let(Abs(off) / sqrt(d1 * d2)),
        t: let(sqrt(d1) + sqrt(d2)),
        s: let(sqrt((sqrt(d1) - sqrt(d2)) ** 2 + 4 * off**2 / sqrt(d1 * d2))),
    },
    says={
        "GN^-1": equal(newton, (1 + q) / (1 - q), rtol=1e-9, because=SINGULAR),
        "GN^-1/2": equal(root, (t + s) / (t - s), rtol=1e-9, because=SINGULAR),
        "order": at_most(newton, root, slack=1e-9, because=SINGULAR),
        "no worse than GD": at_most(root, kappa, slack=1e-9, because=SINGULAR),
    },
    where={
        newton: "kappa of D^(-1/2) H D^(-1/2), H = R(phi) diag(kappa, 1) R(phi)^T, D = diag(H)",
        root: "kappa of D^(-1/4) H D^(-1/4)",
    },
    cites=derived("trace and determinant; rigorous version of Liu et al. 2025"),
)
def kappa_closed_forms(kappa, phi):
    """d1, d2 and off are the entries of H, q = |off| / sqrt(d1 d2) the correlation. D^(-1/2) H
    D^(-1/2) is [[1, +-q], [+-q, 1]], with eigenvalues 1 +- q. D^(-1/2) H has the trace t = sqrt d1
    + sqrt d2 and the determinant (t^2 - s^2) / 4 = kappa / sqrt(d1 d2), so the eigenvalues (t +- s)
    / 2. The order is plane/order; at phi = 45 degrees d1 = d2 and all three are equal, at phi = 0
    off = 0 and GN^-1 leaves 1, GN^-1/2 sqrt kappa.

    s is written without cancellation, and both numbers are computed from singular values of a
    factor A, A^T A = H: at kappa = 1e6 eigenvalues of H would have lost six of sixteen digits, and
    1 - q as many.
    """
    a = factor(kappa, phi)
    return {
        newton: preconditioned_kappa_gram(a, -1.0),
        root: preconditioned_kappa_gram(a, -0.5),
    }


def preconditioned(kappa, phi, power):
    """kappa of D^(power/2) H D^(power/2), in the digits of the arguments, by its eigenvalues."""
    c, s = mpmath.cos(phi), mpmath.sin(phi)
    off = (kappa - 1) * c * s
    h = mpmath.matrix([[kappa * c**2 + s**2, off], [off, kappa * s**2 + c**2]])
    d = mpmath.diag([h[k, k] ** (mpmath.mpf(power) / 2) for k in (0, 1)])
    lam = mpmath.eigsy(d * h * d, eigvals_only=True)
    return lam[1] / lam[0]


@kappa_closed_forms.second
def kappa_in_digits(kappa, phi):
    """Both condition numbers of one instance."""
    return {newton: preconditioned(kappa, phi, -1), root: preconditioned(kappa, phi, -0.5)}


@claim(
    "plane/order",
    over={
        kappa: decades(0, 6),
        phi: between(-3, 3),
        q: between(0, 1),
        r: decades(-2, 2),
        a: decades(-2, 2),
        b: decades(-2, 2),
    },
    says={
        "determinant": identity(D1 * D2 - OFF**2, kappa),
        "accuracy": identity(
            OFF**2 / (D1 * D2 - OFF**2), (kappa - 1) ** 2 / (4 * kappa) * sin(2 * phi) ** 2
        ),
        "GN^-1 against GN^-1/2": identity(
            (r - 1) ** 2 + 4 * q**2 * r - q**2 * (1 + r) ** 2, (r - 1) ** 2 * (1 - q**2)
        ),
        "GN^-1/2 against GD": identity(
            (a**2 + b**2) ** 2 - a * b * (a + b) ** 2, (a - b) ** 2 * (a**2 + a * b + b**2)
        ),
    },
    cites=derived("the algebra behind plane/kappa-closed-forms and plane/basis-accuracy"),
)
def order():
    """All three condition numbers are (1 + u)/(1 - u), increasing in u. GN^-1: u = q. GN^-1/2, with
    r^2 = d1/d2 (r the ratio of the two diagonal entries after scaling): u^2 = ((r - 1)^2 + 4 q^2
    r)/(1 + r)^2, and times (1 + r)^2 its difference from q^2 is the third line, (r - 1)^2 (1 - q^2)
    >= 0.

    GD: u^2 = 1 - 4 kappa/(d1 + d2)^2, against 1 - 4 (kappa / sqrt(d1 d2)) / (sqrt d1 + sqrt d2)^2
    of GN^-1/2: with a^2 = d1, b^2 = d2 the latter is smaller iff (a^2 + b^2)^2 >= a b (a + b)^2,
    the fourth line. Equality where d1 = d2. The second line, q^2 / (1 - q^2), is what
    plane/basis-accuracy needs. Identities, decided exactly.
    """
    return {}


@claim(
    "plane/jacobi-optimal",
    over={
        n: dimension(2, 3),
        H: spd(n, -4, -0.5, bases=("random",)),
        x: sometimes(0.0, decades(-3, 0.3), share=0.3),
        y: vector(n, -1, 1),
    },
    assuming=[n <= 2],
    says={
        "best": at_least(
            scaled, root, slack=1e-10, because="eigenvalues of kappa <= 1e4 lose 4 of 16 digits"
        )
    },
    where={
        scaled: "kappa of D H D, D = diag(H)^(-1/2) y^x",
        root: "kappa of J H J, J = diag(H)^(-1/2), which is GN^-1",
    },
    cites=derived("Forsythe & Straus 1955 for 2-cyclic matrices; in the plane as below"),
)
def jacobi_optimal(H, x, y):
    """In the plane kappa of a matrix with determinant det and trace tr grows with tr^2 / det; of D
    H D, D = diag(u, v), that is (u^2 h11 + v^2 h22)^2 / (u^2 v^2 det H), by the inequality of the
    means at least 4 h11 h22 / det H, with equality iff both terms are equal: u^2 h11 = v^2 h22,
    Jacobi's scaling up to a factor.

    Forsythe & Straus have it for all matrices that are 2-cyclic, the plane being the smallest; n <=
    2 is only sufficient. For n = 3 it fails: H = [[1, 1, 1], [1, 4, 3], [1, 3, 4]] leaves 8.70 with
    GN^-1, 7.70 with GN^-1/2. Three tenths of the draws are Jacobi's scaling itself (x = 0), where
    the bound is attained.
    """
    jacobi = 1 / np.sqrt(np.diagonal(H, axis1=-2, axis2=-1))
    d = jacobi * y ** x[:, None]
    return {
        scaled: condition_number(d[:, :, None] * H * d[:, None, :]),
        root: preconditioned_kappa(H),
    }


@claim(
    "plane/basis-accuracy",
    # forty times 1 / sqrt kappa is beyond 45 degrees for kappa up to 2600
    over={kappa: decades(0.01, 8), phi: around(1 / sqrt(kappa), -40, 40)},
    says={
        "law": equal(
            newton,
            exp(2 * asinh(sinh(log(kappa) / 2) * Abs(sin(2 * phi)))),
            rtol=1e-8,
            because="singular values of relative size 1e-4, and sin near its zeros",
        )
    },
    where={newton: "kappa of D^(-1/2) H D^(-1/2), H = R(phi) diag(kappa, 1) R(phi)^T, D = diag(H)"},
    cites=derived("rigorous version of Liu et al. 2025"),
)
def basis_accuracy(kappa, phi):
    """kappa' = (1 + q)/(1 - q), so log kappa' / 2 = artanh q and sinh(artanh q) = q / sqrt(1 - q^2)
    = |off| / sqrt(d1 d2 - off^2) = |off| / sqrt(kappa). With off = (kappa - 1) sin(2 phi) / 2 and
    (kappa - 1) / (2 sqrt kappa) = sinh(log kappa / 2) that is the law: plane/order, accuracy.

    An equality at every angle: kappa' = 1 in the eigenbasis and at multiples of 90 degrees, kappa'
    = kappa at 45. Angles are drawn in units of 1 / sqrt kappa, where it changes.
    """
    return {newton: preconditioned_kappa_gram(factor(kappa, phi), -1.0)}


@basis_accuracy.second
def basis_accuracy_in_digits(kappa, phi):
    """That of GN^-1, of one instance."""
    return {newton: preconditioned(kappa, phi, -1)}


@claim(
    "plane/accuracy-limit",
    # x = kappa phi^2 over four decades: near 1 alone a wrong limit may look right
    over={kappa: decades(1, 8), x: decades(-2, 2), phi: let(sqrt(x / kappa))},
    assuming=[kappa >= 10**6],
    says={
        "limit": equal(
            newton,
            exp(2 * asinh(sqrt(kappa) * phi)),
            rtol=3e-4,
            because="relative 4 phi^2 / 3 + 2 / kappa of kappa phi^2, phi^2 <= 1e-4",
        )
    },
    where={newton: "kappa(GN^-1), as in plane/basis-accuracy"},
    cites=derived("rigorous version of Liu et al. 2025"),
)
def accuracy_limit(kappa, phi):
    """sin(2 phi) -> 2 phi and (kappa - 1) / (2 sqrt kappa) -> sqrt(kappa) / 2: the law becomes
    sinh(log kappa' / 2) = sqrt(kappa) phi, a function of x = kappa phi^2 alone. kappa' = 1 + 2 sqrt
    x + ... for small x, 4 x for large: an eigenbasis must be accurate to kappa^(-1/2) radians, and
    a fixed angle costs as kappa grows.

    The hypothesis bounds what is left out: relative -4 phi^2 / 3 of sin^2 and -2 / kappa of kappa;
    phi^2 = x / kappa <= 1e-4 where x <= 100 and kappa >= 1e6.
    """
    return {newton: preconditioned_kappa_gram(factor(kappa, phi), -1.0)}


EXACT = 2 * asinh((kappa - 1) / (2 * sqrt(kappa)) * sin(2 * phi))
LIMIT = 2 * asinh(sqrt(kappa) * phi)


@claim(
    "plane/accuracy-bound",
    # within 0 < phi < pi / 4, where sin 2 phi increases
    over={kappa: between(2, 100), phi: between(0.1, 0.75)},
    says={
        "limit above": enclosed(at_most(EXACT, LIMIT), kappa=(2, 100), phi=(0.1, 0.75)),
        "at kappa phi^2 = 1": enclosed(
            equal(
                exp(LIMIT.subs(phi, 1 / sqrt(kappa)).subs(kappa, 4)),
                Rational(58284, 10000),
                atol=5e-5,
                because="printed to four decimals",
            )
        ),
    },
    cites=derived("the laws of plane/basis-accuracy and plane/accuracy-limit, on intervals"),
)
def accuracy_bound():
    """log kappa(GN^-1) is at most its limit, at any angle: sin 2 phi <= 2 phi for phi >= 0, kappa -
    1 <= kappa, and asinh is increasing; equality at phi = 0 alone. An eigenbasis that is off by 1 /
    sqrt kappa radians leaves exp(2 asinh 1) = (1 + sqrt 2)^2 = 3 + 2 sqrt 2 = 5.83 in the limit,
    and less otherwise, whatever kappa is.
    """
    return {}
