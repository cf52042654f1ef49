"""Trying to break a claim: random batches, then optimizers that walk in the unit cube of its space,
then a second look.

What is maximised is how far a part is violated. A refuting instance is believed only when it is
confirmed: computed again by the claim's second formula, in 50 digits where that takes mpmath
numbers, otherwise at neighbouring floating-point instances.

Random points depend on the seed and the number of the round; optimizers start from the best points
of the round and the best instance so far. A search that goes on from a file begins with the round
after its last.

Three searches because none is enough: random points find what is false in a good part of the space,
differential evolution climbs towards a border in many dimensions, and Nelder and Mead finishes
where a violation is small. A part that holds with equality is violated by rounding somewhere: hence
the second look.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import differential_evolution, minimize

from lab.claims.confirming import confirm, minimise
from lab.claims.declaration import Claim
from lab.claims.enclosures import Enclosed
from lab.claims.findings import NOWHERE, Found, kept, save
from lab.claims.laws import Refuted
from lab.claims.measuring import conditions, outcome, trials
from lab.claims.proofs import Identity
from lab.claims.statements import Equal
from lab.claims.verdicts import told

# points in a random batch, at most: a claim with few instances has slow ones
BATCH = 64
# of differential evolution: SciPy's own default per dimension, for the whole space
POPULATION = 15


def falsify(
    c: Claim,
    *,
    budget: float = 10.0,
    seed: int = 0,
    file: Path | None = None,
    tell: Callable[[float], None] = lambda share: None,
) -> Found:
    """Search for an instance that violates the claim, for `budget` seconds; the best so far is
    kept in `file` after every round.

    Goes on from `file` where that holds a search of the same statement and seed, and returns at
    once where it holds a refutation. tell(share) is called with the part of the budget that is
    spent. A round that has begun is cut short, a measurement is not: the budget is exceeded by one
    of them. What the measurement raises is raised; claims that are only proved are not searched,
    and not being refuted is no proof.

    budget: seconds of wall clock, > 0. The instance is printed so that it can be typed again, and
    is made short first. Found.refuted is what to ask; Found.excess tells how near the search came,
    in units of the part's tolerance for an equality.
    """
    search = _Search(c, seed, budget, tell)
    before = kept(file, c, seed)
    if before.refuted:
        return before
    rounds = before.rounds
    while True:
        search.round(rounds)
        rounds += 1
        best = _with(before, search.verdict(rounds))
        if file is not None:
            save(file, best)
        if best.refuted or search.over():
            return best


def _with(before: Found, now: Found) -> Found:
    """The one that is further over the line, with the work of both."""
    chosen = before if not now.refuted and before.excess > now.excess else now
    return replace(
        chosen,
        rounds=now.rounds,
        evaluations=before.evaluations + now.evaluations,
        seconds=before.seconds + now.seconds,
    )


class _Search:
    """Violations of one claim's parts over the unit cube.

    parts: those that are measured. best: gap, part and point of the worst instance so far.
    confirmed: how a violation was, "" before. rounding: what a second look did not confirm. drawn:
    the seed that measurements get at present.
    """

    def __init__(self, c: Claim, seed: int, budget: float, tell):
        self.c, self.seed, self.tell = c, seed, tell
        self.start, self.budget = time.perf_counter(), budget
        self.parts = {
            k: r for k, r in c.says.items() if not isinstance(r, (Identity, Enclosed, Refuted))
        }
        self.evaluations = 0
        self.rounding: list[str] = []
        self.best: tuple[float, str, np.ndarray] = (NOWHERE, "", np.full(c.over.width, 0.5))
        self.confirmed = ""
        self.drawn = seed

    def over(self) -> bool:
        """Whether to stop: the budget is spent, a violation is confirmed, or nothing is left to
        search. Tells the share that is spent."""
        spent = (time.perf_counter() - self.start) / self.budget
        self.tell(min(spent, 1.0))
        return spent >= 1 or bool(self.confirmed) or not self.parts

    def round(self, k: int) -> None:
        """Random points, then a population that starts from the best of them, then a descent from
        the best of that."""
        size = min(BATCH, 2 * self.c.instances)
        for batch in range(4):
            # a statement may be true of the numbers that one seed draws
            self.drawn = self.seed + 4 * k + batch
            u = self.c.over.points(self.seed + 1000 * k, batch * size, (batch + 1) * size)
            scores = self.scores(u)
            if self.over():
                return
        # the best so far first, then the best of this round
        population = np.concatenate([self.best[2][None], u[np.argsort(-scores)[: POPULATION - 1]]])
        self._evolve(population, k)
        if not self.over():
            self._walk()

    def _evolve(self, population, k):
        """Twelve generations: a claim's budget sees several rounds, each from other points. The
        population is measured at once, as a batch.

        init has POPULATION rows at most: the search is cheap, and meant to be repeated with other
        points.
        """
        bounds = [(0.0, 1.0)] * self.c.over.width
        differential_evolution(
            lambda x: -self.scores(np.clip(x.T, 0, 1)),
            bounds,
            init=np.clip(population, 0, 1),
            maxiter=12,
            # SciPy's polish takes gradients, which a plateau has not
            polish=False,
            vectorized=True,
            updating="deferred",
            # the same numbers when a search goes on from its file
            seed=np.random.default_rng([self.seed, k]),
            callback=lambda *_, **__: self.over(),
        )

    def _walk(self):
        """Nelder and Mead from the best point, at most 40 steps per dimension, for at most ten
        dimensions' worth: it needs no gradient, which `where` and rounding would spoil."""
        start = self.best[2]

        def downhill(x):
            if self.over():
                raise TimeoutError
            return -self.scores(np.clip(x, 0, 1)[None])[0]

        try:
            minimize(
                downhill, start, method="Nelder-Mead", options={"maxfev": 40 * min(len(start), 10)}
            )
        except TimeoutError:
            return

    def scores(self, u: np.ndarray) -> np.ndarray:
        """The largest violation over the parts, (R,); a violation is confirmed before it counts.

        NOWHERE outside the hypotheses, where there is nothing to climb: optimizers see a plateau.
        """
        self.evaluations += len(u)
        inside = conditions(self.c, u)[0].all(0)
        total = np.full(len(u), NOWHERE)
        if not inside.any() or not self.parts:
            return total
        found = trials(self.c, u[inside], self.drawn)
        for name, relation in self.parts.items():
            gap = _excess(relation, outcome(self.c, relation, relation.formula, found, self.drawn))
            rows = np.flatnonzero(inside)
            self._note(name, relation, gap, u[rows])
            # optimizers compute with it: no infinities
            total[rows] = np.maximum(total[rows], np.minimum(gap, 1e9))
        return total

    def _note(self, name, relation, gap, u):
        """Remembers the worst instance, or the first violation that a second look confirms; what it
        does not confirm is counted, and no violation any more."""
        for row in np.argsort(-gap):
            if gap[row] <= 0 or self.confirmed:
                break
            instance = self._instance(u[row])
            how = confirm(self.c, relation, instance, self.drawn)
            if how.startswith("confirmed"):
                self.best, self.confirmed = (float(gap[row]), name, u[row]), how
                return
            self.rounding.append(how)
            # no longer a violation, so that the optimizer does not settle on it
            gap[row] = min(gap[row], 0.0)
        top = int(gap.argmax())
        if gap[top] > self.best[0]:
            self.best = (float(gap[top]), name, u[top])

    def verdict(self, rounds: int) -> Found:
        """What is known after so many rounds. A confirmed violation is made printable first, which
        measures some tens of instances more."""
        excess, part, u = self.best
        instance = self._instance(u) if part else {}
        if self.confirmed:
            instance = minimise(self.c, self.parts[part], instance, self.drawn)
        return Found(
            self.c.id,
            bool(self.confirmed),
            self._words(part, instance),
            part,
            excess,
            instance,
            confirmed=self.confirmed,
            seed=self.seed,
            drawn=self.drawn,
            rounds=rounds,
            evaluations=self.evaluations,
            seconds=time.perf_counter() - self.start,
            statement=self.c.statement(),
        )

    def _instance(self, u):
        """The instance at a point, without the instance axis."""
        return self.c.over.batches(u[None])[0].one(0, self.c.over.grouped)

    def _words(self, part, instance) -> str:
        """What is said of it: refuted where somebody is cited for the claim, a counter-example
        otherwise; how many instances did not refute it, and how many only by rounding."""
        if self.confirmed:
            kind = "refuted" if self.c.cites.kind == "stated" else "counter-example"
            return f"{kind} ({part}): {told(instance)}"
        if not self.parts:
            return "decided, not searched"
        if not part:
            return "outside its assumptions: no instance was found"
        traps = f"; {len(self.rounding)} only by rounding" if self.rounding else ""
        return f"not refuted in {self.evaluations} instances{traps}"


def _excess(relation, o) -> np.ndarray:
    """The gap in units that an optimizer can climb: of the tolerance, for an equality. A NaN is no
    violation to show.

    NOWHERE is lower than any gap, so that a point without a value is never the best.
    """
    gap = np.where(np.isnan(o.left) | ~np.isfinite(o.right), NOWHERE, o.gap)
    if isinstance(relation, Equal):
        tolerance = relation.atol + relation.rtol * np.abs(o.right)
        gap = gap / np.maximum(tolerance, np.finfo(float).tiny)
    return np.where(np.isnan(gap), NOWHERE, gap)
