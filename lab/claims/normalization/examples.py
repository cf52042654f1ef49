"""What claims on normalisation quantify over and measure with: hidden variables, ranks, kappas."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from lab.claims import named
from lab.claims.spaces import Piece
from lab.theory.hidden_data import extended, layer_normalised
from lab.theory.normalization import range_kappa

LAWS = ("normal", "signs", "heavy")


def hidden(rows, m, scales: float = 1.0, shifts: float = 2.0) -> Piece:
    """h (R, N, m), m a dimension, rows one or a number: normal, signs, or heavy-tailed.

    Heavy: Student's t with 1.5 degrees. Column scales are 10^-scales ... 10^scales; the mean is 0,
    or of size 10^-shifts ... 10^shifts.
    """

    def at(u, values):
        n = rows if isinstance(rows, int) else values[str(rows)]
        count = values[str(m)]
        inner = np.clip(u[:, 3 + 2 * count :][:, : n * count], 1e-6, 1 - 1e-6)
        found = np.stack([ndtri(inner), np.where(inner < 0.5, -1.0, 1.0), stdtrit(1.5, inner)])
        law = np.minimum((3 * u[:, 0]).astype(int), 2)
        x = found[law, np.arange(len(u))].reshape(-1, n, count)

        size = 10.0 ** (shifts * (2 * u[:, 1:2] - 1))
        mean = np.where(u[:, 2:3] < 0.4, 0.0, size * (2 * u[:, 3 : 3 + count] - 1))
        columns = 10.0 ** (scales * (2 * u[:, 3 + count : 3 + 2 * count] - 1))
        return (x - x.mean(1, keepdims=True)) * columns[:, None] + mean[:, None]

    def size(largest):
        n = rows if isinstance(rows, int) else largest[str(rows)]
        return 3 + largest[str(m)] * (2 + n)

    return Piece(
        f"{rows} x {m} examples ({', '.join(LAWS)}), scales 1e-{scales:g} ... 1e{scales:g}, "
        f"means 0 or 1e-{shifts:g} ... 1e{shifts:g}",
        at,
        size=size,
        extremes=(0.01, 0.99),
    )


@named
def can_be_told(h):
    """the nonzero singular values of (1, h) span at most 1e4: beyond, rounding decides"""
    return spans_little(extended(h))


@named
def can_be_told_where_it_counts(h, w, k):
    """the same of the rows with s > 0, each times sqrt(s)"""
    root = np.sqrt(np.maximum(weights(w, k), 0))
    return spans_little(root[..., None] * extended(h))


def spans_little(a) -> np.ndarray:
    """Whether the squares of the singular values span at most 1e8, (R,)."""
    return range_kappa(a, min(a.shape[-2:])) <= 1e8


def weights(w, k) -> np.ndarray:
    """w (R, N), the first of each times k, over their mean; over that of |s| where they cancel."""
    s = np.concatenate([k * w[:, :1], w[:, 1:]], -1)
    return s / np.abs(s).mean(-1, keepdims=True)


def kappa_of(h) -> np.ndarray:
    """kappa* of the Gram matrix of (1, h) over as many values as its shape allows, (R,)."""
    hhat = extended(h)
    return range_kappa(hhat, min(hhat.shape[-2:]))


def weighted_kappa(h, s) -> np.ndarray:
    """kappa of Hhat^T diag(s) Hhat in absolute eigenvalues, (R,); of factors where all s >= 0."""
    hhat = extended(h)
    root = np.sqrt(np.maximum(s, 0))[..., None]
    of_factors = range_kappa(root * hhat, min(hhat.shape[-2:]))
    lam = np.linalg.eigvalsh((s[..., None] * hhat).swapaxes(-1, -2) @ hhat)
    size = np.abs(lam)
    return np.where((s >= 0).all(-1), of_factors, size.max(-1) / size.min(-1))


def star(a, rank) -> np.ndarray:
    """kappa* of A^T A of this rank, (R,)."""
    return range_kappa(a, rank)


def star_of_layernorm(h) -> np.ndarray:
    """kappa* with bias of layer normalised h (N, m): the mean over variables costs one rank."""
    return range_kappa(extended(layer_normalised(h)), h.shape[-1])
