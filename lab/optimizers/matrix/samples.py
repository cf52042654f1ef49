"""Gradients of one tensor on one batch, and the second moments that are read from them.

With C = E vec(S) vec(S)^T the Gram matrix E S_(j) S_(j)^T of mode j is the trace of C over the
other modes: it needs no C, and all of them have the trace of C. If C = U_1 kron ... kron U_k they
are the U_j up to factors. E is the mean over the m examples of a batch, and the sum over c labels
each, whose weights are inside the errors; a class per form in which the gradients come:

Whole   one gradient, of the mean loss. For labels drawn from the model and independent examples
        S S^T has the expectation of C / m, since the mixed terms vanish
Outer   of a dense layer, by its two sides
Spread  of a layer that is the same at many places, by its two sides at each
Many    of any tensor, written out
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import raveled
from lab.linalg import ratio, symmetric_power, transposed
from lab.modes import gram, mode_times, multiply_modes

Matrices = tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Whole:
    """S: the gradient of the mean loss, a tensor x (*r, d_1, ..., d_k) of order k."""

    k: int
    x: np.ndarray

    def grams(self) -> Matrices:
        """S_(j) S_(j)^T per mode, (*r, d_j, d_j)."""
        return mode_grams(self.k, self.x)

    def whitened(
        self,
        factors: Matrices,
        q: float,
    ) -> Matrices:
        """The same of S with its other modes times R^((q - 1)/2), over the product of tr R^q.

        factors: R of every mode. q = 1 divides by traces alone, q = 0 whitens: there tr R^0 is the
        rank. Of a vector there is no other mode. Powers are on the range; 0 where an R is 0.
        """
        if self.k == 1:
            return self.grams()
        # half of the power on each side of the Gram matrix
        half = (q - 1) / 2
        halves = [symmetric_power(r, half) for r in factors]
        sizes = [trace(symmetric_power(r, q)) for r in factors]
        return tuple(self._seen_by(mode, halves, sizes) for mode in range(self.k))

    def squares(self, bases: Matrices) -> np.ndarray:
        """(Q^T S)^2 entry by entry, like S."""
        turned = multiply_modes(self.x, bases)
        return turned**2

    def _seen_by(self, mode, halves, sizes):
        """The Gram matrix of one mode, the others whitened."""
        y = self.x
        total = 1.0
        for other in range(self.k):
            if other == mode:
                continue
            y = mode_times(y, halves[other], other, self.k)
            total = total * sizes[other]

        seen = gram(y, mode, self.k)
        return ratio(seen, total)


@dataclass(frozen=True, eq=False)
class Outer:
    """S_jc = g_jc a_j^T of a dense layer: errors g (*r, m, c, o), inputs a (*r, m, d)."""

    g: np.ndarray
    a: np.ndarray

    def grams(self) -> Matrices:
        """(E |a|^2 g g^T, E |g|^2 a a^T), the Gram matrices of S = g a^T without writing S.

        Where |a| and |g| are constant they are multiples of those of `layers`.
        """
        inputs = (self.a**2).sum(-1)
        # over labels too: inputs do not depend on them
        errors = (self.g**2).sum((-1, -2))
        left = mean_square(self.g, inputs)
        right = mean_square(self._rows(), errors)
        return left, right

    def layers(self) -> Matrices:
        """(E g g^T, E a a^T), (*r, o, o) and (*r, d, d)."""
        left = mean_square(self.g)
        right = mean_square(self._rows())
        return left, right

    def squares(self, bases: Matrices) -> np.ndarray:
        """E (Q_1^T g a^T Q_2)^2 entry by entry, (*r, o, d)."""
        # the square of a product of two numbers: sums over examples stay a product of matrices
        left, right = bases
        g = self.g @ left[..., None, :, :]
        a = self.a @ right
        errors = (g**2).sum(-2)
        m = a.shape[-2]
        return transposed(errors) @ a**2 / m

    def rows(self) -> tuple[np.ndarray, int]:
        """vec S, (*r, m c, o d), the input the fastest index; and m.

        The one answer that costs memory for every gradient.
        """
        inputs = self._rows()
        products = self.g[..., None] * inputs[..., None, :]
        return Many(2, products).rows()

    def _rows(self):
        """Inputs as if each had one label, (*r, m, 1, d)."""
        return self.a[..., None, :]


@dataclass(frozen=True, eq=False)
class Spread:
    """S_jc = sum_t g_jct a_jt^T of a layer that is the same at T places: errors g (*r, m, c, T, o),
    patches a (*r, m, T, d)."""

    g: np.ndarray
    a: np.ndarray

    def layers(self) -> Matrices:
        """(E sum_t g_t g_t^T / T, E sum_t a_t a_t^T), of Kronecker product E S S^T where places are
        uncorrelated in g, alike, and g is independent of a (Grosse & Martens 2016)."""
        *runs, m, places, _ = self.a.shape
        # every place of every example as an example by itself
        by_place = np.moveaxis(self.g, -2, -3)
        errors = by_place.reshape(*runs, m * places, *by_place.shape[-2:])
        patches = self.a.reshape(*runs, m * places, 1, -1)
        return mean_square(errors), places * mean_square(patches)


@dataclass(frozen=True, eq=False)
class Many:
    """S_jc of any tensor, written out: x (*r, m, c, d_1, ..., d_k)."""

    k: int
    x: np.ndarray

    def grams(self) -> Matrices:
        """E S_(j) S_(j)^T per mode."""
        m, _ = self._counts()
        found = []
        for each in mode_grams(self.k, self.x):
            summed = each.sum((-3, -4))
            found.append(summed / m)
        return tuple(found)

    def layers(self) -> Matrices:
        """No factors: this is no dense layer."""
        return ()

    def squares(self, bases: Matrices) -> np.ndarray:
        """E (Q^T S)^2 entry by entry, (*r, d_1, ..., d_k)."""
        turned = self.x
        for mode, q in enumerate(bases):
            one_for_all = q[..., None, None, :, :]
            turned = mode_times(turned, one_for_all, mode, self.k)

        m, _ = self._counts()
        examples_and_labels = (-self.k - 2, -self.k - 1)
        summed = (turned**2).sum(examples_and_labels)
        return summed / m

    def rows(self) -> tuple[np.ndarray, int]:
        """vec S, (*r, m c, D), in C order; and m."""
        m, _ = self._counts()
        flat = raveled(self.x, self.k)
        return _joined(flat), m

    def _counts(self):
        """Examples m and labels c."""
        first = self.x.ndim - self.k
        return self.x.shape[first - 2 : first]


@dataclass(frozen=True)
class Unfactored:
    """What is never read: the gradients of a tensor that goes without factors."""

    def layers(self) -> Matrices:
        """No factors."""
        return ()


def mode_grams(
    k: int,
    x: np.ndarray,
) -> Matrices:
    """X_(j) X_(j)^T, (*r, d_j, d_j), for every mode of a tensor of order k."""
    return tuple(gram(x, mode, k) for mode in range(k))


def mean_square(
    x: np.ndarray,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """(1/m) sum_jc w_j x_jc x_jc^T, (*r, d, d), of x (*r, m, c, d) and w (*r, m)."""
    m = x.shape[-3]
    # weights enter as roots, so that one symmetric product does
    if weights is not None:
        root = np.sqrt(weights)
        x = x * root[..., None, None]
    flat = _joined(x)
    # of one array and its transpose numpy computes one triangle
    return transposed(flat) @ flat / m


def with_ones(a: np.ndarray) -> np.ndarray:
    """(a; 1), (..., d + 1)."""
    ones = np.ones((*a.shape[:-1], 1))
    return np.concatenate([a, ones], -1)


def trace(a: np.ndarray) -> np.ndarray:
    """tr A, (*r, 1, 1)."""
    diagonal = np.diagonal(a, axis1=-2, axis2=-1)
    return diagonal.sum(-1)[..., None, None]


def _joined(x):
    """Examples and labels as one axis, (*r, m c, d)."""
    *shape, m, c, d = x.shape
    return x.reshape(*shape, m * c, d)
