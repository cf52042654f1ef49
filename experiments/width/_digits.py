"""Digits as inputs of entries of order 1: a part of other experiments.

Networks of infinite width are described by inner products of inputs: here |x|^2 = d in the mean, so
that a first layer of variance 1 / d has pre-activations of order 1.
"""

import numpy as np

from lab.data import digits


def images(whole: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """x (1797, d) without the mean image, |x|^2 = d in the mean; labels (1797,)

    d = 64, or 16: means over squares of 2 x 2 pixels. The first ten are the digits from 0 to 9.

    Every image is scaled by one number, that of all of them, and not by its own norm. Nothing is
    drawn.
    """
    pixels, label = digits()
    if not whole:
        squares = pixels.reshape(-1, 4, 2, 4, 2)
        coarse = squares.mean((2, 4))
        pixels = coarse.reshape(-1, 16)
    mean = pixels.mean(0)
    centred = pixels - mean
    # of all entries: a pixel that never changes stays 0
    square = (centred**2).mean()
    scale = np.sqrt(square)
    x = centred / scale
    labels = label.astype(int)
    return x, labels


def parity(label: np.ndarray) -> np.ndarray:
    """1 for even digits, -1 for odd ones: one output.

    label (m,), the answer (m,).
    """
    odd = label % 2
    return np.where(odd, -1.0, 1.0)


def right(z: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Percent of the examples whose largest output is that of their label, (*r,).

    z (*r, m, 10), label (m,). Ties go to the first class; a run that left the floating range has
    outputs that are not finite, and names no class.
    """
    known = np.isfinite(z).all(-1)
    return 100 * (known & (z.argmax(-1) == label)).mean(-1)


def classes(label: np.ndarray) -> np.ndarray:
    """(m, 10): 0.9 for the digit, -0.1 for every other, so that their sum is 0.

    Squares on ten such outputs stay bounded where cross-entropy's logits may grow for free.
    """
    one_hot = np.eye(10)
    return one_hot[label] - 0.1
