"""Labels drawn from a model, or not: all batches of a few rows with their probabilities.

Three laws: a label per draw from the model, the data's own, or one per row from the model, shared
by all draws of that row. With m rows and batches of B that is m^B 2^B, m^B or m^B 2^m outcomes: 216
for three of three.
"""

from __future__ import annotations

import itertools

import numpy as np

from lab.claims import named

SAMPLED, GIVEN, PER_ROW = "one per draw", "the data's", "one per row"


@named
def from_model(labels):
    """the labels are drawn from the model

    Each with its probability at theta, not at a teacher: by the row's own logit.
    """
    return labels != GIVEN


@named
def fresh(labels):
    """every draw has a label of its own, also of a row that was drawn before

    Labels per row would be those of one data set that was drawn from the model once, and batches
    from it share them.
    """
    return labels != PER_ROW


def outcomes(p, size, labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All batches: rows (N, B), their labels (N, B), and probabilities (N,); p (m,) of label 1. The
    data's labels are 1, 0, 0, ...

    Rows are drawn with replacement, each with probability 1 / m.
    """
    m = len(p)
    batches_of_rows = itertools.product(range(m), repeat=size)
    rows = np.array(list(batches_of_rows))
    if labels == GIVEN:
        each = m ** -float(size)
        return rows, (rows == 0).astype(float), np.full(len(rows), each)

    # m labels for all draws, or one for every draw
    shared = labels == PER_ROW
    count = m if shared else size
    labellings = itertools.product((0.0, 1.0), repeat=count)
    choices = np.array(list(labellings))
    batches = np.repeat(rows, len(choices), 0)
    choices = np.tile(choices, (len(rows), 1))
    drawn = np.take_along_axis(choices, batches, 1) if shared else choices
    of_one = p if shared else p[batches]
    chance = np.where(choices == 1, of_one, 1 - of_one).prod(1)
    return batches, drawn, chance / m**size


def tanh_network(x, weights) -> tuple[np.ndarray, np.ndarray]:
    """z = a^T tanh(W x) (m,) and its Jacobian in (W, a) (m, 6): two inputs, two units; weights (6,)
    are W by rows, then a."""
    hidden, a = weights[:4].reshape(2, 2), weights[4:]
    t = np.tanh(x @ hidden.T)
    inner = (a * (1 - t**2))[:, :, None] * x[:, None, :]
    return t @ a, np.concatenate([inner.reshape(len(x), -1), t], 1)
