"""Digits as inputs of entries of order 1: a part of other experiments."""

import numpy as np

from lab.data import digits


def images(whole: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """x (1797, d) without the mean image, |x|^2 = d in the mean; labels (1797,)

    d = 64, or 16: means over squares of 2 x 2 pixels. The first ten are the digits from 0 to 9.
    """
    pixels, label = digits()
    if not whole:
        squares = pixels.reshape(-1, 4, 2, 4, 2)
        coarse = squares.mean((2, 4))
        pixels = coarse.reshape(-1, 16)
    mean = pixels.mean(0)
    centred = pixels - mean
    square = (centred**2).mean()
    scale = np.sqrt(square)
    x = centred / scale
    labels = label.astype(int)
    return x, labels


def parity(label: np.ndarray) -> np.ndarray:
    """1 for even digits, -1 for odd ones: one output."""
    odd = label % 2
    return np.where(odd, -1.0, 1.0)


def classes(label: np.ndarray) -> np.ndarray:
    """(m, 10): 0.9 for the digit, -0.1 for every other, so that their sum is 0."""
    one_hot = np.eye(10)
    return one_hot[label] - 0.1
