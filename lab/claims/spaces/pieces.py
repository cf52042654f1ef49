"""What a claim quantifies over: a Piece says how one symbol is drawn, a Space is one piece per
symbol.

A piece is a map from the unit cube to values. Uniform points of the cube are random instances, its
corners are the extremes, an optimizer that walks in it is a search, and a point is all that is
needed to draw an instance again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

# rows are drawn in blocks of this many, so that a row depends on the seed and its own number and
# on nothing else
BLOCK = 64
# combinations of extremes that are tried: all of them up to this many, or else as many of them
CORNERS = 64


@dataclass(frozen=True)
class Piece:
    """text: the set, as printed. at(u, values) -> (R, ...): R values from unit coordinates u (R, k)
    and from `values`, the symbols declared before it. size(largest) -> k, given the largest value
    of every dimension.

    extremes: coordinates at which the value is extreme. finite: a choice among that many values,
    each of which has its extreme, in equal parts of [0, 1]. grouped: instances of one measurement
    share this value, which is then passed as it is and not as an array: dimensions, objects,
    whatever `simulate` takes one of. largest: of a dimension. formula: of a symbol that is only an
    abbreviation. contains(value): whether a rounded value is still in the set. simpler(value): what
    to try first when a refuting instance is made printable.

    `at` must be a function of its arguments alone, row by row: the same point is the same instance
    in a batch of one and of a thousand.
    """

    text: str
    at: Callable[[np.ndarray, Mapping[str, Any]], Any]
    size: Callable[[Mapping[str, int]], int] = lambda largest: 1
    extremes: tuple[float, ...] = (0.0, 1.0)
    finite: bool = False
    grouped: bool = False
    largest: int | None = None
    formula: Any = None
    contains: Callable[[Any], bool] = lambda value: False
    simpler: Callable[[Any], list] = lambda value: []


class Batch(NamedTuple):
    """Instances of one shape: their row numbers (R,), and per symbol an array over them, or the
    one value they share."""

    rows: np.ndarray
    values: dict[str, Any]

    def one(self, k: int, grouped) -> dict[str, Any]:
        """Instance k of the batch, without the instance axis. What is grouped is shared, and passed
        as it is."""
        return {name: x if name in grouped else x[k] for name, x in self.values.items()}


@dataclass(frozen=True)
class Space:
    """One piece per symbol, by name, in the order in which they are drawn. ValueError for an empty
    space."""

    pieces: Mapping[str, Piece]

    def __post_init__(self):
        if not self.pieces:
            raise ValueError("over is empty: a claim quantifies over at least one symbol")
        for name, piece in self.pieces.items():
            if not isinstance(piece, Piece):
                raise TypeError(
                    f"over[{name}] is {piece!r}: must be a piece such as unit() or decades(-3, 0)"
                )

    @cached_property
    def grouped(self) -> frozenset[str]:
        return frozenset(name for name, piece in self.pieces.items() if piece.grouped)

    @cached_property
    def abbreviations(self) -> dict[str, Any]:
        """Symbols that only stand for formulas."""
        return {
            name: piece.formula for name, piece in self.pieces.items() if piece.formula is not None
        }

    @cached_property
    def columns(self) -> dict[str, slice]:
        """Which unit coordinates belong to which symbol."""
        largest = {name: p.largest for name, p in self.pieces.items() if p.largest is not None}
        sizes = [p.size(largest) for p in self.pieces.values()]
        ends = np.cumsum([0, *sizes]).tolist()
        each = [slice(a, b) for a, b in itertools.pairwise(ends)]
        return dict(zip(self.pieces, each, strict=True))

    @property
    def width(self) -> int:
        """How many coordinates of the cube an instance has."""
        return max(c.stop for c in self.columns.values())

    @cached_property
    def finite(self) -> dict[str, int]:
        """How many values each of the finite choices has."""
        return {name: len(piece.extremes) for name, piece in self.pieces.items() if piece.finite}

    def corners(self, seed: int) -> list[dict[str, float]]:
        """Combinations of extremes in an order that is drawn: all of them, or CORNERS.

        Each is followed by its opposite, which has every symbol at its other end: two corners show
        both ends of all symbols, however few of them there is time for.
        """
        ends = {name: p.extremes for name, p in self.pieces.items() if p.extremes}
        sizes = tuple(map(len, ends.values()))
        count = math.prod(sizes)
        half = (count + 1) // 2
        rng = np.random.default_rng([seed, count])
        drawn = rng.choice(half, min(half, CORNERS // 2), replace=False)

        # in mixed radix, the opposite of the first combination is the last one; of which of the two
        # comes first nothing else may depend
        first = np.where(rng.random(len(drawn)) < 0.5, drawn, count - 1 - drawn)
        numbers = np.stack([first, count - 1 - first], -1).ravel()
        # one in the middle is its own opposite
        once = list(dict.fromkeys(numbers.tolist()))
        places = np.stack(np.unravel_index(once, sizes), -1) if sizes else ()
        return [
            {name: ends[name][k] for name, k in zip(ends, place, strict=True)} for place in places
        ]

    def is_corner(self, u: np.ndarray) -> bool:
        """Whether a point (width,) has every range at an end. Finite choices have no inside."""
        ranges = {k: p.extremes for k, p in self.pieces.items() if p.extremes and not p.finite}
        return all(np.isin(u[self.columns[k]], ends).all() for k, ends in ranges.items())

    def points(self, seed: int, start: int, stop: int) -> np.ndarray:
        """Points of the cube (stop - start, width), by their numbers: a corner and a uniform one in
        turn until corners run out, then uniform ones.

        So half of the first points are inside the ranges, where most of a range is. Row k is a
        function of the seed and of k alone: more points begin with the same ones, and a number is
        enough to draw one again.
        """
        # whole blocks that the rows are in, the last one included
        blocks = range(start // BLOCK, -(-stop // BLOCK))
        drawn = [self._uniform(seed, k) for k in blocks]
        before = start - blocks[0] * BLOCK
        u = np.concatenate(drawn)[before:][: stop - start]

        for number, corner in enumerate(self.corners(seed)):
            row = 2 * number - start
            if 0 <= row < len(u):
                for name, extreme in corner.items():
                    u[row, self.columns[name]] = extreme
        return u

    def _uniform(self, seed: int, block: int) -> np.ndarray:
        """Uniform points (BLOCK, width), but finite choices take each of their values in turn, in
        an order that is drawn: none is left out by chance. Rows of even and of odd numbers have
        turns of their own, since corners take the place of the former."""
        u = np.random.default_rng([seed, block]).random((BLOCK, self.width))
        for name, count in self.finite.items():
            for half in (u[0::2, self.columns[name]], u[1::2, self.columns[name]]):
                # a permutation, which goes on where that of the block before ended
                rank = half.argsort(0).argsort(0) + block * len(half)
                half[:] = (rank % count + 0.5) / count
        return u

    def batches(self, u: np.ndarray) -> list[Batch]:
        """The instances at these points, those of one shape together. Rows say which point an
        instance is; symbols are drawn in their order, from those before."""
        waiting = [Batch(np.arange(len(u)), {})]
        for name, piece in self.pieces.items():
            columns = self.columns[name]
            parts = [_extended(b, name, piece, u[b.rows, columns]) for b in waiting]
            waiting = list(itertools.chain.from_iterable(parts))
        return waiting

    def instance(self, seed: int, number: int) -> dict[str, Any]:
        """The instance that a seed and a number stand for."""
        (batch,) = self.batches(self.points(seed, number, number + 1))
        return batch.one(0, self.grouped)

    def alone(self, instance: Mapping[str, Any]) -> Batch:
        """One instance as a batch."""
        values = {k: x if k in self.grouped else np.asarray(x)[None] for k, x in instance.items()}
        first = np.zeros(1, int)
        return Batch(first, values)


def _extended(batch: Batch, name: str, piece: Piece, u: np.ndarray) -> list[Batch]:
    """The batch with one more symbol; in parts, one per value, when the symbol is grouped."""
    drawn = piece.at(u, batch.values)
    if not piece.grouped:
        return [Batch(batch.rows, batch.values | {name: drawn})]
    parts = []
    # each value once, in the order in which it occurs first
    for value in dict.fromkeys(drawn):
        mask = np.array([x == value for x in drawn])
        parts.append(_part(batch, mask, {name: value}))
    return parts


def _part(batch: Batch, mask: np.ndarray, shared: dict[str, Any]) -> Batch:
    """The instances of a batch that are chosen, with one more symbol that they share."""
    kept = {k: x[mask] if isinstance(x, np.ndarray) else x for k, x in batch.values.items()}
    return Batch(batch.rows[mask], kept | shared)
