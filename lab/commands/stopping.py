"""What a command does when it is told to end: tidy up, and not for long."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# what a shell calls a program that a signal ended: 128 and its number
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
# seconds that tidying up may take
PATIENCE = 1.0
# what extension modules, and Python itself, make of an exception while they are imported
FAILED_IMPORT = (ImportError, SystemError)


def end_on_sigterm() -> None:
    """From here on SIGTERM ends the program as an exception does, so that nothing is left.

    Where there are no timers (Windows) the exception alone has to do it.
    """
    if hasattr(signal, "setitimer"):
        # registered first, so it runs last: the interpreter's handlers end before its timers do
        atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGTERM, _terminate)


def _terminate(*_) -> None:
    """End by an exception, so that files and workers are tidied up; by force where somebody, such
    as an import, swallows it."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda *_: os._exit(TERMINATED))
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    sys.exit(TERMINATED)


@contextmanager
def bare_stops() -> Iterator[None]:
    """A stop that arrives while an extension module is imported leaves that module as the cause of
    another exception, "initialization failed": it leaves here as the stop that it is."""
    try:
        yield
    except FAILED_IMPORT as problem:
        # a library may tell the failure of its module once more
        cause: BaseException | None = problem
        while isinstance(cause, FAILED_IMPORT):
            cause = cause.__cause__
        if isinstance(cause, (KeyboardInterrupt, SystemExit)):
            raise cause from None
        raise
