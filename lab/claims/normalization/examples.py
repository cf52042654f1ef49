"""What claims on normalisation quantify over and measure with: hidden variables, ranks, kappas.

h (R, N, m): N examples of m hidden variables; Hhat = (1, h) has one column more, m + 1, for the
bias. A kappa here is that of a Gram matrix Hhat^T diag(s) Hhat, in squared singular values; kappa*
is over the nonzero ones, where their number is known.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from lab.claims import named
from lab.claims.spaces import Piece
from lab.linalg import kappa
from lab.theory import hidden_data, normalization
from lab.theory import normalization_witnesses as witnesses
from lab.theory.hidden_data import extended, layer_normalised
from lab.theory.normalization import range_kappa

LAWS = ("normal", "signs", "heavy")
# below 2: without a variance, so that one example dominates the others
DEGREES = 1.5
# singular values are known to 1e-16 of the largest: at 1e8 the smallest to 1e-12 of itself
TOLD = 1e8


def hidden(rows, m, scales: float = 1.0, shifts: float = 2.0) -> Piece:
    """h (R, N, m), m a dimension, rows one or a number: normal, signs, or heavy-tailed.

    Heavy: Student's t with 1.5 degrees. Column scales are 10^-scales ... 10^scales; the sample mean
    is 0, in two of five instances, or of size 10^-shifts ... 10^shifts. Coordinates: the law, the
    size of the mean, whether there is one, its m entries, m scales, and N m numbers.
    """

    def at(u, values):
        """Centred numbers times their scales, and the mean."""
        n = rows if isinstance(rows, int) else values[str(rows)]
        count = values[str(m)]
        numbers = u[:, 3 + 2 * count :]
        # a coordinate may be 0 or 1, whose value is infinite
        inner = np.clip(numbers[:, : n * count], 1e-6, 1 - 1e-6)
        signs = np.where(inner < 0.5, -1.0, 1.0)
        found = np.stack([ndtri(inner), signs, stdtrit(DEGREES, inner)])
        law = np.minimum((3 * u[:, 0]).astype(int), 2)
        x = found[law, np.arange(len(u))].reshape(-1, n, count)

        signed = 2 * u - 1
        entries = signed[:, 3 : 3 + count]
        size = 10.0 ** (shifts * signed[:, 1:2])
        absent = u[:, 2:3] < 0.4
        mean = np.where(absent, 0.0, size * entries)
        exponents = scales * signed[:, 3 + count : 3 + 2 * count]
        columns = 10.0**exponents
        centred = x - x.mean(1, keepdims=True)
        return centred * columns[:, None] + mean[:, None]

    def size(largest):
        """How many coordinates the largest h takes."""
        n = rows if isinstance(rows, int) else largest[str(rows)]
        return 3 + largest[str(m)] * (2 + n)

    text = (
        f"{rows} x {m} examples ({', '.join(LAWS)}), scales 1e-{scales:g} ... 1e{scales:g}, "
        f"means 0 or 1e-{shifts:g} ... 1e{shifts:g}"
    )
    # not 0 and 1: all numbers at an end would be equal, and h without any spread
    return Piece(text, at, size=size, extremes=(0.01, 0.99))


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
    most = min(a.shape[-2:])
    return range_kappa(a, most) <= TOLD


def weights(w, k) -> np.ndarray:
    """s (R, N): w, the first of each times k (1, 0 or -1), over the mean of |s|.

    Their mean is 1 for k >= 0; for k = -1 they may cancel.
    """
    first = k * w[:, :1]
    s = np.concatenate([first, w[:, 1:]], -1)
    sizes = np.abs(s)
    return s / sizes.mean(-1, keepdims=True)


def kappa_of(h) -> np.ndarray:
    """kappa* of the Gram matrix of (1, h) over as many values as its shape allows, (R,): min(N, m +
    1)."""
    hhat = extended(h)
    rank = min(hhat.shape[-2:])
    return range_kappa(hhat, rank)


def weighted_kappa(h, s) -> np.ndarray:
    """kappa of Hhat^T diag(s) Hhat in absolute eigenvalues, (R,); of factors where all s >= 0.

    Of the factor sqrt(s) Hhat twice as many digits are right as of the product.
    """
    hhat = extended(h)
    rank = min(hhat.shape[-2:])
    root = np.sqrt(np.maximum(s, 0))
    of_factors = range_kappa(root[..., None] * hhat, rank)

    weighted = s[..., None] * hhat
    product = weighted.swapaxes(-1, -2) @ hhat
    lam = np.linalg.eigvalsh(product)
    size = np.abs(lam)
    of_products = size.max(-1) / size.min(-1)
    positive = (s >= 0).all(-1)
    return np.where(positive, of_factors, of_products)


def star(a, rank) -> np.ndarray:
    """kappa* of A^T A of this rank, (R,): sigma_1^2 / sigma_rank^2, inf where the rank is less."""
    return range_kappa(a, rank)


def star_of_layernorm(h) -> np.ndarray:
    """kappa* with bias of layer normalised h (N, m), over m values of m + 1: every row has the sum
    0, which costs one rank."""
    hhat = extended(layer_normalised(h))
    return range_kappa(hhat, h.shape[-1])


@named
def centred_kappa(c):
    """max(1, lam_max C) / min(1, lam_min C)"""
    return normalization.centred_kappa(c)


@named
def uncentred_bound(mu, c):
    """(1 + |mu|^2 + mu^T C mu / (1 + |mu|^2)) max_k (1 + (mu^T y_k)^2) / lam_k, C y_k = lam_k
    y_k"""
    return normalization.uncentred_bound(mu, c)


@named
def distance(h, w, moments):
    """Delta = sqrt(mu^T C^-1 mu), mu and C the moments of h, weighted by s or plain"""
    s = w if moments == "weighted" else np.ones_like(w)
    return normalization.mahalanobis(hidden_data.mean(h, s), hidden_data.covariance(h, s))


@named
def correlation_kappa(c):
    """kappa of the correlation matrix of C"""
    size = np.sqrt(np.einsum("rii->ri", c))
    correlations = c / size[:, :, None] / size[:, None, :]
    return kappa(correlations)


@named
def scaled_kappa(c, d):
    """kappa(D C D), D = diag(d) diag(C)^(-1/2), which are all diagonal matrices"""
    size = np.sqrt(np.einsum("rii->ri", c))
    d = d / size
    scaled = c * d[:, :, None] * d[:, None, :]
    return kappa(scaled)


@named
def first_two(c):
    """the first two rows and columns of C"""
    return c[:, :2, :2]


def standard(c) -> np.ndarray:
    """Standardised data whose covariance was C (m, m)."""
    return hidden_data.standardised(witnesses.with_covariance(c))


@named
def gram(h, s):
    """(1, h)^T diag(s) (1, h) / N"""
    return hidden_data.neuron_hessian(h, s)


@named
def are_weighted(moments):
    """mean and covariance are weighted by s"""
    return moments == "weighted"
