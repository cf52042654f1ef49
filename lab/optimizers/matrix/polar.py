"""Roots of Muon and its relatives: matrices whose singular values are (nearly) made 1.

A root is a list of odd quintics p(x) = a x + b x^3 + c x^5, one per step, that act on the singular
values of X_0 = G / (margin |G|_F + eps); after the end of the list its last map is repeated. The
sup error after 5 steps over singular values in [0.01, 1], relative to |G|_F: jordan 0.318, you
0.032, polar-express 0.130, cans 0.120; "exact" is the polar factor from a singular value
decomposition. No list helps below its range: there a value grows by at most the product of the a.

Sources: Jordan et al. 2024; Polar Express, Amsel et al. 2025 (Alg. 1); CANS as shipped in NeMo, the
same construction without cushion and margin; You's list as shipped in optax under "dion";
"cesista": a list of eight for small singular values, which one library ships under the name of
Polar Express, with 7.2086 in the place of 8.2051 (= 8.2872 / 1.01), -22.9019, 16.4607.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Scalar
from lab.linalg import newton_schulz, polar_factor, transposed

Root = Literal["jordan", "polar-express", "cans", "you", "cesista", "exact"]
Map = tuple[float, float, float]


class Maps(NamedTuple):
    """One quintic (a, b, c) per step, and the margin that X_0 keeps from singular value 1."""

    maps: tuple[Map, ...]
    margin: float = 1.0


# p(1) = 1, p'(1) = p''(1) = 0: converges cubically
LAST = (15 / 8, -5 / 4, 3 / 8)
MARGIN = 1.01
_EXPRESS = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
    (1.891301407787398, -1.2679958271945868, 0.37680408948524835),
    (1.8750014808534479, -1.2500016453999487, 0.3750001645474248),
)


def cushioned(maps: tuple[Map, ...], margin: float) -> tuple[Map, ...]:
    """p(x / margin) for every map p: values up to margin stay inside its interval."""
    return tuple((a / margin, b / margin**3, c / margin**5) for a, b, c in maps)


ROOTS: dict[str, Maps] = {
    "jordan": Maps(((3.4445, -4.7750, 2.0315),)),
    "polar-express": Maps((*cushioned(_EXPRESS, MARGIN), LAST), MARGIN),
    "cans": Maps(
        (
            (8.4703, -25.1081, 18.6293),
            (4.1828, -3.1087, 0.5806),
            (3.9619, -2.9541, 0.5630),
            (3.2866, -2.4647, 0.5074),
            (2.2737, -1.6447, 0.4162),
        )
    ),
    "you": Maps(
        (
            (4.0848, -6.8946, 2.9270),
            (3.9505, -6.3029, 2.6377),
            (3.7418, -5.5913, 2.3037),
            (2.8769, -3.1427, 1.2046),
            (2.8366, -3.0525, 1.2012),
        )
    ),
    "cesista": Maps(
        (
            (7.2086, -15.5131, 9.0178),
            (3.9623, -2.5813, 0.4542),
            (3.9466, -2.5765, 0.4544),
            (3.8991, -2.5671, 0.4566),
            (3.7186, -2.5308, 0.4653),
            (3.1390, -2.3073, 0.4733),
            (2.1715, -1.5246, 0.3885),
            (1.8648, -1.2224, 0.3577),
        )
    ),
}


def maps_of(root: str, iterations: int) -> tuple[Map, ...]:
    """The maps of `iterations` steps."""
    listed = ROOTS[root].maps
    repeated = (listed[-1],) * max(0, iterations - len(listed))
    return (listed + repeated)[:iterations]


def orthogonal(
    x: np.ndarray,
    root: Root,
    iterations: int,
    eps: Scalar = 0.0,
) -> np.ndarray:
    """Nearly the polar factor of X (*r, m, n), exactly with root = "exact"; 0 for 0."""
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
    return np.sqrt((x**2).sum((-1, -2), keepdims=True))


def divides(
    x: np.ndarray,
    root: Root,
    iterations: int,
    eps: Scalar = 0.0,
) -> np.ndarray:
    """P with P orthogonal(X) = X, (*r, m, m): what divides each left singular direction."""
    if root == "exact":
        return on_rows(x, lambda s: s)
    length = size(x, root, eps)[..., 0]
    maps = maps_of(root, iterations)
    return on_rows(x, lambda s: length / gain(s / length, maps))


def on_rows(x: np.ndarray, f) -> np.ndarray:
    """Q diag(f(s)) Q^T, (*r, m, m), Q and s the left singular vectors and values of X; s = 0 beyond
    its rank."""
    left, values, _ = np.linalg.svd(x, full_matrices=True)
    s = np.zeros(x.shape[:-1])
    s[..., : values.shape[-1]] = values
    return (left * f(s)[..., None, :]) @ transposed(left)


def gain(s: np.ndarray, maps: tuple[Map, ...]) -> np.ndarray:
    """What the maps, one after the other, multiply a singular value s by."""
    gain = np.ones_like(s)
    for a, b, c in maps:
        factor = a + b * s**2 + c * s**4
        s = factor * s
        gain = factor * gain
    return gain


def as_matrix(k: int, u: np.ndarray) -> np.ndarray:
    """The matrix (d_1, d_2 ... d_k) of a block of order k; a vector is one column."""
    return u.reshape(u.shape[: u.ndim - k + 1] + (-1,))
