"""Standardised inputs of every dense layer as a change of variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import Layers, layers
from lab.linalg import ratio
from lab.maps import linear_step, rotated, unbent

Columns = tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class StandardisedInputs:
    """W = What / sqrt(variance),  b = bhat - W mu:  W a + b = What (a - mu) / sqrt(variance) + bhat

    The network of theta with inputs a is that of z = (What, bhat) with standardised ones, layer by
    layer. means, variances: one row (1, d), or (*r, 1, d), per dense layer, in the order of
    `lab.arrays.layers(theta)`. Where a variance is 0 the weight rests. A layer without bias has
    nothing to take a mean up: it is only scaled. Blocks that belong to no dense layer stay. A
    Change, see lab.maps; its curvature takes one row for all runs.
    """

    means: Columns
    variances: Columns

    asks = "rotated"

    def to(self, theta):
        return self._each(theta, _entered)

    def back(self, z):
        return self._each(z, _left)

    def pull(self, z, g):
        return self._each(g, _pulled)

    def push_back(self, g: Layers) -> Layers:
        """P^-T g, what `pull` undoes: the gradient in theta of one in z."""
        return self._each(g, _pushed_back)

    along = linear_step
    push = linear_step
    curve = rotated
    bend = unbent

    def _each(self, theta, change) -> Layers:
        """change(w, b, mu, sigma) of every dense layer, b None where there is none."""
        blocks = list(theta)
        pairs = layers(theta)
        for pair, mu, variance in zip(pairs, self.means, self.variances, strict=True):
            b = None if pair.bias is None else blocks[pair.bias]
            w, b = change(blocks[pair.weight], b, mu, np.sqrt(variance))
            blocks[pair.weight] = w
            if pair.bias is not None:
                blocks[pair.bias] = b
        return Layers(blocks, theta.orders, theta.roles)


def _entered(w, b, mu, sigma):
    """What = W sigma, bhat = b + W mu."""
    if b is not None:
        b = b + (w * mu).sum(-1)
    return w * sigma, b


def _left(w, b, mu, sigma):
    """W = What / sigma, b = bhat - W mu."""
    w = ratio(w, sigma)
    if b is not None:
        b = b - (w * mu).sum(-1)
    return w, b


def _pulled(w, b, mu, sigma):
    """The gradient in What is (G_W - G_b mu^T) / sigma, in bhat G_b."""
    if b is not None:
        w = w - b[..., None] * mu
    return ratio(w, sigma), b


def _pushed_back(w, b, mu, sigma):
    """G_W = the gradient in What times sigma, plus G_b mu^T."""
    w = w * sigma
    if b is not None:
        w = w + b[..., None] * mu
    return w, b
