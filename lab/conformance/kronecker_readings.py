"""Alterations of the Kronecker composition, K-FAC, TNT and their relatives: damping that is added
again, or to one factor only; statistics divided by the batch size once more; no answer for a factor
of zeros.

The method is  -lr m x_1 (A_1 + rho I)^p x_2 (A_2 + rho I)^p ...  with m the averaged gradient and
A_j the averaged statistics. Each alteration is that formula with one thing otherwise, made from the
state that our method has after the step. One that cannot show where roots are older than the step,
or damping is of another kind, leaves our step as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from lab.arrays import like, tensors
from lab.conformance.altered import Altered
from lab.linalg import symmetric_power
from lab.optimizers.matrix.damping import damped
from lab.optimizers.matrix.kronecker import multiplied
from lab.optimizers.matrix.samples import trace


def other_damping(call, delta, new, choose):
    """Kronecker's step with choose(t, k, mode, damping) in the place of damping, mode by mode.

    For roots that are taken at every step; `delta` otherwise. k: the order of the tensor; t from 1.
    """
    method = call.method
    if method.every > 1 or method.damp != "each" or method.scale == "pi":
        return delta
    factors = method.statistic.current(new.averaged, call.theta)
    roots = []
    for (k, _), block in zip(tensors(call.theta), factors, strict=True):
        scaled = damped(block, 0.0, method.scale, method.damp)
        shifts = [choose(call.t, k, mode, method.damping) for mode in range(len(block))]
        powers = method._powers(len(block))
        parts = zip(scaled, shifts, powers, strict=True)
        roots.append(
            tuple(symmetric_power(a + shift * np.eye(a.shape[-1]), p) for a, shift, p in parts)
        )
    direction = multiplied(new.m, tuple(roots), method.statistic.bias)
    return -method.lr * direction


def _again_for_biases(t, k, mode, damping):
    """t rho for a vector: a running factor to which rho is added in place, step after step."""
    return t * damping if k == 1 else damping


def _first_alone(t, k, mode, damping):
    """rho for the first mode, and none for the others."""
    return damping if mode == 0 else 0.0


def lost_without_a_trace(call, delta, new):
    """NaN in the tensors with a factor of zeros, which is divided by its trace."""
    if call.method.scale != "trace":
        return delta
    return _lost(call, delta, new)


def lost_without_damping(call, delta, new):
    """NaN in the tensors with a factor of zeros, whose root is taken with nothing added."""
    if np.any(call.method.damping):
        return delta
    return _lost(call, delta, new)


def _lost(call, delta, new):
    """NaN for the step of every tensor that has a factor of zeros: 0/0 in all of its entries."""
    blocks = []
    factors = call.method.statistic.current(new.averaged, call.theta)
    for (k, x), block in zip(tensors(delta), factors, strict=True):
        traces = [trace(a)[..., 0, 0] for a in block]
        empty = np.any(np.equal(traces, 0), axis=0)
        per_entry = empty.reshape(*empty.shape, *(1,) * k)
        blocks.append(np.where(per_entry, np.nan, x))
    return like(delta, blocks)


def smaller_curvature(o, power):
    """The method where a mean of sampled gradients is divided by the batch size again: statistics
    are 1 / B^power of what they were. None for one that asks for no such mean."""
    asked = "curvature.mean" in o.needs
    return Altered(o, asks=partial(_Divided, power=power)) if asked else None


class _Divided:
    """An oracle whose curvature has gradients of examples over B^(power / 2).

    Statistics are squares of these: over B^power. All other questions go to the oracle itself.
    """

    def __init__(self, oracle, power):
        self._oracle = oracle
        self._power = power

    def __getattr__(self, name):
        return getattr(self._oracle, name)

    def curvature(self, labels="exact"):
        answer = self._oracle.curvature(labels)
        rows = getattr(getattr(answer, "flat", answer), "x", None)
        # examples are the axis before the last of recorded gradients
        size = 1.0 if rows is None else rows.shape[-2]
        return _Scaled(answer, size ** (-self._power / 2))


class _Scaled:
    """A curvature whose examples' gradients are multiplied by `share`: the mean by it, diag by its
    square.
    """

    def __init__(self, curvature, share):
        self._curvature = curvature
        self._share = share

    def mean(self):
        return self._share * self._curvature.mean()

    def diag(self):
        return self._share**2 * self._curvature.diag()


def _moves(moves):
    """An alteration of the step alone: the state stays that of our method."""
    return partial(Altered, moves=moves)


READINGS: dict[str, Callable] = {
    "damping is added again at every step to the factor of a vector": _moves(
        partial(other_damping, choose=_again_for_biases)
    ),
    "only the first factor is damped": _moves(partial(other_damping, choose=_first_alone)),
    "the statistic is divided by the batch size once more": partial(smaller_curvature, power=1),
    "the statistic is divided by the batch size twice more": partial(smaller_curvature, power=2),
    "a factor of zeros is divided by its trace: 0/0": _moves(lost_without_a_trace),
    "a factor of zeros is inverted without damping: 0/0": _moves(lost_without_damping),
}
