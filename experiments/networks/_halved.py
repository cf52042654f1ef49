"""The digits at half their resolution, a small problem of other experiments.

Sixteen inputs keep Fisher blocks small enough to be formed; the digits are still told apart.
"""

from __future__ import annotations

import numpy as np

from lab.data import digits
from lab.objectives import MLP


def halved() -> tuple[np.ndarray, np.ndarray]:
    """Mean over squares of 2 x 2 pixels, (1797, 16) in [0, 1], and labels."""
    pixels, label = digits()
    squares = pixels.reshape(-1, 4, 2, 4, 2)
    return squares.mean((2, 4)).reshape(-1, 16) / 16, label


def classifier(examples: int, hidden: tuple, activation: str = "tanh"):
    """Softmax classification of the first so many.

    An MLP with the widths `hidden`, ten logits; examples in the order of the file, nothing is
    drawn.
    """
    x, label = halved()
    return MLP(
        x[:examples],
        label[:examples],
        hidden,
        activation=activation,
        loss="softmax",
    )
