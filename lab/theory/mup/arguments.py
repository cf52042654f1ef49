"""What the functions of this package take: powers of M, and shifts by role.

Each check answers the argument, or raises a ValueError or TypeError that names it. Integers
and SymPy's numbers are exact; a float stays one, so that 1/3 is better given as Rational(1, 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr, I, Integer, nan, oo, sympify, zoo

from lab.checks import is_integer
from lab.domains import number


def power_of_width(name: str, x: Any) -> Expr:
    """x as a SymPy expression: a finite real number or an expression of symbols.

    A text is refused, though SymPy would read it: a misspelt method is no symbol.
    """
    if isinstance(x, Expr):
        if x.has(nan, oo, -oo, zoo, I):
            raise ValueError(f"{name} = {x}: must be finite and real")
        return x
    if is_integer(x):
        return Integer(int(x))
    return sympify(number(name, x))


def shifts(
    name: str,
    given: Any,
    roles: tuple[str, ...],
) -> dict[str, Expr]:
    """role -> power of M, for every role: 0 where not given, or where given is None.

    TypeError unless it maps, ValueError for a role that is not among `roles`.
    """
    found: dict[str, Expr] = dict.fromkeys(roles, Integer(0))
    if given is None:
        return found
    if not isinstance(given, Mapping):
        raise TypeError(f"{name} is {type(given)!r}: must map roles to powers of M")
    for role, x in given.items():
        if role not in roles:
            raise ValueError(f"{name} has the role {role!r}: must be among {', '.join(roles)}")
        found[role] = power_of_width(f"{name}[{role!r}]", x)
    return found
