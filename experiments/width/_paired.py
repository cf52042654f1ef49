"""Differences of paired runs, and how far from 0 chance carries them: a part of other
experiments."""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit


class Paired(NamedTuple):
    """mean (*k,) over runs; error, its standard error; reach, half of Student's 95 % interval: 2.8
    standard errors for five runs."""

    mean: np.ndarray
    error: np.ndarray
    reach: np.ndarray


def paired(gap: np.ndarray) -> Paired:
    """Of differences gap (*k, runs), one per start: what both share of a start cancels.

    A difference of nothing is further than `reach` from 0 by chance in 5 % of the cases. NaN of one
    run, which scatters around nothing.
    """
    runs = gap.shape[-1]
    error = gap.std(-1, ddof=1) / np.sqrt(runs)
    return Paired(gap.mean(-1), error, stdtrit(runs - 1, 0.975) * error)
