"""Maximal update of matrix methods: the order of preconditioners, TNT, E-KFAC, K-BFGS.

On k copies of one network: |h|^2 = k |h_1|^2, |J|^2 = k^(1 - 2 head) |J_1|^2, and the Gram matrices
over examples likewise. Every factor that is made of them is a power of k times that of one copy,
and a step at a rate k^-c is an exact power of k: what the tables say, to rounding. `off` misses the
damping's rule by a power, which has to show. For b_L = 1 and (input, hidden, output), c and the
powers of dampings:

    Kronecker family     (e_B - 1, e_B - e_A, 1 - e_A)    shares of traces
    TNT                  (0, 0, 0)                        none
      without the trace  (1, 0, -1)
    E-KFAC               (0, 0, 0)                        of the product: (-1, 0, 1)
    K-BFGS, first step   (-1, -1, 0)                      lambda: (0, 2, 2)
"""

from __future__ import annotations

import numpy as np
from sympy import Eq

from lab.claims import (
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    integers,
    named,
    refuted,
    sometimes,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.width.copied import (
    COPIES,
    EXACT,
    NETS,
    OFF,
    Data,
    Moves,
    activation,
    all_of,
    b_L,
    c,
    cases,
    copies,
    off,
    seed_of,
)
from lab.instruments.width import FromFunction, slope
from lab.instruments.width.coordinates import gains
from lab.optimizers.matrix.kbfgs import KBFGS
from lab.optimizers.matrix.points import EKFAC, PerExampleTNT
from lab.optimizers.matrix.roots import pseudo_inverse
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths
from lab.theory.mup import (
    PLACES,
    ROLES,
    gain,
    kronecker,
    natural,
    secant,
    unnormalised,
    update,
)

e_A, e_B, rho, damp = symbols("e_A e_B rho damp")
OURS = "|h|^2 ~ M, |J|^2 ~ M^(1 - 2 b_L) enter every factor by their Gram matrices"


@named
def of_the_trace(damp):
    """dampings are shares of the traces of A and B"""
    return damp == "trace"


FAMILY = (
    Moves("Kronecker", kronecker(e_A, e_B), ROLES),
    Moves("empirical", kronecker(e_A, e_B, "loss"), ROLES),
)


@claim(
    "mup-matrices/kronecker-family",
    over=NETS
    | {
        e_A: between(0, 1),
        e_B: between(0, 1),
        rho: decades(-4, 2),
        damp: choice("trace", "trace", "absolute"),
    },
    assuming=[of_the_trace(damp)],
    says=all_of("says", *FAMILY),
    where=all_of("where", *FAMILY),
    cites=derived(OURS + "; e_A = e_B or one of them 0 or 1: Ishikawa & Karakida 2024"),
    instances=10,
)
def kronecker_family(activation, seed_of, c, b_L, e_A, e_B, rho, damp):
    """SGD, FOOF, GNT, K-FAC and all between, biases too, B of output or of loss gradients, at every
    damping that is a share of the trace: what `mup/general-exponents` sees on drawn networks. Loss
    gradients are output gradients times residuals, which are the same for all k, so that the
    empirical B has the same powers; what it changes is the law in the residuals
    (mup-head/residual-law). Hidden biases have A = 1: their power is that of the input layer.

    Of copies all powers are exact, because A and B of k copies have the nonzero eigenvalues of one
    copy, times k and k^(1 - 2 head). An absolute damping is a share that changes with k, and breaks
    them.

    Space: all powers, dampings from 1e-4 to 100 of the trace, heads from NTK's to 3/2."""
    found = cases(activation, seed_of, c, b_L)
    exact, empirical = FAMILY
    points = list(zip(rho, e_A, e_B, strict=True))
    return exact.of([ThinKronecker(1.0, *x, "output", damp) for x in points], found) | empirical.of(
        [ThinKronecker(1.0, *x, "loss", damp) for x in points], found
    )


# at the rate that muP needs, after so many steps
LATER = 5
FIRST = {place: symbols(f"first_{place}") for place in PLACES}
LAST = {place: symbols(f"last_{place}") for place in PLACES}
KRONECKER = kronecker(e_A, e_B)


@claim(
    "mup-matrices/preconditioner-order",
    over={
        # a kink would turn rounding into another gradient, and a later step shows it
        activation: choice("tanh", "gelu"),
        seed_of: integers(0, 999),
        e_A: between(0, 1),
        e_B: between(0, 1),
        b_L: between(0.5, 1.5),
        damp: choice("trace", "trace", "absolute"),
    },
    assuming=[of_the_trace(damp)],
    says={
        f"{place}, step 1": equal(
            FIRST[place], gain(KRONECKER, b_L)[place], atol=1e-6, because=EXACT
        )
        for place in PLACES
    }
    | {
        f"{place}, step {LATER}": equal(
            LAST[place], gain(KRONECKER)[place], atol=1e-6, because=EXACT
        )
        for place in PLACES
    },
    where={FIRST[place]: f"p of |dW_l| / |G_l| ~ k^p, {place}, the first step" for place in PLACES}
    | {
        LAST[place]: f"the same in step {LATER} of training at muP's rates from b_L = 1, {place}"
        for place in PLACES
    },
    cites=derived(OURS + "; that the order stays: Ishikawa & Karakida 2024, section 4.1"),
    instances=8,
)
def preconditioner_order(activation, seed_of, e_A, e_B, b_L, damp):
    """(A + r)^-e_A has the size M^-e_A where h has M entries, (B + r)^-e_B the size M^(e_B (2 b_L -
    1)) below the head and 1 at it: together (e_B (2 b_L - 1), that - e_A, -e_A). In muP copies stay
    copies, so the order is that of step 1 for ever. It is the gain of the inverse, |dW| / |G|, as
    published in a figure: neither tr A, (0, 1, 1), nor tr B, (-1, -1, 0). K-FAC has (1, 0, -1), the
    rates that SGD would need.

    Space: smooth activations, since a kink would let rounding decide; step 1 with any head, step 5
    in muP."""

    def one(*point):
        """Powers in step 1 at any head, and in a later step of muP."""
        seed, a, b, head = point
        data = Data(activation, int(seed))
        # small: features may move little in five steps, the order is of the preconditioner
        method = ThinKronecker(0.01, 0.1, a, b, damp=damp)
        flat = {role: Powers(0.0, 0.0) for role in ROLES}
        rule = kronecker(a, b)
        rates = {role: Powers(0.0, float(update(rule, role, 0))) for role in ROLES}
        return [*orders(method, data, flat, head, 1), *orders(method, data, rates, 1.0, LATER)]

    rows = one_by_one(one, seed_of, e_A, e_B, b_L)
    return dict(zip((*FIRST.values(), *LAST.values()), rows.T, strict=True))


def orders(method, data, rates, head, steps) -> list[float]:
    """The power of k of |dW_l| / (rate |G_l|) in the last of so many steps, by place."""
    found = []
    for k in COPIES:
        begun = copies(data, k, head)
        of_blocks = gains(begun, Parameterized(method, rates, Widths(k, 1)), steps)[0]
        by_name = dict(zip(begun.names, of_blocks, strict=True))
        found.append([by_name[f"{place} {layer}"] for layer, place in enumerate(PLACES, 1)])
    return [slope(COPIES, sizes).value for sizes in np.transpose(found)]


TNTS = (
    Moves("TNT", kronecker(1, 1), ROLES),
    Moves("TNT_without_traces", unnormalised()),
)


@claim(
    "mup-matrices/tnt",
    over=NETS | {rho: sometimes(0.0, decades(-3, 0))},
    assuming=[Eq(rho, 0)],
    says=all_of("says", *TNTS),
    where=all_of("where", *TNTS),
    cites=derived(OURS),
    instances=8,
)
def tnt(activation, seed_of, c, b_L, rho):
    """F_TNT = U_1 kron U_2 / tau with tr U_1 = tr U_2 = tau = tr F: U_1^-1 G U_2^-1 tau has the
    size G / |F|, as K-FAC's, and no rate is scaled. Without the trace the size |J|^2 |h|^2 is
    divided by twice: (1, 0, -1) at b_L = 1, the opposite of SGD's.

    Damping as equal shares of both factors is another matter: the largest eigenvalues of the scaled
    factors are in the ratio d_out / d_in, and one damping cannot keep its share of both in the
    first and last layer. That is the hypothesis rho = 0."""
    found = cases(activation, seed_of, c, b_L)
    normalised, plain = TNTS
    # sampled labels would scatter, where powers are exact
    tnts = [PerExampleTNT(1.0, x, labels="exact") for x in rho]
    return normalised.of(tnts, found) | plain.of(FromFunction(without_traces), found)


def without_traces(w, batch):
    """-Omega_1^-1 G Omega_2^-1, of every example and output, pseudo-inverses. Omega_1 = E |h|^2 J
    J^T, Omega_2 = E |J|^2 h h^T."""
    columns = batch.jacobian
    energy = (batch.inputs**2).sum(-1)
    n = len(columns)
    outer = np.einsum("n,nco,ncp->op", energy, columns, columns) / n
    inner = np.einsum("nco,nco,nd,ne->de", columns, columns, batch.inputs, batch.inputs) / n
    return -pseudo_inverse(outer) @ batch.grad @ pseudo_inverse(inner)


CORRECTED = Moves("E-KFAC", natural())


@claim(
    "mup-matrices/ekfac",
    over=NETS | {rho: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=CORRECTED.says(),
    where=CORRECTED.where(),
    cites=derived(OURS),
    instances=12,
)
def ekfac(activation, seed_of, c, b_L, rho, off):
    """The eigenvalues that stand for those of F are second moments of G in the basis of A and B, of
    the size |J|^2 |h|^2, products of B's and A's: (0, 0, 0) at b_L = 1, with the damping of the
    product as (1 / M, 1, M).

    Space: no biases, which are columns here (`joined`): h then ends with a 1, and |h|^2 is a power
    of k only in the limit. Damping over four decades, three quarters of the instances by the
    rule."""
    found = cases(activation, seed_of, c, b_L, off, biases=False)
    # sampled labels would scatter, where powers are exact
    methods = [EKFAC(1.0, x, labels="exact", momentum=0.0) for x in rho]
    return CORRECTED.of(methods, found, "damping", "damping")


SECANT = Moves("K-BFGS", secant())


@claim(
    "mup-matrices/kbfgs",
    over=NETS | {rho: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=SECANT.says()
    | {
        "hidden, K-FAC's rule": refuted(
            equal(SECANT.symbol("hidden"), -c, atol=0.2, because="a rule is a multiple of 1 / 2")
        )
    },
    where=SECANT.where(),
    cites=derived("H_g starts at I"),
    instances=12,
)
def kbfgs(activation, seed_of, c, b_L, rho, off):
    """H_g = I leaves G (A + root)^-1, FOOF's step: the first step needs M^(1, 1, 0) of FOOF, and
    only along learned pairs K-FAC's M^0. H_0 ~ M would be K-FAC's; the code has H_0 = I. The
    refuted part is K-FAC's rule for the hidden layer, which two factors suggest.

    lambda goes as M^2 where A goes as M, since it is its root that is added."""
    found = cases(activation, seed_of, c, b_L, off, biases=False)
    return SECANT.of([KBFGS(1.0, x) for x in rho], found, "damping", "damping")
