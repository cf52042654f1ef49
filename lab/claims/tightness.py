"""How much of a bound is used, over two of a claim's parameters: measured / bound, by the claim's
own expressions.

A map shows where a bound is attained, along which border a hypothesis is needed, and whether
outside it the bound fails or only is not promised. Nothing is computed beside the claim: the same
space, hypotheses, measurement and formula, with two symbols put on a grid.

Cells outside a hypothesis tell two cases apart that a verdict cannot: a bound that is false there,
and one that is only not promised. Experiments store these maps, and figures draw them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lab.checks import count
from lab.claims.declaration import Claim
from lab.claims.formulas import names_in
from lab.claims.measuring import conditions, outcome, trials
from lab.claims.spaces import Piece, Space
from lab.claims.statements import AtLeast, AtMost
from lab.claims.verdicts import told
from lab.ties import rounded

# ratios above it are cut: how far a bound is missed outside its hypotheses is of no interest
MOST = 2.0

# a bound used to more than this fails, and not by rounding
FAILS = 1 + 1e-6


class Tightness(NamedTuple):
    """id, part, says: of what. ratio: which of the two is divided by which. x (K,), y (M,): the
    values of the two symbols of the box.

    used (M, K): the largest ratio of the instances drawn there, at most 2, and 0 where nothing was
    measured or the bound is vacuous. inside (M, K): whether some instance satisfies all hypotheses;
    then only such instances count.

    worst (3,): x, y and the ratio where it is largest inside. at: that instance. border (H,): the
    hypotheses in x or y. limit: a ratio above it is a bound that fails, and not by rounding.
    """

    id: str
    part: str
    says: str
    ratio: str
    x: np.ndarray
    y: np.ndarray
    used: np.ndarray
    inside: np.ndarray
    worst: np.ndarray
    at: str
    border: tuple[str, ...]
    limit: float = FAILS

    def arrays(self) -> dict[str, np.ndarray]:
        """What an experiment stores."""
        return {name: np.asarray(value) for name, value in self._asdict().items()}


def described(question: str, data: Mapping[str, Any]) -> str:
    """The summary of an experiment that stores a map: where the bound is used most, and what lies
    outside. question: its first line. data: `Tightness.arrays`, perhaps read back from a file,
    where strings are arrays.
    """
    used, inside = data["used"], data["inside"].astype(bool)
    x, y, worst = data["worst"]
    least = used[inside].min()
    lines = [
        question,
        f"{data['id']}, {data['ratio']}: at most {worst:.3f} where the hypotheses hold, at "
        f"({x:.3g}, {y:.3g}): {data['at']}.",
        f"The least used cell of {inside.sum()} inside has {least:.3f}.",
    ]
    if inside.all():
        return "\n".join([*lines, "No hypothesis is about these two: the whole box is inside."])
    rest = used[~inside]
    failed = int((rest > data["limit"]).sum())
    border = ", ".join(map(str, data["border"]))
    found = f"the bound fails in {failed} of {rest.size} cells, with up to {rest.max():.3g}"
    if failed == 0:
        found = "the bound is not seen to fail"
    if not rest.any():
        found = "nothing is bounded: the formula is vacuous or has no value"
    return "\n".join([*lines, f"Outside of {border}: {found}."])


def tightness(
    c: Claim,
    part: str,
    box: Mapping[str, Any],
    *,
    fixed: Mapping[str, Any] | None = None,
    draws: int = 8,
    seed: int = 0,
) -> Tightness:
    """Measured / bound of a part over the grid of a box: two symbols of the space, x first, with
    their values.

    fixed: other symbols with one value each; what is left is drawn from its own piece, the same
    `draws` instances in every cell, extremes first. Hypotheses in x or y may fail, which makes the
    outside; the other hypotheses hold wherever something is measured.

    ValueError for a part that is no bound, a box that has not two symbols, a symbol that is not
    drawn as one number, a value outside the space, a box without an instance inside.
    """
    relation = _bound(c, part)
    if len(box) != 2:
        raise ValueError(f"box names {', '.join(box) or 'nothing'}: must name two symbols")
    x, y = (np.asarray(values) for values in box.values())
    pinned = _pinned(c, dict(box) | {name: [value] for name, value in (fixed or {}).items()})
    u = _grid(pinned, box, count("draws", draws, 1), seed)
    inside, ratio = _ratios(pinned, relation, set(box), u, seed)

    cells = (len(y), len(x), draws)
    each = inside.reshape(cells)
    within = np.logical_or.reduce(each, -1)
    # in a cell with instances inside, only those count; in others, all that were measured
    counted = each == within[..., None]
    shown = np.where(counted, ratio.reshape(cells), 0.0)
    # nothing could be called the worst
    if not within.any():
        raise ValueError(f"{c.id}: no instance of the box satisfies all hypotheses")

    # of ratios that rounding makes different the first is the worst, on every machine
    place = int(np.where(within[..., None], rounded(shown), -1.0).argmax())
    row, column, _ = np.unravel_index(place, cells)
    instance = pinned.over.batches(u[[place]])[0].one(0, pinned.over.grouped)
    return Tightness(
        c.id,
        part,
        relation.text(),
        "bound / measured" if isinstance(relation, AtLeast) else "measured / bound",
        x,
        y,
        shown.max(-1),
        within,
        np.array([x[column], y[row], shown.flat[place]], dtype=float),
        told(instance, digits=4),
        tuple(str(h) for h in c.assuming if _about(c, h, set(box))),
    )


def _ratios(
    c: Claim,
    relation,
    names: set[str],
    u,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Per point, whether it satisfies all hypotheses, and its ratio where it satisfies those that
    are not about the names. 0 for a vacuous bound, where a hypothesis of another symbol fails, and
    for a NaN.

    u (R, width), points of the unit cube; (R,) both. Points of which some other hypothesis fails
    are not measured at all: a measurement may refuse them.
    """
    holds, _ = conditions(c, u)
    others = [k for k, h in enumerate(c.assuming) if not _about(c, h, names)]
    counted = holds[others].all(0)
    result = outcome(c, relation, relation.formula, trials(c, u[counted], seed), seed)

    # a vacuous bound is used by nobody, and NaN shows nothing
    idle = np.isneginf(result.gap) | np.isnan(result.used)
    ratio = np.zeros(len(u))
    ratio[counted] = np.where(idle, 0.0, np.minimum(result.used, MOST))
    return np.logical_and.reduce(holds, 0), ratio


def _bound(c: Claim, part: str):
    """The part's relation, which must be at_most or at_least."""
    if part not in c.says:
        raise ValueError(f"{c.id} has no part {part!r}; it has {', '.join(c.says)}")
    relation = c.says[part]
    if not isinstance(relation, (AtMost, AtLeast)):
        raise ValueError(f"{c.id}, {part}: {relation.text()} is no bound, it has no tightness")
    return relation


def _pinned(c: Claim, values: Mapping[str, Any]) -> Claim:
    """The claim over the same space, but for these symbols, which only take these values.
    ValueError for a symbol that is not drawn, or not as one number, and for a value outside its
    piece.

    The claim that is returned has the same id, parts and hypotheses; abbreviations follow the
    pinned values, as they are evaluated afterwards.
    """
    for name in values:
        if name not in c.over.pieces:
            raise ValueError(f"{c.id} draws no {name}; it draws {', '.join(c.over.pieces)}")
        columns = c.over.columns[name]
        if columns.stop - columns.start != 1:
            raise ValueError(f"{c.id}: {name} is not drawn as one number")
        piece = c.over.pieces[name]
        for value in values[name]:
            if not piece.contains(value):
                raise ValueError(f"{c.id}: {name} = {value}: must be in {piece.text}")

    pieces = c.over.pieces
    pinned = {name: _among(pieces[name], list(x)) for name, x in values.items()}
    return replace(c, over=Space({**pieces, **pinned}))


def _among(piece: Piece, values: list) -> Piece:
    """One of the values, by which equal part of [0, 1] the coordinate is in."""

    count = len(values)

    def at(u, drawn):
        places = np.minimum((u[:, 0] * count).astype(int), count - 1)
        chosen = [values[k] for k in places]
        return chosen if piece.grouped else np.array(chosen)

    return replace(piece, at=at, extremes=())


def _grid(
    c: Claim,
    box,
    draws: int,
    seed: int,
) -> np.ndarray:
    """Points of the cube, (M K draws, width): in every cell the same draws of all that is not in
    the box.

    Row after row of the box, x fastest, and within a cell the draws; so a reshape to (rows,
    columns, draws) takes it apart.
    """
    x, y = box
    columns, rows = (len(values) for values in box.values())
    drawn = c.over.points(seed, 0, draws)
    u = np.tile(drawn, (rows, columns, 1, 1))

    # axes: y, x, draws, coordinates of the cube
    along_x = _middles(columns)[None, :, None, None]
    along_y = _middles(rows)[:, None, None, None]
    u[..., c.over.columns[x]] = along_x
    u[..., c.over.columns[y]] = along_y
    return u.reshape(-1, c.over.width)


def _middles(count: int) -> np.ndarray:
    """The middles of `count` equal parts of [0, 1]."""
    return (np.arange(count) + 0.5) / count


def _about(c: Claim, hypothesis, names: set[str]) -> bool:
    """Whether a hypothesis has one of the names in it, abbreviations expanded."""
    return bool(names_in(c.expanded(hypothesis.condition)) & names)
