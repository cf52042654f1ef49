"""lab claims: what the judges say."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter

MARKS = {True: "ok  ", False: "FAIL"}


def do(options, rest) -> int:
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
