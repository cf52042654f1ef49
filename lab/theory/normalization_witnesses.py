"""Data on which a normalisation makes the Hessian worse, or does not do what is expected of it.

Each function builds hidden variables h (N, m), see `lab.theory.hidden_data`. All are derived; the
claims normalization/... and bnp/... measure on them. ValueError outside the domains stated.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import LONGEST, count, loops, nonnegative, positive
from lab.domains import in_range, number, vector
from lab.linalg import symmetric_power
from lab.matrix_checks import symmetric


class Weighted(NamedTuple):
    """h (N, m) and a weight s (N,) per example."""

    h: np.ndarray
    s: np.ndarray


@in_range
def saturated_outlier(weight: float = 1e-6) -> Weighted:
    """h = (-1, 1, 10) with weights (1, 1, weight >= 0): centring by the mean is wrong

    An outlier that does not count, as where a sigmoid saturates: kappa 1.0000505 becomes 169.9. The
    weighted mean never hurts.
    """
    weight = number("weight", weight, nonnegative)
    one = np.array([-1.0, 1.0, 10.0])
    h = one[:, None]
    s = np.array([1.0, 1.0, weight])
    return Weighted(h, s)


@in_range
def short_batch(t: float) -> np.ndarray:
    """h = (t, +-sqrt(1 + t^2)), two examples of two variables: kappa* = 1, after centring 1 + t^2

    Fewer examples than parameters, N <= m: the theorem on centring does not hold, by a factor
    without bound.
    """
    t = number("t", t, nonnegative)
    square = 1 + t**2
    s = np.sqrt(square)
    first = [t, s]
    second = [t, -s]
    return np.array([first, second])


@in_range
def repeated_variable(
    m: int,
    rows: int,
) -> np.ndarray:
    """m copies of one variable of signs, rows >= 2 and even: standardised, lam_max = m

    BNP's size q^2 = max(m / N, 1) counts on independent variables: here it is off by min(m, N).
    """
    rows = loops("rows", rows, 2)
    m = count("m", m, 1, LONGEST // rows)
    if rows % 2:
        raise ValueError(f"rows = {rows}: must be even")
    # as many of each sign: mean 0 and standard deviation 1 already
    odd = np.arange(rows) % 2
    signs = np.where(odd, -1.0, 1.0)
    return np.repeat(signs[:, None], m, axis=1)


# the columns are orthogonal over full periods, which 16 points see exactly
POINTS_OF_RING = 16


@in_range
def ring(mean: np.ndarray) -> np.ndarray:
    """h_i = mean + sqrt 2 (cos t, cos 2t, sin t, sin 2t),  t = 2 pi i / 16: covariance I, (16, 4)

    Layer normalisation subtracts from every example its own mean over variables: what the examples
    share is removed along 1, mean = 9 (1, 1, 1, 1), and left across it, (9, -9, 9, -9).
    """
    mean = vector("mean", mean)
    if len(mean) != 4:
        raise ValueError(f"mean has {len(mean)} entries: must have 4")
    step = 2 * np.pi / POINTS_OF_RING
    t = step * np.arange(POINTS_OF_RING)
    twice = 2 * t
    columns = [np.cos(t), np.cos(twice), np.sin(t), np.sin(twice)]
    waves = np.stack(columns, -1)
    centred = np.sqrt(2) * waves
    return mean + centred


@in_range
def with_covariance(c: np.ndarray) -> np.ndarray:
    """+-sqrt(m) C^(1/2) e_k, (2 m, m): centred data whose covariance is C (m, m), exactly."""
    c = symmetric("c", c)
    m = len(c)
    # 2 m rows: the mean of +-x x^T over them is sqrt(m)^2 C / m
    half = np.sqrt(m) * symmetric_power(c, 0.5)
    return np.concatenate([half, -half])


@in_range
def nearly_constant_rows(d: float) -> np.ndarray:
    """(1, 1, 1) / sqrt 3 + d (1, 1, -2) / sqrt 6, normalised, and (1, -1, 0) / sqrt 2: (2, 3)

    Orthonormal rows, kappa* = 1; without the part along 1 the first has length d / sqrt(1 + d^2):
    kappa* = 1 + d^-2. Two examples of three variables, so no full column rank. d > 0.
    """
    d = number("d", d, positive)
    along = np.ones(3) / np.sqrt(3)
    across = np.array([1.0, 1.0, -2.0]) / np.sqrt(6)
    first = (along + d * across) / np.sqrt(1 + d**2)
    second = np.array([1.0, -1.0, 0.0]) / np.sqrt(2)
    return np.stack([first, second])
