"""Why a table of features is hard for a first-order method: shift, scale, correlation, noise.

A first-order method's rate is decided by kappa of the features as they are; standardising them
removes shift and scale, and what is left is correlation, which only a non-diagonal preconditioner
removes. For logistic regression at theta = 0 the Gauss-Newton matrix is X^T X / 4m, so that kappa
is that of the start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import count, real
from lab.data.columns import constant
from lab.domains import filled, last_axis
from lab.objectives import Logistic


class Causes(NamedTuple):
    """Condition numbers of X^T X / m, and what makes them.

    raw, centred, standardised: kappa of the features as they are, minus their means, and divided by
    their deviations too; inf where columns are dependent. shift: largest |mean| / deviation; scale:
    largest over smallest deviation; correlation: the largest |r| of two columns, and their numbers
    `pair`. noise: tr Cov[g_i] / |E g|^2 at theta = 0, the batch at which one gradient is as much
    noise as signal.
    """

    raw: float
    centred: float
    standardised: float
    shift: float
    scale: float
    correlation: float
    pair: tuple[int, int]
    noise: float

    @property
    def shares(self) -> dict[str, float]:
        """What each cause multiplies kappa by: 1 for one that is not there.

        Their product is kappa of the raw features, unless columns are dependent.
        """
        return {
            "mean shift": _over(self.raw, self.centred),
            "scale": _over(self.centred, self.standardised),
            "correlation": self.standardised,
        }


def causes(x: np.ndarray, y: np.ndarray) -> Causes:
    """The causes for features x (m, n), none of them constant, and labels y (m,), 0 or 1.

    ValueError for fewer than two rows or a constant column.
    """
    x = filled("x", real("x", x, 2))
    y = real("y", y, 1)
    count("rows of x", len(x), 2)
    last_axis("y", y, len(x))
    if constant(x).any():
        raise ValueError(f"x has a constant column, {int(constant(x).argmax())}: drop it")

    centred = x - x.mean(0)
    deviation = x.std(0)
    standard = centred / deviation
    r = np.abs(standard.T @ standard) / len(x)
    np.fill_diagonal(r, 0.0)
    first, second = np.unravel_index(r.argmax(), r.shape)
    return Causes(
        _kappa(x),
        _kappa(centred),
        _kappa(standard),
        float((np.abs(x.mean(0)) / deviation).max()),
        float(deviation.max() / deviation.min()),
        float(r.max()),
        (int(first), int(second)),
        _noise(x, y),
    )


def _noise(x, y) -> float:
    """m squares of g_i - g over m, against |g|^2; inf at a start where the mean gradient is 0."""
    f = Logistic(x, y, 0.0)
    each = (0.5 - y)[:, None] * x  # gradients of single examples where every probability is 1/2
    g = f.grad(f.start())
    signal = float(g @ g)
    spread = float(((each - g) ** 2).sum(-1).mean())
    return spread / signal if signal > 0 else np.inf


def _kappa(x) -> float:
    """Of X^T X, from the singular values of X, which keep their digits.

    inf for a matrix of lower rank than columns, up to rounding.
    """
    s = np.linalg.svd(x, compute_uv=False)
    # more columns than rows, or columns that depend on one another up to rounding
    if x.shape[1] > len(x) or s[-1] <= max(x.shape) * np.finfo(float).eps * s[0]:
        return float(np.inf)
    return float((s[0] / s[-1]) ** 2)


def _over(a: float, b: float) -> float:
    """a / b, and 1 where both are infinite: the part that can't be told apart."""
    return 1.0 if np.isinf(b) else a / b
