"""Gradients of one tensor on one batch, and the second moments that are read from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import raveled
from lab.linalg import ratio, symmetric_power, transposed
from lab.modes import gram, mode_times, multiply_modes

Matrices = tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Whole:
    """S: the gradient of the mean loss, a tensor x (*r, d_1, ..., d_k)."""

    k: int
    x: np.ndarray

    def grams(self) -> Matrices:
        """S_(j) S_(j)^T per mode, (*r, d_j, d_j)."""
        return mode_grams(self.k, self.x)

    def whitened(self, factors: Matrices, q: float) -> Matrices:
        """The same of S with its other modes times R^((q - 1)/2), over the product of tr R^q.

        Powers are on the range; 0 where an R is 0.
        """
        if self.k == 1:
            return self.grams()
        halves = [symmetric_power(r, (q - 1) / 2) for r in factors]
        sizes = [_trace(symmetric_power(r, q)) for r in factors]
        return tuple(self._seen_by(mode, halves, sizes) for mode in range(self.k))

    def squares(self, bases: Matrices) -> np.ndarray:
        """(Q^T S)^2 entry by entry, like S."""
        return multiply_modes(self.x, bases) ** 2

    def _seen_by(self, mode, halves, sizes):
        y = self.x
        total = 1.0
        for other in range(self.k):
            if other != mode:
                y = mode_times(y, halves[other], other, self.k)
                total = total * sizes[other]
        return ratio(gram(y, mode, self.k), total)


@dataclass(frozen=True, eq=False)
class Outer:
    """S_jc = g_jc a_j^T of a dense layer: errors g (*r, m, c, o), inputs a (*r, m, d)."""

    g: np.ndarray
    a: np.ndarray

    def grams(self) -> Matrices:
        """(E |a|^2 g g^T, E |g|^2 a a^T)."""
        inputs = (self.a**2).sum(-1)
        errors = (self.g**2).sum((-1, -2))
        return mean_square(self.g, inputs), mean_square(self.a[..., None, :], errors)

    def layers(self) -> Matrices:
        """(E g g^T, E a a^T)."""
        return mean_square(self.g), mean_square(self.a[..., None, :])

    def squares(self, bases: Matrices) -> np.ndarray:
        """E (Q_1^T g a^T Q_2)^2 entry by entry, (*r, o, d)."""
        left, right = bases
        errors = (self.g @ left[..., None, :, :]) ** 2
        inputs = (self.a @ right) ** 2
        return transposed(errors.sum(-2)) @ inputs / self.a.shape[-2]

    def rows(self) -> tuple[np.ndarray, int]:
        """vec S, (*r, m c, o d), the input the fastest index; and m."""
        products = self.g[..., None] * self.a[..., None, None, :]
        *shape, m, c, o, d = products.shape
        return products.reshape(*shape, m * c, o * d), m


@dataclass(frozen=True, eq=False)
class Many:
    """S_jc of any tensor, written out: x (*r, m, c, d_1, ..., d_k)."""

    k: int
    x: np.ndarray

    def grams(self) -> Matrices:
        """E S_(j) S_(j)^T per mode."""
        summed = [g.sum((-3, -4)) for g in mode_grams(self.k, self.x)]
        return tuple(g / self._examples() for g in summed)

    def layers(self) -> Matrices:
        """None: this is no dense layer."""
        return ()

    def squares(self, bases: Matrices) -> np.ndarray:
        """E (Q^T S)^2 entry by entry, (*r, d_1, ..., d_k)."""
        turned = self.x
        for mode, q in enumerate(bases):
            turned = mode_times(turned, q[..., None, None, :, :], mode, self.k)
        examples_and_labels = (-self.k - 2, -self.k - 1)
        return (turned**2).sum(examples_and_labels) / self._examples()

    def rows(self) -> tuple[np.ndarray, int]:
        """vec S, (*r, m c, D), in C order; and m."""
        flat = raveled(self.x, self.k)
        *shape, m, c, n = flat.shape
        return flat.reshape(*shape, m * c, n), m

    def _examples(self):
        return self.x.shape[self.x.ndim - self.k - 2]


def mode_grams(k: int, x: np.ndarray) -> Matrices:
    """X_(j) X_(j)^T, (*r, d_j, d_j), for every mode of a tensor of order k."""
    return tuple(gram(x, mode, k) for mode in range(k))


def mean_square(x: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(1/m) sum_jc w_j x_jc x_jc^T, (*r, d, d), of x (*r, m, c, d) and w (*r, m)."""
    *shape, m, c, d = x.shape
    flat = x.reshape(*shape, m * c, d)
    if weights is None:
        return transposed(flat) @ flat / m
    weighted = x * weights[..., None, None]
    return transposed(flat) @ weighted.reshape(flat.shape) / m


def with_ones(a: np.ndarray) -> np.ndarray:
    """(a; 1), (*r, m, d + 1)."""
    return np.concatenate([a, np.ones((*a.shape[:-1], 1))], -1)


def _trace(a):
    return np.trace(a, axis1=-2, axis2=-1)[..., None, None]
