"""The inputs of a layer as data: moments, and what each normalisation makes of them.

h (*r, N, m): N examples of m hidden variables, the inputs of an affine map; Hhat = [e, H] (*r, N,
m + 1), e a column of ones for the bias. s (*r, N) >= 0: a weight for each example, the second
derivative of its loss in the hypothesis meant; without it all are 1. Moments divide by the sum of
weights. ValueError outside the domains stated, or where a term leaves the floating-point range.

Normalised data are again (*r, N, m) and may be normalised again. All but layer_normalised and
rms_normalised are affine maps of the variables, the same for every example: changes of the weights
and bias that read h (Lange, Helfrich & Ye 2022).
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, nonnegative, positive, real
from lab.domains import filled, in_range, last_axis, runs_fit
from lab.linalg import kappa, symmetric_power, transposed
from lab.matrix_checks import matrices


@in_range
def extended(h: np.ndarray) -> np.ndarray:
    """Hhat = [e, H], (*r, N, m + 1): the data that weights and bias of a neuron see together."""
    h = matrices("h", h)
    ones = np.ones((*h.shape[:-1], 1))
    return np.concatenate([ones, h], -1)


@in_range
def neuron_hessian(
    h: np.ndarray,
    s: np.ndarray,
) -> np.ndarray:
    """Hhat^T diag(s) Hhat / N, (*r, m + 1, m + 1): the Hessian in (b, w) of one neuron

    s_j = d^2 L_j / da_j^2 of the loss mean_j L_j, a_j = b + w^T h_j. Inside a network it is the
    second derivative through all that follows, of either sign. (Recalled as Lange, Helfrich & Ye
    2022.)
    """
    h = matrices("h", h)
    s = _per_example("s", s, h)
    hhat = extended(h)
    weighted = s[..., None] * hhat
    return transposed(hhat) @ weighted / h.shape[-2]


@in_range
def mean(
    h: np.ndarray,
    s: np.ndarray | None = None,
) -> np.ndarray:
    """mu = sum_j s_j h_j / sum_j s_j, (*r, m)."""
    h = matrices("h", h)
    p = _shares(h, s)
    return (p[..., None] * h).sum(-2)


@in_range
def covariance(
    h: np.ndarray,
    s: np.ndarray | None = None,
) -> np.ndarray:
    """C = sum_j s_j (h_j - mu)(h_j - mu)^T / sum_j s_j, (*r, m, m)."""
    h = matrices("h", h)
    p = _shares(h, s)
    # about the mean, not E h h^T - mu mu^T, which cancels where the mean is large
    moved = centred(h, s)
    weighted = p[..., None] * moved
    c = transposed(moved) @ weighted
    # symmetric to the last bit
    return (c + transposed(c)) / 2


@in_range
def centred(
    h: np.ndarray,
    s: np.ndarray | None = None,
) -> np.ndarray:
    """h_j - mu, (*r, N, m): with s, by the weighted mean.

    By mu of the weights s the neuron's Hessian becomes block diagonal, bias and weights apart.
    """
    h = matrices("h", h)
    return h - mean(h, s)[..., None, :]


@in_range
def standardised(h: np.ndarray) -> np.ndarray:
    """(h_j - mu) / sigma, sigma the standard deviation of each variable.

    What batch normalisation of a layer's inputs does to them, with eps = 0: their covariance is the
    correlation matrix. (*r, N, m). ValueError for a constant variable.
    """
    moved = centred(h)
    sigma = np.sqrt((moved**2).mean(-2, keepdims=True))
    positive("standard deviation of h", sigma)
    return moved / sigma


@in_range
def whitened(h: np.ndarray) -> np.ndarray:
    """C^(-1/2) (h_j - mu): the covariance is then I. ValueError for a singular C.

    The symmetric root, of all that whiten the one that moves the data least; (*r, N, m).
    """
    c = covariance(h)
    if np.isinf(kappa(c)).any():
        raise ValueError("h has a singular covariance: whitening needs N > m independent examples")
    root = symmetric_power(c, -0.5)
    return centred(h) @ root


@in_range
def layer_normalised(
    h: np.ndarray,
    groups: int = 1,
) -> np.ndarray:
    """Every example by itself: minus its mean over variables, over its standard deviation

    D_r H Pi, Pi = I - 11^T / m (Ba, Kiros & Hinton 2016); groups > 1: the same in each group of m /
    groups neighbours (Wu & He 2018). eps = 0: ValueError for an example that is constant in a
    group.
    """
    grouped = _grouped(h, groups)
    moved = grouped - grouped.mean(-1, keepdims=True)
    return _over_root_mean_square(moved).reshape(np.shape(h))


@in_range
def rms_normalised(h: np.ndarray) -> np.ndarray:
    """Every example over its root mean square: D_r H (Zhang & Sennrich 2019), eps = 0."""
    return _over_root_mean_square(matrices("h", h))


def _over_root_mean_square(x):
    """x over the root mean square of its last axis. ValueError where that is 0."""
    size = np.sqrt((x**2).mean(-1, keepdims=True))
    positive("standard deviation of an example of h", size)
    return x / size


def _grouped(h, groups):
    """h as (*r, N, groups, m / groups)."""
    h = matrices("h", h)
    m = h.shape[-1]
    groups = count("groups", groups, 1, m)
    if m % groups:
        raise ValueError(f"groups = {groups}: must divide the {m} variables of h")
    return h.reshape(*h.shape[:-1], groups, m // groups)


def _shares(h, s):
    """Weights of sum 1, (*r, N)."""
    if s is None:
        rows = h.shape[-2]
        return np.full(rows, 1 / rows)
    s = _per_example("s", s, h)
    nonnegative("s", s)
    total = s.sum(-1, keepdims=True)
    positive("sum of s", total)
    return s / total


def _per_example(name, s, h):
    """s (*r, N), one number per example of h (*r, N, m)."""
    s = filled(name, real(name, s))
    if not s.ndim:
        raise ValueError(f"{name} = {s}: must have one number per example of h")
    last_axis(name, s, h.shape[-2])
    runs_fit(name, s.shape[:-1], h.shape[:-2])
    return s
