"""Spectra, bases and symmetric matrices to quantify over: (R, n) or (R, n, n), n a dimension.

n is a number or the symbol of a `dimension` that is declared before. Kinds are drawn with equal
chances; name those that a claim is about. Extremes are near the ends of the cube, not on them: a
normal number of probability 0 is infinite.

As many coordinates of the cube are set aside as the largest n needs; smaller ones use the first of
them. So an instance is a point whatever its shape, and a search that walks in the cube can move
every entry.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct

from lab.claims.spaces.drawing import chosen, largest_of, normals, shown, size_of
from lab.claims.spaces.pieces import Piece

SPECTRA = ("geometric", "power law", "two-level", "clustered", "repeated", "one large")
BASES = ("coordinate", "random", "adversarial")


def spectrum(
    n,
    low: float = -4,
    high: float = 0,
    kinds: tuple[str, ...] = SPECTRA,
) -> Piece:
    """lam (R, n), decreasing, largest 1, smallest 10^low ... 10^high of it, of the kinds named.

    geometric: equal ratios. power law: i^-a. two-level: large ones and small ones. clustered: two
    clusters, distinct to 1e-6. repeated: three values. one large: the rest within a factor 2. All
    but the first are where bounds on the extreme eigenvalues, or on distinct ones, are wrong.

    Three coordinates of the cube: the kind, the condition number, and how many are large in
    "two-level". "one large" ends at half of the smallest, so that its condition number is up to 2
    10^-low. n = 1: lam = 1 for every kind. KeyError for a kind that is none of SPECTRA.
    """

    def at(u, values):
        return _spectra(u, size_of(n, values), (low, high), kinds)

    named = ", ".join(kinds)
    text = f"{shown(n)} spectra ({named}), kappa [1e{-high:g}, 1e{-low:g}]"
    return Piece(
        text,
        at,
        size=lambda largest: 3,
        extremes=(0.02, 0.98),
    )


def _spectra(u, n, decades, kinds):
    """lam (R, n) of the kinds that u says. u: kind, log of the smallest, shape."""
    low, high = decades
    smallest = 10.0 ** (low + (high - low) * u[:, 1:2])
    number = np.arange(n)
    # 0 at the largest eigenvalue, 1 at the smallest
    place = number / max(n - 1, 1)

    # pushed towards both ends: two clusters, with hardly anything between them
    cubed = place**3
    inner = cubed / (cubed + (1 - place) ** 3)
    # at least one large one, at most all but one
    count = 1 + (u[:, 2:3] * max(n - 1, 0)).astype(int)
    large = number < count
    # n^-decay is the smallest
    decay = -np.log(smallest) / np.log(max(n, 2))
    # 0, 1/2 and 1, a third of the places each
    third = np.floor(place * 2.999) / 2

    found = {
        "geometric": smallest**place,
        "power law": (number + 1.0) ** -decay,
        "two-level": np.where(large, 1.0, smallest),
        "clustered": smallest**inner * (1 - 1e-6 * place),
        "repeated": smallest**third,
        "one large": np.where(number < 1, 1.0, smallest * (1 - 0.5 * place)),
    }
    return chosen(found, kinds, u)


def orthogonal(n, kinds: tuple[str, ...] = BASES) -> Piece:
    """Q (R, n, n): the coordinates, Haar, or the cosine basis, whose vectors are spread over all
    coordinates.

    In the coordinates diagonal methods are at their best, in the spread basis at their worst.
    Columns are the basis; of n = 1 only a sign is left. "adversarial" has no entry above sqrt(2 /
    n), and exists for every n, unlike Hadamard's.
    """

    def at(u, values):
        return _bases(u, size_of(n, values), kinds)

    def size(largest):
        return 1 + largest_of(n, largest) ** 2

    named = ", ".join(kinds)
    text = f"orthogonal {shown(n)} x {shown(n)} ({named})"
    return Piece(
        text,
        at,
        size=size,
        extremes=(0.01, 0.99),
    )


def _bases(u, n, kinds):
    """Q (R, n, n) of the kinds that u says. u: kind, then n^2 coordinates of a normal matrix."""
    normal = normals(u[:, 1 : 1 + n * n]).reshape(-1, n, n)
    q, r = np.linalg.qr(normal)
    # NumPy's QR leaves signs free; a positive diagonal of R makes Q Haar and unique
    diagonal = np.einsum("...ii->...i", r)
    signs = np.where(diagonal < 0, -1.0, 1.0)

    one = np.eye(n)
    cosines = dct(one, norm="ortho", axis=0)
    found = {
        "coordinate": np.broadcast_to(one, q.shape),
        "random": q * signs[:, None, :],
        "adversarial": np.broadcast_to(cosines, q.shape),
    }
    return chosen(found, kinds, u)


def spd(
    n,
    low: float = -4,
    high: float = 0,
    *,
    spectra=SPECTRA,
    bases=BASES,
) -> Piece:
    """H = Q diag(lam) Q^T (R, n, n), exactly symmetric, positive definite, largest eigenvalue 1.

    low, high: log10 of the smallest eigenvalue. For another scale multiply by `decades`; scale
    invariance is a claim of its own, not to be assumed by the space. Eigenvalues are those of the
    spectrum up to rounding relative to the largest: at low = -12 the smallest has four digits.
    """
    lam, q = spectrum(n, low, high, spectra), orthogonal(n, bases)

    def at(u, values):
        return _product(lam.at(u[:, :3], values), q.at(u[:, 3:], values))

    def size(largest):
        return 3 + q.size(largest)

    text = f"SPD {shown(n)} x {shown(n)}, {lam.text}, bases {bases}"
    return Piece(
        text,
        at,
        size,
        q.extremes,
    )


def psd(
    n,
    low: float = -4,
    high: float = 0,
    *,
    bases=BASES,
) -> Piece:
    """As spd, with none to n - 1 of the smallest eigenvalues set to 0: every rank from 1 to n is as
    likely. The zeros are so up to rounding, and of either sign."""
    lam, q = spectrum(n, low, high), orthogonal(n, bases)

    def at(u, values):
        count = size_of(n, values)
        rank = 1 + (u[:, :1] * count).astype(int)
        kept = np.arange(count) < rank
        cut = np.where(kept, lam.at(u[:, 1:4], values), 0.0)
        return _product(cut, q.at(u[:, 4:], values))

    def size(largest):
        return 4 + q.size(largest)

    return Piece(
        f"PSD {shown(n)} x {shown(n)}, bases {bases}",
        at,
        size,
        q.extremes,
    )


def _product(lam, q):
    """Q diag(lam) Q^T, symmetric to the last bit."""
    scaled = q * lam[:, None, :]
    h = scaled @ q.swapaxes(-1, -2)
    return (h + h.swapaxes(-1, -2)) / 2
