"""Slopes of logarithms against the logarithm of the width, with intervals and verdicts.

    x = slope([64, 128, 256], [1.0, 2.0, 4.1])
    str(x), x.verdict(1.0)           # "+1.02 [+0.89, +1.15]", "as predicted"

A finite width bends a power law: the interval is of the scatter alone, and the margin is what the
bend may amount to. Both are needed before a slope is called wrong.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from lab.checks import positive, real

# what a slope may be off at widths 64 ... 512 and be called as predicted: finite width alone moves
# it by up to 0.1
MARGIN = 0.1


class Slope(NamedTuple):
    """value, and the ends of a 95 % interval; -inf and inf where the data do not give one.

    Ends of the interval are of the scatter between seeds, or about the line: a bend that all seeds
    share is not in them.
    """

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"

    def verdict(
        self,
        predicted: float,
        margin: float = MARGIN,
    ) -> str:
        """ "as predicted" when the value is within the margin of the prediction; "undecided" when
        only the interval reaches it; "not as predicted" when no part of the interval does.

        "diverged" for a slope that is NaN. margin: 0 asks for the predicted value itself.
        """
        if not np.isfinite(self.value):
            return "diverged"
        if abs(self.value - predicted) <= margin:
            return "as predicted"
        reaches = self.low <= predicted + margin and self.high >= predicted - margin
        return "undecided" if reaches else "not as predicted"


def slope(
    widths,
    sizes,
) -> Slope:
    """d log size / d log width by least squares; sizes (K,), or (K, S) of S seeds

    Seeds: the mean of their slopes, and Student's interval of that mean. One seed: the interval of
    the regression, from what the K points leave over; without bound for K = 2. Sizes of 0 or inf
    have no logarithm: the slope is then NaN. ValueError for fewer than two different widths, or
    shapes that do not fit.

    Natural logarithms; a slope does not see the base, nor a constant factor of widths or sizes.
    """
    widths = real("widths", widths, 1)
    positive("widths", widths)
    sizes = np.asarray(sizes, dtype=float)
    if sizes.ndim not in (1, 2) or len(sizes) != len(widths):
        raise ValueError(f"sizes has shape {sizes.shape}: must be ({len(widths)},) or with seeds")
    if len(np.unique(widths)) < 2:
        raise ValueError(f"widths = {widths}: must be at least two different ones")

    runs = sizes.reshape(len(widths), -1)
    x = np.log(widths)
    centred = x - x.mean()
    # a size of 0 has no logarithm: NaN below
    with np.errstate(all="ignore"):
        y = np.log(runs)
        slopes = centred @ y / (centred @ centred)
    if not np.isfinite(y).all():
        return Slope(np.nan, -np.inf, np.inf)

    if runs.shape[1] > 1:
        error = slopes.std(ddof=1) / np.sqrt(len(slopes))
        return _interval(slopes.mean(), error, len(slopes) - 1)
    left = y[:, 0] - y.mean() - slopes[0] * centred
    freedom = len(widths) - 2
    if freedom < 1:
        return Slope(float(slopes[0]), -np.inf, np.inf)
    variance = (left**2).sum() / freedom
    return _interval(slopes[0], np.sqrt(variance / (centred @ centred)), freedom)


def _interval(
    value,
    error,
    freedom,
) -> Slope:
    """value -+ t_(0.975) error, Student's with this many degrees of freedom."""
    # 95 % between both ends
    reach = student.ppf(0.975, freedom) * error
    return Slope(float(value), float(value - reach), float(value + reach))
