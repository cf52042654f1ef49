"""What a parameterization does in its first step, as powers of M: the prediction of a measurement.

All derived by counting, from the rules and tables; symbols stay symbols.
"""

from __future__ import annotations

from sympy import Expr, Integer, Symbol, expand

from lab.checks import of_kind
from lab.theory.mup.arguments import power_of_width
from lab.theory.mup.rules import Rule, gradient
from lab.theory.mup.scales import PLACES, ROLES, UNEQUAL, Power, scales
from lab.theory.mup.tables import Exponents, Table, update


def moves(table: Table) -> dict[str, Expr]:
    """role -> x of RMS(dW_l h_(l-1)) ~ M^x (of db_l for a bias), one step with valid damping."""
    of_kind("table", table, Table)
    found = {}
    for role in ROLES:
        row = table.rows[role]
        found[role] = update(table.rule, role, row.c, head=table.head, a=row.a)
    return found


def logit_power(table: Table) -> Expr:
    """x of W_L dh_(L-1) ~ M^x: dh is along the rows of W_L, so its M terms add up.

    With muP's rates and another b_L this is 2 (b_L - 1)(e_B - 1) for the Kronecker family, and the
    features move as M^((b_L - 1)(2 e_B - 1)).
    """
    moved = moves(table)["hidden"]
    return expand(1 - table.head + moved)


def gain(
    rule: Rule,
    head: Power = Integer(1),
) -> dict[str, Expr]:
    """place -> x of |step| / |gradient| ~ M^x: the order of the preconditioner.

    For the Kronecker family (e_B (2 b_L - 1), e_B (2 b_L - 1) - e_A, -e_A). Neither tr A nor tr B.
    """
    of_kind("rule", rule, Rule)
    found = {}
    for place in PLACES:
        s = scales(place, head)
        found[place] = expand(rule.size(s) - gradient(s))
    return found


def residual_power(rule: Rule) -> Expr:
    """p of a hidden layer's move ~ s^p, where the residuals of all examples are scaled by s.

    A network held fixed, a head that is not zero, relative damping: 1 for B of output gradients, 1
    - 2 e_B for the empirical one, 1 - 2 e for Shampoo.
    """
    of_kind("rule", rule, Rule)
    # a size of its own, not a power of M: its coefficient is how often it stands in the step
    delta = Symbol("delta")
    s = scales("hidden")._replace(delta=delta)
    return expand(rule.size(s)).coeff(delta)


def kick_power(rule: Rule) -> Expr:
    """p of the hidden move of step 2 ~ eta^p, from a head of zeros, under relative damping.

    After step 1 the head, and with it J and delta, is of size eta, which multiplies step 2 once
    more: 2 (1 - e_B), 2 (1 - e) for Shampoo. 0 for K-FAC: a kick however small the rate.
    """
    of_kind("rule", rule, Rule)
    # both are carried by the head, which is of size eta
    eta = Symbol("eta")
    s = scales("hidden")._replace(delta=eta, jac=eta)
    return 1 + expand(rule.size(s)).coeff(eta)


def rate_power(
    rule: Rule,
    role: str,
) -> Expr:
    """x of the rate M^x that a layer needs in muP, its widths M^n_in, M^n_out, the last M^n_last.

    K-FAC N_l^(1/2) / N_(L-1)^(1/2) in the first layer: no scaling of the rate only where all widths
    are in fixed proportion. e_B = 1/2 alone does not see the last width.
    """
    return -update(rule, role, Integer(0), widths=UNEQUAL)


def shifted(
    row: Exponents,
    k: Power,
    degree: Power = Integer(1),
) -> Exponents:
    """The row (a + k, b - k, c - (1 + degree) k) that trains the same function.

    degree: of the step in the gradients of w that the method sees, statistics included. 1 where
    statistics are those of delta and h (the published (k, -k, -2 k)); 1 - 2 e for Shampoo with
    Gram matrices of w-gradients, 0 for Adam. Relative damping; a fixed one shifts too.
    """
    of_kind("row", row, Exponents)
    k = power_of_width("k", k)
    degree = power_of_width("degree", degree)
    return row._replace(a=row.a + k, b=row.b - k, c=row.c - (1 + degree) * k)


def degree(rule: Rule) -> Expr:
    """The degree of a rule in the gradients of w, see `shifted`."""
    of_kind("rule", rule, Rule)
    a = Symbol("a")
    s = scales("hidden", a=a)
    return -expand(rule.size(s)).coeff(a)
