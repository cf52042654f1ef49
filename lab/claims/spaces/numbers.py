"""Numbers to quantify over: intervals, decades, integers, choices, borders.

Each is drawn from one coordinate of the cube, (R,), with both ends among the extremes.
"""

from __future__ import annotations

import numpy as np
import sympy

from lab.claims.formulas import evaluate, text
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
    """10^x, x uniform in [low, high]: for what has a size, such as steps and condition numbers."""
    inside = between(10.0**low, 10.0**high)

    def at(u, values):
        return 10.0 ** (low + (high - low) * u[:, 0])

    return Piece(f"[1e{low:g}, 1e{high:g}]", at, contains=inside.contains, simpler=rounded)


def integers(low: float, high: float, *, step: float = 1.0, together: bool = False) -> Piece:
    """low, low + step ... high, logarithmically when they span over two decades. together:
    measured value by value."""
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
    shown = f"{{{low:g}, {low + step:g}, ..., {high:g}}}"
    return Piece(shown, at, contains=contains, simpler=simpler, grouped=together)


def half_integers(low: float, high: float) -> Piece:
    """low, low + 1/2 ... high."""
    return integers(low, high, step=0.5)


def batch_sizes(most: int = 10**9) -> Piece:
    """1 ... most, logarithmically."""
    return integers(1, most)


def dimension(low: int = 1, high: int = 8) -> Piece:
    """n = low ... high: arrays declared after it have this many entries, and instances of one n
    are measured together."""
    piece = integers(low, high, together=True)
    return Piece(
        piece.text,
        piece.at,
        grouped=True,
        largest=high,
        contains=piece.contains,
        simpler=piece.simpler,
    )


def choice(*options) -> Piece:
    """One of a few numbers, names or objects that have an ==; instances that share it are measured
    together."""
    middles = tuple((k + 0.5) / len(options) for k in range(len(options)))

    def at(u, values):
        return [options[min(int(x * len(options)), len(options) - 1)] for x in u[:, 0]]

    shown = f"{{{', '.join(map(str, options))}}}"
    return Piece(shown, at, extremes=middles, grouped=True, contains=lambda x: x in options)


def sometimes(value: float, otherwise: Piece, share: float = 0.75) -> Piece:
    """`value` in this share of the draws, `otherwise` in the rest: for hypotheses such as eps =
    0.

    A number has probability 0 in an interval, so that nothing inside the hypothesis would be drawn
    without it. The rest is where its necessity is looked for.
    """

    def at(u, values):
        rest = np.clip((u - share) / (1 - share), 0.0, 1.0)
        return np.where(u[:, 0] < share, value, otherwise.at(rest, values))

    def contains(x):
        return bool(x == value) or otherwise.contains(x)

    return Piece(f"{{{value:g}}} or {otherwise.text}", at, contains=contains, simpler=rounded)


def let(formula) -> Piece:
    """An abbreviation: a formula in symbols declared before. Its constants are controlled wherever
    it is used."""
    formula = sympy.sympify(formula)

    def at(u, values):
        return np.broadcast_to(evaluate(formula, values), len(u))

    return Piece(f"= {text(formula)}", at, size=lambda largest: 0, extremes=(), formula=formula)


def around(
    border, low: float = 0.0, high: float = 1.25, *, near=(0.02, 0.05), most: float = np.inf
) -> Piece:
    """border times a share in [low, high], a third of the draws beside the border: both sides of
    beta1 < beta2^(3/2).

    border: a SymPy expression in symbols declared before. near: how close to 1 the shares beside
    the border are; on the border itself most iterations need forever. most: larger values are cut
    to it.
    """
    border = sympy.sympify(border)
    inner, outer = near

    def at(u, values):
        x = u[:, 0]
        beside = inner + (outer - inner) * np.abs(6 * x - 3)
        below = low + (1 - outer - low) * 3 * x
        above = 1 + outer + (high - 1 - outer) * (3 * x - 2)
        close = np.where(x < 0.5, 1 - beside, 1 + beside)
        share = np.where(x < 1 / 3, below, np.where(x <= 2 / 3, close, above))
        return np.minimum(evaluate(border, values) * share, most)

    # both ends, and both sides of the border
    places = (0.0, 0.5 - 1e-9, 0.5 + 1e-9, 1.0)
    return Piece(
        f"[{low:g}, {high:g}] * {text(border)}",
        at,
        extremes=places,
        contains=np.isfinite,
        simpler=rounded,
    )


def rounded(x) -> list[float]:
    """x to one, two, three and four digits."""
    return [float(f"{float(x):.{digits}g}") for digits in (1, 2, 3, 4)]
