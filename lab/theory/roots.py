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
    """The zero of f between low and high, to 1e-15 of max(1, |low|, |high|), by halving.

    ArithmeticError where f does not change sign between them or a value is NaN: the bounds were
    derived, and rounding or overflow has undone them, as lab.domains.in_range tells the caller.
    Sixty values of a formula of one line: loading SciPy's root finders takes longer than all the
    roots of a command.
    """
    at_low = f(low)
    at_high = f(high)
    if not at_low * at_high <= 0:
        raise ArithmeticError(f"f must change sign between low = {low:g} and high = {high:g}")

    below = at_low <= 0
    largest = max(1.0, abs(low), abs(high))
    while high - low > TOLERANCE * largest:
        middle = low + (high - low) / 2
        # two neighbouring floating-point numbers have none between them
        if middle in (low, high):
            break

        still_below = f(middle) <= 0
        if still_below == below:
            low = middle
        else:
            high = middle
    return low + (high - low) / 2
