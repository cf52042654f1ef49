"""Where the labels of a curvature come from."""

from __future__ import annotations

import numpy as np

LABELS = ("exact", "sampled", "true")


class CommonRandom:
    """A generator whose draws differ between the runs in `seeds` and are shared by a sweep.

    axes: all run axes; seeds: those of the start point, broadcast against them.

    Methods that differ in a hyper-parameter then draw the same labels, and their difference has
    less variance than with draws of their own. Only what an objective's `curvature` calls is here:
    `random` and `standard_normal`, with size (*axes, ...).
    """

    def __init__(self, rng: np.random.Generator, axes: tuple[int, ...], seeds: tuple[int, ...]):
        self.rng = rng
        self.axes = axes
        self.seeds = seeds

    def random(self, size):
        return self._shared(self.rng.random, size)

    def standard_normal(self, size):
        return self._shared(self.rng.standard_normal, size)

    def _shared(self, draw, size):
        # size begins with the run axes, of which only those of the seeds are drawn
        per_seed = self.seeds + tuple(size[len(self.axes) :])
        return np.broadcast_to(draw(per_seed), size)
