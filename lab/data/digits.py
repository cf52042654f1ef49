"""The digits that ship with the lab: no network is needed for the experiments on real data."""

from __future__ import annotations

import gzip
from importlib.resources import files

import numpy as np


def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 handwritten digits: pixels (1797, 64) with values 0..16, labels (1797,) 0..9.

    Images of 8 x 8, row by row: a pixel counts the dark ones of 4 x 4 in the original.

    The test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak; UCI
    Machine Learning Repository; CC BY 4.0).
    """
    with (
        files("lab.data").joinpath("digits.csv.gz").open("rb") as raw,
        gzip.open(raw, "rt", encoding="ascii") as text,
    ):
        found = np.loadtxt(text, delimiter=",")
    return found[:, :-1], found[:, -1]
