"""Arrays to quantify over: spectra, bases, symmetric matrices, starts, noise, data. (R, n) or (R,
n, n), n a dimension.

n is a number or the symbol of a `dimension` that is declared before. Kinds are drawn with equal
chances; name those that a claim is about. Extremes are near the ends of the cube, not on them: a
normal number of probability 0 is infinite.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct
from scipy.special import ndtri, stdtrit

from lab.claims.spaces.pieces import Piece

SPECTRA = ("geometric", "power law", "two-level", "clustered", "repeated", "one large")
BASES = ("coordinate", "random", "adversarial")
STARTS = ("generic", "aligned", "sparse")
NOISES = ("gaussian", "signs", "heavy")


def spectrum(n, low: float = -4, high: float = 0, kinds: tuple[str, ...] = SPECTRA) -> Piece:
    """lam (R, n), decreasing, largest 1, smallest 10^low ... 10^high of it, of the kinds named.

    geometric: equal ratios. power law: i^-a. two-level: large ones and small ones. clustered: two
    clusters, distinct to 1e-6. repeated: three values. one large: the rest within a factor 2. All
    but the first are where bounds on the extreme eigenvalues, or on distinct ones, are wrong.
    """
    return Piece(
        f"{_of(n)} spectra ({', '.join(kinds)}), kappa [1e{-high:g}, 1e{-low:g}]",
        lambda u, values: _spectra(u, _count(n, values), (low, high), kinds),
        size=lambda largest: 3,
        extremes=(0.02, 0.98),
    )


def _spectra(u, n, decades, kinds):
    """u: kind, log of the smallest, shape."""
    smallest = 10.0 ** (decades[0] + (decades[1] - decades[0]) * u[:, 1:2])
    place = np.arange(n) / max(n - 1, 1)
    inner = place**3 / (place**3 + (1 - place) ** 3)
    large = np.arange(n) < 1 + (u[:, 2:3] * max(n - 1, 0)).astype(int)
    decay = -np.log(smallest) / np.log(max(n, 2))
    found = {
        "geometric": smallest**place,
        "power law": np.arange(1, n + 1.0) ** -decay,
        "two-level": np.where(large, 1.0, smallest),
        "clustered": smallest**inner * (1 - 1e-6 * place),
        "repeated": smallest ** (np.floor(place * 2.999) / 2),
        "one large": np.where(np.arange(n) < 1, 1.0, smallest * (1 - 0.5 * place)),
    }
    return np.stack([found[k] for k in kinds])[_which(u[:, 0], kinds), np.arange(len(u))]


def orthogonal(n, kinds: tuple[str, ...] = BASES) -> Piece:
    """Q (R, n, n): the coordinates, Haar, or the cosine basis, whose vectors are spread over all
    coordinates.

    In the coordinates diagonal methods are at their best, in the spread basis at their worst.
    """
    return Piece(
        f"orthogonal {_of(n)} x {_of(n)} ({', '.join(kinds)})",
        lambda u, values: _bases(u, _count(n, values), kinds),
        size=lambda largest: 1 + _most(n, largest) ** 2,
        extremes=(0.01, 0.99),
    )


def _bases(u, n, kinds):
    # NumPy's QR leaves signs free; a positive diagonal of R makes Q Haar and unique
    q, r = np.linalg.qr(_normal(u[:, 1 : 1 + n * n]).reshape(-1, n, n))
    signs = np.where(np.einsum("...ii->...i", r) < 0, -1.0, 1.0)
    found = {
        "coordinate": np.broadcast_to(np.eye(n), q.shape),
        "random": q * signs[:, None, :],
        "adversarial": np.broadcast_to(dct(np.eye(n), norm="ortho", axis=0), q.shape),
    }
    return np.stack([found[k] for k in kinds])[_which(u[:, 0], kinds), np.arange(len(u))]


def spd(n, low: float = -4, high: float = 0, *, spectra=SPECTRA, bases=BASES) -> Piece:
    """H = Q diag(lam) Q^T (R, n, n), exactly symmetric, positive definite, largest eigenvalue 1.

    low, high: log10 of the smallest eigenvalue. For another scale multiply by `decades`; scale
    invariance is a claim of its own, not to be assumed by the space.
    """
    lam, q = spectrum(n, low, high, spectra), orthogonal(n, bases)

    def at(u, values):
        return _product(lam.at(u[:, :3], values), q.at(u[:, 3:], values))

    return Piece(
        f"SPD {_of(n)} x {_of(n)}, {lam.text}, bases {bases}",
        at,
        lambda k: 3 + q.size(k),
        q.extremes,
    )


def psd(n, low: float = -4, high: float = 0, *, bases=BASES) -> Piece:
    """As spd, with none to n - 1 of the smallest eigenvalues set to 0."""
    lam, q = spectrum(n, low, high), orthogonal(n, bases)

    def at(u, values):
        count = _count(n, values)
        kept = np.arange(count) < 1 + (u[:, :1] * count).astype(int)
        return _product(np.where(kept, lam.at(u[:, 1:4], values), 0.0), q.at(u[:, 4:], values))

    return Piece(f"PSD {_of(n)} x {_of(n)}, bases {bases}", at, lambda k: 4 + q.size(k), q.extremes)


def _product(lam, q):
    h = (q * lam[:, None, :]) @ q.swapaxes(-1, -2)
    return (h + h.swapaxes(-1, -2)) / 2


def vector(n, low: float = -1, high: float = 1) -> Piece:
    """x (R, n) > 0 with independent entries 10^low ... 10^high: what a search can move entry by
    entry."""
    return Piece(
        f"[1e{low:g}, 1e{high:g}]^{_of(n)}",
        lambda u, values: 10.0 ** (low + (high - low) * u[:, : _count(n, values)]),
        size=lambda largest: _most(n, largest),
    )


def lattice(*shape, low: int = -2, high: int = 2) -> Piece:
    """Integers low ... high, (R, *shape), shape of dimensions and numbers: what exact arithmetic
    starts from.

    A A^T of a lattice is a covariance, W + W^T a symmetric matrix of either sign, D^T D / n a
    second moment: all without rounding. Singular ones are among them.
    """

    def at(u, values):
        sizes = tuple(_count(n, values) for n in shape)
        drawn = u[:, : int(np.prod(sizes))].reshape(-1, *sizes)
        return low + np.minimum((drawn * (high - low + 1)).astype(int), high - low)

    return Piece(
        f"{{{low}, ..., {high}}}^({' x '.join(_of(n) for n in shape)})",
        at,
        size=lambda largest: int(np.prod([_most(n, largest) for n in shape])),
    )


def start(n, kinds: tuple[str, ...] = STARTS, size: float = 1.0) -> Piece:
    """theta (R, n): generic (normal), aligned (all entries of one size, random signs), or sparse
    (one entry)."""
    return Piece(
        f"starts in R^{_of(n)} ({', '.join(kinds)})",
        lambda u, values: size * _starts(u, _count(n, values), kinds),
        size=lambda largest: 1 + _most(n, largest),
        extremes=(0.01, 0.99),
    )


def _starts(u, n, kinds):
    normal = _normal(u[:, 1 : 1 + n])
    first = np.arange(n) == np.abs(normal).argmax(-1)[:, None]
    found = {
        "generic": normal,
        "aligned": np.where(normal < 0, -1.0, 1.0),
        "sparse": np.where(first, normal, 0.0),
    }
    return np.stack([found[k] for k in kinds])[_which(u[:, 0], kinds), np.arange(len(u))]


def sequence(steps: int, kinds: tuple[str, ...] = NOISES, decades: float = 0.0) -> Piece:
    """A sequence (R, steps) of mean 0: normal, signs, or Student's t with one degree; trends over
    `decades` of size."""

    def at(u, values):
        inner = np.clip(u[:, 2 : 2 + steps], 1e-9, 1 - 1e-9)
        found = {
            "gaussian": ndtri(inner),
            "signs": np.where(inner < 0.5, -1.0, 1.0),
            "heavy": stdtrit(1, inner),
        }
        drawn = np.stack([found[k] for k in kinds])[_which(u[:, 0], kinds), np.arange(len(u))]
        trend = decades * (2 * u[:, 1:2] - 1) * np.linspace(0, 1, steps)
        return drawn * 10.0**trend

    return Piece(f"{steps} terms ({', '.join(kinds)})", at, lambda largest: 2 + steps, (0.01, 0.99))


def data(rows: int, n, low: float = -2, high: float = 0) -> Piece:
    """x (R, rows, n): normal rows times the square roots of a geometric spectrum of 10^low ...
    10^high."""

    def at(u, values):
        count = _count(n, values)
        x = _normal(u[:, 1 : 1 + rows * count]).reshape(-1, rows, count)
        smallest = 10.0 ** (low + (high - low) * u[:, :1])
        return x * smallest[:, None] ** (np.arange(count) / max(count - 1, 1) / 2)

    return Piece(
        f"{rows} x {_of(n)} data", at, lambda largest: 1 + rows * _most(n, largest), (0.01, 0.99)
    )


def _which(u, kinds):
    return np.minimum((u * len(kinds)).astype(int), len(kinds) - 1)


def _normal(u):
    """Standard normal values; clipped, so that a corner of the cube is 4.7 and not infinite."""
    return ndtri(np.clip(u, 1e-6, 1 - 1e-6))


def _count(n, values) -> int:
    return n if isinstance(n, int) else values[str(n)]


def _most(n, largest) -> int:
    return n if isinstance(n, int) else largest[str(n)]


def _of(n) -> str:
    return str(n)
