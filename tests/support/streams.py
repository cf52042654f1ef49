"""Streams of gradients of any shape, and the lab's path on them: vectors are vectors, matrices and
tensors are Layers of one block."""

import numpy as np

from lab.arrays import Layers
from lab.simulation import replay

SHAPES = {"vector": (5,), "wide": (2, 5), "tall": (4, 3), "tensor": (2, 3, 2)}
STEPS = 7


def stream(shape, seed=3):
    """A start and STEPS gradients of one shape, the entries of very different sizes."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape), rng.standard_normal((STEPS, *shape)) * np.geomspace(
        3, 0.1, int(np.prod(shape))
    ).reshape(shape)


def iterates(optimizer, grads, theta=None, **answers):
    """The lab's iterates, (T + 1, *shape), on gradients (T, *shape), from 0 unless theta is
    given."""
    grads = np.asarray(grads)
    theta = np.zeros(grads.shape[1:]) if theta is None else theta
    if grads.ndim == 2:
        return replay(optimizer, theta, grads, **answers)
    return replay(optimizer, Layers([theta]), [Layers([g]) for g in grads], **answers)[0]
