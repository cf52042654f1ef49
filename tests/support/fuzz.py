"""Malformed and odd arguments for every public callable of the lab, made from its signature.

Every argument of a call that works is replaced in turn: by what is malformed whatever the parameter
means, by extreme numbers, and by other spellings of the same value. An outcome is named; `verdict`
says what it means.
"""

from __future__ import annotations

import re
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

NAN, INF = float("nan"), float("inf")
# a call that takes longer hangs: every baseline takes a few milliseconds
SECONDS = 5.0


class Call(NamedTuple):
    """A callable, the arguments with which it works, and what its parameters may be beyond that:
    parameter -> labels of malformed values that mean something there."""

    name: str
    function: Callable
    arguments: dict[str, Any]
    allowed: dict[str, frozenset[str]] = {}
    # what a refusal may say in place of a parameter's name
    aliases: dict[str, str] = {}


class Case(NamedTuple):
    """An argument replaced.

    kind: malformed (must be refused), extreme (refused, or answered without NaN) or valid (answered
    as before).
    """

    call: Call
    parameter: str
    label: str
    kind: str
    value: Any

    def __str__(self):
        return f"{self.call.name}({self.parameter}={self.label})"


class Hang(BaseException):
    """Raised by the watchdog; no `except Exception` swallows it."""


@contextmanager
def watchdog(seconds: float | None = None):
    """Raise Hang in the block when it takes longer. Where there are no timers it only runs."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_):
        raise Hang

    former = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS if seconds is None else seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def verdict(case: Case) -> tuple[str, str]:
    """What became of a case, and the words of the refusal or answer.

    named, unnamed, internal: refused in a line with the parameter, without it, or by something
    else than ValueError and TypeError. fine: answered as it should be. silent: malformed and
    answered, or answered with NaN. refused: a valid value refused. other: a valid value answered
    differently. hang.
    """
    arguments = case.call.arguments | {case.parameter: case.value}
    try:
        with watchdog(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = case.call.function(**arguments)
    except Hang:
        return "hang", ""
    except Exception as problem:
        return _refusal(case, problem)

    if case.kind == "malformed":
        may = case.label in case.call.allowed.get(case.parameter, ())
        return ("fine" if may else "silent"), repr(answer)[:80]
    if case.kind == "extreme":
        return ("silent" if _has_nan(answer) else "fine"), repr(answer)[:80]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same = _same(answer, case.call.function(**case.call.arguments))
    return ("fine" if same else "other"), repr(answer)[:80]


def _refusal(case, problem):
    words = f"{type(problem).__name__}: {problem}"
    if case.kind == "valid":
        return "refused", words
    if not isinstance(problem, (ValueError, TypeError)):
        return "internal", words
    # which of two numbers that do not fit is the wrong one is a matter of taste
    extreme = case.kind == "extreme"
    names = [*case.call.arguments] if extreme else [case.parameter]
    told = [rf"\b{re.escape(name)}\b" for name in names]
    told += [case.call.aliases[name] for name in names if name in case.call.aliases]
    named = any(re.search(pattern, str(problem)) for pattern in told)
    return ("named" if named and "\n" not in str(problem) else "unnamed"), words


def _leaves(answer) -> Iterator[np.ndarray]:
    """The arrays of numbers in an answer."""
    if isinstance(answer, dict):
        answer = tuple(answer.values())
    if isinstance(answer, (tuple, list)):
        for part in answer:
            yield from _leaves(part)
    elif hasattr(answer, "series"):
        yield from _leaves(dict(answer.series))
    elif isinstance(answer, (int, float, np.ndarray, np.generic)):
        yield np.asarray(answer)


def _has_nan(answer) -> bool:
    return any(x.dtype.kind == "f" and np.isnan(x).any() for x in _leaves(answer))


def _same(a, b) -> bool:
    """Equal to the digits of float32, in which one of them may have been given."""
    one, other = list(_leaves(a)), list(_leaves(b))
    if len(one) != len(other):
        return False
    pairs = zip(one, other, strict=True)
    return all(
        x.shape == y.shape
        and (x.dtype.kind not in "fiu" or np.allclose(x, y, rtol=1e-3, atol=1e-5))
        for x, y in pairs
    )


def cases(call: Call) -> Iterator[Case]:
    """Every argument of the call replaced, one at a time."""
    for parameter, value in call.arguments.items():
        for kind, table in _values(value).items():
            for label, other in table.items():
                yield Case(call, parameter, label, kind, other)


def _nothing() -> dict[str, Any]:
    """No numbers at all."""
    return {
        "text": "three",
        "digits": "3",
        "empty text": "",
        "bytes": b"3",
        "a dictionary": {"a": 1.0},
        "a set": {1.0},
        "an object": object(),
        "a class": float,
        "a function": len,
        "a generator": (x for x in ()),
        "complex": 1.0 + 1.0j,
        "list of text": ["a", "b"],
        "list of None": [None, None],
        "ragged": [[1.0, 2.0], [3.0]],
        "complex array": np.array([1j, 2.0]),
        "text array": np.array(["a", "b"]),
        "object array": np.array([1.0, None], dtype=object),
        "date": np.array(["2020-01-01"], dtype="datetime64[D]"),
        "structured": np.zeros(2, dtype=[("a", float)]),
        "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        "masked number": np.ma.masked,
        "None": None,
    }


def _values(value) -> dict[str, dict[str, Any]]:
    if isinstance(value, (bool, np.bool_)):
        return {"malformed": _no_flag(), "valid": {"numpy": np.bool_(value)}}
    if isinstance(value, (int, np.integer)):
        return _for_integer(int(value))
    if isinstance(value, (float, np.floating)):
        return _for_number(float(value))
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return _for_array(value)
    if isinstance(value, str):
        wrong = {"nonsense": "nonsense", "empty": "", "number": 1, "None": None, "flag": True}
        more = {"bytes": value.encode(), "capitals": value.swapcase(), "list": [value], "nan": NAN}
        return {"malformed": wrong | more}
    return {"malformed": _no_thing(value)}


def _no_flag():
    return {
        "text": "false",
        "empty text": "",
        "one": 1,
        "zero": 0,
        "float": 1.0,
        "nan": NAN,
        "None": None,
        "list": [True],
        "empty list": [],
        "array": np.array([True, False]),
        "object": object(),
    }


def _no_thing(value):
    """In place of an optimizer, an objective, a basis ..."""
    return {
        "number": 1.0,
        "text": "Adam",
        "empty text": "",
        "list": [],
        "dictionary": {},
        "None": None,
        "flag": True,
        "its class": type(value),
        "object": object(),
        "nan": NAN,
        "array": np.ones(2),
    }


def _for_integer(value):
    wrong = _nothing() | {
        "flag": True,
        "half": value + 0.5,
        "nan": NAN,
        "inf": INF,
        "negative": -1,
        "very negative": -(2**62),
        "empty": [],
        "empty array": np.zeros(0, int),
        "several": np.array([1, 2, 3]),
    }
    huge = {"huge": 2**40, "huger": 2**62, "beyond": 10**30}
    return {"malformed": wrong, "extreme": huge, "valid": {"numpy": np.int64(value)}}


def _for_number(value):
    wrong = _nothing() | {
        "flag": True,
        "nan": NAN,
        "inf": INF,
        "minus inf": -INF,
        "numpy nan": np.float64(NAN),
        "nan array": np.array([NAN, 1.0]),
        "empty": [],
        "empty array": np.zeros(0),
    }
    far = {"huge": 1e308, "minus huge": -1e308, "tiny": 5e-324, "zero": 0.0, "minus zero": -0.0}
    more = {"minus one": -1.0, "large": 1e20, "small": 1e-20, "integer beyond": 10**30}
    same = {
        "float32": np.float32(value),
        "zero-dimensional": np.array(value),
        "numpy": np.float64(value),
    }
    return {"malformed": wrong, "extreme": far | more, "valid": same}


def _for_array(value):
    x = value.astype(float)

    def with_first(entry):
        other = x.copy()
        other.flat[0] = entry
        return other

    wrong = _nothing() | {
        "flag": True,
        "flags": np.ones(x.shape, bool),
        "nan": with_first(NAN),
        "all nan": np.full(x.shape, NAN),
        "inf": with_first(INF),
        "minus inf": with_first(-INF),
        "empty": [],
        "empty array": np.zeros(0),
        "no rows": np.zeros((0, *x.shape[1:])),
        "masked entry": np.ma.masked_array(x, mask=x == x.flat[0]),
        "complex entries": x + 1j,
        "text entries": x.astype(str),
        "object entries": np.array([None] * x.size, dtype=object).reshape(x.shape),
    }
    far = {
        "huge": x * 1e300,
        "tiny": x * 1e-300,
        "zeros": x * 0,
        "minus": -x,
        "huge entry": with_first(1e308),
    }
    more = {"more axes": x[None, None], "longer": np.concatenate([x, x]), "a number": 1.0}
    read_only = x.copy()
    read_only.flags.writeable = False
    apart = np.repeat(x, 2, axis=-1)[..., ::2]
    same = {
        "float32": x.astype(np.float32),
        "list": x.tolist(),
        "tuple": tuple(x.tolist()) if x.ndim else x.item(),
        "read-only": read_only,
        "not contiguous": apart,
        "Fortran": np.asfortranarray(x),
    }
    return {"malformed": wrong, "extreme": far | more, "valid": same}
