"""The exponents of a parameterization, solved for from the conditions that define it.

    W_l = M^-a_l w_l,  w_l ~ N(0, sigma^2 M^-2 b_l),  rate of w_l: eta M^-c_l,  damping: rho M^-d_l

maximal update ("muP"): RMS(dW_l h_(l-1)) = Theta(1) for every l, and W_L du_(L-1) = Theta(1).
"lazy": every layer changes the output by Theta(1), from outputs of order 1, b_L = 1/2; the features
then stand still. "SP": b_L = 1/2 and c = 0. In all three the features are of order 1 at the start.
The four conditions of muP (Ishikawa & Karakida 2024, section 4.1) are those of `conditions`. Their
first column is headed "all biases"; what is derived here has 0 for the output bias. Both are about
biases with a block of their own; one that is a column of its weights (`rules.joined`: the lab's
K-FAC, E-KFAC, K-BFGS) needs a rate M times that of its weights where the layer has M inputs.

For the Kronecker family in muP, a = 0 and b = (0, 1/2, 1) they give
    c = (e_B - 1, e_B - e_A, 1 - e_A)         input, hidden, output
that is (-1, 0, 1) for SGD, (-1/2, 0, 1/2) for Shampoo, (0, 0, 0) for K-FAC, (-1, -1, 0) for FOOF.
d is minus the power of M of what is damped: a valid damping keeps its share of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from sympy import Expr, Integer, Symbol, expand, solve

from lab.checks import of_kind, one_of
from lab.theory.mup.arguments import power_of_width, shifts
from lab.theory.mup.named import RULES
from lab.theory.mup.rules import Rule, kronecker, shampoo
from lab.theory.mup.scales import EQUAL, HALF, PLACES, ROLES, Power, scales

PARAMETERIZATIONS = ("SP", "lazy", "muP")


class Exponents(NamedTuple):
    """a, b, c of one role, and d of each of its dampings: rho M^-d."""

    a: Power
    b: Power
    c: Power
    d: Mapping[str, Power]


class Table(NamedTuple):
    """rows: role -> Exponents; rule: whose they are."""

    rule: Rule
    rows: Mapping[str, Exponents]

    @property
    def head(self) -> Power:
        """a_L + b_L: the entries of W_L are M^-head."""
        last = self.rows["output"]
        return last.a + last.b


def symbol(
    name: str,
    role: str,
) -> Symbol:
    """The unknown b or c of a role."""
    return Symbol(f"{name}_{role.replace(' ', '_')}")


def update(
    rule: Rule,
    role: str,
    c: Power,
    *,
    head: Power = Integer(1),
    a: Power = Integer(0),
    widths: tuple[Power, Power, Power] = EQUAL,
) -> Expr:
    """x of RMS(dW_l h_(l-1)) ~ M^x, dW_l the first step:  -a - c + |dw|_F + (fan_in - fan_out)/2

    For a bias that of db_l, its input being a 1. head = a_L + b_L; widths as in `scales`.
    """
    of_kind("rule", rule, Rule)
    c = power_of_width("c", c)
    s = scales(role, head, a, widths)
    return expand(-s.a - c + rule.size(s) + (s.fan_in - s.fan_out) / 2)


def conditions(
    rule: Rule,
    a: Mapping[str, Power] | None = None,
) -> dict[str, Expr]:
    """What must be 0 in muP, in the unknowns b and c of every role: with a kept, 0 where not given.

    "input", "hidden", "output", and the biases: the update of the role is of order 1; "head": the
    moved features reach the output, W_L du_(L-1) = M^(1 - a_L - b_L); "start input", "start
    hidden": the features are of order 1.
    """
    of_kind("rule", rule, Rule)
    a = shifts("a", a, ROLES)
    head = a["output"] + symbol("b", "output")
    found = {}
    for role in ROLES:
        found[role] = update(rule, role, symbol("c", role), head=head, a=a[role])
    found["head"] = 1 - head
    found["start input"] = a["input"] + symbol("b", "input")
    found["start hidden"] = a["hidden"] + symbol("b", "hidden") - HALF
    return found


def _lazy_conditions(rule, a):
    """As `conditions`, with the change of the output, |J_l| |dW_l h_(l-1)|, in place of that of
    the features, and f = W_L h = Theta(1): a sum of M independent terms."""
    found = conditions(rule, a)
    head = a["output"] + symbol("b", "output")
    for role in ROLES:
        s = scales(role, head, a[role])
        found[role] = expand(found[role] + s.jac + s.fan_out / 2)
    found["head"] = HALF - head
    return found


def exponents(
    method: str | Rule,
    parameterization: str = "muP",
    *,
    e_A: Power | None = None,
    e_B: Power | None = None,
    e: Power | None = None,
    b_L: Power | None = None,
    a: Mapping[str, Power] | None = None,
) -> Table:
    """The exponents of every role: those of the inputs' layer, a hidden one, the output's, biases.

    method: a name of RULES, "kronecker" with e_A and e_B, "shampoo" with e, or a Rule of one's own.
    b_L: another initial scale of the head, at the rates of the parameterization; valid dampings
    follow it. a: role -> a_l, 0 where not given. Numbers or SymPy symbols. ValueError for an
    unknown method, parameterization, or a role of `a`; TypeError for exponents that the method has
    not. exponents("kronecker", e_A=1, e_B=0) is FOOF's table; rows["input"].c is its -1.
    """
    rule = rule_of(method, e_A=e_A, e_B=e_B, e=e)
    one_of("parameterization", parameterization, PARAMETERIZATIONS)
    kept = shifts("a", a, ROLES)

    solved = _solved(rule, parameterization, kept)
    if b_L is not None:
        solved[symbol("b", "output")] = power_of_width("b_L", b_L) - kept["output"]
    return _table(rule, solved, kept)


def _solved(
    rule,
    parameterization,
    a,
) -> dict[Symbol, Expr]:
    """Every b and c. The system is linear and triangular (b first, then each c): one solution."""
    needed = conditions(rule, a) if parameterization == "muP" else _lazy_conditions(rule, a)
    rates = {symbol("c", role) for role in ROLES}
    scales_of = {symbol("b", place) for place in PLACES}
    # its scales are those of "lazy", and its rates are 0 by definition, not by a condition
    if parameterization == "SP":
        needed = {name: needed[name] for name in ("head", "start input", "start hidden")}
        found = _solution(tuple(needed.values()), frozenset(scales_of))
        return dict(found) | dict.fromkeys(rates, Integer(0))
    return dict(_solution(tuple(needed.values()), frozenset(rates | scales_of)))


# a solve takes 20 ms, all else 1: two rules with the same conditions share it. Powers may be any
# numbers, so that the memory of them is bounded
@lru_cache(maxsize=1024)
def _solution(
    needed: tuple[Expr, ...],
    unknowns: frozenset[Symbol],
) -> Mapping[Symbol, Expr]:
    """unknown -> value; ValueError unless there is exactly one solution.

    Shared between calls: copy it before it is changed.
    """
    # sorted, so that SymPy sees the same system in every process
    solutions = solve(list(needed), sorted(unknowns, key=str), dict=True)
    if len(solutions) != 1:
        raise ValueError(f"the conditions have {len(solutions)} solutions: the rule is not one")
    return solutions[0]


def _table(
    rule,
    solved,
    a,
) -> Table:
    """The rows of all roles, with the dampings that are valid at this head."""
    head = a["output"] + solved[symbol("b", "output")]
    rows = {}
    for role in ROLES:
        s = scales(role, head, a[role])
        damping = {name: expand(-size(s)) for name, size in rule.damped.items()}
        b = solved.get(symbol("b", role), Integer(0))
        rows[role] = Exponents(a[role], b, solved[symbol("c", role)], damping)
    return Table(rule, rows)


def rule_of(
    method: str | Rule,
    *,
    e_A: Power | None = None,
    e_B: Power | None = None,
    e: Power | None = None,
) -> Rule:
    """The rule of a method: see `exponents`."""
    if isinstance(method, Rule):
        return method
    if isinstance(method, str) and method == "kronecker":
        if e_A is None or e_B is None:
            raise TypeError("kronecker needs e_A and e_B")
        return kronecker(e_A, e_B)
    if isinstance(method, str) and method == "shampoo":
        return shampoo(HALF if e is None else e)
    one_of("method", method, ["kronecker", "shampoo", *RULES])
    if (e_A, e_B, e) != (None, None, None):
        raise TypeError(f"{method} has no exponents to set: use kronecker or shampoo")
    return RULES[method]
