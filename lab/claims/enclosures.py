"""Relations proved on whole intervals, in ball arithmetic: numbers with a rigorous error bound.

A ball contains the true value whatever was rounded on the way, so that `margin >= 0` for a ball is
a proof for every point of the box it was computed on. What a box does not decide, its halves may.
Balls are those of python-flint (Arb), the extra `rigorous`; nothing else in the lab imports it.

A margin that is 0 somewhere in the box, without a tolerance, is never decided there: however small
the box, its ball reaches below 0. So intervals stop short of where a bound is attained.

The number of boxes grows exponentially with that of symbols, as they are halved one side at a time.
Grade "enclosure" is stronger than any number of instances: it is a proof, up to the arithmetic of a
library.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from lab.claims.proofs import Decision
from lab.claims.statements import AtLeast, AtMost, Equal

INSTALL = "not run: pip install 'precond-lab[rigorous]'"
# 38 digits: boxes are decided by their width, not by the precision of their ends
BITS = 128

Box = Mapping[Any, tuple[float, float]]
Ball = Any


@dataclass(frozen=True)
class Enclosed:
    """relation (equal, at_most, at_least) for every value of the symbols in their intervals.

    intervals: symbol -> (low, high), both ends included; none for a relation between constants.
    pieces: boxes looked at before the relation counts as not enclosed. A relation that is an
    equality somewhere in the box, without a tolerance, is never decided there. Grade "enclosure";
    "search" without the extra, whose absence proves nothing.
    """

    relation: Any
    intervals: Box = field(default_factory=dict)
    pieces: int = 2048

    because = f"ball arithmetic, {BITS} bits"

    @property
    def formula(self):
        return self.relation.formula

    def symbols(self):
        return self.relation.symbols()

    def text(self):
        each = [f"{s} in [{a:g}, {b:g}]" for s, (a, b) in self.intervals.items()]
        where = f"  for {', '.join(each)}" if each else ""
        return f"{self.relation.text()}{where}  enclosed"

    def decide(self, right) -> Decision:
        """Boxes are halved, widest side first, until every margin is decided on each; the decision
        is None without python-flint."""
        try:
            import flint
        except ImportError:
            return Decision(None, INSTALL, "search")
        # a setting of the whole library, which somebody else may have changed
        flint.ctx.prec = BITS
        margins = [Margin(m, flint) for m in margins_of(self.relation, right)]
        waiting, done = [dict(self.intervals)], 0
        while waiting:
            box = waiting.pop()
            done += 1
            signs = [margin.sign(box) for margin in margins]
            if False in signs or done > self.pieces:
                where = {str(s): ends for s, ends in box.items()}
                return Decision(False, f"not enclosed on {where} after {done} boxes", "enclosure")
            if None in signs:
                waiting += _halves(box)
        return Decision(True, f"enclosed on {done} boxes", "enclosure")


def margins_of(relation, right) -> list:
    """The expressions that the relation says are >= 0, with this right side.

    TypeError for a relation that is none of equal, at_most, at_least.
    """
    left = sympy.sympify(relation.left)
    right = sympy.sympify(right)
    if isinstance(relation, AtMost):
        return [right * (1 + _exact(relation.slack)) - left]
    if isinstance(relation, AtLeast):
        return [left - right * (1 - _exact(relation.slack))]
    if isinstance(relation, Equal):
        # asking SymPy for the sign of a nested root takes seconds
        share = sympy.Abs(right) if relation.rtol else 0
        tolerance = _exact(relation.atol) + _exact(relation.rtol) * share
        return [tolerance + left - right, tolerance - left + right]
    raise TypeError(f"enclosed: {type(relation).__name__} is not equal, at_most or at_least")


def _exact(x: float):
    """The number that the float is printed as: 1e-12, not its binary neighbour."""
    return sympy.Rational(repr(x))


class Margin:
    """An expression whose sign is asked for on boxes.

    Two enclosures, either of which may decide: the expression of the balls themselves, which grows
    with every repetition of a symbol, and f(middle) + f'(box) (box - middle), whose error falls
    with the square of the width. The second is left out where SymPy's derivative has no balls.

    Both work on the same box, and the first that decides is believed: each is rigorous.
    """

    def __init__(self, expression, flint):
        self.flint = flint
        self.value = in_balls(expression, flint)
        self.slopes: dict[Any, Callable] = {}
        for s in expression.free_symbols:
            slope = sympy.diff(expression, s)
            # |x| and what else has a kink is enclosed without its derivative
            if slope.has(sympy.Derivative, sympy.sign, sympy.Subs):
                self.slopes = {}
                return
            self.slopes[s] = in_balls(slope, flint)

    def sign(self, box: Box) -> bool | None:
        """True where it is >= 0 on the whole box, False where it is < 0 somewhere on it, None where
        the balls do not tell."""
        balls = {s: self.flint.arb(a).union(self.flint.arb(b)) for s, (a, b) in box.items()}
        middle = {s: ball.mid() for s, ball in balls.items()}
        at_middle = self.value(middle)
        # one point where it is negative is a counter-example, however wide the box
        if at_middle < 0:
            return False
        if self.value(balls) >= 0:
            return True
        # f(x) is in f(middle) + f'(box) (box - middle), by the mean value theorem
        shifts = [slope(balls) * (balls[s] - middle[s]) for s, slope in self.slopes.items()]
        if self.slopes and sum(shifts, at_middle) >= 0:
            return True
        # a single point that does not decide has no halves
        return False if all(a == b for a, b in box.values()) else None


def in_balls(expression, flint) -> Callable[[Mapping[Any, Ball]], Ball]:
    """The expression as a function of balls by symbol; its constants are enclosed once.

    AttributeError for a function that balls do not have.
    """
    expression = sympy.sympify(expression)
    if expression.is_Symbol:
        return lambda balls: balls[expression]
    if not expression.free_symbols and (constant := _constant(expression, flint)) is not None:
        return lambda balls: constant

    inner = [in_balls(a, flint) for a in expression.args]
    combine = _operation(expression, flint)
    return lambda balls: combine(*(part(balls) for part in inner))


def _constant(expression, flint):
    """The ball of a number, or None for one that has to be computed from its parts. A float is
    taken for the binary number that it is."""
    if expression.is_Rational:
        return flint.arb(int(expression.p)) / int(expression.q)
    if expression.is_Float:
        return flint.arb(float(expression))
    known = {sympy.pi: flint.arb.pi, sympy.E: flint.arb(1).exp}
    return known[expression]() if expression in known else None


def _operation(expression, flint) -> Callable[..., Ball]:
    """What the expression does to the balls of its arguments.

    AttributeError from python-flint for a function without balls; names of SymPy and of Arb agree
    for the elementary ones.
    """
    if expression.is_Add:
        return lambda *balls: sum(balls[1:], balls[0])
    if expression.is_Mul:
        return _product
    if expression.is_Pow:
        return _power(expression.args[1])
    name = {"Abs": "__abs__"}.get(expression.func.__name__, expression.func.__name__)
    method = getattr(flint.arb, name)
    return lambda *balls: method(*balls)


def _product(*balls):
    """The product of balls, from the left."""
    total = balls[0]
    for ball in balls[1:]:
        total = total * ball
    return total


def _power(exponent) -> Callable[[Ball, Ball], Ball]:
    """Integer powers and roots of balls that reach 0 are defined, exp(y log x) is not.

    exp(y log x) is what Arb has for any other power: the base must stay above 0 in the box.
    """
    if exponent.is_Integer:
        return lambda base, _: base ** int(exponent)
    if exponent == sympy.Rational(1, 2):
        return lambda base, _: base.sqrt()
    if exponent == -sympy.Rational(1, 2):
        return lambda base, _: 1 / base.sqrt()
    return lambda base, power: base**power


def _halves(box: Box) -> list[dict]:
    """The box cut across its widest side, relative to the size of what is beyond 1."""

    def width(s):
        low, high = box[s]
        return (high - low) / (1 + abs(low) + abs(high))

    # balls grow with the widths of their sides
    widest = max(box, key=width)
    a, b = box[widest]
    return [{**box, widest: ends} for ends in itertools.pairwise((a, (a + b) / 2, b))]


def enclosed(relation, **intervals: tuple[float, float]) -> Enclosed:
    """The relation on whole intervals, given by the names of their symbols.

    ValueError where intervals and symbols do not match, or where an interval is empty.
    """
    by_name = {s.name: s for s in _free(relation)}
    if unknown := set(intervals) ^ set(by_name):
        raise ValueError(
            f"enclosed: the intervals and the symbols of {relation.text()} differ in"
            f" {sorted(unknown)}"
        )
    for name, (low, high) in intervals.items():
        if not low <= high:
            raise ValueError(f"enclosed: {name} in [{low}, {high}]: must not be empty")
    return Enclosed(relation, {by_name[name]: ends for name, ends in intervals.items()})


def _free(relation):
    """The symbols of both sides."""
    return sympy.sympify(relation.left).free_symbols | sympy.sympify(relation.right).free_symbols
