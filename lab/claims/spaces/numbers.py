"""Numbers to quantify over: intervals, decades, integers, choices, borders."""

from __future__ import annotations

import numpy as np
import sympy

from lab.claims.formulas import evaluate
from lab.claims.spaces.pieces import Piece


def between(low: float, high: float) -> Piece:
    """Uniform in [low, high]; both ends are extremes."""
    return Piece(
        f"[{low:g}, {high:g}]",
        lambda u, values: low + (high - low) * u[:, 0],
        contains=lambda x: bool(low <= x <= high),
        simpler=rounded,
    )


def unit(near: float = 1e-3) -> Piece:
    """The open interval (0, 1), drawn as far as `near` its ends."""
    inside = between(near, 1 - near)
    return Piece("(0, 1)", inside.at, contains=inside.contains, simpler=rounded)


def decades(low: float, high: float) -> Piece:
    """10^x, x uniform in [low, high]."""
    inside = between(10.0**low, 10.0**high)

    def at(u, values):
        return 10.0 ** (low + (high - low) * u[:, 0])

    return Piece(f"[1e{low:g}, 1e{high:g}]", at, contains=inside.contains, simpler=rounded)


def integers(low: int, high: int, *, step: float = 1.0, together: bool = False) -> Piece:
    """low, low + step ... high, logarithmically when they span over two decades. together: measured value by value."""
    count = round((high - low) / step)

    def at(u, values):
        if low > 0 and high / low > 100:
            found = low * (high / low) ** u[:, 0]
        else:
            found = low - step / 2 + (count + 1) * step * u[:, 0]
        on_grid = low + step * np.clip(np.round((found - low) / step), 0, count)
        kept = on_grid.astype(int) if step == 1 else on_grid
        return kept.tolist() if together else kept

    def contains(x):
        return bool(low <= x <= high) and (x - low) % step == 0

    def simpler(x):
        return [kind(y) for y in (low, low + step, (low + x) / 2 // step * step) if y < x]

    kind = int if step == 1 else float
    text = f"{{{low:g}, {low + step:g}, ..., {high:g}}}"
    return Piece(text, at, contains=contains, simpler=simpler, grouped=together)


def half_integers(low: float, high: float) -> Piece:
    """low, low + 1/2 ... high."""
    return integers(low, high, step=0.5)


def batch_sizes(most: int = 10**9) -> Piece:
    """1 ... most, logarithmically."""
    return integers(1, most)


def dimension(low: int = 1, high: int = 8) -> Piece:
    """n = low ... high: arrays declared after it have this many entries, and instances of one n are measured together."""
    piece = integers(low, high, together=True)
    return Piece(piece.text, piece.at, grouped=True, largest=high, contains=piece.contains, simpler=piece.simpler)


def choice(*options) -> Piece:
    """One of a few numbers, names or objects that have an ==; instances that share it are measured together."""
    middles = tuple((k + 0.5) / len(options) for k in range(len(options)))

    def at(u, values):
        return [options[min(int(x * len(options)), len(options) - 1)] for x in u[:, 0]]

    text = f"{{{', '.join(map(str, options))}}}"
    return Piece(text, at, extremes=middles, grouped=True, contains=lambda x: x in options)


def sometimes(value: float, otherwise: Piece, share: float = 0.75) -> Piece:
    """`value` in this share of the draws, `otherwise` in the rest: for hypotheses such as eps = 0."""

    def at(u, values):
        rest = np.clip((u - share) / (1 - share), 0.0, 1.0)
        return np.where(u[:, 0] < share, value, otherwise.at(rest, values))

    def contains(x):
        return bool(x == value) or otherwise.contains(x)

    return Piece(f"{{{value:g}}} or {otherwise.text}", at, contains=contains, simpler=rounded)


def around(border, low: float = 0.0, high: float = 1.25, near: float = 0.03) -> Piece:
    """border times a share in [low, high], a third of the draws within `near` of the border: low and high sides of a
    condition such as beta1 < beta2^(3/2). border: a SymPy expression in symbols declared before."""
    border = sympy.sympify(border)

    def at(u, values):
        x = u[:, 0]
        close = 1 + near * (6 * x - 3)
        below = low + (1 - near - low) * 3 * x
        above = 1 + near + (high - 1 - near) * (3 * x - 2)
        share = np.where(x < 1 / 3, below, np.where(x <= 2 / 3, close, above))
        return evaluate(border, values) * share

    # the extremes: the ends, and 0.9 of `near` on either side of the border
    sides = (0.0, 0.5 - 0.15, 0.5 + 0.15, 1.0)
    return Piece(f"[{low:g}, {high:g}] * {border}", at, extremes=sides, contains=np.isfinite, simpler=rounded)


def rounded(x) -> list[float]:
    """x to one, two, three and four digits."""
    return [float(f"{float(x):.{digits}g}") for digits in (1, 2, 3, 4)]
