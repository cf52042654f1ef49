"""Maximal update: the exponents of rates, measured on one step of networks.

A rule is maximal where every layer moves its features by an amount of order 1 in the width M. That
of a rate eta M^-c is a slope in log M, which one step of networks at two widths shows;
lab.theory.mup derives it, and what is printed here is the derived power with the signs of the
measurement.

Sizes at muP's start: |x| and d are of order 1, |h_l|^2 ~ M, and for l below the head the output
gradient J_l has entries M^-b_L, |J_l|^2 ~ M^(1 - 2 b_L), at the head 1. With n examples as columns
of H and Z, dW h = Z (Z^T Z + rho_B)^-e_B X (H^T H + rho_A)^-e_A H^T h, all inner matrices n x n:
powers of the two Gram matrices, of Z and of H^T h add up to

    input  -b_L - e_B (1 - 2 b_L)     hidden  that + 1 - e_A     output  1 - e_A

and muP's rate M^-c takes them to 0 at b_L = 1: c = (e_B - 1, e_B - e_A, 1 - e_A).
"""

from __future__ import annotations

from lab.claims import (
    between,
    choice,
    claim,
    derived,
    equal,
    exponent,
    identity,
    integers,
    refuted,
    stated_by,
)
from lab.claims.formulas import one_by_one
from lab.claims.layers.mup import FAMILY, PAPER, b_L, e_A, e_B
from lab.claims.width.measured import (
    LAYERS,
    MOVES,
    NETWORKS,
    activation,
    bias,
    c,
    each_of,
    first,
    hidden,
    last_bias,
    logits,
    measured,
    output,
    seed_of,
    three,
)
from lab.claims.width.networks import FINITE, NEAR, Sizes
from lab.optimizers import Adam, Shampoo
from lab.optimizers.matrix.thin import ThinKronecker
from lab.theory.mup import exponents, logit_power, moves

TP5 = stated_by("Yang & Hu 2021; Yang et al. 2022")
# a sign scatters less than what it is taken of
FEWER = Sizes(starts=96)
OURS = derived("|delta_l|^2 ~ M^(1 - 2 b_L), |h_l|^2 ~ M, and (Z Z^T + r)^-e Z = Z (Z^T Z + r)^-e")


@claim(
    "mup/sgd",
    over=NETWORKS,
    says=three(-1 - c, -c, 1 - c),
    where=MOVES,
    cites=TP5,
    instances=4,
)
def sgd(activation, seed_of, c):
    """(e_A, e_B) = (0, 0). dW_l = delta h^T: |delta| h^T h. In the input layer h^T h = |x|^2 ~ 1
    and delta has entries 1 / M: -1. In the hidden one h^T h ~ M undoes that: 0. At the head delta ~
    1 and h^T h ~ M: 1.

    Layers need c = -1, 0 and 1: no single rate moves all of them. Space: tanh and linear networks
    of two hidden layers, two orthogonal examples, any c in [-1, 1], which only shifts the slope."""
    return each_of(activation, seed_of, ThinKronecker(1.0, 0.1, 0.0, 0.0), c)


@claim(
    "mup/kfac",
    over=NETWORKS,
    says=three(-c, -c, -c),
    where=MOVES,
    cites=PAPER,
    instances=4,
)
def kfac(activation, seed_of, c):
    """(e_A, e_B) = (1, 1): A^-1 takes h^T h from M to 1, B^-1 takes delta to J / |J|^2, of entries
    1. Both sides are normalised, and c = 0 in every layer: one rate for all, as no other pair of
    exponents has it. SP's rates and the lazy ones are 0, too: for K-FAC the tables differ in b_L
    alone.

    Needs dampings that go with the factors, here a tenth of their traces; a constant one gives
    another rule (mup-damping). Hidden widths have to be in fixed proportion: with widths N_l and
    N_(L-1) apart the rate of layer l is sqrt(N_l / N_(L-1))."""
    return each_of(activation, seed_of, ThinKronecker(1.0, 0.1), c)


@claim(
    "mup/foof",
    over=NETWORKS,
    says=three(-1 - c, -1 - c, -c),
    where=MOVES,
    cites=OURS,
    instances=4,
)
def foof(activation, seed_of, c):
    """(e_A, e_B) = (1, 0): the inputs alone are normalised, h^T A^-1 h ~ 1, and the output layer's
    c is 0 while inner ones keep the entries 1 / M of delta: c = (-1, -1, 0)."""
    return each_of(activation, seed_of, ThinKronecker(1.0, 0.1, 1.0, 0.0), c)


@claim(
    "mup/gnt",
    over=NETWORKS,
    says=three(-c, 1 - c, 1 - c),
    where=MOVES,
    cites=OURS,
    instances=4,
)
def gnt(activation, seed_of, c):
    """(e_A, e_B) = (0, 1): the errors alone are normalised, and layers with M inputs keep h^T h ~
    M: c = (0, 1, 1), those of signs."""
    return each_of(activation, seed_of, ThinKronecker(1.0, 0.1, 0.0, 1.0), c)


@claim(
    "mup/adam",
    over=NETWORKS,
    says=three(-c, 1 - c, 1 - c),
    where=MOVES,
    cites=TP5,
    instances=4,
)
def adam(activation, seed_of, c):
    """Entries of size 1 in every layer, of the sign of delta h^T: dW h is a sum of fan_in aligned
    terms, of order 1 for d inputs and M for M. eps is far below the gradients, which are of order 1
    / M.

    A step of Adam from v = 0 is a sign: the statement is on all sign-like methods. Both moments are
    debiased, and one step has no memory."""
    return each_of(activation, seed_of, Adam(1.0, eps=1e-12), c, FEWER)


@claim(
    "mup/general-exponents",
    over={
        activation: choice("tanh", "linear"),
        seed_of: integers(0, 99),
        # the last ones vary first: eight instances are all ends of the three exponents
        e_A: between(0, 1),
        e_B: between(0, 1),
        b_L: between(0.5, 1.5),
    },
    says={
        "input": exponent(first, (b_L - 1) * (2 * e_B - 1) + e_B - 1, tol=NEAR, because=FINITE),
        "hidden": exponent(hidden, (b_L - 1) * (2 * e_B - 1) + e_B - e_A, tol=NEAR, because=FINITE),
        "output": exponent(output, 1 - e_A, tol=NEAR, because=FINITE),
        "logits": exponent(logits, 2 * (b_L - 1) * (e_B - 1) + e_B - e_A, tol=NEAR, because=FINITE),
        "derived": identity(logit_power(exponents(FAMILY, b_L=b_L)), 2 * (b_L - 1) * (e_B - 1)),
        "derived features": identity(
            moves(exponents(FAMILY, b_L=b_L))["hidden"], (b_L - 1) * (2 * e_B - 1)
        ),
    },
    where=MOVES | {logits: "of RMS(J_2^T dW_2 h_1)"},
    cites=OURS,
    instances=8,
)
def general_exponents(e_A, e_B, b_L, activation, seed_of):
    """The rate does not scale here: muP's c is what stands beside the terms in b_L.

    From the module's table with any b_L: |delta|^2 ~ M^(1 - 2 b_L) to the power 1/2 - e_B, |h|^2 ~
    M to the power 1 - e_A. Less muP's c that is (b_L - 1)(2 e_B - 1) below the head, 0 for e_B =
    1/2 alone. The logits are W_L times what the hidden layer moves, aligned with it, a sum of M
    terms of size M^-b_L: 1 - b_L more, 2 (b_L - 1)(e_B - 1), 0 for e_B = 1.

    With NTK's head, b_L = 1/2, and muP's rates: SGD's features go as M^(1/2) and its logits as M,
    they explode; Shampoo's features are right and its logits go as M^(1/2); K-FAC's features freeze
    as M^(-1/2), and its logits don't tell.

    Space: all powers between SGD (0, 0) and K-FAC (1, 1), heads from NTK's 1/2 to 3/2, on both
    sides of muP's 1. The two identities are the same formulas out of lab.theory.mup, without a
    network."""

    def one(*point):
        """Slopes of the three layers and of the logits at one point."""
        a, b, head, seed = point
        found = measured(ThinKronecker(1.0, 0.1, a, b), activation, seed, head)
        return [found[name] for name in (*LAYERS, logits)]

    rows = one_by_one(one, e_A, e_B, b_L, seed_of)
    return dict(zip((*LAYERS, logits), rows.T, strict=True))


# dense roots cost the cube of the width
NARROW = Sizes((32, 128), 96)
FEW = "96 starts at 32, 24 at 128: |G| does not enter, three times the scatter of 0.011"


@claim(
    "mup/shampoo",
    over=NETWORKS,
    says=three(-(1 + 2 * c) / 2, -c, (1 - 2 * c) / 2, because=FEW),
    where=MOVES,
    cites=PAPER,
    instances=4,
)
def shampoo_step(activation, seed_of, c):
    """(L, R to the power -1/4): the polar factor of G. Its singular values are 1, so that |dW h| =
    |h| for h in its row space, which features of the batch are: RMS(dW h) = sqrt(fan_in / fan_out).
    That is M^(-1/2), 1 and M^(1/2). Damping is far below the least singular value squared; |G| does
    not enter.

    Widths 32 and 128 only, because roots of M x M matrices cost M^3."""
    return each_of(activation, seed_of, Shampoo(1.0, damping=1e-12), c, NARROW)


@claim(
    "mup/bias-column",
    over={
        # at 1 both rules are one
        e_B: between(0, 0.75),
        activation: choice("tanh", "linear"),
        seed_of: integers(0, 99),
    },
    says={
        "as printed": refuted(equal(last_bias, 0 * e_B, atol=0.2, because=FINITE)),
        "what it does": equal(last_bias, 1 - e_B, atol=0.02, because="delta_L does not see M"),
        "hidden biases": exponent(bias, e_B - 1, tol=NEAR, because=FINITE),
    },
    where={
        last_bias: "slope in M of the output bias's step at the rate of the column 'input weights"
        " and all biases', M^(1 - e_B)",
        bias: "that of the first hidden layer's bias, at a rate that does not scale",
    },
    cites=PAPER,
    instances=4,
)
def bias_column(e_B, activation, seed_of):
    """A bias is a weight with the input 1: in hidden layers it moves as the input layer does, e_B -
    1. At the output delta_L and B_L are of order 1, so that the output bias needs c = 0 whatever
    e_B. Printed as "input weights and all biases" it gets c = e_B - 1, and grows as M^(1 - e_B): by
    M for SGD, and not at all for K-FAC, where the misprint does not show. (In Tensor Programs'
    form, by fan-out, the label is right.)

    Space: e_B up to 3/4, because at 1 both rules are one."""

    def one(b, seed):
        """The output bias at its printed rate, and the hidden bias."""
        found = measured(ThinKronecker(1.0, 0.1, 1.0, b), activation, seed)
        # the rate M^(1 - e_B) as printed: the step is in proportion to it
        return [found[last_bias] + 1 - b, found[bias]]

    rows = one_by_one(one, e_B, seed_of)
    return {last_bias: rows[:, 0], bias: rows[:, 1]}
