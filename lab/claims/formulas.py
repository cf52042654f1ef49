"""Formulas: SymPy expressions that are printed and evaluated, over instances, in 50 digits, and
with constants moved."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from numbers import Rational
from typing import Any, NamedTuple

import numpy as np
import sympy
from sympy.core.function import AppliedUndef
from sympy.utilities.lambdify import implemented_function


def symbols(names: str) -> Any:
    """SymPy symbols, real and of either sign: what is positive follows from the space or is a
    hypothesis, not an assumption. So sqrt(x^2) does not become x before an instance is drawn. One
    symbol for one name, a tuple for several.
    """
    return sympy.symbols(names, real=True)


def named(function: Callable) -> Any:
    """A function that SymPy can't hold (an eigenvalue, a recursion, a property of a matrix), for
    use in formulas.

    It gets what its arguments evaluate to, arrays over instances (R, ...), and returns (R, ...).
    The first paragraph of its docstring is printed below the statement. ValueError without one.
    """
    if not inspect.getdoc(function):
        raise ValueError(
            f"{function.__name__} has no docstring: say what it is, the statement prints it"
        )
    # without leading underscores: a private helper prints as a reader would write it
    return implemented_function(function.__name__.strip("_"), function)


def one_by_one(function: Callable, *arguments) -> np.ndarray:
    """`function` of each instance: for functions that take one spectrum, one matrix, one number at
    a time.

    Arrays lose their instance axis, NumPy's scalars become Python's; other arguments are passed as
    they are. The values are stacked, (R, ...).
    """
    over = [isinstance(x, np.ndarray) and x.ndim > 0 for x in arguments]
    count = next(len(x) for x, several in zip(arguments, over, strict=True) if several)
    each = [
        x if several else itertools.repeat(x, count)
        for x, several in zip(arguments, over, strict=True)
    ]
    rows = itertools.islice(zip(*each, strict=False), count)
    return np.array([function(*map(_plain, row)) for row in rows])


def _plain(x):
    """NumPy's scalars as Python's: functions that check for an integer mean int."""
    return x.item() if isinstance(x, np.generic) else x


def evaluate(expression, values: Mapping[str, Any]) -> np.ndarray:
    """The expression over instances: values by name, (R, ...) or shared by all. Axes beyond the
    first align from the left.

    Named functions get their arguments as they are; everything else is expanded to the same number
    of axes, so that a parameter (R,) multiplies a measured sequence (R, T) instance by instance.
    """
    flat = _flat(sympy.sympify(expression))
    arrays = [_numbers(x) for x in flat.given(values)]
    axes = max((x.ndim for x in arrays), default=0)
    expanded = [_with_axes(x, axes) for x in arrays]
    # a formula without a value, 0/0 say, has NaN, which no relation accepts
    with np.errstate(all="ignore"):
        return np.asarray(flat.compiled(*expanded))


@dataclass(frozen=True, eq=False)
class Flat:
    """An expression with a symbol in the place of every outermost named function."""

    expression: Any
    symbols: tuple
    names: tuple[str, ...]  # of the symbols, in their order
    named: dict[str, Any]  # the functions, by the names of what stands for them

    @cached_property
    def compiled(self) -> Callable:
        """As a function of arrays."""
        return sympy.lambdify(self.symbols, _paired(self.expression), modules="numpy")

    def given(self, values: Mapping[str, Any]) -> list:
        """What the symbols stand for: values, and what named functions return."""
        return [
            _applied(self.named[name], values) if name in self.named else values[name]
            for name in self.names
        ]


@cache  # controls evaluate a formula some hundred times
def _flat(expression) -> Flat:
    inner = {application: sympy.Dummy() for application in _outermost_named(expression)}
    flat = expression.xreplace(inner)
    symbols = tuple(sorted(flat.free_symbols, key=str))
    named = {str(dummy): application for application, dummy in inner.items()}
    return Flat(flat, symbols, tuple(map(str, symbols)), named)


def applications(expression, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the outermost named functions, by how they print: `evaluate` does not compute
    again what is among its values."""
    return {str(f): _applied(f, values) for f in _outermost_named(sympy.sympify(expression))}


def _applied(application, values):
    """What a named function returns at these values; not computed again where it is among them."""
    if str(application) in values:
        return values[str(application)]
    arguments = [_argument(a, values) for a in application.args]
    # an array without axes is the number in it
    plain = [x[()] if isinstance(x, np.ndarray) else x for x in arguments]
    return application.func._imp_(*plain)


def _argument(a, values):
    """What a named function is given: symbols and named functions as they are, integers too."""
    if a.is_Symbol:
        return values[str(a)]
    return _applied(a, values) if isinstance(a, AppliedUndef) else evaluate(a, values)


def exactly(expression, values: Mapping[str, Any]) -> np.ndarray:
    """The expression over instances in SymPy's own numbers, an array of objects; axes as in
    `evaluate`.

    values: integers and fractions, which is what `all_rational` asks. An irrational result, such as
    a square root, stays a formula, and equals nothing that is measured.
    """
    flat = _flat(sympy.sympify(expression))
    arrays = [np.asarray(x, dtype=object) for x in flat.given(values)]
    axes = max((x.ndim for x in arrays), default=0)
    shared = np.broadcast_arrays(*(_with_axes(x, axes) for x in arrays))
    found = np.empty(shared[0].shape if shared else (), dtype=object)
    for place in np.ndindex(found.shape):
        here = zip(flat.symbols, shared, strict=True)
        found[place] = flat.expression.xreplace({s: _rational(x[place]) for s, x in here})
    return found


def _rational(x):
    return sympy.Rational(int(x.numerator), int(x.denominator))


def all_rational(expression, values: Mapping[str, Any]) -> bool:
    """Whether every symbol and named function stands for integers or fractions, so that `exactly`
    applies."""
    given = _flat(sympy.sympify(expression)).given(values)
    found = [np.ravel(np.asarray(x, dtype=object)) for x in given]
    return all(isinstance(x, Rational) for row in found for x in row)


def _numbers(x):
    """Integers as floats: powers such as n^-1 are an error for NumPy's integers."""
    x = np.asarray(x)
    return x.astype(float) if x.dtype.kind in "iu" else x


def _with_axes(x, axes):
    return x.reshape(x.shape + (1,) * (axes - x.ndim)) if x.ndim else x


def _outermost_named(expression) -> list:
    """The named functions that are in no other; those inside are computed with them."""
    if isinstance(expression, AppliedUndef):
        return [expression]
    return [f for a in expression.args for f in _outermost_named(a)]


_MAXIMUM = implemented_function("_maximum", np.maximum)
_MINIMUM = implemented_function("_minimum", np.minimum)


def _paired(expression):
    """Max and Min as ufuncs of two: some versions of SymPy print them as a reduction, which takes
    no number beside an array."""

    def pairs(f):
        return lambda *arguments: functools.reduce(f, arguments)

    replaced = expression.replace(sympy.Max, pairs(_MAXIMUM))
    return replaced.replace(sympy.Min, pairs(_MINIMUM))


def in_digits(expression, values: Mapping[str, Any]):
    """The expression of one instance in mpmath, at the working precision of the caller; named
    functions get what is there.

    A named function computes in floating point whatever the precision is, so that a formula with
    one in it is confirmed "by a second formula" at best.
    """
    flat = _flat(sympy.sympify(expression))
    known = dict(values)
    for name, application in flat.named.items():
        arguments = [
            values[a.name] if a.is_Symbol else in_digits(a, values) for a in application.args
        ]
        # it computes over instances: one of them, in floating point
        found = application.func._imp_(*map(_batched, arguments))
        known[name] = np.asarray(found)[0]
    compiled = sympy.lambdify(flat.symbols, flat.expression, modules="mpmath")
    return compiled(*(known[name] for name in flat.names))


def _batched(x):
    return x if isinstance(x, str) else np.asarray(x, dtype=float)[None]


def text(expression) -> str:
    """The expression as printed in terminals: beta2**(3/2) reads beta2^(3/2)."""
    return sympy.sstr(expression).replace("**", "^")


def names_in(*expressions) -> set[str]:
    """The names of the free symbols, also inside named functions."""
    return {s.name for e in expressions for s in sympy.sympify(e).free_symbols}


def functions_in(*expressions) -> dict[str, str]:
    """Name -> first paragraph of the docstring, in one line, of every named function."""
    found = {f.func for e in expressions for f in sympy.sympify(e).atoms(AppliedUndef)}
    return {f.__name__: _first_paragraph(f._imp_) for f in sorted(found, key=str)}


def _first_paragraph(function) -> str:
    """A formula may be longer than a line of the file, and must not be printed in part."""
    paragraph = (inspect.getdoc(function) or "").split("\n\n")[0]
    return " ".join(paragraph.split())


class Constant(NamedTuple):
    """One number of a formula: what stands in its place, its value, and whether it is a factor or
    an exponent."""

    symbol: sympy.Dummy
    value: Any
    kind: str
    place: str

    def moved(self, by: float):
        """The value times 1 + by, for an exponent plus by; exact when `by` is printed in a few
        digits."""
        step = sympy.Rational(str(by))
        return self.value + step if self.kind == "exponent" else self.value * (1 + step)


def with_constants(expression, kind: str = "factor") -> tuple[Any, list[Constant]]:
    """The expression with a symbol in the place of every number, and those numbers: each a
    constant, or an exponent.

    A last one multiplies the whole formula, which controls those that have no number. Zeros stay:
    2 % of 0 is 0. What SymPy evaluates at once (2 * 3, sqrt(4)) is one number here: write formulas
    so that every constant of the theorem survives. kind "exponent": the formula is the value of an
    exponent, such as a slope, so that its terms are exponents and the last one is added.
    """
    found: list[Constant] = []
    expression = sympy.sympify(expression)
    place = f"the whole of {text(expression)}"
    overall = sympy.Dummy("overall")
    if kind == "exponent":
        terms = sympy.Add.make_args(expression)
        alone = [_replaced(t, kind, found) for t in terms]
        found.append(Constant(overall, sympy.Integer(0), kind, place))
        return sympy.Add(overall, *alone), found
    inside = _replaced(expression, "factor", found)
    found.append(Constant(overall, sympy.Integer(1), kind, place))
    return overall * inside, found


def _replaced(expression, kind, found):
    """The expression with a symbol for every finite number but 0; each goes to `found`. Powers have
    exponents, everything else factors: exp(2 x) has the factor 2, x^2 the exponent 2."""
    if expression.is_Number or expression.is_NumberSymbol:
        if expression == 0 or not expression.is_finite:
            return expression
        place = f"{kind} {expression}"
        found.append(Constant(sympy.Dummy(f"k{len(found)}"), expression, kind, place))
        return found[-1].symbol
    if isinstance(expression, sympy.exp):
        return sympy.exp(_replaced(expression.args[0], "factor", found))
    if expression.is_Pow:
        base, exponent = expression.as_base_exp()
        inner = _replaced(base, "factor", found)
        return inner ** _replaced(exponent, "exponent", found)
    if not expression.args:
        return expression
    return expression.func(*(_replaced(a, "factor", found) for a in expression.args))
