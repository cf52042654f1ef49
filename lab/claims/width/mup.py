"""Maximal update: the exponents of rates, derived, and measured on one step of networks."""

from __future__ import annotations

from typing import Any

from lab.claims import (
    between,
    choice,
    claim,
    derived,
    equal,
    identity,
    integers,
    refuted,
    stated_by,
    symbols,
)
from lab.claims.formulas import one_by_one
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
from lab.claims.width.networks import FINITE, Sizes
from lab.optimizers import Adam, Shampoo
from lab.optimizers.matrix.thin import ThinKronecker
from lab.theory.mup import (
    conditions,
    entrywise,
    exponents,
    kronecker,
    logit_power,
    moves,
    rate_power,
    shampoo,
    shifted,
    update,
)
from lab.theory.mup.scales import UNEQUAL
from lab.theory.mup.tables import symbol

e_A, e_B, e, b_L, k = symbols("e_A e_B e b_L k")
a_1, a_l, a_L, c_1, c_l, c_L = symbols("a_1 a_l a_L c_1 c_l c_L")
n_in, n_out, n_last = symbols("n_in n_out n_last")

PAPER = stated_by("Ishikawa & Karakida 2024, Table 1 and section 4.1")
TP5 = stated_by("Yang & Hu 2021; Yang et al. 2022")
OURS = derived("|delta_l|^2 ~ M^(1 - 2 b_L), |h_l|^2 ~ M, and (Z Z^T + r)^-e Z = Z (Z^T Z + r)^-e")

FAMILY = kronecker(e_A, e_B)
TABLE = exponents(FAMILY)
NEEDED = conditions(FAMILY, {"input": a_1, "hidden": a_l, "output": a_L})
AT_HEAD = {symbol("b", "output"): b_L}
RATES = {symbol("c", "input"): c_1, symbol("c", "hidden"): c_l, symbol("c", "output"): c_L}


def printed(name: str) -> Any:
    """A condition that was derived, in the letters of the paper."""
    return -NEEDED[name].xreplace(AT_HEAD | RATES)


@claim(
    "mup/symbolic-table",
    over={e_A: between(0, 1), e_B: between(0, 1)},
    says={
        "input": identity(TABLE.rows["input"].c, e_B - 1),
        "hidden": identity(TABLE.rows["hidden"].c, e_B - e_A),
        "output": identity(TABLE.rows["output"].c, 1 - e_A),
        "condition 1": identity(
            printed("input"), 2 * a_1 + c_1 + e_B - (2 * e_B - 1) * (a_L + b_L)
        ),
        "condition 2": identity(
            printed("hidden"), 2 * a_l + c_l + e_A + e_B - 1 - (2 * e_B - 1) * (a_L + b_L)
        ),
        "condition 3": identity(printed("output"), 2 * a_L + c_L + e_A - 1),
        "condition 4": identity(printed("head"), a_L + b_L - 1),
    },
    where={
        a_1: "a of the first layer",
        a_l: "of a hidden one",
        a_L: "of the last one",
        c_1: "c of the first layer",
        c_l: "of a hidden one",
        c_L: "of the last one",
        b_L: "b of the last layer",
    },
    cites=PAPER,
)
def symbolic_table():
    """RMS(dW_l h) ~ M^0 with dW_l = M^(-2 a_l - c_l) (B + r)^-e_B delta h^T (A + r)^-e_A: the
    powers of |delta|, |J| and |h| add up. W_L du ~ M^(1 - a_L - b_L), a sum of M aligned terms."""
    return {}


def moved_by(rule) -> Any:
    """What a becomes a + k does to the exponent of the update: c + this undoes it."""
    return update(rule, "hidden", 0, a=k) - update(rule, "hidden", 0)


@claim(
    "mup/shift-invariance",
    over={e: between(0, 1), k: between(-1, 1)},
    says={
        "statistics of W": identity(moved_by(shampoo(e, "W")), -2 * k),
        "statistics of w": identity(moved_by(shampoo(e)), -2 * (1 - e) * k),
        "Adam": identity(moved_by(entrywise(0)), -k),
        "repaired": identity(
            shifted(TABLE.rows["hidden"], k, 1 - 2 * e).c, e_B - e_A - 2 * (1 - e) * k
        ),
    },
    where={e_A: "that of the table", e_B: "that of the table"},
    cites=derived("dLoss/dw = M^-a dLoss/dW enters L and R squared; Ishikawa & Karakida 2024, 4.1"),
)
def shift_invariance():
    """(a, b, c) + (k, -k, -2 k) trains the same function where L and R are those of delta and h.
    From gradients of w, L and R fall as M^-2k, to the power -e / 2 each."""
    return {}


def needed(rule, role) -> Any:
    """The rate of a layer among unequal widths."""
    return rate_power(rule, role).subs(dict(zip(UNEQUAL, (n_in, n_out, n_last), strict=True)))


@claim(
    "mup/kfac-needs-no-rate-scaling",
    over={n_in: between(0.5, 2), n_out: between(0.5, 2), n_last: between(0.5, 2)},
    says={
        "input": identity(needed(kronecker(1, 1), "input"), (n_out - n_last) / 2),
        "hidden": identity(needed(kronecker(1, 1), "hidden"), (n_out - n_last) / 2),
        "SGD": identity(needed(kronecker(0, 0), "hidden"), (n_out + n_last) / 2 - n_in),
        "unique": identity(
            sum(row.c**2 for row in exponents("shampoo", e=e).rows.values()), 3 * (1 - e) ** 2
        ),
    },
    where={e: "e_A = e_B"},
    cites=PAPER,
)
def kfac_needs_no_rate_scaling():
    """Widths M^n of a layer's inputs, outputs and of the last hidden layer: 0 for K-FAC exactly
    where they are in fixed proportion. Of all e_A = e_B, e = 1 alone scales no rate."""
    return {}


@claim(
    "mup/sgd",
    over=NETWORKS,
    says=three(-1 - c, -c, 1 - c),
    where=MOVES,
    cites=TP5,
    instances=6,
)
def sgd(activation, seed_of, c):
    """dW_l = delta h^T: |h|^2 / sqrt(M) |delta| with |h|^2 ~ M, |delta| ~ M^(-1/2) inside."""
    return each_of(activation, seed_of, ThinKronecker(1.0, 0.1, 0.0, 0.0), c)


@claim(
    "mup/kfac",
    over=NETWORKS,
    says=three(-c, -c, -c),
    where=MOVES,
    cites=PAPER,
    instances=6,
)
def kfac(activation, seed_of, c):
    """A^-1 takes h^T h from M to 1, B^-1 takes delta to J / |J|^2: both sides are normalised."""
    return each_of(activation, seed_of, ThinKronecker(1.0, 0.1), c)


@claim(
    "mup/foof",
    over=NETWORKS,
    says=three(-1 - c, -1 - c, -c),
    where=MOVES,
    cites=OURS,
    instances=6,
)
def foof(activation, seed_of, c):
    """(e_A, e_B) = (1, 0)."""
    return each_of(activation, seed_of, ThinKronecker(1.0, 0.1, 1.0, 0.0), c)


@claim(
    "mup/gnt",
    over=NETWORKS,
    says=three(-c, 1 - c, 1 - c),
    where=MOVES,
    cites=OURS,
    instances=6,
)
def gnt(activation, seed_of, c):
    """(e_A, e_B) = (0, 1)."""
    return each_of(activation, seed_of, ThinKronecker(1.0, 0.1, 0.0, 1.0), c)


@claim(
    "mup/adam",
    over=NETWORKS,
    says=three(-c, 1 - c, 1 - c),
    where=MOVES,
    cites=TP5,
    instances=6,
)
def adam(activation, seed_of, c):
    """Entries of size 1 in every layer, of the sign of delta h^T: a sum of fan_in aligned terms.
    eps is far below the gradients, which are of order 1 / M."""
    return each_of(activation, seed_of, Adam(1.0, eps=1e-12), c)


@claim(
    "mup/general-exponents",
    over={
        e_A: between(0, 1),
        e_B: between(0, 1),
        b_L: between(0.5, 1.5),
        activation: choice("tanh", "linear"),
        seed_of: integers(0, 99),
    },
    says={
        "input": equal(first, (b_L - 1) * (2 * e_B - 1) + e_B - 1, atol=0.1, because=FINITE),
        "hidden": equal(hidden, (b_L - 1) * (2 * e_B - 1) + e_B - e_A, atol=0.1, because=FINITE),
        "output": equal(output, 1 - e_A, atol=0.1, because=FINITE),
        "logits": equal(logits, 2 * (b_L - 1) * (e_B - 1) + e_B - e_A, atol=0.1, because=FINITE),
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
    """The rate does not scale here: muP's c is what stands beside the terms in b_L."""

    def one(*point):
        a, b, head, seed = point
        found = measured(ThinKronecker(1.0, 0.1, a, b), activation, seed, head)
        return [found[name] for name in (*LAYERS, logits)]

    rows = one_by_one(one, e_A, e_B, b_L, seed_of)
    return dict(zip((*LAYERS, logits), rows.T, strict=True))


# dense roots cost the cube of the width; a polar factor scatters less
NARROW = Sizes((32, 64, 128), 6)


@claim(
    "mup/shampoo",
    over=NETWORKS,
    says=three(-(1 + 2 * c) / 2, -c, (1 - 2 * c) / 2),
    where=MOVES,
    cites=PAPER,
    instances=6,
)
def shampoo_step(activation, seed_of, c):
    """The polar factor of G has the norm 1; aligned, it moves the features of fan_out units by
    sqrt(fan_in / fan_out). Damping is far below the least singular value squared."""
    return each_of(activation, seed_of, Shampoo(1.0, damping=1e-12), c, NARROW)


@claim(
    "mup/bias-column",
    over={
        e_B: between(0, 0.75),
        activation: choice("tanh", "linear"),
        seed_of: integers(0, 99),
    },
    says={
        "as printed": refuted(equal(last_bias, 0 * e_B, atol=0.2, because=FINITE)),
        "what it does": equal(last_bias, 1 - e_B, atol=0.02, because="delta_L does not see M"),
        "hidden biases": equal(bias, e_B - 1, atol=0.1, because=FINITE),
    },
    where={
        last_bias: "slope in M of the output bias's step at the rate of the column 'input weights"
        " and all biases', M^(1 - e_B)",
        bias: "that of the first hidden layer's bias, at a rate that does not scale",
    },
    cites=PAPER,
    instances=6,
)
def bias_column(e_B, activation, seed_of):
    """delta_L and B_L are of order 1, so that the output bias needs c = 0 whatever e_B; printed c
    = e_B - 1 lets it grow."""

    def one(b, seed):
        found = measured(ThinKronecker(1.0, 0.1, 1.0, b), activation, seed)
        return [found[last_bias] + 1 - b, found[bias]]

    rows = one_by_one(one, e_B, seed_of)
    return {last_bias: rows[:, 0], bias: rows[:, 1]}
