"""Runs test files on the lab in the current folder, once per line of its input, each time in a
fork of this process, which has imported what is slow to import and is not the lab.

    python fork_server.py OPTION... < requests

A request is a line of JSON: `files`, the test files; `note`, where to write which test enters which
function of the lab, or `notes`, such files, and `function`, [file, line]: then only the tests that
enter it run, the quickest first; with `slow` only the slow ones. The answer is a line: pytest's
exit code, or minus the signal that ended it. What the tests print is in the file `told`.
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

import matplotlib.figure  # noqa: F401
import mpmath  # noqa: F401
import numpy  # noqa: F401
import pytest
import scipy.integrate
import scipy.linalg
import scipy.optimize
import scipy.sparse.linalg
import scipy.special
import scipy.stats  # noqa: F401
import sympy  # noqa: F401

SECONDS = 300  # of the processor: a busy machine is no fault of the mutant
PATIENCE = 3600  # by the clock, for one that waits for what does not come
TOLD = Path("told")
LAB = Path("lab").absolute()


class Noting:
    """Writes {test: [seconds, [[file, first line of a function], ...]]}, files within the lab."""

    def __init__(self, path):
        self.path = Path(path)
        self.noted = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        # by identity: the hash of a code object is that of all its constants
        entered = {}

        def profile(frame, event, _):
            if event == "call":
                entered[id(frame.f_code)] = frame.f_code

        started = time.process_time()
        sys.setprofile(profile)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            self.noted[item.nodeid] = (time.process_time() - started, places(entered.values()))

    def pytest_sessionfinish(self):
        # whole or not at all: another worker may read it
        unfinished = self.path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(self.noted), encoding="utf-8")
        unfinished.replace(self.path)


def places(codes):
    """[file, first line] of the functions that are in the lab."""
    paths = [(Path(code.co_filename), code.co_firstlineno) for code in codes]
    return [(str(p.relative_to(LAB)), line) for p, line in paths if p.is_relative_to(LAB)]


class Entering:
    """Only the tests that enter a function, the quickest first."""

    def __init__(self, notes, function):
        noted = {}
        for path in notes:
            noted |= json.loads(Path(path).read_text(encoding="utf-8"))
        self.seconds = {
            test: seconds for test, (seconds, entered) in noted.items() if function in entered
        }

    def pytest_collection_modifyitems(self, items):
        chosen = [item for item in items if item.nodeid in self.seconds]
        items[:] = sorted(chosen, key=lambda item: self.seconds[item.nodeid])


def plugins(request):
    """What the request asks for besides running its files."""
    if "note" in request:
        return [Noting(request["note"])]
    if "function" in request:
        return [Entering(request["notes"], request["function"])]
    return []


def run(request):
    """In the fork: runs the tests, and ends the process with their exit code."""
    with TOLD.open("wb") as told:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)

    code = pytest.ExitCode.INTERNAL_ERROR
    try:
        chosen = ["-m", "slow"] if request.get("slow") else []
        code = pytest.main([*sys.argv[1:], *chosen, *request["files"]], plugins(request))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))


def answer(request):
    """The exit code of the tests in a fork, or minus the signal that ended it."""
    process = os.fork()
    if process == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        signal.alarm(PATIENCE)
        run(request)

    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(f"{answer(json.loads(line))}\n")
        sys.stdout.flush()
