"""Drawing instances inside and just outside the hypotheses, and measuring a claim on them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from lab.claims.declaration import Claim
from lab.claims.formulas import applications, evaluate
from lab.claims.laws import Threshold
from lab.claims.spaces import Batch
from lab.claims.statements import Outcome

# chunks of points looked at before a claim is said to have no instance; a quarter of them is spent
# on looking for instances outside each hypothesis
CHUNKS = 40
NONE: Mapping[str, float] = {}


class Drawn(NamedTuple):
    """Points of the cube inside all hypotheses (N, width); and per hypothesis those outside it
    alone, nearest first: what makes a hypothesis fail and no other. further: more of these, in the
    order of their numbers, for hypotheses that the first ones do not show to be necessary."""

    inside: np.ndarray
    outside: list[np.ndarray]
    further: list[np.ndarray]


class Trial(NamedTuple):
    """A batch with what was measured on it: rows (R,), the instances, and all values by name, those
    of the instances among them."""

    batch: Batch
    values: dict[str, Any]


def draw(
    c: Claim,
    seed: int,
    count: int,
    beyond: int = 0,
) -> Drawn:
    """`count` points inside, and up to `beyond` outside each hypothesis alone, among the first
    points of the space; with those that are further, up to `count`.

    Every value of a finite choice that occurs inside, at the points looked at, is among them if
    `count` allows it: points that are the first with a value go before others. Of a product of
    choices that is said of each factor, not of each combination.

    Points of the cube (N, width), corners and others in turn, each of the two in the order of their
    numbers. Chunks of max(count, 64) points are looked at until there are enough inside; the first
    quarter of CHUNKS in any case, if some hypothesis lacks instances outside it, or some value of a
    choice has not occurred inside. Fewer, or none, are returned where the space does not have them
    in CHUNKS chunks.
    """
    inside: list[np.ndarray] = []
    outside: list[list] = [[] for _ in c.assuming]
    size = max(count, 64)
    for chunk in range(CHUNKS):
        u = c.over.points(seed, chunk * size, (chunk + 1) * size)
        holds, distance = conditions(c, u)
        inside += list(u[holds.all(0)])
        for k in range(len(c.assuming)):
            alone = ~holds[k] & np.delete(holds, k, 0).all(0)
            outside[k] += zip(distance[k][alone], u[alone], strict=True)

        looked = chunk >= CHUNKS // 4
        enough = looked or (
            all(len(found) >= beyond for found in outside)
            and len(_firsts(c, inside)) == sum(c.over.finite.values())
        )
        if len(inside) >= count and enough:
            break

    chosen, further = [], []
    for found in outside:
        first = _beside_and_far([distance for distance, _ in found], beyond)
        rest = [k for k in range(len(found)) if k not in set(first)][: count - beyond]
        chosen.append(_stack([found[k][1] for k in first], c))
        further.append(_stack([found[k][1] for k in rest], c))
    return Drawn(_stack(_every_value(c, inside, count), c), chosen, further)


def _every_value(c: Claim, inside: list[np.ndarray], count: int) -> list[np.ndarray]:
    """`count` of the points inside: corners and others in turn, but those that are the first with a
    value of a finite choice before all that are not."""
    ordered = _in_turn(c, inside)
    firsts = set(_firsts(c, ordered).values())
    others = [k for k in range(len(ordered)) if k not in firsts]
    return [ordered[k] for k in sorted([*sorted(firsts), *others][:count])]


def _in_turn(c: Claim, inside: list[np.ndarray]) -> list[np.ndarray]:
    """The points inside, a corner and another one in turn, until either run out: of those the space
    draws in turn, hypotheses may leave mostly corners."""
    corners: list[np.ndarray] = []
    others: list[np.ndarray] = []
    for u in inside:
        kind = corners if c.over.is_corner(u) else others
        kind.append(u)
    pairs = itertools.zip_longest(corners, others)
    return [u for pair in pairs for u in pair if u is not None]


def _firsts(c: Claim, inside: list[np.ndarray]) -> dict[tuple[str, int], int]:
    """By finite choice and the place of a value in it: the number of the first point that has it.
    Values that have not occurred are left out."""
    found: dict[tuple[str, int], int] = {}
    for k, u in enumerate(inside):
        for name, options in c.over.finite.items():
            place = int(u[c.over.columns[name]][0] * options)
            found.setdefault((name, place), k)
    return found


def _beside_and_far(distances: list[float], count: int) -> list[int]:
    """Two thirds of the points nearest to the border, one third of the farthest: some hypotheses
    only fail far outside. Nearest first, so that the first failing one is a witness close to the
    border.
    """
    ordered = sorted(range(len(distances)), key=distances.__getitem__)
    if count <= 2:
        return ordered[:count]
    far = count // 3
    near = count - far
    return ordered[:near] + ordered[near:][-far:]


def _stack(points, c):
    """Points (N, width), also for none."""
    return np.stack(points) if len(points) else np.empty((0, c.over.width))


def conditions(c: Claim, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which hypotheses hold at these points, and how far each is from its border: (H, R) both."""
    holds = np.ones((len(c.assuming), len(u)), bool)
    distance = np.zeros((len(c.assuming), len(u)))
    for batch in c.over.batches(u) if len(u) else ():
        for k, hypothesis in enumerate(c.assuming):
            holds[k, batch.rows] = hypothesis.holds(batch.values)
            distance[k, batch.rows] = hypothesis.distance(batch.values)
    return holds, distance


def allowed(c: Claim, instance: Mapping[str, Any]) -> bool:
    """Whether one instance is in every piece that can tell, and satisfies every hypothesis."""
    values = c.over.alone(instance).values
    return all(bool(np.all(h.holds(values))) for h in c.assuming)


def measure(
    c: Claim,
    batch: Batch,
    seed: int,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """The values of a batch and what is measured on it; `extra`: the value of a threshold's
    parameter. ValueError for a quantity that is missing or has not one value per instance."""
    given = batch.values | {"seed": seed} | dict(extra)
    # outside its hypotheses a method may diverge, and that is data
    with np.errstate(all="ignore"):
        found = c.measure(**{name: given[name] for name in c.arguments})
    if not isinstance(found, Mapping):
        raise TypeError(
            f"{c.measure.__name__} returned {type(found).__name__}: must be a dict of measured"
            " quantities"
        )
    count = len(batch.rows)
    measured = {getattr(name, "name", name): _rows(name, x, count) for name, x in found.items()}

    # what is explained but never used need not be returned
    used = set().union(*(r.symbols() for r in c.says.values()))
    needed = set(c.where) & used - set(extra)
    if missing := needed - set(measured):
        raise ValueError(f"{c.measure.__name__} did not return {', '.join(sorted(missing))}")
    return batch.values | dict(extra) | measured


def _rows(name, x, count):
    """x with one entry per instance; one entry serves all of them where they share every symbol."""
    x = np.asarray(x)
    if x.ndim and len(x) == 1:
        return np.repeat(x, count, 0)
    if not x.ndim or len(x) != count:
        raise ValueError(
            f"{name} has shape {x.shape}: must have one entry per instance, ({count}, ...)"
        )
    return x


def trials(
    c: Claim,
    u: np.ndarray,
    seed: int,
) -> list[Trial]:
    """The claim measured at these points; a claim about a threshold is measured exactly at the
    first one. One call of the measuring function per combination of grouped values."""
    if not len(u):
        return []
    return [Trial(batch, run(c, batch, seed)) for batch in c.over.batches(u)]


def instance(
    c: Claim,
    found: list[Trial],
    row: int,
) -> dict[str, Any]:
    """The instance with this row number, without the instance axis. IndexError for a row that no
    trial has."""
    for trial in found:
        place = np.flatnonzero(trial.batch.rows == row)
        if len(place):
            return trial.batch.one(int(place[0]), c.over.grouped)
    raise IndexError(f"row {row} was not measured")


def run(
    c: Claim,
    batch: Batch,
    seed: int,
) -> dict[str, Any]:
    """A batch measured, at the first threshold if there is one."""
    at = {}
    for threshold in c.thresholds[:1]:
        value = evaluate(threshold.at, batch.values)
        at[str(threshold.parameter)] = _per_instance(value, batch)
    return measure(c, batch, seed, at)


def _per_instance(x, batch):
    """(R,) floats of a value that all instances may share."""
    return np.broadcast_to(x, len(batch.rows)).astype(float)


def outcome(
    c: Claim,
    relation,
    formula,
    found: list[Trial],
    seed: int,
    *,
    constants=NONE,
) -> Outcome:
    """The relation with this formula and these constants on all trials, per row (N,).

    constants: values of the symbols that stand in the places of numbers.
    """
    total = sum(len(t.batch.rows) for t in found)
    # batches are of one shape each; their rows are put back in the order of the instances
    columns = [np.full(total, np.nan) for _ in Outcome._fields]
    each = outcomes(c, relation, formula, found, seed, constants=constants)
    for trial, result in zip(found, each, strict=True):
        for column, x in zip(columns, result, strict=True):
            column[trial.batch.rows] = x
    return Outcome(*columns)


def outcomes(
    c: Claim, relation, formula, found: list[Trial], seed: int, *, constants=NONE
) -> Iterator[Outcome]:
    """The same one trial after the other, each when it is asked for.

    Controls ask again and again with other constants, and stop at the first trial that notices:
    what is measured stays, only a threshold, which decides where to measure, is measured anew.
    """
    for trial in found:
        values = trial.values | dict(constants)
        if isinstance(relation, Threshold):
            values = _beside(c, relation, formula, trial.batch, values, seed)
        yield relation.outcome(values, formula)


def _beside(c, relation, formula, batch, values, seed):
    """What is measured below and above the threshold that this formula gives."""
    at = _per_instance(evaluate(formula, values), batch)
    name, stays = str(relation.parameter), str(relation.stays)
    below = measure(c, batch, seed, {name: at * (1 - relation.margin)})
    above = measure(c, batch, seed, {name: at * (1 + relation.margin)})
    return below | {f"{stays} above": above[stays]}


def remember(relation, formula, found: list[Trial]) -> list[Trial]:
    """The trials with the values of the formula's named functions, which controls then need not
    compute again."""
    return [t._replace(values=t.values | applications(formula, t.values)) for t in found]
