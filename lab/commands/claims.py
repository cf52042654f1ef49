"""lab claims: what the judges say.

Claims are judged by several processes, and printed in the order of their ids.

    lab claims 'adam/*' --parts
    lab claims adam/noise-floor --explain     # statement, proof, source, every control

A verdict is computed anew each time: none is stored, and none is read from a file. Worst instances
and seeds are printed so that any of them can be measured again.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from collections import Counter

MARKS = {True: "ok  ", False: "FAIL"}


def do(options, rest) -> int:
    """lab claims [GLOB] [--parts] [--json] [--explain] [--timeout S] [--quiet]: 0 if every selected
    claim was judged and stands, else 1.

    --json prints a list of verdicts and nothing else. A claim that exceeds its timeout is no
    verdict: the code is 1. One process per core: a judge uses one, and verdicts do not depend on
    how many there are.
    """
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
        # other programs read no NaN
        json.dump(found, sys.stdout, indent=1, allow_nan=False)
        print()
    else:
        print("\n".join(totals(verdicts)))
        seconds = time.perf_counter() - start
        judged_all = len(verdicts)
        print(f"{judged_all} claims, {wrong} failed, {seconds:.1f} s")
    # an interrupted run has judged fewer
    complete = len(verdicts) == len(chosen)
    return 0 if complete and not wrong else 1


def totals(verdicts) -> list[str]:
    """How many claims have which grade, how many parts a control that fails, how many hypotheses a
    witness that they are necessary: a line for each of the three that has any.

    The most frequent kind first, and equal ones in the order in which they came.
    """
    told = {
        "grades": Counter(v.grade for v in verdicts),
        "parts": Counter(_control_of(p) for v in verdicts for p in v.parts),
        "hypotheses": Counter(_shown_of(h) for v in verdicts for h in v.hypotheses),
    }
    lines = []
    for name, found in told.items():
        counts = [f"{count} {kind}" for kind, count in found.most_common()]
        if counts:
            shown = ", ".join(counts)
            lines.append(f"{name}: {shown}")
    return lines


def _shown_of(hypothesis) -> str:
    """Necessary when a space without the hypothesis holds an instance that refutes the claim."""
    return "necessary (witness)" if hypothesis.necessary else "not shown necessary"


def _control_of(part) -> str:
    """The best that its controls show: a part that holds has one that fails, or was not run."""
    if any(c.noticed for c in part.controls):
        return "with a control that fails"
    if any(c.fails for c in part.controls):
        return "not sharp, with a control that fails further out"
    return "not run" if part.holds else "failed"


def lines(v, parts: bool, explain: bool) -> list[str]:
    """One line for the claim; with `parts` one per part and hypothesis; with `explain` all that is
    known: statement, proof, source, the code that judges, and every control.

    A hypothesis is told as what an instance without it looks like that refutes the claim.
    """
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
    """Its grade, its detail, the tightness where it is an inequality, and why its tolerance is what
    it is.

    tightness is the share of a bound that is reached at most: 1 is sharp.
    """
    tight = ""
    if p.tightness is not None:
        tight = f"; tightness {p.tightness:.4g}"
    told = f"{p.grade}; {p.detail}{tight}; tolerance: {p.because}"
    return f"     {p.name}: {p.words}  [{told}]"


def _shown(controls, explain) -> list[str]:
    """All controls, or how many there are and those that were not noticed.

    [] where a part has none. "noticed": the part failed on it, as it must.
    """
    if explain:
        return [f"control, {c}" for c in controls]
    if not controls:
        return []
    # a control that nobody noticed is news, one that was noticed is none
    loose = [str(c) for c in controls if not c.noticed]
    noticed = len(controls) - len(loose)
    told = f"controls: {noticed} of {len(controls)} noticed"
    return ["; ".join([told, *loose])]
