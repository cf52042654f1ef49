"""What is found out about the Hessians of a table, however it is computed.

Both ways fill the same fields, so that one report prints either; what a way does not compute is
NaN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.instruments.condition.steps import Steps
from lab.instruments.condition.treatments import Conditioned


class Found(NamedTuple):
    """rows, steps, vif (n,), the pair behind the smallest eigenvalue of the correlations and their
    r; told: sentences on how it was computed and on what was not.

    steps is empty where none were asked for. vif_j = 1 / (1 - R_j^2), inf for a column that others
    determine.
    """

    rows: list[Conditioned]
    steps: list[Steps]
    vif: np.ndarray
    pair: tuple[int, int]
    correlation: float
    told: list[str]


def pair_of(
    vector: np.ndarray,
    correlations: np.ndarray,
) -> tuple[int, int, float]:
    """The two largest entries of an eigenvector (n,), in the order of columns, and their r.

    (0, 0, 0.0) of one column, which has no other. Entries that agree to 9 digits are equal.
    """
    if len(vector) < 2:
        return 0, 0, 0.0
    # ties are decided by the order of the columns, not by rounding
    size = np.round(np.abs(vector), 9)
    first, second = sorted(np.argsort(-size, kind="stable")[:2].tolist())
    return first, second, float(correlations[first, second])
