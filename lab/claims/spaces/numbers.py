"""Numbers to quantify over: intervals, decades, integers, choices, borders.

Each is drawn from one coordinate of the cube, (R,), with both ends among the extremes. `contains`
and `simpler` are for a refuting instance: whether a rounded value is still in the set, and which
values to try first.
"""

from __future__ import annotations

import numpy as np
import sympy

from lab.claims.formulas import evaluate, text
from lab.claims.spaces.pieces import Piece


def between(low: float, high: float) -> Piece:
    """Uniform in [low, high]; both ends are extremes. low = high is a constant, which hypotheses
    and formulas may name."""

    def at(u, values):
        return low + (high - low) * u[:, 0]

    def contains(x):
        return bool(low <= x <= high)

    return Piece(
        f"[{low:g}, {high:g}]",
        at,
        contains=contains,
        simpler=rounded,
    )


def unit(near: float = 1e-3) -> Piece:
    """The open interval (0, 1), drawn as far as `near` its ends: where 0 and 1 themselves are no
    instances, such as a share of a spectrum between its ends."""
    inside = between(near, 1 - near)
    return Piece(
        "(0, 1)",
        inside.at,
        contains=inside.contains,
        simpler=rounded,
    )


def decades(low: float, high: float) -> Piece:
    """10^x, x uniform in [low, high]: for what has a size, such as steps and condition numbers.
    Positive throughout; a bound that fails at 0 alone needs `sometimes`."""
    inside = between(10.0**low, 10.0**high)

    def at(u, values):
        power = low + (high - low) * u[:, 0]
        return 10.0**power

    text = f"[1e{low:g}, 1e{high:g}]"
    return Piece(
        text,
        at,
        contains=inside.contains,
        simpler=rounded,
    )


def integers(
    low: float,
    high: float,
    *,
    step: float = 1.0,
    together: bool = False,
) -> Piece:
    """low, low + step ... high, logarithmically when they span over two decades. together: measured
    value by value.

    Ends are as likely as the others; in the logarithmic case every decade is. Whole numbers for
    step 1, floating-point ones otherwise.
    """
    count = round((high - low) / step)

    def at(u, values):
        if low > 0 and high / low > 100:
            found = low * (high / low) ** u[:, 0]
        else:
            # half a step beyond both ends, so that these are as likely as any other
            found = low - step / 2 + (count + 1) * step * u[:, 0]
        steps = np.round((found - low) / step)
        on_grid = low + step * np.clip(steps, 0, count)
        kept = on_grid.astype(int) if step == 1 else on_grid
        return kept.tolist() if together else kept

    def contains(x):
        return bool(low <= x <= high) and (x - low) % step == 0

    def simpler(x):
        halfway = (low + x) / 2 // step * step
        return [kind(y) for y in (low, low + step, halfway) if y < x]

    kind = int if step == 1 else float
    shown = f"{{{low:g}, {low + step:g}, ..., {high:g}}}"
    return Piece(
        shown,
        at,
        contains=contains,
        simpler=simpler,
        grouped=together,
    )


def half_integers(low: float, high: float) -> Piece:
    """low, low + 1/2 ... high, as floating-point numbers, which hold them exactly."""
    return integers(low, high, step=0.5)


def batch_sizes(most: int = 10**9) -> Piece:
    """1 ... most, logarithmically: B = 1, where noise is all there is, to nearly full batches. In
    floating point 1 / B is exact enough up to 1e9."""
    return integers(1, most)


def dimension(low: int = 1, high: int = 8) -> Piece:
    """n = low ... high: arrays declared after it have this many entries, and instances of one n are
    measured together. The function is called once per n that occurs, with n as a Python integer."""
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
    together.

    All options are extremes, in the middles of equal parts of [0, 1], and every one is judged: see
    `measuring.draw`. The measurement is given the option itself. Many options are many calls:
    `integers` and `decades` are drawn as arrays.
    """
    count = len(options)
    middles = tuple((k + 0.5) / count for k in range(count))

    def at(u, values):
        places = np.minimum((u[:, 0] * count).astype(int), count - 1)
        return [options[place] for place in places]

    def contains(x):
        return x in options

    shown = ", ".join(map(str, options))
    return Piece(
        f"{{{shown}}}",
        at,
        extremes=middles,
        finite=True,
        grouped=True,
        contains=contains,
    )


def sometimes(
    value: float,
    otherwise: Piece,
    share: float = 0.75,
) -> Piece:
    """`value` in this share of the draws, `otherwise` in the rest: for hypotheses such as eps = 0.

    A number has probability 0 in an interval, so that nothing inside the hypothesis would be drawn
    without it. The rest is where its necessity is looked for: enough at three quarters, as twelve
    instances outside are measured, and more draws are looked at where they lack. share: less where
    the rest is what the statement is about.
    """

    def at(u, values):
        # what is left of the interval is all of the other piece's
        rest = np.clip((u - share) / (1 - share), 0.0, 1.0)
        others = otherwise.at(rest, values)
        return np.where(u[:, 0] < share, value, others)

    def contains(x):
        return bool(x == value) or otherwise.contains(x)

    return Piece(
        f"{{{value:g}}} or {otherwise.text}",
        at,
        contains=contains,
        simpler=rounded,
    )


def let(formula) -> Piece:
    """An abbreviation: a formula in symbols declared before. Its constants are controlled wherever
    it is used.

    It takes no coordinate of the cube and is no instance's own: statements print "and r = ..."
    once, controls and hypotheses see it expanded.
    """
    formula = sympy.sympify(formula)

    def at(u, values):
        return np.broadcast_to(evaluate(formula, values), len(u))

    return Piece(
        f"= {text(formula)}",
        at,
        size=lambda largest: 0,
        extremes=(),
        formula=formula,
    )


def around(
    border,
    low: float = 0.0,
    high: float = 1.25,
    *,
    near=(0.02, 0.05),
    most: float = np.inf,
) -> Piece:
    """border times a share in [low, high], a third of the draws beside the border: both sides of
    beta1 < beta2^(3/2).

    border: a SymPy expression in symbols declared before. near: how close to 1 the shares beside
    the border are; on the border itself most iterations need forever. near = (0, 0): a third of the
    draws is on it, for bounds that are attained there. most: larger values are cut to it.
    """
    border = sympy.sympify(border)
    inner, outer = near

    def at(u, values):
        # the first third of the interval is below the border, the last above, the middle beside it
        x = u[:, 0]
        below = low + (1 - outer - low) * 3 * x
        above = 1 + outer + (high - 1 - outer) * (3 * x - 2)
        beside = inner + (outer - inner) * np.abs(6 * x - 3)
        close = np.where(x < 0.5, 1 - beside, 1 + beside)

        not_below = np.where(x <= 2 / 3, close, above)
        share = np.where(x < 1 / 3, below, not_below)
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
    """x to one, two, three and four digits, the fewest first: what a refuting instance is printed
    with if it still refutes."""
    return [float(f"{float(x):.{digits}g}") for digits in (1, 2, 3, 4)]
