"""Which dampings keep their share of the factors at every width.

A damping is valid where rho_A / tr A and rho_B / tr B are of order 1 in the width M: smaller, and
it damps nothing; larger, and the factor is gone. Powers of M follow from |h|^2 ~ M inside, |x|^2 ~
1 at the input, and |delta|^2 ~ M^(1 - 2 b_L) (lab.theory.mup.ratio_powers).
"""

from __future__ import annotations

import numpy as np

from lab.claims import (
    between,
    claim,
    decades,
    derived,
    equal,
    exponent,
    identity,
    integers,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.laws import refuted
from lab.claims.width.networks import FINITE, Sizes, geometric, start
from lab.dampings import Sizes as Traces
from lab.dampings import dampings
from lab.instruments.width import slope
from lab.theory.mup import exponents, ratio_powers

b_L, rho, seed_of = symbols("b_L rho seed_of")
in_A, in_B, hidden_A, hidden_B, out_A = symbols("in_A in_B hidden_A hidden_B out_A")
POWERS = ratio_powers("pi", b_L)
# their terms of order 1 / M are larger than those of moves: the ends are further apart
WIDE = Sizes((64, 1024), 128)
TRACES = (
    "128 starts at width 64, 8 at 1024: three times the scatter of 0.006, and 0.01 of order 1 / M"
)
VALID = exponents("KFAC", b_L=b_L).rows


@claim(
    "mup-damping/heuristic-fails",
    over={b_L: between(0.5, 1), rho: decades(-4, 2), seed_of: integers(0, 99)},
    says={
        "input A": exponent(in_A, b_L, tol=0.03, because=TRACES),
        "input B": exponent(in_B, b_L - 1, tol=0.03, because=TRACES),
        "hidden A": exponent(hidden_A, b_L - 1, tol=0.03, because=TRACES),
        "hidden B": exponent(hidden_B, b_L - 1, tol=0.03, because=TRACES),
        "output A": exponent(out_A, -1 + 0 * b_L, tol=0.03, because=TRACES),
        "valid in every layer": refuted(equal(in_A, 0 * b_L, atol=0.2, because=FINITE)),
        "derived, input": identity(POWERS["input"][0], b_L),
        "derived, hidden": identity(POWERS["hidden"][0], b_L - 1),
        "derived, valid": identity(VALID["hidden"].d["B"], 2 * b_L - 1),
    },
    where={
        in_A: "slope in M of rho_A / tr A in the first layer, rho_A = pi sqrt(rho)",
        in_B: "of rho_B / tr B there",
        hidden_A: "of rho_A / tr A in the hidden layer",
        hidden_B: "of rho_B / tr B there",
        out_A: "of rho_A / tr A in the last layer",
    },
    cites=derived(
        "tr A ~ |h|^2, tr B ~ |J|^2; that the first and last layers are not valid is in"
        " Ishikawa & Karakida 2024, section 4.2"
    ),
    instances=8,
)
def heuristic_fails(b_L, rho, seed_of):
    """pi^2 = (tr A / dim A) / (tr B / dim B), rho_A = pi sqrt(rho), rho_B = sqrt(rho) / pi (Martens
    & Grosse 2015). It balances the mean eigenvalues, but what counts are the largest: tr A is of
    that order for n examples, whatever dim A. rho_A / tr A = sqrt(rho / (tr A tr B)) sqrt(dim B /
    dim A), rho_B / tr B the same with dims exchanged. tr A is 1 at the input and M behind it, tr B
    M^(1 - 2 b_L) below the head:

        input   dims d, M    M^(1/2 + b_L - 1/2) = M^b_L    and M^(b_L - 1)
        hidden  dims M, M    M^(b_L - 1)                    and M^(b_L - 1)
        output  dims M, C    M^(-1)                         and 1

    In the first layer both shares drift apart by M, so that no b_L keeps both: in muP its A is
    damped away, and the layer's move dies as 1 / M. In the hidden one b_L = 1 does.

    Space: heads b_L between NTK's 1/2 and muP's 1, damping over six decades, which every slope is
    free of, and tanh networks of two hidden layers. The refuted part is "valid in every layer", for
    the input's A; the three identities are powers derived without a network. As printed by Ishikawa
    & Karakida, rho_A = 1 / rho_B, rho would not damp at all: read as a misprint."""

    def one(head, shift, seed):
        """Slopes of both shares in the three layers, the last B left out."""
        shares = [shares_at(width, head, shift, int(seed)) for width in WIDE.widths]
        return [slope(WIDE.widths, column).value for column in np.array(shares).T]

    rows = one_by_one(one, b_L, rho, seed_of)
    return dict(zip((in_A, in_B, hidden_A, hidden_B, out_A), rows.T, strict=False))


def shares_at(width, head, rho, seed) -> list[float]:
    """rho_A / tr A and rho_B / tr B of the three layers, geometric means over starts, A before
    B."""
    begun = start("tanh", seed, width, head, WIDE)
    factors = begun.network.evaluate(begun.theta).curvature("exact", None).layers
    found = []
    for layer in factors:
        examples = layer.inputs.shape[1]
        trace_A = (layer.inputs**2).sum((-1, -2)) / examples
        trace_B = (layer.errors**2).sum((-1, -2, -3)) / examples
        # the heuristic divides traces by dimensions: it is given both
        sizes = Traces(trace_A, trace_B, layer.inputs.shape[-1], layer.errors.shape[-1])
        both = dampings("pi", rho, sizes)
        found += [geometric(both.A / trace_A), geometric(both.B / trace_B)]
    return found
