"""Sizes at the start of training, as powers of the width M: what the rules of `rules` count with.

A network of L layers u_l = W_l h_(l-1), h_l = phi(u_l), W_l = M^-a_l w_l with w_l ~ N(0, M^-2 b_l),
hidden widths proportional to M, inputs, outputs and examples fixed in number. Derived by counting:
h_l has entries of order 1 (input data: a norm of order 1), J_l = du_L / du_l has entries of the
size of W_L for every l < L, and delta_l = J_l times the derivative of the loss, of order 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sympy import Integer, Rational, Symbol

from lab.checks import one_of
from lab.domains import several
from lab.theory.mup.arguments import power_of_width

HALF = Rational(1, 2)

# a power of M: a SymPy expression, exact and possibly with symbols
Power = Any


class Scales(NamedTuple):
    """What one block sees, each entry the x of a size M^x.

    fan_in, fan_out: the numbers of inputs and outputs; h: |h_(l-1)|, a bias has the input 1;
    beside: |h_(l-1)| of a bias too, the inputs of the weights beside it; jac: |J_l|; delta: |dLoss
    / du_l|; weight: |W_l|_F, None for a bias, which starts at 0; a: W_l = M^-a w_l, of which the
    method sees w_l.
    """

    fan_in: Power
    fan_out: Power
    h: Power
    beside: Power
    jac: Power
    delta: Power
    weight: Power | None
    a: Power


# what a width is to a layer: its fan-in, its fan-out, and the last hidden one, which sets |W_L|
EQUAL = (Integer(1), Integer(1), Integer(1))
UNEQUAL = (Symbol("n_in"), Symbol("n_out"), Symbol("n_last"))

PLACES = ("input", "hidden", "output")
ROLES = (*PLACES, "input bias", "hidden bias", "output bias")


def scales(
    role: str,
    head: Power = Integer(1),
    a: Power = Integer(0),
    widths: tuple[Power, Power, Power] = EQUAL,
) -> Scales:
    """The sizes that a block of this role sees; head = a_L + b_L, so W_L has entries M^-head.

    role: "input", "hidden", "output": weights by the place of their layer; "input bias", "hidden
    bias", "output bias": the biases of these layers.
    widths: powers of M of a layer's fan-in, of its fan-out and of the last hidden layer; UNEQUAL
    keeps them apart. ValueError for another role.
    """
    one_of("role", role, ROLES)
    head = power_of_width("head", head)
    a = power_of_width("a", a)
    given = [power_of_width("widths", width) for width in several("widths", widths)]
    if len(given) != len(EQUAL):
        raise ValueError(f"widths has {len(given)} powers: must have {len(EQUAL)}")
    width_in, width_out, last = given

    place, _, bias = role.partition(" ")
    at_the_head = place == "output"
    inputs = Integer(0) if place == "input" else width_in
    fan_in = Integer(0) if bias else inputs
    fan_out = Integer(0) if at_the_head else width_out
    jac = Integer(0) if at_the_head else last * (HALF - head)

    # entries of W: M^(-fan_in / 2) where the features are of order 1, M^-head at the head
    entry = -head * fan_in if at_the_head else -fan_in / 2
    weight = None if bias else (fan_in + fan_out) / 2 + entry
    return Scales(
        fan_in=fan_in,
        fan_out=fan_out,
        h=fan_in / 2,
        beside=inputs / 2,
        jac=jac,
        delta=jac,
        weight=weight,
        a=a,
    )
