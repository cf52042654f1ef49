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
from replacements import replacements
from sympy import Expr

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
    elif isinstance(answer, Expr):
        # one with symbols left is no number
        if answer.is_number:
            yield np.asarray(float(answer))
    elif hasattr(answer, "series"):
        yield from _leaves(dict(answer.series))
    elif isinstance(answer, (int, float, np.ndarray, np.generic)):
        yield np.asarray(answer)


def _has_nan(answer) -> bool:
    return any(x.dtype.kind == "f" and np.isnan(x).any() for x in _leaves(answer))


def _same(a, b) -> bool:
    """Equal to the digits of float32, in which one of them may have been given."""
    one = list(_leaves(a))
    other = list(_leaves(b))
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
        for kind, table in replacements(value).items():
            for label, other in table.items():
                yield Case(call, parameter, label, kind, other)
