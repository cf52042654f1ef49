"""Convolution by patches (im2col): a dense layer at every place of an image.

With the patches of all places as rows of a matrix X (m T, in size^2) the layer is X K^T, so that
every derivative is one of a dense layer: by K g^T X summed over examples and places, by the patches
g K, and by the image the transpose of taking patches, which adds every entry back to its pixel.
Patches cost size^2 / stride^2 times the memory of the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lab.arrays import joined, parted, raveled, with_shape
from lab.checks import count
from lab.linalg import transposed


@dataclass(frozen=True)
class Convolved:
    """y[t, o] = sum_(c, k) K[o, c, k] x[patch t, place k, c] + b[o],  K (out, in, size^2)

    Images are rows (H W C,), the channel last: x (*r, m, H W C) and y (*r, m, H' W' out), H' =
    (H - size) // stride + 1, without padding. The kernel is a tensor with three modes. ValueError
    for a kernel larger than the image.

    A patch is (in, size, size) in C order, as the kernel's modes are. Pixels that no patch reaches
    (a stride that does not divide) have derivative 0. size = H = W: one place, a dense layer. size
    = 1: the same dense layer at every pixel.
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
        height, width, _ = self.shape
        if self.size > min(height, width):
            raise ValueError(f"size = {self.size}: the image is {height} x {width}")

    @property
    def blocks(self):
        """Kernel (out, in, size^2) and bias (out,)."""
        # height and width as one mode: methods have one factor for size^2 entries, not two of size
        kernel = (self.outputs, *self._modes)
        return (("kernel", kernel), ("bias", (self.outputs,)))

    @cached_property
    def places(self) -> tuple[int, int]:
        """(H', W'): how many patches fit, down and across."""
        height, width, _ = self.shape
        down = (height - self.size) // self.stride + 1
        across = (width - self.size) // self.stride + 1
        return down, across

    @cached_property
    def _indices(self):
        """Where in the row of an image the entries of every patch are, (T, C size^2).

        From an image of the numbers of its own entries, cut as an image would be.
        """
        numbers = np.arange(np.prod(self.shape))
        pixels = with_shape(numbers, self.shape)
        window = (self.size, self.size)
        windows = np.lib.stride_tricks.sliding_window_view(pixels, window, axis=(0, 1))
        chosen = windows[:: self.stride, :: self.stride]
        return chosen.reshape(self._count, -1)

    def _patches(self, x):
        """(*r, m T, C size^2), patch by patch, the places of an example one after the other."""
        found = np.take(x, self._indices, axis=-1)
        return joined(found)

    def _images(self, patches):
        """The transpose of _patches: every entry back to its pixel, added up.

        patches (*r, m T, C size^2) to (*r, m, H W C).
        """
        down, across = self.places
        window = (self.size, self.size)
        last = (down, across, self.shape[2], *window)
        by_example = self._by_example(patches)
        split = with_shape(by_example, last)

        *examples, _ = by_example.shape
        # place by place of the window, not of the image: there are fewer, and within one no pixel
        # occurs twice
        images = np.zeros((*examples, *self.shape))
        for i in range(self.size):
            rows = self._strided(i, down)
            for j in range(self.size):
                columns = self._strided(j, across)
                own = split[..., i, j]
                images[..., rows, columns, :] += own
        return raveled(images, 3)

    def _strided(self, first, places):
        """The pixels that one place of the window meets, along one side."""
        end = first + places * self.stride
        return slice(first, end, self.stride)

    def _by_place(self, y):
        """(*r, m, T out) as (*r, m T, out)."""
        shape = (self._count, self.outputs)
        return joined(with_shape(y, shape))

    def _by_example(self, y):
        """(*r, m T, k) as (*r, m, T k)."""
        examples = y.shape[-2] // self._count
        split = parted(y, examples)
        return raveled(split, 2)

    @property
    def _count(self):
        """The number T of places."""
        down, across = self.places
        return down * across

    def _product(self, x, kernel):
        """Every patch times every kernel, (*r, m T, out)."""
        matrix = raveled(kernel, 2)
        return self._patches(x) @ transposed(matrix)

    def _pulled(self, g, kernel):
        """The derivative by the images, (*r, m, H W C), of g (*r, m, T out)."""
        matrix = raveled(kernel, 2)
        patches = self._by_place(g) @ matrix
        return self._images(patches)

    def _summed(self, g, x):
        """sum over examples and places of g patch^T, (*r, out, in, size^2)."""
        errors = self._by_place(g)
        total = transposed(errors) @ self._patches(x)
        return with_shape(total, self._modes)

    @property
    def _modes(self):
        """The modes of a kernel besides its outputs, (in, size^2)."""
        return (self.shape[2], self.size**2)

    def forward(self, p, x):
        kernel, b = p
        y = self._product(x, kernel)
        y += b[..., None, :]
        return self._by_example(y)

    def pushed(self, at, dp, dx):
        kernel, _ = at.p
        # y is linear in (K, b) and in x, so that its change is one term for each
        moved = self._product(dx, kernel)
        own = self.forward(dp, at.x)
        return own + self._by_example(moved)

    def pull(self, at, g):
        kernel, _ = at.p
        return self._pulled(g, kernel)

    def grads(self, at, g):
        errors = self._by_place(g)
        kernel = self._summed(g, at.x)
        return (kernel, errors.sum(-2))

    def examples(self, at, g):
        patches, errors = self.factors(at, g)
        # over the places of one example; an axis of examples is left
        kernel = transposed(errors) @ patches
        kernel = with_shape(kernel, self._modes)
        return (kernel, errors.sum(-2))

    def factors(self, at, g):
        """Patches (*r, m, T, C size^2) and errors (*r, m, T, out).

        The gradient of an example is the sum of their products over the places, which is of a rank
        up to T: no product of two vectors, as that of a dense layer.
        """
        m = g.shape[-2]
        patches = self._patches(at.x)
        errors = self._by_place(g)
        return parted(patches, m), parted(errors, m)

    def pull_moved(self, at, g, moved, dg):
        kernel, _ = at.p
        dkernel, _ = moved.p
        own = self._pulled(dg, kernel)
        return own + self._pulled(g, dkernel)

    def grads_moved(self, at, g, moved, dg):
        errors = self._by_place(dg)
        kernel = self._summed(dg, at.x)
        kernel += self._summed(g, moved.x)
        return (kernel, errors.sum(-2))
