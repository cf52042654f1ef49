"""Maximal update of Shampoo: its statistics, its blocks, and SOAP in fresh and in stale bases.

(L + damping)^(-e/2) G (R + damping)^(-e/2); e = 1/2 are fourth roots, e = 1 square roots. For a
gradient delta h^T L and R have the one eigenvalue s^2, s = |delta||h|, and the step has the norm
s^(1 - 2 e): K-FAC with e_A = e_B = e on loss gradients. For b_L = 1 and (input, hidden, output), c
and powers of dampings:

    Shampoo              (e - 1, 0, 1 - e)                         (-1, 0, 1)
    blocks of M^s        (2 e - 1 - e s, 2 e (1 - s), 1 - e s)     (s - 2, 2 s - 2, s)
    SOAP, fresh basis    (-1/2, 0, 1/2)                            eps: (-1/2, 0, 1/2)
    SOAP, stale basis    (0, 1, 1)                                 eps: (-1, -1, 0)
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sympy import Eq, Rational

from lab.claims import (
    between,
    claim,
    decades,
    derived,
    equal,
    identity,
    sometimes,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.width.blocks import (
    derived_blocks,
    in_an_old_basis,
    orthogonal_move,
    published_blocks,
    turned_left,
    turned_right,
)
from lab.claims.width.copied import (
    EXACT,
    NETS,
    OFF,
    Moves,
    all_of,
    c,
    cases,
    off,
    powers_of,
)
from lab.instruments.width import FromFunction, slope
from lab.optimizers import SOAP
from lab.optimizers.matrix.kronecker import Kronecker
from lab.optimizers.matrix.statistic import Statistic
from lab.theory.mup import (
    PLACES,
    blocked,
    eigenbasis,
    entrywise,
    exponents,
    shampoo,
    spectral,
)

HALF = Rational(1, 2)
OURS = "|h|^2 ~ M, |J|^2 ~ M^(1 - 2 b_L) enter every factor by their Gram matrices"
QIU = "Qiu et al. 2025, section 3.1"

e, eps, rho, skew = symbols("e eps rho skew")


def shampoo_of(per: Literal["batch", "example"], e: float, damping: float) -> Kronecker:
    """(L + damping)^(-e/2) G (R + damping)^(-e/2) of one batch.

    per: "batch", L = G G^T of the mean gradient; "example", the mean of the examples' own.

    Powers are those of each factor, -e / 2: a Kronecker product of two has -e / 2 on either side,
    and e = 1/2 is the published fourth root.
    """
    # beta2 = 0: of one batch, without memory
    statistic = Statistic("modes", per, "true", beta2=0.0)
    return Kronecker(1.0, damping, statistic, powers=(-e / 2,))


STATISTICS = (Moves("by_batch", shampoo(e)), Moves("by_example", shampoo(e)))
of_batch, of_example = symbols("of_batch of_example")


@claim(
    "mup-shampoo/shampoo-statistics",
    over=NETS
    | {e: between(0.1, 1), rho: decades(-3, 1)}
    | OFF
    | {skew: sometimes(0.0, between(0.3, 0.9), share=0.8)},
    assuming=[Eq(off, 0), Eq(skew, 0)],
    says=all_of("says", *STATISTICS)
    | {
        "n, of the batch": equal(of_batch, 2 * e - 1, atol=1e-6, because=EXACT),
        "n, of the examples": equal(of_example, e - 1, atol=1e-6, because=EXACT),
    },
    where=all_of("where", *STATISTICS)
    | {
        of_batch: "slope of RMS(dW_2 h_1) in the number n of examples, 2 and 4, L = G G^T of the"
        " batch, orthogonal h_i and delta_i of one length",
        of_example: "the same, L the mean of the examples' own G_i G_i^T",
    },
    cites=derived(OURS + "; means over examples: Ishikawa & Karakida 2024"),
    instances=6,
)
def shampoo_statistics(activation, seed_of, c, b_L, e, rho, off, skew):
    """Both statistics have the size |delta|^2 |h|^2, so rates and dampings are the same. G is 1 / n
    of each example's own, L of the batch 1 / n^2 and L of the examples 1 / n of theirs: to the
    power -e together, n^(2 e - 1) and n^(e - 1). Only the batch's is the polar factor at e = 1/2;
    Ishikawa & Karakida 2024 have means over examples, and codes have the batch's. In the width they
    can't be told apart, in the batch size they differ by n^e: a rate that was tuned with one is not
    right for the other.

    Orthogonal examples of one length are needed for the laws in n: what they share (skew) is in L
    with a weight that grows with n.

    Space: e from 0.1 to 1, dampings over four decades, heads from NTK's to 3/2."""
    found = cases(activation, seed_of, c, b_L, off, biases=False)
    by_batch, by_example = STATISTICS
    pairs = list(zip(e, rho, strict=True))
    laws = one_by_one(n_laws, e, skew)
    return (
        by_batch.of([shampoo_of("batch", *one) for one in pairs], found, "L", "damping")
        | by_example.of([shampoo_of("example", *one) for one in pairs], found, "L", "damping")
        | {of_batch: laws[:, 0], of_example: laws[:, 1]}
    )


def n_laws(e, skew) -> list[float]:
    """Slopes in n, from 2 to 4 examples, of the hidden move, by the batch and by the examples.

    Without damping, on examples that are orthogonal up to skew, so that the gradient has n equal
    singular values.
    """
    found = []
    for method in (shampoo_of("batch", e, 0.0), shampoo_of("example", e, 0.0)):
        sizes = [orthogonal_move(method, n, skew) for n in (2, 4)]
        found.append(slope((2, 4), sizes).value)
    return found


# blocks of UNITS rows and columns, of UNITS sqrt(k), of all
BLOCKS = {s: Moves(f"s={s}", blocked(e, s)) for s in (0, HALF, 1)}
PUBLISHED = {place: symbols(f"published_{place}") for place in PLACES}


@claim(
    "mup-shampoo/block-shampoo",
    over=NETS | {e: between(0.1, 0.9), rho: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=all_of("says", *BLOCKS.values())
    | {
        f"published, {place}": equal(PUBLISHED[place], -c, atol=1e-6, because=EXACT)
        for place in PLACES
    },
    where=all_of("where", *BLOCKS.values())
    | {
        PUBLISHED[place]: "p of RMS(dW_l h_(l-1)) ~ k^p at b_L = 1, s = 1/2, at the published rate"
        " (d_out / d_in)^(1 - e) n_blk^-e and eps b_in b_out / d_out^2 k^-off, times k^-c, " + place
        for place in PLACES
    },
    cites=derived("|G_block|^2 is 1 / n_blk of |G|^2; the published rate and eps: " + QIU),
    instances=5,
)
def block_shampoo(activation, seed_of, c, b_L, e, rho, off):
    """Of n_blk blocks each has |G_block|^2 = |G|^2 / n_blk, and a step of size |G_block|^(1 - 2 e):
    together sqrt(n_blk) (|G| / sqrt(n_blk))^(1 - 2 e) = n_blk^e |G|^(1 - 2 e). With blocks of M^s a
    side of M is cut in M^(1 - s), the inputs and outputs are left whole: c = (2 e - 1 - e s, 2 e (1
    - s), 1 - e s) at b_L = 1. That is the published rate (d_out / d_in)^(1 - e) n_blk^-e if a side
    without M is counted as one. s = 0, e = 1/2: Adam's rule; s = 1: Shampoo's. eps goes as the
    largest eigenvalue of a block.

    Space: blocks of one copy, of sqrt(k) copies, and of all; e from 0.1 to 0.9. Fewer examples than
    a block has rows: else blocks fill up, and the input column bends.

    At s = 1/2 and k = 4 copies a block has two copies' rows. Of three s each has rates, dampings
    and a part of its own; the published rate is compared at b_L = 1, for which it is made.
    """
    found = cases(activation, seed_of, c, b_L, off, biases=False)
    pairs = list(zip(e, rho, strict=True))
    measured: dict[Any, np.ndarray] = {}
    for s, table in BLOCKS.items():
        methods = []
        for (power, damping), case in zip(pairs, found, strict=True):
            d = table.dampings("L", case)
            methods.append(derived_blocks(power, float(s), damping, d))
        measured |= table.of(methods, found)

    rows = []
    for (power, damping), case in zip(pairs, found, strict=True):
        method = published_blocks(power, damping, case.off)
        rows.append(powers_of(method, case._replace(head=1.0)))
    return measured | {PUBLISHED[place]: np.array([row[place] for row in rows]) for place in PLACES}


FRESH = Moves("fresh", eigenbasis())
LEFT = Moves("left_only", eigenbasis(right=False))
RIGHT = Moves("right_only", eigenbasis(left=False))
STALE = Moves("stale", entrywise(0))
LARGE = Moves("stale_with_a_large_eps", spectral())
NEEDED = exponents(entrywise(0)).rows
RATE = exponents(eigenbasis()).rows


@claim(
    "mup-shampoo/soap-stale-basis",
    over=NETS | {eps: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=all_of("says", FRESH, LEFT, RIGHT, STALE, LARGE)
    | {
        "left over, input": identity(NEEDED["input"].c - RATE["input"].c, HALF),
        "left over, hidden": identity(NEEDED["hidden"].c - RATE["hidden"].c, 1),
        "left over, output": identity(NEEDED["output"].c - RATE["output"].c, HALF),
    },
    where=all_of("where", FRESH, LEFT, RIGHT, STALE, LARGE),
    cites=derived("the number of entries of the gradient in its own basis does not see M; " + QIU),
    instances=4,
)
def soap_stale_basis(activation, seed_of, c, b_L, eps, off):
    """In the eigenvectors of its own L and R a gradient is diagonal: sign and SVD, Muon's rule, the
    published sqrt(d_out / d_in). Turned on one side alone it has the entries of the other side,
    too, and rules halfway between: left (-1/2, 1/2, 1), right (0, 1/2, 1/2) at b_L = 1. In any
    other basis all M^2 entries move: Adam's rule, which at the published rate leaves the slopes
    1/2, 1, 1/2. One part in a hundred outside the basis is enough, because signs don't see sizes.

    The authors update the basis before the gradient enters it, so their check fails. eps ~
    sqrt(d_in / d_out) far above the entries repairs it: the step is then G / eps in any basis, and
    eps carries the width.

    Space: bases that know nothing of the gradient, drawn for one copy; eps over four decades, by
    its rule and off it."""
    found = cases(activation, seed_of, c, b_L, off)
    soaps = [SOAP(1.0, 0.0, 0.0, x, weight_decay=0.0) for x in eps]
    olds = [in_an_old_basis(x, case) for x, case in zip(eps, found, strict=True)]
    # far above every entry, whatever the case
    large = [in_an_old_basis(1e8, case) for case in found]
    return (
        FRESH.of(soaps, found, "eps")
        | LEFT.of(FromFunction(turned_left), found)
        | RIGHT.of(FromFunction(turned_right), found)
        | STALE.of(olds, found, "eps")
        | LARGE.of(large, found, "eps")
    )
