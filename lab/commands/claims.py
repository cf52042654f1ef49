"""lab claims: what the judges say."""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time

MARKS = {True: "ok  ", False: "FAIL"}


def do(options, rest) -> int:
    """lab claims [GLOB] [--parts] [--json] [--explain] [--timeout S] [--quiet]: 0 if every selected
    claim was judged and stands, else 1."""
    from lab.claims.own import select
    from lab.claims.processes import Workers
    from lab.progress import bar, tell

    start = time.perf_counter()
    verdicts = []
    with Workers(options.source, os.cpu_count() or 1) as staff:
        chosen = select(staff.ids(), options.pattern)
        judged = staff.judge(chosen, options.timeout)
        for verdict in bar(judged, len(chosen)):
            verdicts.append(verdict)
            if not options.json:
                tell("\n".join(lines(verdict, options.parts, options.explain)))

    wrong = sum(not v.holds for v in verdicts)
    if options.json:
        found = [v.as_dict() for v in verdicts]
        json.dump(found, sys.stdout, indent=1, allow_nan=False)
        print()
    else:
        seconds = time.perf_counter() - start
        judged_all = len(verdicts)
        print(f"{judged_all} claims, {wrong} failed, {seconds:.1f} s")
    complete = len(verdicts) == len(chosen)
    return 0 if complete and not wrong else 1


def lines(v, parts: bool, explain: bool) -> list[str]:
    """One line for the claim; with `parts` one per part and hypothesis; with `explain` all that is
    known."""
    mark = MARKS[v.holds]
    found = [f"{mark} {v.id:40} {v.words}  [{v.grade}; {v.seconds:.1f} s]"]
    if explain:
        found += [
            "",
            v.statement,
            "",
            textwrap.indent(v.proof, "  "),
            "",
            f"  {v.cites}",
            f"  {v.code}",
            "",
        ]
    if not (parts or explain):
        return found

    for part in v.parts:
        found.append(_part(part))
        for control in _shown(part.controls, explain):
            found.append(f"        {control}")
    for h in v.hypotheses:
        found.append(f"     if not {h.hypothesis}: {h.words}")
    return found


def _part(p) -> str:
    tight = ""
    if p.tightness is not None:
        tight = f"; tightness {p.tightness:.4g}"
    told = f"{p.grade}; {p.detail}{tight}; tolerance: {p.because}"
    return f"     {p.name}: {p.words}  [{told}]"


def _shown(controls, explain) -> list[str]:
    """All controls, or how many there are and those that were not noticed."""
    if explain:
        return [f"control, {c}" for c in controls]
    if not controls:
        return []
    loose = [str(c) for c in controls if not c.noticed]
    noticed = len(controls) - len(loose)
    told = f"controls: {noticed} of {len(controls)} noticed"
    return ["; ".join([told, *loose])]
