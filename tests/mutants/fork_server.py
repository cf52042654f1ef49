"""Runs test files on the lab in the current folder, once per line of its input, each time in a
fork of this process, which has imported what is slow to import and is not the lab.

    python fork_server.py OPTION... < lines of test files, separated by tabs

Answers each line by one: pytest's exit code, or "hung" after SECONDS. What the tests print is in
the file `told`.
"""

import os
import sys
import time
from pathlib import Path

import matplotlib.figure  # noqa: F401
import mpmath  # noqa: F401
import numpy  # noqa: F401  ICN001
import pytest
import scipy.integrate
import scipy.linalg
import scipy.optimize
import scipy.sparse.linalg
import scipy.special
import scipy.stats  # noqa: F401
import sympy  # noqa: F401

SECONDS = 300
TOLD = Path("told")


def tell(arguments):
    """In the fork: runs the tests, and ends the process with their exit code."""
    with TOLD.open("wb") as told:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)

    code = pytest.ExitCode.INTERNAL_ERROR
    try:
        code = pytest.main(arguments)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))


def answer(arguments):
    """The exit code of the tests in a fork, or that they hang."""
    process = os.fork()
    if process == 0:
        tell(arguments)

    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)

    os.kill(process, 9)
    os.waitpid(process, 0)
    return "hung"


if __name__ == "__main__":
    for line in sys.stdin:
        print(answer([*sys.argv[1:], *line.rstrip("\n").split("\t")]), flush=True)
