"""Dampings of K-FAC's two factors: which power of M they have beside their factor.

A damping is valid if it keeps the share of the largest eigenvalue: d of `exponents`. rho' tr X has
it in every layer without knowing M, because tr X is of the order of the largest eigenvalue for a
fixed number of examples. An eigenvalue of A = E h h^T is of the order of |h|^2, one of B = E J J^T
of |J|^2: the ranks of both do not grow with M.
"""

from __future__ import annotations

from sympy import Expr, Integer, expand

from lab.checks import one_of
from lab.dampings import KINDS
from lab.theory.mup.scales import PLACES, Power, scales


def ratio_powers(
    kind: str,
    head: Power = Integer(1),
) -> dict[str, tuple[Expr, Expr]]:
    """place -> powers of M of rho_A / lam(A) and rho_B / lam(B): (0, 0) where the damping is valid.

    Positive: damping takes over, and a factor of A that is over-damped lets the update die;
    negative: the factor is under-damped. ValueError for another kind.

    kind: "trace", rho' tr X; "absolute", a number that does not grow; "pi", Martens & Grosse's
    rho_A = pi sqrt(rho), pi^2 = (tr A / fan_in) / (tr B / fan_out); "printed", the same without the
    two fans. The last two are valid in hidden layers of muP only. head: a_L + b_L.
    """
    one_of("kind", kind, KINDS)
    found = {}
    for place in PLACES:
        s = scales(place, head)
        # sizes in Scales are lengths: an eigenvalue is the square of one
        lam_A = 2 * s.h
        lam_B = 2 * s.jac
        balance = {"pi": (lam_A - s.fan_in - lam_B + s.fan_out) / 2, "printed": (lam_A - lam_B) / 2}
        if kind == "trace":
            found[place] = (Integer(0), Integer(0))
        elif kind == "absolute":
            found[place] = (-lam_A, -lam_B)
        else:
            split = balance[kind]
            found[place] = (expand(split - lam_A), expand(-split - lam_B))
    return found
