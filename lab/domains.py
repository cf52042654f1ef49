"""Domains of functions: arguments that fit together, and answers that are numbers.

`lab.checks` looks at one argument by itself. Here several are looked at together (shapes that fit),
and what comes out: a closed form whose intermediate values overflow would give NaN or an error of
NumPy, and `in_range` turns both into one line that tells the arguments.

Every check raises a ValueError, or a TypeError for what is no array of real numbers (complex, text,
None), in one line: the parameter, what was given, what is valid.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

import numpy as np

from lab.checks import LARGEST_INTEGER, one_line, real, real_array

# what a closed form takes: a number, or an array elementwise (never one value per block)
Numbers = float | np.ndarray


def together(**named) -> list[np.ndarray]:
    """The arguments as finite float64 arrays whose shapes broadcast, in the order given.

    ValueError naming all shapes when they do not broadcast, or the first entry that is not finite;
    TypeError for complex numbers, text and None.

    A dictionary would do as well; keywords let the caller name the parameters as its user knows
    them.
    """
    arrays = {name: real(name, x) for name, x in named.items()}
    try:
        np.broadcast_shapes(*[array.shape for array in arrays.values()])
    except ValueError:
        told = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"shapes {told}: must broadcast to one shape") from None
    return list(arrays.values())


def number(
    name: str,
    x,
    rule: Callable | None = None,
) -> float:
    """x as one number that obeys a rule of lab.checks: `positive`, `nonnegative`, ...

    ValueError or TypeError as `real`, for an array of any shape but ().
    """
    value = real(name, x, 0)
    if rule is not None:
        rule(name, value)
    return float(value)


def vector(name: str, x) -> np.ndarray:
    """x (n,), n >= 1. ValueError otherwise.

    One axis exactly: a column (n, 1) is refused, not raveled.
    """
    return filled(name, real(name, x, 1))


def filled(
    name: str,
    array: np.ndarray,
) -> np.ndarray:
    """The array itself; ValueError when it has no entry."""
    if not array.size:
        raise ValueError(f"{name} is empty: must have at least one entry")
    return array


def whole(
    name: str,
    x,
    least: int = 0,
) -> np.ndarray:
    """x as an array of integers from least to 2^53, of float64. ValueError otherwise.

    2.0 is whole; the answer stays float64 so that formulas don't overflow as integers do.
    """
    array = real(name, x)
    broken = array != np.floor(array)
    wrong = (array < least) | broken | (array > LARGEST_INTEGER)
    if wrong.any():
        given = array[wrong].flat[0]
        raise ValueError(f"{name} = {given:g}: must be an integer >= {least}, at most 2^53")
    return array


def increasing_steps(name: str, t) -> np.ndarray:
    """t (K,), K >= 1, as increasing integers >= 0. ValueError otherwise."""
    steps = filled(name, whole(name, t))
    increasing = steps.ndim == 1 and (np.diff(steps) > 0).all()
    if not increasing:
        raise ValueError(f"{name} = {one_line(t)}: must be a vector of increasing step numbers")
    return steps.astype(int)


def entries(
    name: str,
    x,
    least: int,
) -> np.ndarray:
    """x as a real array with at least `least` axes. NaN and inf pass, which mark diverged runs.

    For linear algebra on runs, where one diverged run must not stop the others. A formula asks for
    `real` numbers instead.
    """
    array = real_array(name, x)
    if array.ndim < least:
        raise ValueError(f"{name} has shape {array.shape}: must have at least {least} axes")
    return array


def not_negative(name: str, x) -> np.ndarray:
    """x as a real array whose entries are >= 0. NaN and inf pass, which mark diverged runs."""
    x = entries(name, x, 0)
    if (x < 0).any():
        raise ValueError(f"{name} = {x.min():g}: must be >= 0")
    return x


def several(name: str, things) -> list:
    """A list or a tuple of things, or an array along its first axis, as a list.

    A generator is refused: it could be read once only, and has no length for an error to tell.
    """
    if isinstance(things, np.ndarray) and things.ndim:
        return list(things)
    if not isinstance(things, (list, tuple)):
        raise TypeError(f"{name} is of type {type(things).__name__}: must be a list or a tuple")
    return list(things)


def last_axis(
    name: str,
    x: np.ndarray,
    n: int,
) -> None:
    """ValueError unless the last axis of x has n entries.

    The dimension of a problem is never broadcast: a length of 1 is refused too.
    """
    if x.shape[-1] != n:
        raise ValueError(f"{name} has shape {x.shape}: its last axis must be {n}")


def per_coordinate(
    name: str,
    x,
    n: int,
) -> np.ndarray:
    """x as finite numbers (*r, n); a number, and (*r, 1), is repeated for all coordinates.

    ValueError otherwise. A number answers (n,): it brings no run axes.
    """
    x = real(name, x)
    if not x.ndim or x.shape[-1] == 1:
        return x * np.ones(n)
    last_axis(name, x, n)
    return x


def runs_fit(
    name: str,
    given: tuple[int, ...],
    runs: tuple[int, ...],
) -> None:
    """ValueError unless the run axes of the parameter broadcast with those of the others.

    given, runs: shapes without the parameter's own axes.
    """
    try:
        np.broadcast_shapes(given, runs)
    except ValueError:
        raise ValueError(f"{name} has runs {given}: must broadcast with runs {runs}") from None


def in_range(f: Callable) -> Callable:
    """Decorator: the answer of f is a number or inf, never NaN, and f meets no warning of NumPy.

    An overflow to inf is an answer. ValueError, telling the numerical arguments, where the formula
    needs the difference or quotient of two infinities, or a matrix that LAPACK gives up on. The
    answer may be a number, an array, None, or a tuple of such.

    A NaN in a closed form is a limit that the formula can't take, never an answer; the user reads
    which argument was large.
    """
    signature = inspect.signature(f)

    @functools.wraps(f)
    def checked(*args, **kwargs):
        try:
            with np.errstate(all="ignore"):
                answer = f(*args, **kwargs)
            known = not has_nan(answer)
        except (np.linalg.LinAlgError, ArithmeticError):
            known = False

        if known:
            return answer
        told = magnitudes(signature.bind(*args, **kwargs).arguments)
        raise ValueError(
            f"{told}: must keep every term of {f.__name__} in the range of floating-point numbers"
        )

    return checked


def has_nan(answer) -> bool:
    """Whether a number, an array or a tuple of such contains NaN. Other things are no numbers.

    inf is an answer, NaN is none.
    """
    if isinstance(answer, tuple):
        return any(has_nan(part) for part in answer)
    array = np.asarray(answer)
    return array.dtype.kind == "f" and bool(np.isnan(array).any())


def magnitudes(arguments) -> str:
    """The numerical arguments as text: a number as it is, of an array its largest magnitude."""
    told = []
    for name, x in arguments.items():
        array = np.asarray(x)
        if array.dtype.kind not in "fiu" or not array.size:
            continue
        shown = (
            f"{name} = {array:g}" if array.ndim == 0 else f"max|{name}| = {np.abs(array).max():g}"
        )
        told.append(shown)
    return ", ".join(told)
