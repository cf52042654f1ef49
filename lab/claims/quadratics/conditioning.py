"""More than two dimensions: what diagonal preconditioners need not do.

Write D = diag(H), kappa(GN^p) for the condition number of D^(p/2) H D^(p/2). In the plane
kappa(GN^-1) <= kappa(GN^-1/2) <= kappa (lab.claims.quadratics.plane), and GN^-1 is the best
diagonal. From three dimensions on neither holds; and a smaller condition number need not mean fewer
steps of conjugate gradients, which see the whole spectrum.

Refutations: an instance is the whole proof, so the instances are small integers and their spectra
are given exactly.
"""

from __future__ import annotations

import numpy as np
import sympy
from sympy import Rational

from lab.claims import (
    at_most,
    between,
    choice,
    claim,
    classical,
    derived,
    identity,
    integers,
    named,
    refuted,
    symbols,
)
from lab.linalg import kappa as condition_number
from lab.theory.conditioning import cg_steps, jacobi, jacobi_wins, preconditioned_kappa, scaled

a, b, d, x, newton, root = symbols("a b d x newton root")


def matrices(a, b, d) -> np.ndarray:
    """[[1, a, b], [a, 4, d], [b, d, 4]], (R, 3, 3): diagonals of squares keep roots rational."""
    h = np.zeros((len(a), 3, 3))
    h[:, 0, 1] = a
    h[:, 0, 2] = b
    h[:, 1, 2] = d
    return h + h.swapaxes(-1, -2) + np.diag([1.0, 4.0, 4.0])


@named
def smallest(a, b, d):
    """the smallest eigenvalue of [[1, a, b], [a, 4, d], [b, d, 4]]

    Positive definiteness with a margin: of the 63 integer matrices those with an eigenvalue 0 would
    have kappa = inf, by rounding a number.
    """
    return np.linalg.eigvalsh(matrices(a, b, d))[:, 0]


@claim(
    "conditioning/gn-order-can-fail",
    over={a: integers(-1, 1), b: integers(-1, 1), d: integers(-3, 3)},
    # an integer matrix with an eigenvalue 0 has kappa inf, or any number by rounding
    assuming=[smallest(a, b, d) > Rational(1, 1000)],
    says={"order": refuted(at_most(newton, root))},
    where={
        newton: "kappa(GN^-1) of H = [[1, a, b], [a, 4, d], [b, d, 4]], of D^(-1/2) H D^(-1/2)",
        root: "kappa(GN^-1/2), of D^(-1/4) H D^(-1/4)",
    },
    cites=derived("search over small integer matrices; nobody is known to have stated the order"),
)
def gn_order_can_fail(a, b, d):
    """At a = b = 1, d = 3 they are (11 + sqrt 41)/2 and (9 + sqrt 41)/2, 8.70 and 7.70, exactly:
    the spectra of conditioning/gn-order-witness. One such matrix refutes the order for n = 3, and
    for every larger n by adding a block: an identity whose eigenvalue is inside the spectrum leaves
    both numbers.

    What remains true: kappa(GN^-1) <= n times the least over all diagonals (van der Sluis). In the
    plane the order holds: plane/kappa-closed-forms. The hypothesis only says where the two numbers
    are defined: other H are not positive definite.
    """
    h = matrices(a, b, d)
    return {newton: preconditioned_kappa(h, -1.0), root: preconditioned_kappa(h, -0.5)}


WITNESS = sympy.Matrix([[1, 1, 1], [1, 4, 3], [1, 3, 4]])


def characteristic(power):
    """det(x 1 - diag(H)^power H), a cubic in x: diag(H)^power H has the eigenvalues of the
    symmetric D^(power/2) H D^(power/2)."""
    scale = sympy.diag(*(WITNESS[i, i] ** power for i in range(3)))
    return (x * sympy.eye(3) - scale * WITNESS).det()


@claim(
    "conditioning/gn-order-witness",
    over={x: between(0, 10)},
    says={
        "GN^-1": identity(
            characteristic(-1), (x - Rational(1, 4)) * (x**2 - 11 * x / 4 + Rational(5, 4))
        ),
        "GN^-1/2": identity(
            characteristic(-Rational(1, 2)),
            (x - Rational(1, 2)) * (x**2 - 9 * x / 2 + Rational(5, 2)),
        ),
    },
    cites=derived(
        "characteristic polynomials of diag(H)^p H, H = [[1, 1, 1], [1, 4, 3], [1, 3, 4]]"
    ),
)
def gn_order_witness():
    """The roots of the quadratics are (11 +- sqrt 41)/8 and (9 +- sqrt 41)/4, larger than 1/4 and
    1/2 (both lower ones, 0.575 and 0.649): so 1/4 and 1/2 are the smallest eigenvalues. Dividing
    the largest by these gives both condition numbers, (11 + sqrt 41)/2 > (9 + sqrt 41)/2.

    Checked as an identity of polynomials, without rounding: the diagonal 1, 4, 4 of squares keeps
    H's scalings rational.
    """
    return {}


t, size = symbols("t size")
first, second, own, other, slow, fast = symbols("first second own other slow fast")
# all spectra and right sides are small integers: a residual that is not 0 is above 1e-4
ZERO = 1e-7


def in_order(one, two) -> tuple[float, float]:
    """Exact steps, b = (1, 2, ...), of the better and of the worse conditioned of two systems (H,
    right side); of equals the faster first, so that a tie never refutes."""
    ranked = []
    for h, right in (one, two):
        # condition numbers apart by rounding alone are equal
        kappa = round(float(condition_number(h)), 9)
        ranked.append((kappa, cg_steps(h, right, ZERO, exact=True)))
    (_, better), (_, worse) = sorted(ranked)
    return better, worse


SPIKE = np.array([3.0, 2.0, 1.0])


@claim(
    "conditioning/kappa-is-not-cg-steps",
    over={
        **{letter: integers(1, 6) for letter in (a, b, d)},
        # scalings about 0.8, the smallest witness; t = 1 is H itself
        t: between(0.7, 1.0),
        size: choice(20, 60),
    },
    says={
        "two matrices": refuted(at_most(first, second)),
        "two scalings of one": refuted(at_most(own, other)),
        "the best diagonal": refuted(at_most(slow, fast)),
    },
    where={
        first: "exact steps of conjugate gradients with b = 1 for the better conditioned of "
        "diag(1, a, b) and diag(1, d, d)",
        second: "for the other",
        own: "for the better conditioned of H = I + v v^T, v = (3, 2, 1), and of D H D, "
        "D = diag(t, 1, 1), right sides b and D b, b = (1, 2, 3)",
        other: "for the other",
        slow: "steps to 1e-7 for G(size), b = 1, whose kappa no diagonal improves",
        fast: "for Jacobi's scaling of it, whose kappa is larger",
    },
    cites=classical("folklore: of two scalings take the one with the smaller kappa"),
    instances=64,
)
def kappa_is_not_cg_steps(a, b, d, t, size):
    """In exact arithmetic the number of steps is the number of distinct eigenvalues whose
    eigenvectors b sees, the degree of the minimal polynomial of H on b, whatever kappa is. So
    diag(1, 2, 3) takes three steps and diag(1, 4, 4), worse conditioned, two. For scalings of one
    matrix: H = I + v v^T has two eigenvalues, 1 and 15, but D H D has three for almost every D,
    among them better conditioned ones (t = 0.8: 13.94).

    The third part is no small case: far from the end |r_j| <= (K^(1/j) - 1)^(j/2) |b| with log K =
    n log omega (Kaporin), omega the arithmetic over the geometric mean of the spectrum, and Jacobi
    minimises omega. G(n) has the best kappa of all its scalings, n, and takes tens of times more
    steps than Jacobi's, whose kappa is larger.

    For n <= 2 and the worst b the rule holds. Steps are counted on b and on D b, the same system;
    ZERO is far below any residual that is not 0.
    """
    ones = np.ones(3)
    pairs = [
        in_order((np.diag([1.0, p, q]), ones), (np.diag([1.0, r, r]), ones))
        for p, q, r in zip(a, b, d, strict=True)
    ]
    # eigenvalues 1, 1 and 15: two steps for every right side
    h = np.eye(3) + np.outer(SPIKE, SPIKE)
    right = np.arange(1.0, 4.0)
    scalings = []
    for entry in t:
        y = np.array([entry, 1.0, 1.0])
        scalings.append(in_order((h, right), (scaled(h, y), y * right)))

    # b = 1 on G is b = y on the scaled system
    g = jacobi_wins(size)
    y = jacobi(g)
    steps = cg_steps(g, np.ones(size), ZERO), cg_steps(scaled(g, y), y, ZERO)
    return {
        first: np.array(pairs)[:, 0],
        second: np.array(pairs)[:, 1],
        own: np.array(scalings)[:, 0],
        other: np.array(scalings)[:, 1],
        slow: np.full(len(t), steps[0]),
        fast: np.full(len(t), steps[1]),
    }
