"""Normalisation of activations, differentiated through its statistics.

With P u = u - mean(u), s = (var + eps)^(-1/2) and y = s P x, along dx

    ds = -s^2 mean(y dx),    dy = s (P dx - y mean(y dx)),

because dvar = 2 mean((P x) dx). The map in brackets is symmetric, hence the derivative by x is the
same map of g. With eps = 0 y is invariant to shifts and scale of x: the weights before a
normalisation have a gradient orthogonal to them, which shrinks like 1 / |W|.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# what public code adds to a variance, so that a constant unit does not divide by 0
EPS = 1e-5


@dataclass(frozen=True)
class Normalised:
    """y = (x - mean) s,  s = (var + eps)^(-1/2),  statistics over examples or over units

    over "examples": batch normalisation in training mode (Ioffe & Szegedy 2015), each unit over the
    batch, which couples the examples; "units": layer normalisation (Ba, Kiros & Hinton 2016), each
    example by itself. var divides by the number of entries. ValueError for a batch of one example,
    whose variance is 0 whatever it is.

    There is no running average and no evaluation mode: the loss on all data has the statistics of
    all data. Two examples give y = +-1 in every unit, up to eps. A constant unit gives 0.
    """

    over: str
    eps: float = EPS

    blocks = ()

    @property
    def couples(self) -> bool:
        """Whether the statistics are those of the batch."""
        return self.over == "examples"

    def _mean(self, x):
        """Over examples or over units, with an axis of length 1 in their place."""
        axis = -2 if self.couples else -1
        return x.mean(axis, keepdims=True)

    def _scale(self, x):
        """s, as `_mean` shaped."""
        centred = x - self._mean(x)
        variance = self._mean(centred**2)
        return 1 / np.sqrt(variance + self.eps)

    def forward(self, p, x):
        examples = x.shape[-2]
        if self.couples and examples < 2:
            raise ValueError("batch of 1 example: batch normalisation needs at least 2")
        centred = x - self._mean(x)
        return centred * self._scale(x)

    def _projected(self, y, u):
        """u - mean(u) - y mean(y u): dy / dx is s times this symmetric map, and so is pull."""
        along = self._mean(y * u)
        return u - self._mean(u) - y * along

    def pushed(self, at, dp, dx):
        return self._scale(at.x) * self._projected(at.y, dx)

    def pull(self, at, g):
        return self._scale(at.x) * self._projected(at.y, g)

    # no parameters: scale and shift are a stage of their own
    def grads(self, at, g):
        return ()

    def examples(self, at, g):
        return ()

    def pull_moved(self, at, g, moved, dg):
        """The derivative of s (P g - y mean(y g)), factor by factor; dy is moved.y."""
        s = self._scale(at.x)
        ds = -s * s * self._mean(at.y * moved.x)
        along = self._mean(at.y * g)
        turned = at.y * self._mean(moved.y * g)
        turned += moved.y * along
        own = self._projected(at.y, dg) - turned
        return s * own + ds * self._projected(at.y, g)

    def grads_moved(self, at, g, moved, dg):
        return ()


@dataclass(frozen=True)
class Affine:
    """y = x scale + shift, unit by unit: what follows a normalisation.

    scale and shift (units,), 1 and 0 at the start. Without it the mean and variance of every unit
    would be fixed for good.
    """

    units: int

    couples = False

    @property
    def blocks(self):
        """Scale and shift."""
        shape = (self.units,)
        return (("scale", shape), ("shift", shape))

    def forward(self, p, x):
        scale, shift = p
        scaled = x * scale[..., None, :]
        return scaled + shift[..., None, :]

    def pushed(self, at, dp, dx):
        scale, _ = at.p
        own = self.forward(dp, at.x)
        return own + dx * scale[..., None, :]

    def pull(self, at, g):
        scale, _ = at.p
        return g * scale[..., None, :]

    def grads(self, at, g):
        # both are small: summing what each example has costs nothing more
        scale, shift = self.examples(at, g)
        return (scale.sum(-2), shift.sum(-2))

    def examples(self, at, g):
        return (g * at.x, g)

    def pull_moved(self, at, g, moved, dg):
        scale, _ = at.p
        dscale, _ = moved.p
        own = dg * scale[..., None, :]
        return own + g * dscale[..., None, :]

    def grads_moved(self, at, g, moved, dg):
        scale = dg * at.x
        scale += g * moved.x
        return (scale.sum(-2), dg.sum(-2))
