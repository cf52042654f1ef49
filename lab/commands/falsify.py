"""lab falsify: what the search says.

A claim that survives has survived a search, no more; what refutes one is stored and can be
replayed.

The search is in lab.claims.search: here its budget is given, its progress shown, and what it found
printed.
"""

from __future__ import annotations

from pathlib import Path

from lab.commands.claims import MARKS

# seconds of search for each claim when no budget is given
EACH = 10.0


def do(options, rest) -> int:
    """lab falsify CLAIM|--all [--budget S] [--seed N] [--jobs N] [--replay FILE]: 1 if a claim is
    refuted or could not be searched.

    --jobs N claims at a time take the budget as wall time, which they share equally: S N / claims
    seconds each, and EACH without a budget. ValueError without a claim, and for both ways to name
    one.
    """
    from lab.checks import count, positive
    from lab.claims.own import select
    from lab.claims.processes import Workers

    if options.replay is not None:
        return _replayed(options)
    if options.budget is not None:
        positive("budget", options.budget)
    count("jobs", options.jobs)
    if options.every == (options.pattern is not None):
        raise ValueError("which claim? lab falsify CLAIM, or lab falsify --all")
    with Workers(options.source, options.jobs) as staff:
        ids = staff.ids()
        return _searched(staff, ids if options.every else select(ids, options.pattern), options)


def _searched(staff, chosen, options) -> int:
    """A worker that dies is told as an error of its claim, and the others go on.

    Prints a line per claim, in the order of their ids.
    """
    from lab.claims.processes import Failure
    from lab.progress import bar, tell

    count = len(chosen)
    jobs = min(options.jobs, count)
    budget = _share(options.budget, jobs, count)
    asked = {"budget": budget, "seed": options.seed}
    tasks = [("falsify", id, asked | {"file": _file(options, id)}) for id in chosen]

    # a claim may end its last evaluation after the budget, and one evaluation may take a while
    found = staff.answers(tasks, 4 * budget + 120)
    wrong = 0
    for (_, id, _), answer in bar(found, len(tasks)):
        if isinstance(answer, Failure):
            bad = True
            words = f"error: {answer.words}"
        else:
            bad = answer.refuted
            file = _file(options, id)
            words = f"{answer.words}  [{answer.confirmed or answer.part}; {file}]"
        wrong += bad
        mark = MARKS[not bad]
        tell(f"{mark} {id:40} {words}")
    return 1 if wrong else 0


def _share(budget: float | None, jobs: int, count: int) -> float:
    """Seconds for each of so many claims, so many at a time, when all of them have `budget`."""
    return EACH if budget is None else budget * jobs / count


def _file(options, id: str) -> Path:
    """Where the worst instance of a claim is kept."""
    return options.out / f"{id.replace('/', '--')}.json"


def _replayed(options) -> int:
    """The saved instance again, in this process.

    ValueError when the claim of the saved instance is not known.
    """
    from lab.claims import CLAIMS
    from lab.claims.findings import load, replay
    from lab.claims.own import load as load_own

    saved = load(options.replay)
    every = CLAIMS | (load_own(options.source, CLAIMS) if options.source else {})
    if saved.id not in every:
        raise ValueError(
            f"{options.replay} is about {saved.id}, which is not here: name its file with --from"
        )
    print(saved.words)
    gaps = replay(every[saved.id], saved)
    for part, gap in gaps.items():
        print(f"{MARKS[gap <= 0]} {part}: gap {gap:.3g}")
    return 1 if any(not gap <= 0 for gap in gaps.values()) else 0
