"""Imports of a process that should end with its parent: they take seconds, in which nobody else
looks whether the parent is still there.

A worker watches its parent from a thread once it serves. Before that, and in the server that forks
workers, a timer does: signals leave a process with one thread, which may be forked.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# where a parent says who it is: it may have ended before its child asks
PARENT = "LAB_CLAIMS_PARENT"
# seconds between two looks
PERIOD = 0.2


@contextmanager
def parent_named() -> Iterator[None]:
    """Processes that start meanwhile know this one as the parent they should end with."""
    os.environ[PARENT] = str(os.getpid())
    try:
        yield
    finally:
        del os.environ[PARENT]


def imported(modules: Sequence[str]) -> None:
    """Import them; the process ends as soon as it has lost the parent that named itself: with exit
    code 1, within PERIOD seconds or as soon as the running import lets a signal through. Without a
    named parent it only imports.
    """
    if PARENT not in os.environ:
        _import(modules)
        return
    parent = int(os.environ[PARENT])

    def look(*_):
        if os.getppid() != parent:
            os._exit(1)

    # a timer, not a thread: a process with threads should not be forked
    former = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, PERIOD, PERIOD)
    try:
        _import(modules)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def _import(modules) -> None:
    """Every module, by its name."""
    for name in modules:
        importlib.import_module(name)
