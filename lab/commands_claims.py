"""lab claims, lab falsify: print what the judges and the search say."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

# seconds of search for each claim when no budget is given
EACH = 10.0
MARKS = {True: "ok  ", False: "FAIL"}


def claims(options, rest) -> int:
    """lab claims [GLOB] [--parts] [--json] [--explain] [--timeout S]: 0 if every selected claim
    was judged and stands, else 1."""
    from tqdm import tqdm

    from lab.claims.own import select
    from lab.claims.processes import Workers

    start, verdicts = time.perf_counter(), []
    with Workers(options.source, os.cpu_count() or 1) as staff:
        chosen = select(staff.ids(), options.pattern)
        judged = staff.judge(chosen, options.timeout)
        for verdict in tqdm(judged, total=len(chosen), delay=2, disable=None, leave=False):
            verdicts.append(verdict)
            if not options.json:
                tqdm.write("\n".join(lines(verdict, options.parts, options.explain)))
    wrong = sum(not v.holds for v in verdicts)
    if options.json:
        json.dump([v.as_dict() for v in verdicts], sys.stdout, indent=1, allow_nan=False)
        print()
    else:
        print("\n".join(totals(verdicts)))
        print(f"{len(verdicts)} claims, {wrong} failed, {time.perf_counter() - start:.1f} s")
    return 1 if wrong or len(verdicts) < len(chosen) else 0


def totals(verdicts) -> list[str]:
    """How many claims have which grade, how many parts a control that fails, how many hypotheses a
    witness that they are necessary."""
    grades = Counter(v.grade for v in verdicts)
    kinds = Counter(_control_of(p) for v in verdicts for p in v.parts)
    needed = Counter(
        "necessary (witness)" if h.necessary else "not shown necessary"
        for v in verdicts
        for h in v.hypotheses
    )
    told = {"grades": grades, "parts": kinds, "hypotheses": needed}
    return [
        f"{name}: {', '.join(f'{count} {kind}' for kind, count in found.most_common())}"
        for name, found in told.items()
        if found
    ]


def _control_of(part) -> str:
    """The best that its controls show."""
    if any(c.noticed for c in part.controls):
        return "with a control that fails"
    if part.controls:
        return "not sharp"
    return "not run" if part.holds else "failed"


def lines(v, parts: bool, explain: bool) -> list[str]:
    """One line for the claim; with `parts` one per part and hypothesis; with `explain` all that is
    known."""
    found = [f"{MARKS[v.holds]} {v.id:40} {v.words}  [{v.grade}; {v.seconds:.1f} s]"]
    if explain:
        found += [
            "",
            v.statement,
            "",
            *(f"  {line}" for line in v.proof.split("\n")),
            "",
            f"  {v.cites}",
            f"  {v.code}",
            "",
        ]
    if parts or explain:
        for p in v.parts:
            tight = "" if p.tightness is None else f"; tightness {p.tightness:.4g}"
            found.append(
                f"     {p.name}: {p.words}  [{p.grade}; {p.detail}{tight}; tolerance: {p.because}]"
            )
            found += [f"        {control}" for control in _shown(p.controls, explain)]
        found += [f"     if not {h.hypothesis}: {h.words}" for h in v.hypotheses]
    return found


def _shown(controls, explain) -> list[str]:
    """All controls, or how many there are and those that were not noticed."""
    if explain:
        return [f"control, {c}" for c in controls]
    noticed = sum(c.noticed for c in controls)
    loose = "; ".join(str(c) for c in controls if not c.noticed)
    return (
        [f"controls: {noticed} of {len(controls)} noticed{'; ' + loose if loose else ''}"]
        if controls
        else []
    )


def falsify(options, rest) -> int:
    """lab falsify CLAIM|--all [--budget S] [--seed N] [--jobs N] [--replay FILE]: 1 if a claim is
    refuted or could not be searched.

    --jobs N claims at a time take the budget as wall time, which they share equally.
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
    from tqdm import tqdm

    from lab.claims.processes import Failure

    budget = _share(options.budget, min(options.jobs, len(chosen)), len(chosen))
    tasks = [
        ("falsify", id, {"budget": budget, "seed": options.seed, "file": _file(options, id)})
        for id in chosen
    ]
    # a claim may end its last evaluation after the budget, and one evaluation may take a while
    found = staff.answers(tasks, 4 * budget + 120)
    wrong = 0
    for (_, id, _), answer in tqdm(found, total=len(tasks), delay=2, disable=None, leave=False):
        failure = isinstance(answer, Failure)
        bad = failure or answer.refuted
        wrong += bad
        words = (
            f"error: {answer.words}"
            if failure
            else f"{answer.words}  [{answer.confirmed or answer.part}; {_file(options, id)}]"
        )
        tqdm.write(f"{MARKS[not bad]} {id:40} {words}")
    return 1 if wrong else 0


def _share(budget: float | None, jobs: int, count: int) -> float:
    """Seconds for each of so many claims, so many at a time, when all of them have `budget`."""
    return EACH if budget is None else budget * jobs / count


def _file(options, id: str) -> Path:
    """Where the worst instance of a claim is kept."""
    return options.out / f"{id.replace('/', '--')}.json"


def _replayed(options) -> int:
    """The saved instance again, in this process."""
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


def arguments(verbs) -> None:
    """The parsers of both verbs."""
    for add in (_claims_arguments, _falsify_arguments):
        add(verbs).add_argument(
            "--from",
            dest="source",
            metavar="FILE.py",
            help="claims of your own, added to the lab's",
        )


def _claims_arguments(verbs):
    claims = verbs.add_parser("claims", help="verify claims: lab claims 'blocks/*'")
    claims.add_argument("pattern", nargs="?", default="*", metavar="GLOB")
    claims.add_argument(
        "--parts", action="store_true", help="one line per part, control and hypothesis"
    )
    claims.add_argument(
        "--explain",
        action="store_true",
        help="statement, proof, references, worst instances, controls",
    )
    claims.add_argument("--json", action="store_true", help="a list of objects instead of lines")
    claims.add_argument(
        "--timeout", type=float, default=120.0, metavar="S", help="seconds per claim (120)"
    )
    return claims


def _falsify_arguments(verbs):
    search = verbs.add_parser(
        "falsify", help="try to break a claim: lab falsify adam/noise-floor --budget 60"
    )
    search.add_argument("pattern", nargs="?", metavar="CLAIM", help="an id, or a pattern")
    search.add_argument("--all", dest="every", action="store_true", help="every claim")
    search.add_argument(
        "--budget",
        type=float,
        metavar="S",
        help="seconds for all claims together (10 for each)",
    )
    search.add_argument("--seed", type=int, default=0, metavar="N")
    search.add_argument("--jobs", type=int, default=1, metavar="N", help="claims at a time (1)")
    search.add_argument("--replay", type=Path, metavar="FILE", help="show a saved instance again")
    search.add_argument(
        "--out",
        type=Path,
        default=Path("results/falsify"),
        metavar="DIR",
        help="where worst instances are kept",
    )
    return search
