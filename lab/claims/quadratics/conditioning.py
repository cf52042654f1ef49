"""More than two dimensions: what diagonal preconditioners need not do."""

from __future__ import annotations

import numpy as np
import sympy
from sympy import Rational

from lab.claims import (
    at_most,
    between,
    claim,
    derived,
    identity,
    integers,
    named,
    refuted,
    symbols,
)
from lab.theory.conditioning import preconditioned_kappa

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
    """the smallest eigenvalue of [[1, a, b], [a, 4, d], [b, d, 4]]"""
    return np.linalg.eigvalsh(matrices(a, b, d))[:, 0]


@claim(
    "conditioning/gn-order-can-fail",
    over={a: integers(-1, 1), b: integers(-1, 1), d: integers(-3, 3)},
    assuming=[smallest(a, b, d) > Rational(1, 1000)],
    says={"order": refuted(at_most(newton, root))},
    where={
        newton: "kappa(GN^-1) of H = [[1, a, b], [a, 4, d], [b, d, 4]], of D^(-1/2) H D^(-1/2)",
        root: "kappa(GN^-1/2), of D^(-1/4) H D^(-1/4)",
    },
    cites=derived("search over small integer matrices; nobody is known to have stated the order"),
)
def gn_order_can_fail(a, b, d):
    """At a = b = 1, d = 3 they are (11 + sqrt 41)/2 and (9 + sqrt 41)/2, exactly: the spectra of
    conditioning/gn-order-witness. In the plane the order holds: plane/kappa-closed-forms."""
    h = matrices(a, b, d)
    return {newton: preconditioned_kappa(h, -1.0), root: preconditioned_kappa(h, -0.5)}


WITNESS = sympy.Matrix([[1, 1, 1], [1, 4, 3], [1, 3, 4]])


def characteristic(power):
    """det(x 1 - diag(H)^power H)."""
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
    1/2: dividing the largest by these gives both condition numbers."""
    return {}
