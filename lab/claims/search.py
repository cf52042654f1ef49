"""Trying to break a claim: random batches, then optimizers that walk in the unit cube of its space, then a second look.

What is maximised is how far a part is violated. A refuting instance is believed only when it is confirmed: computed again by the
claim's second formula, in 50 digits where that takes mpmath numbers, otherwise at neighbouring floating-point instances.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from scipy.optimize import differential_evolution, minimize

from lab.claims.declaration import Claim
from lab.claims.formulas import in_digits
from lab.claims.measuring import Trial, allowed, conditions, outcome, run, trials
from lab.claims.proofs import Enclosed, Identity
from lab.claims.statements import AtLeast, AtMost, Equal, Refuted, Within
from lab.claims.verdicts import NoTruthValue, plain, told

# points per random batch; the population of differential evolution
BATCH = 64
# outside the hypotheses, or where a measurement says nothing
NOWHERE = -1e9


@dataclass(frozen=True)
class Found(NoTruthValue):
    """What a search found: words, the part and instance closest to failing, how far over the line it is, and how it was confirmed.

    rounds and seconds: how much was searched, so that a search that was stopped goes on from its file.
    """

    id: str
    refuted: bool
    words: str
    part: str
    excess: float
    instance: dict[str, Any] = field(default_factory=dict)
    confirmed: str = ""
    seed: int = 0
    rounds: int = 0
    evaluations: int = 0
    seconds: float = 0.0
    statement: str = ""


def falsify(
    c: Claim, *, budget: float = 10.0, seed: int = 0, file: Path | None = None, tell: Callable[[float], None] = lambda share: None
) -> Found:
    """Search for an instance that violates the claim, for `budget` seconds; the best so far is kept in `file` after every round."""
    search = _Search(c, seed, budget, tell)
    best = _kept(file, c, seed)
    if best.refuted:
        return best
    rounds = best.rounds
    while True:
        search.round(rounds)
        rounds += 1
        best = _better(search.verdict(rounds), best)
        if file is not None:
            save(file, best)
        if best.refuted or search.over():
            return best


def _better(new: Found, old: Found) -> Found:
    """The one that is further over the line, with the work of both."""
    chosen = old if not new.refuted and old.excess > new.excess else new
    return replace(
        chosen,
        rounds=new.rounds,
        evaluations=old.evaluations + new.evaluations if old.rounds else new.evaluations,
        seconds=old.seconds + new.seconds if old.rounds else new.seconds,
    )


class _Search:
    """Violations of one claim's parts over the unit cube."""

    def __init__(self, c: Claim, seed: int, budget: float, tell):
        self.c, self.seed, self.tell = c, seed, tell
        self.start, self.budget = time.perf_counter(), budget
        self.parts = {k: r for k, r in c.says.items() if not isinstance(r, (Identity, Enclosed, Refuted))}
        self.evaluations = 0
        self.rounding: list[str] = []
        self.best: tuple[float, str, np.ndarray] = (NOWHERE, "", np.full(c.over.width, 0.5))
        self.confirmed = ""

    def over(self) -> bool:
        spent = (time.perf_counter() - self.start) / self.budget
        self.tell(min(spent, 1.0))
        return spent >= 1 or bool(self.confirmed) or not self.parts

    def round(self, k: int) -> None:
        """Random points, then a population that starts from the best of them, then a descent from the best of that."""
        for batch in range(4):
            u = self.c.over.points(self.seed + 1000 * k, batch * BATCH, (batch + 1) * BATCH)
            scores = self.scores(u)
            if self.over():
                return
        population = np.concatenate([self.best[2][None], u[np.argsort(-scores)[: min(BATCH, 15) - 1]]])
        self._evolve(population, k)
        if not self.over():
            self._walk()

    def _evolve(self, population, k):
        bounds = [(0.0, 1.0)] * self.c.over.width
        differential_evolution(
            lambda x: -self.scores(np.clip(x.T, 0, 1)),
            bounds,
            init=np.clip(population, 0, 1),
            maxiter=12,
            polish=False,
            vectorized=True,
            updating="deferred",
            rng=np.random.default_rng([self.seed, k]),
            callback=lambda *_, **__: self.over(),
        )

    def _walk(self):
        start = self.best[2]

        def downhill(x):
            if self.over():
                raise TimeoutError
            return -self.scores(np.clip(x, 0, 1)[None])[0]

        try:
            minimize(downhill, start, method="Nelder-Mead", options={"maxfev": 40 * min(len(start), 10)})
        except TimeoutError:
            return

    def scores(self, u: np.ndarray) -> np.ndarray:
        """The largest violation over the parts, (R,); a violation is confirmed before it counts."""
        self.evaluations += len(u)
        inside = conditions(self.c, u)[0].all(0)
        total = np.full(len(u), NOWHERE)
        if not inside.any() or not self.parts:
            return total
        found = trials(self.c, u[inside], self.seed)
        for name, relation in self.parts.items():
            gap = _excess(relation, outcome(self.c, relation, relation.formula, found, {}, self.seed))
            rows = np.flatnonzero(inside)
            self._note(name, relation, gap, u[rows])
            total[rows] = np.maximum(total[rows], np.minimum(gap, 1e9))
        return total

    def _note(self, name, relation, gap, u):
        for row in np.argsort(-gap):
            if gap[row] <= 0 or self.confirmed:
                break
            instance = self.c.over.batches(u[row : row + 1])[0].one(0, self.c.over.grouped)
            how = confirm(self.c, relation, instance, self.seed)
            if how.startswith("confirmed"):
                self.best, self.confirmed = (float(gap[row]), name, u[row]), how
                return
            self.rounding.append(how)
            gap[row] = min(gap[row], 0.0)
        top = int(gap.argmax())
        if gap[top] > self.best[0]:
            self.best = (float(gap[top]), name, u[top])

    def verdict(self, rounds: int) -> Found:
        excess, part, u = self.best
        instance = self.c.over.batches(u[None])[0].one(0, self.c.over.grouped) if part else {}
        if self.confirmed:
            instance = minimise(self.c, self.parts[part], instance, self.seed)
            cited = self.c.cites.kind == "stated"
            words = f"{'refuted' if cited else 'counter-example'} ({part}): {told(instance)}"
        elif not self.parts:
            words = "decided, not searched"
        elif not part:
            words = "outside its assumptions: no instance was found"
        else:
            words = f"not refuted in {self.evaluations} instances"
            words += f"; {len(self.rounding)} only by rounding" if self.rounding else ""
        seconds = time.perf_counter() - self.start
        known = dict(confirmed=self.confirmed, seed=self.seed, rounds=rounds, evaluations=self.evaluations, seconds=seconds)
        return Found(self.c.id, bool(self.confirmed), words, part, excess, instance, **known, statement=self.c.statement())


def _excess(relation, o) -> np.ndarray:
    """The gap in units that an optimizer can climb: relative to the tolerance for an equality. NaN: no violation to show."""
    gap = np.where(np.isnan(o.left) | ~np.isfinite(o.right), NOWHERE, o.gap)
    if isinstance(relation, Equal):
        allowed_error = relation.atol + relation.rtol * np.abs(o.right)
        gap = gap / np.maximum(allowed_error, np.finfo(float).tiny)
    return np.where(np.isnan(gap), NOWHERE, gap)


def confirm(c: Claim, relation, instance: Mapping[str, Any], seed: int) -> str:
    """"confirmed ..." how, or why a violation is not believed."""
    if c.again is not None and isinstance(relation, (Equal, AtMost, AtLeast)):
        return _confirmed_again(c, relation, instance)
    if isinstance(relation, Within) or "seed" in c.arguments:
        seeds = [seed + 101, seed + 202]
        fails = [_gap(c, relation, instance, other) > 0 for other in seeds]
        return "confirmed with two other seeds" if all(fails) else "a matter of chance: another seed does not show it"
    fails = [_gap(c, relation, _nudged(instance, k), seed) > 0 for k in (-3, 3)]
    return "confirmed at neighbouring instances" if all(fails) else "rounding: gone at a neighbouring instance"


def _confirmed_again(c: Claim, relation, instance) -> str:
    """By the second formula: in 50 digits, if it computes with what it is given."""
    with mpmath.workdps(50):
        exact = {k: mpmath.mpf(float(x)) if np.ndim(x) == 0 and not isinstance(x, (int, str)) else x for k, x in instance.items()}
        measured = {getattr(k, "name", k): x for k, x in c.again(**{k: exact[k] for k in c.arguments}).items()}
        values = exact | measured
        left, right = in_digits(relation.left, values), in_digits(relation.right, values)
        digits = all(isinstance(x, mpmath.mpf) for x in measured.values())
        how = "in 50 digits" if digits else "by a second formula"
        sides = f"{mpmath.nstr(left, 8)} against {mpmath.nstr(right, 8)}"
        # a bound's own slack is for rounding, which is what is being excluded here
        wrong = {
            AtMost: lambda: left > right,
            AtLeast: lambda: left < right,
            Equal: lambda: abs(left - right) > relation.atol + relation.rtol * abs(right),
        }[type(relation)]()
    return f"confirmed {how}: {sides}" if wrong else f"rounding: {how} {sides}"


def _gap(c, relation, instance, seed) -> float:
    batch = c.over.alone(instance)
    found = [Trial(batch, run(c, batch, seed))]
    gap = outcome(c, relation, relation.formula, found, {}, seed).gap[0]
    return float(gap) if np.isfinite(gap) else (1.0 if gap > 0 else -1.0)


def _nudged(instance, ulps: int) -> dict[str, Any]:
    """All floating-point entries moved by some units in the last place; matrices stay symmetric."""
    eps = ulps * np.finfo(float).eps
    return {k: x * (1 + eps) if np.asarray(x).dtype.kind == "f" else x for k, x in instance.items()}


def minimise(c: Claim, relation, instance: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """A refuting instance that prints well: numbers rounded to as few digits, and integers as small, as still refute."""
    best = dict(instance)
    for name, piece in c.over.pieces.items():
        if np.ndim(best[name]) or piece.largest is not None or piece.formula is not None:
            continue
        for simple in piece.simpler(best[name]):
            trial = _completed(c, best | {name: simple})
            if piece.contains(simple) and allowed(c, trial) and _still(c, relation, trial, seed):
                best = trial
                break
    return best


def _completed(c, instance) -> dict[str, Any]:
    """The abbreviations computed again."""
    values = c.over.alone(instance).values
    for name in c.over.abbreviations:
        values[name] = c.over.pieces[name].at(np.zeros((1, 0)), values)
    return {k: x if k in c.over.grouped else np.asarray(x)[0] for k, x in values.items()}


def _still(c, relation, instance, seed) -> bool:
    try:
        return _gap(c, relation, instance, seed) > 0 and confirm(c, relation, instance, seed).startswith("confirmed")
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return False


def save(file: Path, found: Found) -> None:
    """Written under another name first: a reader sees the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(plain(asdict(found)), indent=1))
    os.replace(part, file)


def load(file: Path) -> Found:
    """ValueError when the file is none of ours."""
    try:
        return Found(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError) as problem:
        raise ValueError(f"{file}: not a result of lab falsify ({problem})") from None


def _kept(file, c, seed) -> Found:
    """What an earlier search of the same statement and seed left, to go on from."""
    fresh = Found(c.id, False, "", "", NOWHERE, seed=seed, statement=c.statement())
    if file is None or not file.is_file():
        return fresh
    kept = load(file)
    return kept if (kept.statement, kept.seed) == (fresh.statement, seed) else fresh


def replay(c: Claim, found: Found) -> dict[str, float]:
    """The gap of every part at the saved instance: positive where it is violated."""
    instance = _arrays(c, found.instance)
    return {name: _gap(c, r, instance, found.seed) for name, r in c.says.items() if not isinstance(r, (Identity, Enclosed, Refuted))}


def _arrays(c, instance) -> dict[str, Any]:
    return {k: x if k in c.over.grouped else np.asarray(x, dtype=float if not isinstance(x, int) else int) for k, x in instance.items()}
