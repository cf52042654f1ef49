"""Factors scaled and damped, before their roots are taken.

(U_1 + eps I) kron (U_2 + eps I) = U_1 kron U_2 + eps (U_1 kron I + I kron U_2) + eps^2 I: damping
the factors damps more than the same eps^2 on the product. How eps is to be shared between factors
of different sizes is what `scale` says: "pi" shifts them by eps / pi and eps pi, "trace" makes them
equally large first. Because (G + eps / pi) kron (A + pi eps) = (pi G + eps) kron (A / pi + eps),
and pi G and A / pi have one mean eigenvalue, the two agree where G = H_1 and A = H_2 / tr H_2.
"""

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
    "root": damping^(1/k), for k factors: the product of the additions is damping. A tensor without
    factors stays without.
    """
    k = len(block)
    if k == 0:
        return ()

    # scaling before damping: after it the damping would be scaled too
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

    All U_j have mean eigenvalue c, and the trace of U_1 kron ... kron U_k is tr H_1, which is that
    of every H_j where they are Gram matrices of one tensor's modes. By logarithms, so that no
    product of traces overflows.
    """
    sizes = [a.shape[-1] for a in block]
    total = np.log(sizes).sum()
    # log 0 = -inf gives c = 0, the limit
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
    trace is 0.

    pi G and A / pi then have the same mean eigenvalue.
    """
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
