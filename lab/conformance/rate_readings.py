"""Alterations of one class whose published code reads its learning rate in another way.

Both ways are listed, since a record may be of a program that does what our class does not, or of
one that leaves out what it does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


def _with_eps(method):
    """lr + eps, as MADGRAD's authors write it, so that a rate of 0 is allowed."""
    return dataclasses.replace(method, lr=method.lr + method.eps)


def _without_eps(method):
    """lr - eps: what a record with lr + eps has where its program does not add; None below 0."""
    # a rate must be above 0
    if method.lr <= method.eps:
        return None
    return dataclasses.replace(method, lr=method.lr - method.eps)


READINGS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "MADGRAD": {
        "eps is added to lr": _with_eps,
        "eps is not added to lr": _without_eps,
    },
}
