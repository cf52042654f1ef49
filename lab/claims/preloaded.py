"""What the server of workers imports, watched over: it takes seconds, in which the server does not
see that its parent has ended."""

from __future__ import annotations

import importlib
import os
import signal

# the lab's claims and what judges them; a user's file is imported by the workers alone
MODULES = ("lab.claims.contents", "lab.claims.judging", "lab.claims.own")
# seconds between two looks
PERIOD = 0.2
# where the parent says who it is: it may have ended before its server asks
PARENT = "LAB_CLAIMS_PARENT"


def _watched(parent: int) -> None:
    """Import MODULES, and end the process as soon as it has another parent than this one."""

    def look(*_):
        if os.getppid() != parent:
            os._exit(1)

    # a timer, not a thread: a process with threads should not be forked
    former = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, PERIOD, PERIOD)
    try:
        for name in MODULES:
            importlib.import_module(name)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


_watched(int(os.environ.get(PARENT, os.getppid())))
