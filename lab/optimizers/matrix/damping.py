"""Factors scaled and damped, before their roots are taken."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lab.arrays import Scalar
from lab.linalg import ratio
from lab.optimizers.matrix.roots import eigen
from lab.optimizers.matrix.samples import Matrices, trace

Scale = Literal["none", "trace", "pi"]
Damp = Literal["each", "root", "largest"]


def damped(
    block: Matrices,
    damping: Scalar,
    scale: Scale,
    damp: Damp,
) -> Matrices:
    """The scaled factors of one tensor, each plus its part of the damping.

    block: (*r, d_j, d_j) per mode; damping: a number or (*r, 1, 1). "pi" is for two factors:
    TypeError for another number of them. "largest": that part times the largest eigenvalue of each.
    """
    k = len(block)
    if k == 0:
        return ()

    if scale == "trace":
        block = equal_traces(block)
    if damp == "largest":
        return tuple(shifted(a, damping * largest(a)) for a in block)

    shift = damping ** (1 / k) if damp == "root" else damping
    shifts = [shift] * k
    if scale == "pi":
        pi = balance(block)
        shifts = [shift / pi, shift * pi]
    return tuple(map(shifted, block, shifts))


def shifted(
    a: np.ndarray,
    shift: Scalar,
) -> np.ndarray:
    """A + shift I, shift a number or (*r, 1, 1)."""
    identity = np.eye(a.shape[-1])
    return a + shift * identity


def largest(a: np.ndarray) -> np.ndarray:
    """The largest eigenvalue, (*r, 1, 1); NaN for a run that left the floating range."""
    lam, _ = eigen(a)
    return lam[..., -1:, None]


def equal_traces(block: Matrices) -> Matrices:
    """U_j = c d_j H_j / tr H_j with c = (tr H_1 / D)^(1/k), D the product of the d_j; 0 for 0.

    By logarithms, so that no product of traces overflows.
    """
    sizes = [a.shape[-1] for a in block]
    total = np.log(sizes).sum()
    with np.errstate(divide="ignore"):
        tau = np.log(trace(block[0]))
    c = np.exp((tau - total) / len(block))

    scaled = []
    for a, d in zip(block, sizes, strict=True):
        factor = ratio(c * d, trace(a))
        scaled.append(factor * a)
    return tuple(scaled)


def balance(block: Matrices) -> np.ndarray:
    """pi = sqrt((tr A / d_A) / (tr G / d_G)) of two factors (G, A), (*r, 1, 1); 1 where either
    trace is 0."""
    if len(block) != 2:
        raise TypeError(
            f"Kronecker.scale = 'pi': there are {len(block)} factors, pi balances two of them"
        )

    outputs, inputs = map(_mean_eigenvalue, block)
    both = (outputs > 0) & (inputs > 0)
    squared = ratio(inputs, outputs)
    return np.sqrt(np.where(both, squared, 1.0))


def _mean_eigenvalue(a):
    return trace(a) / a.shape[-1]
