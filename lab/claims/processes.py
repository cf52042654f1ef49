"""Claims judged in processes of their own: one that exits, raises, prints or never ends is its own
error and nobody else's.

The parent never runs a claim, and never imports a user's file. Workers live on from claim to claim;
one that dies or takes too long is replaced. When the parent ends, by Ctrl-C, by SIGTERM or by
anything else, no worker stays behind.

A task is (verb, id, options), its answer a list of ids, a Verdict, a Found, or a Failure. Verdicts
come in the order asked for, whatever order they are reached in, so that reports of two runs can be
compared line by line.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing import (
    connection,
    get_all_start_methods,
    get_context,
    parent_process,
    resource_tracker,
)
from typing import Any, NamedTuple

from tqdm import tqdm

from lab.claims.orphans import parent_named
from lab.claims.own import declared
from lab.claims.verdicts import Verdict, failed

# seconds until a worker has imported the lab and a user's file, on a machine that is busy
STARTUP = 120.0
READY = "ready"

# what takes a worker its first seconds: where the system can fork, a server imports it once, and
# every worker is a fork of that server
PRELOADED = ["lab.claims.preloaded"]


class Failure(NamedTuple):
    """No answer: what went wrong, and whether the worker is lost with it."""

    words: str
    lost: bool = False


class Worker:
    """A process that answers tasks (verb, id, options), one at a time, once it has said that it is
    ready."""

    def __init__(self, source: str | None):
        context = _context()
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, source), daemon=True)
        _start(self.process)
        other.close()
        self.ready = False
        self.number: int | None = None
        self.seconds = self.deadline = 0.0

    def give(self, number: int, task: tuple, seconds: float) -> None:
        """The clock of a task starts when the worker has imported what it needs."""
        self.number, self.seconds = number, seconds
        self.deadline = time.monotonic() + (seconds if self.ready else STARTUP)
        self.pipe.send(task)

    def answer(self) -> Any:
        """What it says, a Failure, or None when it is still at work; called when it may have
        spoken."""
        try:
            said = self.pipe.recv() if self.pipe.poll() else None
        except (EOFError, OSError):
            self.process.join(5)
            return Failure(f"ends the process (exit code {self.process.exitcode})", lost=True)
        if isinstance(said, str) and said == READY:
            self.ready = True
            self.deadline = time.monotonic() + self.seconds
            return None
        late = said is None and time.monotonic() >= self.deadline
        words = f"takes too long: stopped after {self.seconds:g} s"
        return Failure(words, lost=True) if late else said

    def stop(self) -> None:
        """An idle worker ends when its pipe closes; a busy one is killed."""
        self.pipe.close()
        self.process.join(2.0 if self.ready and self.number is None else 0.0)
        self.process.kill()
        self.process.join()


class Workers:
    """`with Workers(source, jobs) as staff`: whatever happens inside, all processes are gone
    afterwards."""

    def __init__(self, source: str | None = None, jobs: int = 1):
        self.source, self.jobs = source, jobs
        self.staff: list[Worker] = []
        self.former: Any = None

    def __enter__(self) -> Workers:
        # SIGTERM as an exception, so that the way out leads through __exit__; only a main thread
        # may ask for it
        if threading.current_thread() is threading.main_thread():
            self.former = signal.getsignal(signal.SIGTERM)
            if self.former == signal.SIG_DFL:
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, *_) -> None:
        for worker in self.staff:
            worker.stop()
        if self.former is not None:
            signal.signal(signal.SIGTERM, self.former)

    def ids(self) -> list[str]:
        """The lab's claims and those of the file. ValueError naming the file when it can't be
        loaded, or takes an id of ours."""
        ((_, found),) = self.answers([("ids", "", {})], STARTUP)
        if isinstance(found, Failure):
            raise ValueError(f"{self.source or 'lab.claims'}: {found.words}")
        return found

    def judge(self, ids: Sequence[str], timeout: float) -> Iterator[Verdict]:
        """The verdicts in the order given, each as soon as those before it are known. timeout:
        seconds for one claim, imports apart. A claim that fails to answer has the verdict "error:
        ...", which holds nothing.
        """
        for (_, id, _), found in self.answers([("judge", id, {}) for id in ids], timeout):
            yield failed(id, f"error: {found.words}") if isinstance(found, Failure) else found

    def answers(self, tasks: Sequence[tuple], timeout: float) -> Iterator[tuple[tuple, Any]]:
        """(task, answer or Failure) in the order of the tasks. At most `jobs` workers, started when
        there is something to do; one that is lost is replaced for the next task."""
        waiting = list(enumerate(tasks))
        done: dict[int, Any] = {}
        for number, task in enumerate(tasks):
            while number not in done:
                self._give(waiting, timeout)
                self._collect(done)
            yield task, done.pop(number)

    def _give(self, waiting, timeout) -> None:
        """Tasks to idle workers, and to new ones while there are fewer than `jobs`."""
        idle = [w for w in self.staff if w.number is None]
        while waiting and (idle or len(self.staff) < self.jobs):
            if not idle:
                idle = [Worker(self.source)]
                self.staff += idle
            number, task = waiting.pop(0)
            idle.pop().give(number, task, timeout)

    def _collect(self, done) -> None:
        """Wait until a busy worker speaks, dies, or is late."""
        busy = [w for w in self.staff if w.number is not None]
        soonest = min(w.deadline for w in busy) - time.monotonic()
        connection.wait([w.pipe for w in busy], timeout=max(soonest, 0.0))
        for worker in busy:
            found = worker.answer()
            if found is None:
                continue
            done[worker.number], worker.number = found, None
            if isinstance(found, Failure) and found.lost:
                self.staff.remove(worker)
                worker.stop()


def _start(process) -> None:
    """Start a process that never sees Ctrl-C, not even while it imports what it needs.

    What is blocked here stays blocked in the child; ours is delivered afterwards, not lost. Windows
    has no signal masks, and sends Ctrl-C to all.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        process.start()
        return
    # started first: it unblocks Ctrl-C when it starts
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        # the first one starts the server of the others
        with parent_named():
            process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context() -> Any:
    """Processes by a server that has imported the lab already, where there is one; otherwise
    started from nothing, at some seconds each."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _serve(pipe, source: str | None) -> None:
    """The worker's loop. Ctrl-C is the parent's affair, and its end is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # the default lock of progress bars is a semaphore, which a killed worker would leave behind
    tqdm.set_lock(threading.RLock())
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        claims = _loaded(source)
        pipe.send(READY)
        while (task := _next(pipe)) is not None:
            pipe.send(_answered(claims, task, printed))


def _loaded(source) -> Any:
    """The claims by id, or what keeps them from being loaded, which is then the answer to
    everything."""
    try:
        return _claims(source)
    except Exception as problem:
        words = f"{type(problem).__name__}: {' '.join(str(problem).split())}"
        return Failure(words + _not_judged(source))


def _not_judged(source) -> str:
    """Which claims are lost with a file that does not load: all that it declares."""
    lost = declared(source) if source else []
    return f"; none of its claims is judged: {', '.join(lost)}" if lost else ""


def _answered(claims, task, printed) -> Any:
    """The answer to one task: what its verb returns, or a Failure in words. What was printed
    meanwhile makes it one."""
    if isinstance(claims, Failure):
        return claims
    verb, id, options = task
    try:
        answer = ANSWERS[verb](claims, id, options)
    except Exception as problem:
        answer = Failure(f"{type(problem).__name__}: {' '.join(str(problem).split())}")
    sys.stdout.flush()
    return _named_for_printing(answer, printed) if printed.seek(0, os.SEEK_END) else answer


def _next(pipe) -> tuple | None:
    """The next task, or None when the parent has closed the pipe."""
    try:
        return pipe.recv()
    except EOFError:
        return None


def _named_for_printing(answer, printed) -> Failure:
    """A claim that prints is wrong, whatever it says: what it prints would be in the middle of
    somebody's JSON."""
    printed.seek(0)
    first = printed.read(80).decode(errors="replace").strip().split("\n")[0]
    printed.seek(0)
    printed.truncate()
    return Failure(f"prints {first!r}: a claim returns, it does not print")


def _end_with_parent() -> None:
    # None only in a process that was not started here
    """Wait for the parent's end, however it comes, and end at once: in a thread of its own, since
    the claim that runs may never return."""
    if (parent := parent_process()) is not None:
        parent.join()
    os._exit(1)


def _claims(source: str | None) -> dict[str, Any]:
    """The lab's claims and those of the file, by id. Imported here, in the worker."""
    from lab.claims.contents import CLAIMS
    from lab.claims.own import load

    return CLAIMS | (load(source, CLAIMS) if source else {})


def _ids(claims, id, options) -> list[str]:
    return list(claims)


def _judge(claims, id, options) -> Verdict:
    from lab.claims.judging import judge

    return judge(claims[id])


def _falsify(claims, id, options):
    from lab.claims.search import falsify

    return falsify(claims[id], budget=options["budget"], seed=options["seed"], file=options["file"])


ANSWERS = {"ids": _ids, "judge": _judge, "falsify": _falsify}
