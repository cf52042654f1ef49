"""Dampings of K-FAC's two factors: values, and which power of M they have beside their factor.

A damping is valid if it keeps the share of the largest eigenvalue: d of `exponents`. rho' tr X has
it in every layer without knowing M, because tr X is of the order of the largest eigenvalue for a
fixed number of examples.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sympy import Expr, Integer, expand

from lab.checks import count, nonnegative, one_of
from lab.domains import Numbers, in_range, numbers
from lab.linalg import ratio
from lab.theory.mup.scales import PLACES, Power, scales

KINDS = ("trace", "pi", "printed", "absolute")


class Dampings(NamedTuple):
    """rho_A and rho_B: what is added to the factor of inputs, and of errors."""

    A: Numbers
    B: Numbers


class Sizes(NamedTuple):
    """tr A and tr B (*r,), and the numbers of rows of A and B."""

    trace_A: Numbers
    trace_B: Numbers
    inputs: int
    outputs: int


@in_range
def dampings(kind: str, rho: Numbers, sizes: Sizes) -> Dampings:
    """rho_A and rho_B of one layer.

    "trace"     rho tr A, rho tr B (Ishikawa & Karakida 2024, section 4.2)
    "pi"        pi sqrt(rho), sqrt(rho) / pi, pi^2 = (tr A / dim A) / (tr B / dim B) (Martens &
                Grosse 2015, section 6.3); pi = 1 where a trace is 0
    "printed"   rho_A = 1 / rho_B = sqrt(rho (tr A / M)(M / tr B)), as the 2024 paper prints it:
                rho_A rho_B = 1 whatever rho, probably a misprint. M cancels.
    "absolute"  rho, rho

    ValueError for another kind, a negative rho, traces or dimensions.
    """
    one_of("kind", kind, KINDS)
    rho = numbers("rho", rho)
    nonnegative("rho", rho)
    trace_A = numbers("trace_A", sizes.trace_A)
    trace_B = numbers("trace_B", sizes.trace_B)
    nonnegative("trace_A", trace_A)
    nonnegative("trace_B", trace_B)
    inputs = count("inputs", sizes.inputs)
    outputs = count("outputs", sizes.outputs)

    if kind == "absolute":
        return Dampings(rho, rho)
    if kind == "trace":
        return Dampings(rho * trace_A, rho * trace_B)
    both = (trace_A > 0) & (trace_B > 0)
    if kind == "printed":
        balance = np.sqrt(np.where(both, ratio(rho * trace_A, trace_B), 1.0))
        return Dampings(balance, ratio(1.0, balance))
    mean_A = trace_A / inputs
    mean_B = trace_B / outputs
    pi = np.sqrt(np.where(both, ratio(mean_A, mean_B), 1.0))
    return Dampings(pi * np.sqrt(rho), np.sqrt(rho) / pi)


def ratio_powers(kind: str, head: Power = Integer(1)) -> dict[str, tuple[Expr, Expr]]:
    """place -> powers of M of rho_A / lam(A) and rho_B / lam(B): (0, 0) where the damping is valid.

    Positive: damping takes over, and a factor of A that is over-damped lets the update die;
    negative: the factor is under-damped. ValueError for another kind.
    """
    one_of("kind", kind, KINDS)
    found = {}
    for place in PLACES:
        s = scales(place, head)
        lam_A = 2 * s.h
        lam_B = 2 * s.jac
        balance = {
            "pi": (lam_A - s.fan_in - lam_B + s.fan_out) / 2,
            "printed": (lam_A - lam_B) / 2,
        }
        if kind == "trace":
            found[place] = (Integer(0), Integer(0))
        elif kind == "absolute":
            found[place] = (-lam_A, -lam_B)
        else:
            split = balance[kind]
            found[place] = (expand(split - lam_A), expand(-split - lam_B))
    return found
