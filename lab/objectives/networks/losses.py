"""Losses of an output z (*r, m, o) and targets: summed over outputs; the network takes the mean.

Each is -log p(t | z) up to a constant of t, so that its Fisher matrix in z is that of this model:
half-MSE of N(z, 1), MSE of N(z, 1/2) (public code that draws with scale 1/2 in place of 1/sqrt(2)
gets half the Fisher matrix), BCE-sum of independent Bernoulli variables, softmax cross-entropy of
one class.

name      l(z, t)                     dl/dz         E[score score^T] = d^2 l/dz^2
half_mse  |z - t|^2 / 2               z - t         I
mse       |z - t|^2                   2 (z - t)     2 I
bce       sum softplus(z) - t z       sig(z) - t    diag(sig(z) sig(-z))
softmax   log sum e^z - z_t           p - e_t       diag(p) - p p^T

All are canonical: the second derivative does not depend on t, so that it is its own expectation,
and the Gauss-Newton matrix of a network is its Fisher matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from lab.checks import real
from lab.objectives.logistic import softplus


class Loss(NamedTuple):
    """A loss l(z, t) per example, z (*r, m, o); t (*r, m, o), or classes (*r, m).

    value(z, t)      l, (*r, m)
    score(z, t)      dl/dz, (*r, m, o)
    sample(z, rng)   targets drawn from the model
    roots(z)         vectors s_c, (*r, c, m, o), with sum_c s_c s_c^T = E[score score^T], the
                     expectation over the model's targets
    bend(z, dz)      (d^2 l/dz^2) dz, which for all of these is that expectation times dz
    targets(y)       y as this loss reads it, checked
    outputs(y)       how many outputs there must be for checked targets
    of_classes       whether targets are class numbers (*r, m)
    """

    value: Callable
    score: Callable
    sample: Callable
    roots: Callable
    bend: Callable
    targets: Callable
    outputs: Callable
    of_classes: bool = False


def one_per_output(size: np.ndarray) -> np.ndarray:
    """Roots of a diagonal matrix: size_k e_k for every output k, (*r, o, m, o)."""
    o = size.shape[-1]
    return size[..., None, :, :] * np.eye(o)[:, None, :]


def _half_squares(z, t):
    """|z - t|^2 / 2"""
    return ((z - t) ** 2).sum(-1) / 2


def _squares(z, t):
    """|z - t|^2"""
    return ((z - t) ** 2).sum(-1)


def bernoulli(z, t):
    """-sum_k [t_k log sig(z_k) + (1 - t_k) log(1 - sig(z_k))]"""
    return (softplus(z) - t * z).sum(-1)


def _drawn_bernoulli(z, rng):
    """0.0 or 1.0 for every output, independently."""
    return (rng.random(z.shape) < expit(z)).astype(float)


def _bernoulli_root(z):
    """The standard deviation of a label, where 1 - sig(z) would lose its digits."""
    return np.sqrt(expit(z) * expit(-z))


def softmax(z: np.ndarray) -> np.ndarray:
    """e^z / sum e^z over the last axis, without overflow."""
    # shifting all logits changes nothing, and the largest exponent is then 0
    p = np.exp(z - z.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    return p


def cross_entropy(z, t):
    """log sum_k e^(z_k) - z_t for the class t."""
    # both terms shifted by the largest z: exact, and no overflow
    shifted = z - z.max(-1, keepdims=True)
    total = np.exp(shifted).sum(-1)
    return np.log(total) - _of_class(shifted, t)


def _of_class(z, t):
    """z_t, (*r, m)."""
    chosen = np.broadcast_to(t, z.shape[:-1])[..., None]
    return np.take_along_axis(z, chosen, -1)[..., 0]


def _cross_entropy_score(z, t):
    """p - e_t"""
    certain = np.asarray(t)[..., None] == np.arange(z.shape[-1])
    return softmax(z) - certain


def _drawn_class(z, rng):
    """One class per example: how many of p_1, p_1 + p_2, ... a uniform u has passed."""
    cumulated = softmax(z).cumsum(-1)
    # the last entry is 1 up to rounding: leaving it out keeps the class within range
    u = rng.random(z.shape[:-1])[..., None]
    return (u >= cumulated[..., :-1]).sum(-1)


def _cross_entropy_roots(z):
    """sqrt(p_c) (p - e_c) for every class c: the score of each label, by its probability."""
    p = softmax(z)
    # o roots of a matrix of rank o - 1: one backward pass more than needed, and no factorisation
    classes = np.swapaxes(p, -1, -2)[..., None]
    return np.sqrt(classes) * (p[..., None, :, :] - np.eye(p.shape[-1])[:, None, :])


def _cross_entropy_bend(z, dz):
    """(diag(p) - p p^T) dz, without the matrix."""
    p = softmax(z)
    mean = (p * dz).sum(-1, keepdims=True)
    return p * (dz - mean)


def numbers(y):
    """Targets as real numbers (m, o); (m,) is one output."""
    y = real("y", y, (1, 2))
    return y[:, None] if y.ndim == 1 else y


def probabilities(y):
    """Targets as numbers in [0, 1], (m, o)."""
    y = numbers(y)
    outside = y[(y < 0) | (y > 1)]
    if outside.size:
        raise ValueError(f"y has entries {outside[:3]}: must be in [0, 1]")
    return y


def classes(y):
    """Targets as class numbers 0, 1, ..., (m,)."""
    y = real("y", y, 1)
    wrong = y[(y < 0) | (y != np.round(y))]
    if wrong.size:
        raise ValueError(f"y has entries {wrong[:3]}: must be class numbers 0, 1, 2, ...")
    # a single class is predicted by any network at loss 0
    if y.size and y.max() < 1:
        raise ValueError("y has one class: softmax needs at least 2")
    return y.astype(int)


def _columns(y):
    """An output per target."""
    return y.shape[1]


LOSSES = {
    "half_mse": Loss(
        value=_half_squares,
        score=lambda z, t: z - t,
        sample=lambda z, rng: z + rng.standard_normal(z.shape),
        roots=lambda z: one_per_output(np.ones_like(z)),
        bend=lambda z, dz: dz,
        targets=numbers,
        outputs=_columns,
    ),
    "mse": Loss(
        value=_squares,
        score=lambda z, t: 2 * (z - t),
        sample=lambda z, rng: z + np.sqrt(0.5) * rng.standard_normal(z.shape),
        roots=lambda z: one_per_output(np.full_like(z, np.sqrt(2.0))),
        bend=lambda z, dz: 2 * dz,
        targets=numbers,
        outputs=_columns,
    ),
    "bce": Loss(
        value=bernoulli,
        score=lambda z, t: expit(z) - t,
        sample=_drawn_bernoulli,
        roots=lambda z: one_per_output(_bernoulli_root(z)),
        bend=lambda z, dz: expit(z) * expit(-z) * dz,
        targets=probabilities,
        outputs=_columns,
    ),
    "softmax": Loss(
        value=cross_entropy,
        score=_cross_entropy_score,
        sample=_drawn_class,
        roots=_cross_entropy_roots,
        bend=_cross_entropy_bend,
        targets=classes,
        outputs=lambda y: int(y.max(initial=0)) + 1,
        of_classes=True,
    ),
}
