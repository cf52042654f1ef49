"""Claims judged in processes of their own: one that exits, raises, prints or never ends is its own
error and nobody else's.

The parent never runs a claim, and never imports a user's file. Workers live on from claim to
claim; one that dies or takes too long is replaced. When the parent ends, by Ctrl-C, by SIGTERM or
by anything else, no worker stays behind.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing import connection, get_context, parent_process
from typing import Any

from tqdm import tqdm

from lab.claims.verdicts import Verdict, failed

# until a worker has imported the lab and a user's file
STARTUP = 120.0


class Worker:
    """A process that answers tasks (verb, id, options), one at a time."""

    def __init__(self, source: str | None):
        context = get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, source), daemon=True)
        self.process.start()
        other.close()
        self.task: tuple | None = None
        self.deadline = 0.0
        self.busy = False

    def give(self, task: tuple, seconds: float) -> None:
        self.task, self.deadline, self.busy = task, time.monotonic() + seconds, True
        self.pipe.send(task)

    def stop(self) -> None:
        """An idle worker ends when its pipe closes; a busy one is killed."""
        self.pipe.close()
        self.process.join(0.0 if self.busy else 2.0)
        self.process.kill()
        self.process.join()


def known_ids(source: str | None, seconds: float = STARTUP) -> list[str]:
    """The ids of the lab's claims and of a user's file. ValueError naming the file when it can't
    be loaded, or takes an id of ours."""
    for answer in answers([("ids", "", {})], source=source, timeout=seconds):
        if isinstance(answer[1], str):
            raise ValueError(f"{source or 'lab.claims'}: {answer[1]}")
        return answer[1]
    raise ValueError(f"{source}: no answer")


def judge_all(
    ids: Sequence[str], *, source: str | None = None, jobs: int = 1, timeout: float = 120.0
) -> Iterator[Verdict]:
    """The verdicts in the order given, each as soon as those before it are known."""
    tasks = [("judge", id, {}) for id in ids]
    for task, answer in answers(tasks, source=source, jobs=jobs, timeout=timeout):
        yield failed(task[1], f"error: {answer}", 0.0) if isinstance(answer, str) else answer


def answers(
    tasks: Sequence[tuple], *, source: str | None = None, jobs: int = 1, timeout: float = 120.0
) -> Iterator[tuple[tuple, Any]]:
    """(task, answer) in the order of the tasks; an answer that is a string says what went wrong."""
    waiting, done, next_out = list(enumerate(tasks)), {}, 0
    workers: list[Worker] = []
    busy: dict[Worker, int] = {}
    former = _terminated_as_exit()
    try:
        while next_out < len(tasks):
            while waiting and len(busy) < min(jobs, len(tasks)):
                number, task = waiting.pop(0)
                worker = next((w for w in workers if w not in busy), None) or _new(workers, source)
                # the first task of a worker also waits for its imports
                worker.give(task, timeout + (0 if worker.task else STARTUP))
                busy[worker] = number
            for worker, answer in _collected(busy):
                done[busy.pop(worker)] = answer
                if isinstance(answer, str):
                    worker.stop()
                    workers.remove(worker)
            while next_out in done:
                yield tasks[next_out], done.pop(next_out)
                next_out += 1
    finally:
        for worker in workers:
            worker.stop()
        if former is not None:
            signal.signal(signal.SIGTERM, former)


def _new(workers, source) -> Worker:
    workers.append(Worker(source))
    return workers[-1]


def _collected(busy) -> Iterator[tuple[Worker, Any]]:
    """Who has answered, died, or is late."""
    soonest = min(w.deadline for w in busy) - time.monotonic()
    ready = connection.wait([w.pipe for w in busy], timeout=max(soonest, 0.0))
    for worker in list(busy):
        if worker.pipe in ready:
            yield worker, _received(worker)
        elif time.monotonic() >= worker.deadline:
            yield worker, "takes too long: stopped (see --timeout)"


def _received(worker) -> Any:
    try:
        answer = worker.pipe.recv()
        worker.busy = False
        return answer
    except (EOFError, OSError):
        worker.process.join(5)
        return f"ends the process (exit code {worker.process.exitcode})"


def _terminated_as_exit():
    """SIGTERM raises SystemExit, so that workers are stopped; the handler that was there before.
    Only a main thread may ask for it."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _serve(pipe, source: str | None) -> None:
    """The worker's loop. Ctrl-C is the parent's affair, and its end is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # the default lock of progress bars is a semaphore, which a killed worker would leave behind
    tqdm.set_lock(threading.RLock())
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        claims: Any = None
        while (task := _next(pipe)) is not None:
            verb, id, options = task
            try:
                claims = _claims(source) if claims is None else claims
                answer = ANSWERS[verb](claims, id, **options)
            except Exception as problem:
                answer = f"{type(problem).__name__}: {' '.join(str(problem).split())}"
            sys.stdout.flush()
            if printed.seek(0, os.SEEK_END) and not isinstance(answer, str):
                answer = _named_for_printing(answer, printed)
            pipe.send(answer)


def _next(pipe) -> tuple | None:
    try:
        return pipe.recv()
    except EOFError:
        return None


def _named_for_printing(answer, printed):
    """A claim that prints is wrong, whatever it says: what it printed would be in the middle of
    somebody's JSON."""
    printed.seek(0)
    first = printed.read(80).decode(errors="replace").strip().split("\n")[0]
    printed.truncate(0)
    if not isinstance(answer, Verdict):
        return f"prints {first!r}: a claim returns, it does not print"
    return replace(
        answer,
        holds=False,
        words=f"error: prints {first!r}: a claim returns, it does not print",
        grade="none",
    )


def _end_with_parent() -> None:
    parent_process().join()
    os._exit(1)


def _claims(source: str | None) -> dict[str, Any]:
    from lab.claims.contents import CLAIMS
    from lab.claims.own import load

    return CLAIMS | (load(source, CLAIMS) if source else {})


def _ids(claims, id) -> list[str]:
    return list(claims)


def _judge(claims, id, **options) -> Verdict:
    from lab.claims.judging import judge

    return judge(claims[id], **options)


def _falsify(claims, id, **options):
    from lab.claims.former.registry import Claim as Former
    from lab.claims.search import falsify

    if isinstance(claims[id], Former):
        return f"{id} is in the former form, which has nothing to search"
    return falsify(claims[id], **options)


ANSWERS = {"ids": _ids, "judge": _judge, "falsify": _falsify}
