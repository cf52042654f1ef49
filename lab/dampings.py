"""What K-FAC adds to its two factors, from their traces.

(B + rho_B I)^-1 G (A + rho_A I)^-1 depends on how one damping is split between two factors of
different units. What matters is rho_A / lam(A) and rho_B / lam(B), lam the largest eigenvalues:
which of the rules keep them when a layer becomes wider is in lab.theory.mup.damping.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import count, one_of
from lab.domains import Numbers, not_negative
from lab.linalg import ratio

KINDS = ("trace", "pi", "printed", "absolute")


class Dampings(NamedTuple):
    """rho_A and rho_B: what is added to the factor of inputs, and of errors."""

    A: Numbers
    B: Numbers


class Sizes(NamedTuple):
    """tr A and tr B (*r,), and the numbers of rows of A and B.

    inputs counts the 1 of a bias where A has it.
    """

    trace_A: Numbers
    trace_B: Numbers
    inputs: int
    outputs: int


def dampings(
    kind: str,
    rho: Numbers,
    sizes: Sizes,
) -> Dampings:
    """rho_A and rho_B of one layer.

    "trace"     rho tr A, rho tr B (Ishikawa & Karakida 2024, section 4.2)
    "pi"        pi sqrt(rho), sqrt(rho) / pi, pi^2 = (tr A / dim A) / (tr B / dim B) (Martens &
                Grosse 2015, section 6.3); pi = 1 where a trace is 0
    "printed"   rho_A = 1 / rho_B = sqrt(rho (tr A / M)(M / tr B)), as the 2024 paper prints it:
                rho_A rho_B = 1 whatever rho, probably a misprint. M cancels.
    "absolute"  rho, rho

    "trace" and "absolute" treat the two alike; for "pi" rho_A rho_B = rho, and the damped product
    depends on A kron B alone (lab.theory.kronecker.damping.pi_damped). rho a number or (*r,).
    ValueError for another kind, a negative rho, traces or dimensions.
    """
    one_of("kind", kind, KINDS)
    rho = not_negative("rho", rho)
    trace_A = not_negative("trace_A", sizes.trace_A)
    trace_B = not_negative("trace_B", sizes.trace_B)
    inputs = count("inputs", sizes.inputs)
    outputs = count("outputs", sizes.outputs)

    if kind == "absolute":
        return Dampings(rho, rho)
    if kind == "trace":
        return Dampings(rho * trace_A, rho * trace_B)
    # a factor 0 has no unit to balance the other one with: 1 stands for the quotient
    both = (trace_A > 0) & (trace_B > 0)
    if kind == "printed":
        balance = np.sqrt(np.where(both, ratio(rho * trace_A, trace_B), 1.0))
        return Dampings(balance, ratio(1.0, balance))
    mean_A = trace_A / inputs
    mean_B = trace_B / outputs
    pi = np.sqrt(np.where(both, ratio(mean_A, mean_B), 1.0))
    return Dampings(pi * np.sqrt(rho), np.sqrt(rho) / pi)
