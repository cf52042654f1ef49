"""Maximal update: the exponents of rates, derived.

abc form: W_l = w_l / M^a_l, w_l of size M^-b_l, rate eta / M^c_l, M the width. A rule is written as
powers of what it multiplies: dW_l = -M^(-2 a_l - c_l) (B + r)^-e_B delta h^T (A + r)^-e_A for the
Kronecker family, A = E h h^T and B = E J J^T, with damping r of the size of its factor. (e_A, e_B)
is (0, 0) for SGD, (1, 1) for K-FAC, (1, 0) for FOOF, (1/2, 1/2) for Shampoo.

The exponents are added up by lab.theory.mup from the sizes at initialisation, |h|^2 = M, delta =
M^-b_L entry by entry below the output, and compared with the printed ones: Ishikawa & Karakida
2024, Table 1 and section 4.1. What they print for equal widths and one output is theirs; unequal
widths, and Shampoo's shift from gradients of w, are derived here.
"""

from __future__ import annotations

from typing import Any

from lab.claims import between, claim, derived, identity, stated_by, symbols
from lab.theory.mup import (
    conditions,
    entrywise,
    exponents,
    kronecker,
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

# one derivation with symbols as exponents: all members of the family at once
FAMILY = kronecker(e_A, e_B)
TABLE = exponents(FAMILY)
NEEDED = conditions(FAMILY, {"input": a_1, "hidden": a_l, "output": a_L})
AT_HEAD = {symbol("b", "output"): b_L}
RATES = {symbol("c", "input"): c_1, symbol("c", "hidden"): c_l, symbol("c", "output"): c_L}


def printed(name: str) -> Any:
    """A condition that was derived, in the letters of the paper: with the opposite sign, as it
    prints powers of 1 / M."""
    # the paper prints exponents of 1 / M, and calls the head's b and the rates by layer
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
    powers of |delta|, |J| and |h| add up. By the push-through identity g(Z Z^T) Z = Z g(Z^T Z) each
    factor acts on a Gram matrix of a fixed number of examples, Z^T Z ~ |J|^2 and H^T H ~ |h|^2, so
    the exponents are

        input   -c_1 - b_L - e_B (1 - 2 b_L)
        hidden  -c_l - b_L - e_B (1 - 2 b_L) + 1 - e_A
        output  -c_L + 1 - e_A

    at a = 0; a layer's own a adds -2 a, and b_L stands for a_L + b_L. All 0 at b_L = 1 is the
    table. That the moved features reach the output, W_L du ~ M^(1 - a_L - b_L), a sum of M aligned
    terms, is what asks for b_L = 1: condition 4.

    The same samples in the gradient and in the factors, and damping of their size, are assumed by
    the identity; biases of the output need c = 0 whatever e, where the printed column has e_B - 1.
    """
    return {}


def moved_by(rule) -> Any:
    """What a becomes a + k does to the exponent of the update: c + this undoes it. As initial
    values keep their size, b becomes b - k."""
    # rate 0 in both: what is left is the change
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
    """W = w / M^a is the same for (a + k, b - k). Its update is M^-a times that of w, and dLoss/dw
    = M^-a dLoss/dW: a step that is linear in the gradient and whose statistics are those of delta
    and h needs (k, -k, -2 k) to train the same function.

    From gradients of w, L and R fall as M^-2k, to the power -e / 2 each: they give back 2 e k, and
    the shift is -2 (1 - e) k. Adam divides the whole factor out, which leaves -k. The published (k,
    -k, -2 k) is for statistics of delta and h; code that takes Gram matrices of gradients needs the
    other. "repaired" is the rate of the table with that shift.
    """
    return {}


def needed(rule, role) -> Any:
    """The power of M of the rate of a layer among unequal widths M^n_in, M^n_out and, of the last
    hidden layer, M^n_last."""
    return rate_power(rule, role).subs(dict(zip(UNEQUAL, (n_in, n_out, n_last), strict=True)))


WEIGHTS = ("input", "hidden", "output")


@claim(
    "mup/kfac-needs-no-rate-scaling",
    over={e: between(0, 1)},
    says={
        "unique": identity(
            sum(exponents("shampoo", e=e).rows[role].c ** 2 for role in WEIGHTS), 2 * (1 - e) ** 2
        ),
    },
    where={e: "e_A = e_B"},
    cites=PAPER,
)
def kfac_needs_no_rate_scaling():
    """Of all e_A = e_B = e, e = 1 alone scales no rate of a weight at equal widths: the exponents
    of the table are e - 1 for the input, 0 for hidden layers and 1 - e for the output, and their
    squares add up to 2 (1 - e)^2.

    Biases are left out: the printed column gives the output's one e - 1 where 0 is needed. Unequal
    widths, which the paper does not treat, are in mup/unequal-widths.
    """
    return {}


@claim(
    "mup/unequal-widths",
    over={n_in: between(0.5, 2), n_out: between(0.5, 2), n_last: between(0.5, 2)},
    says={
        "input": identity(needed(kronecker(1, 1), "input"), (n_out - n_last) / 2),
        "hidden": identity(needed(kronecker(1, 1), "hidden"), (n_out - n_last) / 2),
        "SGD": identity(needed(kronecker(0, 0), "hidden"), (n_out + n_last) / 2 - n_in),
    },
    cites=derived("|delta_l|^2 = 1 / N_last below the output, for every l"),
)
def unequal_widths():
    """Widths M^n of a layer's inputs, outputs and of the last hidden layer. |delta_l|^2 = 1 /
    N_last below the output for every l, so that the rate is N_out^(1/2) N_last^(1/2 - e_B)
    N_in^(e_A - 1): for K-FAC (N_out / N_last)^(1/2), which needs no scaling exactly where widths
    are in fixed proportion; for SGD sqrt(N_out N_last) / N_in.
    """
    return {}
