"""The zero of a function of one variable between two bounds that derivations give."""

from __future__ import annotations

from collections.abc import Callable

# a unit or so in the last place, of 1 or of the larger bound
TOLERANCE = 1e-15
INFINITE = float("inf")


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
    f_a = f(a)
    f_b = f(b)
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

        # the zero lies between the new a and b; c is the point that is given up
        if (f_x > 0) == (f_a > 0):
            c = a
            f_c = f_a
        else:
            c = b
            f_c = f_b
            b = a
            f_b = f_a
        a = x
        f_a = f_x

        # not nearer to an end than what is asked for, so that both ends move
        least = min(within / (2 * abs(b - a)), 0.5)
        wanted = _share(a, b, c, f_a, f_b, f_c)
        share = min(max(wanted, least), 1 - least)

    return a if abs(f_a) < abs(f_b) else b


def _share(
    a: float,
    b: float,
    c: float,
    f_a: float,
    f_b: float,
    f_c: float,
) -> float:
    """How far from a to b the inverse parabola through three points crosses 0.

        x = a + t (b - a),  t = f_a f_c / ((f_b - f_a) (f_b - f_c))
                              + (c - a) / (b - a)  f_a f_b / ((f_c - f_a) (f_c - f_b))

    A half where it is not monotone between them, or a value is infinite.
    """
    f_ab = f_a - f_b
    f_cb = f_c - f_b
    if abs(f_cb) == INFINITE:
        return 0.5

    place = (a - b) / (c - b)
    rise = f_ab / f_cb
    if not (rise**2 < place and (1 - rise) ** 2 < 1 - place):
        return 0.5

    f_ca = f_c - f_a
    near = f_a / f_ab * f_c / f_cb
    far = f_a / f_ca * f_b / f_cb
    return near + (c - a) / (b - a) * far
