"""Longley's table, which every program's regression is tried on."""

from __future__ import annotations

import csv
from importlib.resources import files

import numpy as np

from lab.data.tables import Table


def longley() -> Table:
    """The economy of the United States 1947-1962: six columns (16, 6), and employment y (16,).

    kappa of the design is 4.859e9. (J. W. Longley, Journal of the American Statistical Association
    62, 1967, 819-841; reference data of the National Institute of Standards and Technology)
    """
    with files("lab.data").joinpath("longley.csv").open(encoding="ascii") as text:
        rows = list(csv.reader(text))
    values = np.array(rows[1:], dtype=float)
    return Table(values[:, 1:], values[:, 0], tuple(rows[0][1:]), (), ())
