"""Convolution by patches (im2col): a dense layer at every place of an image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lab.checks import count
from lab.linalg import transposed


@dataclass(frozen=True)
class Convolved:
    """y[t, o] = sum_(c, k) K[o, c, k] x[patch t, place k, c] + b[o],  K (out, in, size^2)

    Images are rows (H W C,), the channel last: x (*r, m, H W C) and y (*r, m, H' W' out), H' =
    (H - size) // stride + 1, without padding. The kernel is a tensor with three modes. ValueError
    for a kernel larger than the image.
    """

    shape: tuple[int, int, int]
    outputs: int
    size: int
    stride: int = 1

    couples = False

    def __post_init__(self):
        for axis, length in enumerate(self.shape):
            count(f"shape[{axis}]", length)
        for name in ("outputs", "size", "stride"):
            count(name, getattr(self, name))
        if self.size > min(self.shape[:2]):
            raise ValueError(f"size = {self.size}: the image is {self.shape[0]} x {self.shape[1]}")

    @property
    def blocks(self):
        """Kernel and bias."""
        kernel = (self.outputs, self.shape[2], self.size**2)
        return (("kernel", kernel), ("bias", (self.outputs,)))

    @cached_property
    def places(self) -> tuple[int, int]:
        """(H', W')."""
        height, width, _ = self.shape
        down = (height - self.size) // self.stride + 1
        across = (width - self.size) // self.stride + 1
        return down, across

    @cached_property
    def _indices(self):
        """Where in the row of an image the entries of every patch are, (T, C size^2)."""
        pixels = np.arange(np.prod(self.shape)).reshape(self.shape)
        window = (self.size, self.size)
        windows = np.lib.stride_tricks.sliding_window_view(pixels, window, axis=(0, 1))
        chosen = windows[:: self.stride, :: self.stride]
        return chosen.reshape(np.prod(self.places), -1)

    def _patches(self, x):
        """(*r, m T, C size^2)."""
        found = np.take(x, self._indices, axis=-1)
        return found.reshape(*x.shape[:-2], -1, found.shape[-1])

    def _images(self, patches):
        """The transpose of _patches: every entry back to its pixel, added up."""
        channels = self.shape[2]
        down, across = self.places
        window = (channels, self.size, self.size)
        split = patches.reshape(*patches.shape[:-2], -1, down, across, *window)
        images = np.zeros((*split.shape[:-5], *self.shape))
        for row in range(self.size):
            for column in range(self.size):
                rows = slice(row, row + down * self.stride, self.stride)
                columns = slice(column, column + across * self.stride, self.stride)
                images[..., rows, columns, :] += split[..., row, column]
        return images.reshape(*images.shape[:-3], -1)

    def _matrix(self, kernel):
        return kernel.reshape(*kernel.shape[:-2], -1)

    def _by_place(self, y):
        """(*r, m, T out) as (*r, m T, out)."""
        return y.reshape(*y.shape[:-2], -1, self.outputs)

    def _by_example(self, y, like):
        """(*r, m T, out) as (*r, m, T out), m as that of `like`."""
        m = like.shape[-2]
        return y.reshape(*y.shape[:-2], m, -1)

    def forward(self, p, x):
        kernel, b = p
        y = self._patches(x) @ transposed(self._matrix(kernel))
        y += b[..., None, :]
        return self._by_example(y, x)

    def pushed(self, at, dp, dx):
        kernel, _ = at.p
        moved = self._patches(dx) @ transposed(self._matrix(kernel))
        return self.forward(dp, at.x) + self._by_example(moved, dx)

    def _pulled(self, kernel, g):
        return self._images(self._by_place(g) @ self._matrix(kernel))

    def pull(self, at, g):
        return self._pulled(at.p[0], g)

    def _kernel(self, g, x):
        """sum over examples and places of g patch^T, (*r, out, in, size^2)."""
        total = transposed(self._by_place(g)) @ self._patches(x)
        return self._with_modes(total)

    def _with_modes(self, total):
        return total.reshape(*total.shape[:-1], self.shape[2], self.size**2)

    def grads(self, at, g):
        return (self._kernel(g, at.x), self._by_place(g).sum(-2))

    def examples(self, at, g):
        m = g.shape[-2]
        places = g.reshape(*g.shape[:-1], -1, self.outputs)
        patches = self._patches(at.x)
        patches = patches.reshape(*patches.shape[:-2], m, -1, patches.shape[-1])
        kernel = transposed(places) @ patches
        return (self._with_modes(kernel), places.sum(-2))

    def pull_moved(self, at, g, moved, dg):
        return self._pulled(at.p[0], dg) + self._pulled(moved.p[0], g)

    def grads_moved(self, at, g, moved, dg):
        kernel = self._kernel(dg, at.x) + self._kernel(g, moved.x)
        return (kernel, self._by_place(dg).sum(-2))
