"""Roots of Muon and its relatives: matrices whose singular values are (nearly) made 1.

A root is a list of odd quintics p(x) = a x + b x^3 + c x^5, one per step, that act on the singular
values of X_0 = G / (margin |G|_F + eps); after the end of the list its last map is repeated. The
sup error after 5 steps over singular values in [0.01, 1], relative to |G|_F: jordan 0.318, you
0.032, polar-express 0.130, cans 0.120; "exact" is the polar factor from a singular value
decomposition. No list helps below its range: there a value grows by at most the product of the a.

With G = U S V^T, X X^T X = U S^3 V^T: an odd polynomial in products of X moves S and leaves U and V
alone, and no decomposition is needed. Only a list that ends in a map with p(1) = 1, |p'(1)| < 1
converges: polar-express does, to 1; jordan's fixed point 0.868 repels, cans goes to 1.028. The
lists are not monotone: singular values lose their order. cans and polar-express run away from a few
percent above 1 on, where rounding in low precision can lead: hence the margin.

Their sources: lab.quintics.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Scalar
from lab.linalg import newton_schulz, polar_factor, transposed
from lab.quintics import CANS, CESISTA, EXPRESS, JORDAN, LAST, MARGIN, YOU

Root = Literal["jordan", "polar-express", "cans", "you", "cesista", "exact"]
Map = tuple[float, float, float]


class Maps(NamedTuple):
    """One quintic (a, b, c) per step, and the margin that X_0 keeps from singular value 1."""

    maps: tuple[Map, ...]
    margin: float = 1.0


def cushioned(maps: tuple[Map, ...], margin: float) -> tuple[Map, ...]:
    """p(x / margin) for every map p: values up to margin stay inside its interval."""
    moved = []
    for a, b, c in maps:
        p = (a / margin, b / margin**3, c / margin**5)
        moved.append(p)
    return tuple(moved)


ROOTS: dict[str, Maps] = {
    "jordan": Maps(JORDAN),
    "polar-express": Maps((*cushioned(EXPRESS, MARGIN), LAST), MARGIN),
    "cans": Maps(CANS),
    "you": Maps(YOU),
    "cesista": Maps(CESISTA),
}


def maps_of(root: str, iterations: int) -> tuple[Map, ...]:
    """The maps of `iterations` steps, (a, b, c) each; KeyError for a root that has no list."""
    listed = ROOTS[root].maps
    known = len(listed)
    missing = max(0, iterations - known)
    # the last map of a list is the one that may converge
    repeated = (listed[-1],) * missing
    every = listed + repeated
    return every[:iterations]


def orthogonal(
    x: np.ndarray,
    root: Root,
    iterations: int,
    eps: Scalar = 0.0,
) -> np.ndarray:
    """Nearly the polar factor of X (*r, m, n), exactly with root = "exact"; 0 for 0."""
    # exact singular values that are 0 up to rounding stay 0: a partial isometry
    if root == "exact":
        return polar_factor(x)
    x = x / size(x, root, eps)
    for coefficients in maps_of(root, iterations):
        x = newton_schulz(x, coefficients, 1)
    return x


def size(x: np.ndarray, root: Root, eps: Scalar) -> np.ndarray:
    """margin |X|_F + eps, (*r, 1, 1), and 1 for 0."""
    norm = frobenius(x)
    length = ROOTS[root].margin * norm + eps
    return np.where(length == 0, 1.0, length)


def frobenius(x: np.ndarray) -> np.ndarray:
    """|X|_F, (*r, 1, 1)."""
    squares = (x**2).sum((-1, -2), keepdims=True)
    return np.sqrt(squares)


def divides(
    x: np.ndarray,
    root: Root,
    iterations: int,
    eps: Scalar = 0.0,
) -> np.ndarray:
    """P with P orthogonal(X) = X, (*r, m, m): what divides each left singular direction.

    P = (X X^T)^(1/2) for "exact". Beyond the rank of X it is 0 there, else the length over the gain
    of 0, the product of the a.
    """
    if root == "exact":
        return on_rows(x, lambda s: s)
    length = size(x, root, eps)[..., 0]
    maps = maps_of(root, iterations)

    def divisor(s):
        return length / gain(s / length, maps)

    return on_rows(x, divisor)


def on_rows(x: np.ndarray, f) -> np.ndarray:
    """Q diag(f(s)) Q^T, (*r, m, m), Q and s the left singular vectors and values of X; s = 0 beyond
    its rank."""
    # full: with fewer columns than rows there are directions on which X is 0
    left, values, _ = np.linalg.svd(x, full_matrices=True)
    s = np.zeros(x.shape[:-1])
    rank = values.shape[-1]
    s[..., :rank] = values
    scaled = left * f(s)[..., None, :]
    return scaled @ transposed(left)


def gain(s: np.ndarray, maps: tuple[Map, ...]) -> np.ndarray:
    """What the maps, one after the other, multiply a singular value s by."""
    gain = np.ones_like(s)
    for a, b, c in maps:
        # p(s) / s, which has a value at s = 0 as well
        factor = a + b * s**2 + c * s**4
        s = factor * s
        gain = factor * gain
    return gain


def as_matrix(k: int, u: np.ndarray) -> np.ndarray:
    """The matrix (*r, d_1, d_2 ... d_k) of a block of order k; a vector is one column."""
    second = u.ndim - k + 1
    kept = u.shape[:second]
    return u.reshape(*kept, -1)
