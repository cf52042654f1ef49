"""Factors scaled and damped, before their roots are taken."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lab.arrays import Scalar
from lab.linalg import ratio

Scale = Literal["none", "trace", "pi"]
Damp = Literal["each", "root"]


def damped(
    block: tuple[np.ndarray, ...], damping: Scalar, scale: Scale, damp: Damp
) -> tuple[np.ndarray, ...]:
    """The scaled factors of one tensor, each plus its part of the damping.

    block: (*r, d_j, d_j) per mode; damping: a number or (*r, 1, 1). "pi" is for two factors:
    TypeError for another number of them.
    """
    if not block:
        return ()
    shift = damping ** (1 / len(block)) if damp == "root" else damping
    shifts = [shift] * len(block)
    if scale == "trace":
        block = equal_traces(block)
    elif scale == "pi":
        pi = balance(block)
        shifts = [shift / pi, shift * pi]
    return tuple(a + s * np.eye(a.shape[-1]) for a, s in zip(block, shifts, strict=True))


def equal_traces(block: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """U_j = c d_j H_j / tr H_j with c = (tr H_1 / D)^(1/k), D the product of the d_j; 0 for 0.

    By logarithms, so that no product of traces overflows.
    """
    logs = sum(np.log(a.shape[-1]) for a in block)
    with np.errstate(divide="ignore"):
        c = np.exp((np.log(_trace(block[0])) - logs) / len(block))
    return tuple(ratio(c * a.shape[-1], _trace(a)) * a for a in block)


def balance(block: tuple[np.ndarray, ...]) -> np.ndarray:
    """pi = sqrt((tr A / d_A) / (tr G / d_G)) of two factors (G, A), (*r, 1, 1); 1 where either
    trace is 0."""
    if len(block) != 2:
        raise TypeError(
            f"Kronecker.scale = 'pi': there are {len(block)} factors, pi balances two of them"
        )
    outputs, inputs = (_trace(a) / a.shape[-1] for a in block)
    both = (outputs > 0) & (inputs > 0)
    return np.sqrt(np.where(both, ratio(inputs, outputs), 1.0))


def _trace(a):
    return np.trace(a, axis1=-2, axis2=-1)[..., None, None]
