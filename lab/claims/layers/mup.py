"""Maximal update: the exponents of rates, derived."""

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
