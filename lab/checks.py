"""Input checks: one clear line that names the parameter, what was given, and what is valid.

ValueError for a number outside its domain, also within a sweep; TypeError for what is no number.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from lab.arrays import Layers, PerBlock, Scalar

T = TypeVar("T")

EPS = np.finfo(float).eps
# above it, float64 skips integers
LARGEST_INTEGER = 2**53
# as many bits as NumPy's seeds are made of
LARGEST_SEED = 2**128
# a loop in Python of this length takes a minute, and an array of it is a gigabyte
LONGEST = 10**8


def as_array(name: str, x) -> np.ndarray:
    """np.asarray(x), naming the parameter of a ragged list, and refusing what is masked.

    NumPy would read the numbers under the mask.
    """
    if np.ma.is_masked(x):
        raise TypeError(f"{name} has masked entries: must be real numbers, all of them")
    try:
        return np.asarray(x)
    except (ValueError, TypeError):
        raise ValueError(f"{name} is a ragged list: must be an array of real numbers") from None


def real_array(name: str, x) -> np.ndarray:
    """x as an array of real numbers, at least one, of which any may be NaN or inf.

    TypeError for complex numbers, text, flags and what is masked, ValueError for no entry.
    """
    array = as_array(name, x)
    if array.dtype.kind == "b":
        raise TypeError(f"{name} = {one_line(x)}: must be real numbers, not True or False")
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} has dtype {array.dtype}: must be real numbers")
    if not array.size:
        raise ValueError(f"{name} is empty: must have at least one entry")
    return array


def real(
    name: str,
    x,
    ndim: int | tuple[int, ...] | None = None,
) -> np.ndarray:
    """x as a finite float64 array, with `ndim` axes (one number of them, or several that will do).

    ValueError for NaN, inf, wrong axes, no entry; TypeError for complex, text, flags, masks.
    """
    array = real_array(name, x).astype(float)
    allowed = np.atleast_1d(array.ndim if ndim is None else ndim)
    if array.ndim not in allowed:
        told = " or ".join(map(str, allowed))
        raise ValueError(f"{name} has shape {array.shape}: must have {told} axes")
    finite = np.isfinite(array)
    if not finite.all():
        where = np.argwhere(~finite)[0].tolist()
        given = array[tuple(where)]
        raise ValueError(f"{name}{where or ''} = {given}: must be finite")
    return array


def _bounded(valid, rule):
    def check(name: str, x) -> None:
        if isinstance(x, PerBlock):
            for block, value in enumerate(x.values):
                check(f"{name}[{block}]", value)
            return
        if isinstance(x, Layers):
            raise TypeError(f"{name} is Layers: give one value per block as PerBlock((...))")
        array = real(name, x)
        if not valid(array).all():
            bad = np.atleast_1d(array[~valid(array)] if array.ndim else array)
            raise ValueError(f"{name} = {bad[0]:g}: must be {rule}")

    return check


def _in_unit(x):
    return (x >= 0) & (x <= 1)


positive = _bounded(lambda x: x > 0, "> 0")
nonnegative = _bounded(lambda x: x >= 0, ">= 0")
fraction = _bounded(lambda x: (x >= 0) & (x < 1), "in [0, 1)")
unit = _bounded(_in_unit, "in [0, 1]")
above_one = _bounded(lambda x: x > 1, "> 1")
probability = _bounded(lambda x: (x > 0) & (x < 1), "in (0, 1)")
root_power = _bounded(lambda x: _in_unit(-x), "in [-1, 0]")


def fields(thing, **rules) -> None:
    """Check every field of a dataclass: by rule(name, value) if one is given, and by annotation.

    bool: True or False. int: an integer. float: one finite number. Literal[...]: one of the
    choices. Scalar: a finite number, or an array with at least one. `| None` allows None, which no
    rule sees. Other annotations are not read. ValueError or TypeError, in one line that names
    Class.field.
    """
    for field, (kind, choices, optional) in _kinds(thing.__class__).items():
        value = getattr(thing, field)
        if optional and value is None:
            continue

        name = f"{type(thing).__name__}.{field}"
        if field in rules:
            rules[field](name, value)
        if kind in _OF_KIND:
            _OF_KIND[kind](name, value)
        elif choices:
            one_of(name, value, choices)


@cache
def _kinds(cls):
    """Field -> (type or Scalar, choices of a Literal, whether None is allowed)."""
    hints = get_type_hints(cls, include_extras=True)
    kinds = {}
    for field in dataclasses.fields(cls):
        kinds[field.name] = _kind(hints[field.name])
    return kinds


def _kind(hint):
    """(type or Scalar, choices of a Literal, whether None is allowed) of one annotation."""
    members = (hint,)
    if get_origin(hint) in (Union, UnionType):
        members = get_args(hint)
    one = next(member for member in members if member is not NoneType)
    choices = get_args(one) if get_origin(one) is Literal else ()
    return "Scalar" if one == Scalar else one, choices, NoneType in members


def _number(name, value):
    if isinstance(value, PerBlock):
        for block, one in enumerate(value.values):
            _number(f"{name}[{block}]", one)
        return

    real(name, value)


def _one_number(name, value):
    _number(name, value)
    real(name, value, 0)


def switch(name: str, value) -> None:
    """TypeError unless value is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} = {one_line(value)}: must be True or False")


def is_integer(value) -> bool:
    """Whether value is an integer, Python's or NumPy's, and no bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _integer(name, value):
    if not is_integer(value):
        raise ValueError(f"{name} = {one_line(value)}: must be an integer")


_OF_KIND = {"Scalar": _number, float: _one_number, bool: switch, int: _integer}


def one_line(x) -> str:
    """repr of anything, in one line: arrays and texts have several."""
    return " ".join(repr(x).split())


def count(
    name: str,
    k,
    least: int = 1,
    most: int = LARGEST_INTEGER,
) -> int:
    """k as an integer from least to most; ValueError otherwise."""
    if not is_integer(k) or k < least:
        raise ValueError(f"{name} = {one_line(k)}: must be an integer >= {least}")
    if k > most:
        raise ValueError(f"{name} = {k}: must be an integer >= {least}, at most {most}")
    return int(k)


def sizes(name: str, given) -> list[int]:
    """Integers >= 1 in a sequence, which may be empty; TypeError for a text or no sequence."""
    if not isinstance(given, Sequence) or isinstance(given, (str, bytes)):
        raise TypeError(f"{name} = {one_line(given)}: must be a sequence of integers >= 1")
    return [count(f"{name}[{k}]", size) for k, size in enumerate(given)]


def loops(name: str, k, least: int = 1) -> int:
    """k as an integer >= least that is looped over, or is the length of an array.

    ValueError otherwise, and above LONGEST, which would take all day or all memory.
    """
    return count(name, k, least, LONGEST)


def generator(name: str, rng) -> np.random.Generator:
    """rng itself, or the generator of an integer seed >= 0; ValueError for anything else."""
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(count(name, rng, 0, LARGEST_SEED))


def keep(thing, **checked) -> None:
    """Fields of a frozen dataclass as their checks return them: for __post_init__ only."""
    for name, value in checked.items():
        object.__setattr__(thing, name, value)


def able(name: str, thing, *methods: str) -> None:
    """TypeError unless thing is an instance with these methods.

    It may be a class in place of an instance, or swapped arguments.
    """
    if isinstance(thing, type):
        given = f"the class {thing.__name__}"
    elif all(callable(getattr(thing, method, None)) for method in methods):
        return
    else:
        given = f"of type {type(thing).__name__}"
    raise TypeError(f"{name} is {given}: must be an instance with {' and '.join(methods)}")


def of_kind(
    name: str,
    thing: Any,
    kind: type[T],
) -> T:
    """The thing itself; TypeError unless it is an instance of the class `kind`."""
    if not isinstance(thing, kind):
        # the usual slip, a class in the place of an instance, is told as such
        given = f"the class {thing.__name__}" if isinstance(thing, type) else repr(type(thing))
        raise TypeError(f"{name} is {given}: must be a {kind.__name__}")
    return thing


def one_of(
    name: str,
    value: str,
    choices,
) -> None:
    """ValueError unless value is one of the choices."""
    if not isinstance(value, str) or value not in choices:
        told = ", ".join(map(repr, choices))
        raise ValueError(f"{name} = {one_line(value)}: must be one of {told}")
