"""The zero of a function of one variable between two bounds that derivations give."""

from __future__ import annotations

from collections.abc import Callable

# a unit or so in the last place, of 1 or of the larger bound
TOLERANCE = 1e-15


def crossing(
    f: Callable[[float], float],
    low: float,
    high: float,
) -> float:
    """The zero of f between low and high, to 1e-15 of max(1, |low|, |high|).

    Some ten values of f where it is smooth, never many more than the sixty of halving. Infinite
    values of f are values.

    ArithmeticError where f does not change sign between them or a value is NaN: the bounds were
    derived, and rounding or overflow has undone them, as lab.domains.in_range tells the caller.
    Written here because loading SciPy's root finders takes longer than all the roots of a command.

    Source: T. R. Chandrupatla, A new hybrid quadratic/bisection algorithm, Advances in Engineering
    Software 28 (1997).
    """
    a, b = high, low
    f_a, f_b = f(a), f(b)
    if not f_a * f_b <= 0:
        raise ArithmeticError(f"f must change sign between low = {low:g} and high = {high:g}")

    within = TOLERANCE * max(1.0, abs(low), abs(high))
    share = 0.5
    while abs(b - a) > within and f_a != 0 != f_b:
        x = a + share * (b - a)
        # two neighbouring floating-point numbers have none between them
        if x in (a, b):
            break

        f_x = f(x)
        if f_x != f_x:
            raise ArithmeticError(f"f is not a number at {x:g}")

        # the zero lies between the new a and b; c is the point that was given up last
        if (f_x > 0) == (f_a > 0):
            c, f_c = a, f_a
        else:
            c, f_c = b, f_b
            b, f_b = a, f_a
        a, f_a = x, f_x

        least = min(within / (2 * abs(b - a)), 0.5)
        share = min(max(_share(a, b, c, f_a, f_b, f_c), least), 1 - least)

    return a if abs(f_a) < abs(f_b) else b


def _share(a, b, c, f_a, f_b, f_c) -> float:
    """How far from a to b the inverse parabola through three points crosses 0.

    A half where it is not monotone between them, or a value is infinite.
    """
    place = (a - b) / (c - b)
    rise = (f_a - f_b) / (f_c - f_b) if abs(f_c - f_b) < float("inf") else 0.0
    if not (rise**2 < place and (1 - rise) ** 2 < 1 - place):
        return 0.5
    near = f_a / (f_b - f_a) * f_c / (f_b - f_c)
    far = (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
    return near + far
