"""Whether a hypothesis is needed: the nearest instance outside it, and outside no other, where the
claim fails.

Found among the instances of the space, so "not shown necessary" says nothing about necessity: the
space may not reach far enough outside, or the claim may hold there for another reason. A hypothesis
outside which the measurement refuses to run is not shown necessary either. One that is necessary
has a witness that anybody can measure again.
"""

from __future__ import annotations

import numpy as np

from lab.claims import controls
from lab.claims.declaration import Claim
from lab.claims.enclosures import Enclosed
from lab.claims.laws import Refuted
from lab.claims.measuring import Drawn, instance, outcome, trials
from lab.claims.proofs import Identity
from lab.claims.statements import AtLeast, AtMost, Outcome
from lab.claims.verdicts import Necessity, told

NOT_SHOWN = "not shown necessary"


def necessity(c: Claim, k: int, drawn: Drawn, seed: int) -> Necessity:
    """Hypothesis k: necessary with a witness, or not shown necessary and why not.

    drawn.outside[k] are points outside hypothesis k and no other; identities, enclosures and
    refutations are not looked at.
    """
    text, points = str(c.assuming[k]), drawn.outside[k]
    if not len(points):
        return Necessity(
            text, False, {}, f"{NOT_SHOWN}: the space has no instance outside it alone"
        )
    try:
        found, failing = _failing(c, points, seed)
    # outside its hypotheses a measurement may refuse: no matrix root, no steady state
    except Exception as problem:
        reason = " ".join(str(problem).split())
        return Necessity(text, False, {}, f"{NOT_SHOWN}: the measurement refuses: {reason}")
    if not failing:
        return Necessity(
            text, False, {}, f"{NOT_SHOWN}: holds at {len(points)} instances outside it"
        )
    # points are sorted by their distance from the border
    row, name, relation, result = min(failing, key=lambda f: f[0])
    witness = instance(c, found, row)
    shown = f"{name}: {sides_told(relation, result, row)}: {told(witness)}"
    return Necessity(text, True, witness, f"necessary ({shown})")


def _failing(c, points, seed):
    """The trials, and (first row that fails, part, relation, outcome) of every part that does.

    Rows are in the order of the points: nearest to the border first.
    """
    found, failing = trials(c, points, seed), []
    for name, relation in c.says.items():
        # no instance decides these
        if isinstance(relation, (Identity, Enclosed, Refuted)):
            continue
        result = outcome(c, relation, relation.formula, found, seed)
        rows = np.flatnonzero(controls.violated(result))
        if len(rows):
            failing.append((int(rows[0]), name, relation, result))
    return found, failing


def sides_told(relation, result: Outcome, row: int) -> str:
    """Both sides at one instance, and how many were measured: "0.5 <= 0.7 at worst, 40 instances".
    Vacuous bounds are not counted."""
    sign = {AtMost: "<=", AtLeast: ">="}.get(type(relation), "against")
    counted = int((~np.isneginf(result.gap)).sum())
    return f"{result.left[row]:.6g} {sign} {result.right[row]:.6g} at worst, {counted} instances"
