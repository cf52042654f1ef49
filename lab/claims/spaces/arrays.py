"""Vectors and tables to quantify over: positive entries, integers, starts, noise, data.

As in lab.claims.spaces.matrices, n is a number or the symbol of a `dimension`, kinds are drawn with
equal chances, and coordinates of the cube are set aside for the largest n.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri, stdtrit

from lab.claims.spaces.drawing import chosen, largest_of, normals, shown, size_of
from lab.claims.spaces.pieces import Piece

STARTS = ("generic", "aligned", "sparse")
NOISES = ("gaussian", "signs", "heavy")


def vector(
    n,
    low: float = -1,
    high: float = 1,
) -> Piece:
    """x (R, n) > 0 with independent entries 10^low ... 10^high: what a search can move entry by
    entry. Not sorted; for a spectrum with structure take `spectrum`."""

    def at(u, values):
        inside = u[:, : size_of(n, values)]
        return 10.0 ** (low + (high - low) * inside)

    text = f"[1e{low:g}, 1e{high:g}]^{shown(n)}"
    return Piece(
        text,
        at,
        size=lambda largest: largest_of(n, largest),
    )


def lattice(
    *shape,
    low: int = -2,
    high: int = 2,
) -> Piece:
    """Integers low ... high, (R, *shape), shape of dimensions and numbers: what exact arithmetic
    starts from.

    A A^T of a lattice is a covariance, W + W^T a symmetric matrix of either sign, D^T D / n a
    second moment: all without rounding. Singular ones are among them, and 0. The extremes are the
    lowest and the highest integer everywhere.
    """

    def at(u, values):
        sizes = tuple(size_of(n, values) for n in shape)
        drawn = u[:, : math.prod(sizes)].reshape(-1, *sizes)
        # the end of the cube belongs to the last integer
        steps = (drawn * (high - low + 1)).astype(int)
        return low + np.minimum(steps, high - low)

    def size(largest):
        return math.prod(largest_of(n, largest) for n in shape)

    sides = " x ".join(shown(n) for n in shape)
    return Piece(
        f"{{{low}, ..., {high}}}^({sides})",
        at,
        size=size,
    )


def start(
    n,
    kinds: tuple[str, ...] = STARTS,
    size: float = 1.0,
) -> Piece:
    """theta (R, n): generic (normal), aligned (all entries of one size, random signs), or sparse
    (one entry).

    size: of a typical entry. All entries are 0 with probability 0, so that ratios |theta_t| /
    |theta_0| exist. Aligned starts are where sign methods are at their best, sparse ones where
    coordinates do not interact.
    """

    def at(u, values):
        return size * _starts(u, size_of(n, values), kinds)

    text = f"starts in R^{shown(n)} ({', '.join(kinds)})"
    return Piece(
        text,
        at,
        size=lambda largest: 1 + largest_of(n, largest),
        extremes=(0.01, 0.99),
    )


def _starts(u, n, kinds):
    """theta (R, n) of the kinds that u says. u: kind, then n normal coordinates."""
    normal = normals(u[:, 1 : 1 + n])
    # the largest entry alone is kept: it is never near 0
    largest = np.abs(normal).argmax(-1)
    kept = np.arange(n) == largest[:, None]
    found = {
        "generic": normal,
        "aligned": np.where(normal < 0, -1.0, 1.0),
        "sparse": np.where(kept, normal, 0.0),
    }
    return chosen(found, kinds, u)


def sequence(
    steps: int,
    kinds: tuple[str, ...] = NOISES,
    decades: float = 0.0,
) -> Piece:
    """A sequence (R, steps) of mean 0: normal, signs, or Student's t with one degree; trends over
    `decades` of size.

    The trend is one slope per instance, up or down; 0 without `decades`. "heavy" has no mean, only
    symmetry: bounds that hold for it do not hold by averaging.
    """

    def at(u, values):
        # Student's t with one degree reaches 3e8 there
        inner = np.clip(u[:, 2 : 2 + steps], 1e-9, 1 - 1e-9)
        found = {
            "gaussian": ndtri(inner),
            "signs": np.where(inner < 0.5, -1.0, 1.0),
            "heavy": stdtrit(1, inner),
        }
        # upwards or downwards, from size 1
        slope = decades * (2 * u[:, 1:2] - 1)
        trend = slope * np.linspace(0, 1, steps)
        return chosen(found, kinds, u) * 10.0**trend

    text = f"{steps} terms ({', '.join(kinds)})"
    return Piece(
        text,
        at,
        lambda largest: 2 + steps,
        (0.01, 0.99),
    )


def data(
    rows: int,
    n,
    low: float = -2,
    high: float = 0,
) -> Piece:
    """x (R, rows, n): normal rows times the square roots of a geometric spectrum of 10^low ...
    10^high.

    So X^T X / rows is near that spectrum when there are many rows, and singular when there are
    fewer than n. No bias column, mean 0 in law and not in the sample.
    """

    def at(u, values):
        count = size_of(n, values)
        x = normals(u[:, 1 : 1 + rows * count]).reshape(-1, rows, count)
        smallest = 10.0 ** (low + (high - low) * u[:, :1])
        place = np.arange(count) / max(count - 1, 1)
        # standard deviations: the root of the spectrum
        return x * smallest[:, None] ** (place / 2)

    def size(largest):
        return 1 + rows * largest_of(n, largest)

    return Piece(
        f"{rows} x {shown(n)} data",
        at,
        size,
        (0.01, 0.99),
    )
