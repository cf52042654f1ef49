"""Alterations of methods of matrices: what public code of Muon, Shampoo and their relatives does
otherwise.

An orthogonal factor that is not transposed back, or made of the wrong side of a singular value
decomposition; a second average without its weight; rows that are divided and not brought back to
their length; square roots for fourth roots; modes unfolded without a transpose; damping that is
added again, or to one factor only; statistics divided by the batch size once more; no answer for a
factor of zeros. Each is made
from the state that our method has after the step, in the letters of its formula.

On vectors and square matrices some of these change nothing: a record should have tall and wide
matrices and a kernel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lab.arrays import each_tensor, like, tensors
from lab.conformance.altered import Altered
from lab.linalg import symmetric_power, transposed
from lab.modes import multiply_modes
from lab.optimizers.matrix.damping import damped
from lab.optimizers.matrix.kronecker import multiplied
from lab.optimizers.matrix.norms import factor, spectral
from lab.optimizers.matrix.polar import as_matrix
from lab.optimizers.matrix.rescaled import length_of
from lab.optimizers.matrix.samples import trace
from lab.optimizers.pieces import debias, quotient
from lab.optimizers.protocol import of_inner


def not_transposed_back(call, delta, new):
    """O(u)^T, read off in the shape of u where u has more rows than columns."""

    def reshaped(k, x):
        matrix = as_matrix(k, x)
        rows, columns = matrix.shape[-2:]
        return transposed(matrix).reshape(x.shape) if rows > columns > 1 else x

    return each_tensor(reshaped, delta)


def wrong_side(call, delta, new):
    """U V for U V^T, where an exact factor is no longer than wide: V comes transposed from one
    library, and as it is from another."""

    def turned(k, u, x):
        matrix = as_matrix(k, u)
        rows, columns = matrix.shape[-2:]
        if rows < columns:
            return x
        left, _, right = np.linalg.svd(matrix, full_matrices=False)
        wrong = (left @ transposed(right)).reshape(u.shape)
        return -wrong * (length_of(k, x) / length_of(k, wrong))

    return each_tensor(turned, new.u, delta) if _is_exact(call.method) else delta


def _is_exact(method):
    chosen = (getattr(method, "orthogonalise", ""), getattr(method, "root", ""))
    return chosen in (("svd", ""), ("", "exact"))


def _turned_factor(method):
    """O(u) of NorMuon and AdaMuon from the last u."""

    def made(u):
        turned = np.sign(u) if getattr(method, "signed", False) else u
        return spectral(turned, method.eps, method.root, method.iterations)

    return made


def not_brought_back(call, delta, new):
    """NorMuon without |O|_F / |Z|_F:  -lr sqrt(max(1, rows / columns)) O / (sqrt(v) + eps)"""
    method = call.method
    o = _turned_factor(method)(new.u)
    z = quotient(o, np.sqrt(new.v) + method.eps_update)
    return -method.lr * each_tensor(_shaped, z)


def _shaped(k, z):
    rows, columns = as_matrix(k, z).shape[-2:]
    return factor("spectral", "shape", rows, columns) * z


def rows_of_before(call, delta, new):
    """NorMuon's rows over the average before this step (in the first one, over that step's)."""
    method = call.method
    o = _turned_factor(method)(new.u)
    v = new.v if call.t == 1 else call.state.v
    z = quotient(o, np.sqrt(v) + method.eps_update)
    length = each_tensor(length_of, delta)
    return -length * quotient(z, each_tensor(length_of, z))


def sum_of_squares(call, delta, new):
    """AdaMuon with v / (1 - beta2) for v: the weight 1 - beta2 is forgotten, and 1 - beta2^t is
    divided by all the same."""
    method = call.method
    o = _turned_factor(method)(new.u)
    v = debias(new.v, method.beta2, call.t) / (1 - method.beta2)
    z = quotient(o, np.sqrt(v) + method.eps_update)
    size = each_tensor(length_of, z) + method.eps_update
    return -method.lr * each_tensor(_in_rms, z) / size


def _in_rms(k, z):
    return 0.2 * np.sqrt(as_matrix(k, z)[0].size if z.ndim > k else z.size) * z


def square_roots(call, delta, new):
    """Shampoo with power -1/2 for every mode, whatever the order: L^(-1/2) G R^(-1/2)"""
    return _shampoo(call, new.factors, lambda k: -0.5)


def _shampoo(call, factors, power):
    """Shampoo's step with these factors and powers."""
    damping = call.method.damping
    z = []
    for (k, x), block in zip(tensors(call.grad), factors, strict=True):
        shifted = [a + damping * np.eye(a.shape[-1]) for a in block]
        roots = [symmetric_power(a, power(k)) for a in shifted]
        z.append(multiply_modes(x, roots))
    return -call.method.lr * like(call.grad, z)


def unfolded_wrongly(call, new):
    """Factors of modes that are unfolded by reshape alone, without moving the mode to the front."""
    blocks = []
    for (k, x), block in zip(tensors(call.grad), call.state.factors, strict=True):
        sizes = x.shape[x.ndim - k :]
        flat = [x.reshape(*x.shape[: x.ndim - k], d, -1) for d in sizes]
        summed = [old + f @ transposed(f) for old, f in zip(block, flat, strict=True)]
        blocks.append(tuple(summed))
    return new._replace(factors=tuple(blocks))


def _steps_with_them(call, delta, new):
    """The step of the factors that are kept wrongly."""
    wrong = unfolded_wrongly(call, new)
    return _shampoo(call, wrong.factors, lambda k: -1 / (2 * k))


def other_damping(call, delta, new, choose):
    """Kronecker's step with choose(t, k, mode, damping) in the place of damping, mode by mode.

    For roots that are taken at every step; `delta` otherwise.
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
    return t * damping if k == 1 else damping


def _first_alone(t, k, mode, damping):
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
    """NaN for the step of every tensor that has a factor of zeros."""
    blocks = []
    factors = call.method.statistic.current(new.averaged, call.theta)
    for (k, x), block in zip(tensors(delta), factors, strict=True):
        traces = [trace(a)[..., 0, 0] for a in block]
        empty = np.any(np.equal(traces, 0), axis=0)
        per_entry = empty.reshape(*empty.shape, *(1,) * k)
        blocks.append(np.where(per_entry, np.nan, x))
    return like(delta, blocks)


def smaller_curvature(o, power):
    """SmallerCurvature around a method that asks for a mean of sampled gradients; None else."""
    return SmallerCurvature(o, power) if "curvature.mean" in o.needs else None


@dataclasses.dataclass(frozen=True, eq=False)
class SmallerCurvature:
    """`inner` whose sampled gradients are those of a mean that is divided by the batch size again:
    statistics are 1 / B^power of what they were."""

    inner: Any
    power: int

    needs = of_inner("needs")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")
    invariances = of_inner("invariances")
    scope = of_inner("scope")

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, s, oracle, theta):
        return self.inner.step(s, _Divided(oracle, self.power), theta)

    def metric(self, s):
        return self.inner.metric(s)


class _Divided:
    """An oracle whose curvature has gradients of examples over B^(power / 2)."""

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
    def __init__(self, curvature, share):
        self._curvature = curvature
        self._share = share

    def mean(self):
        return self._share * self._curvature.mean()

    def diag(self):
        return self._share**2 * self._curvature.diag()


def _moves(moves):
    return partial(Altered, moves=moves)


_ORTHOGONAL: dict[str, Callable] = {
    "the orthogonal factor of a tall matrix is not transposed back": _moves(not_transposed_back),
    "the right factor of the decomposition is transposed: U V for U V^T": _moves(wrong_side),
}
_DAMPING: dict[str, Callable] = {
    "damping is added again at every step to the factor of a vector": _moves(
        partial(other_damping, choose=_again_for_biases)
    ),
    "only the first factor is damped": _moves(partial(other_damping, choose=_first_alone)),
}
_STATISTIC: dict[str, Callable] = {
    "the statistic is divided by the batch size once more": partial(smaller_curvature, power=1),
    "the statistic is divided by the batch size twice more": partial(smaller_curvature, power=2),
}

_EMPTY: dict[str, Callable] = {
    "a factor of zeros is divided by its trace: 0/0": _moves(lost_without_a_trace),
    "a factor of zeros is inverted without damping: 0/0": _moves(lost_without_damping),
}

READINGS: dict[str, dict[str, Callable]] = {
    "Muon": _ORTHOGONAL,
    "LMO": _ORTHOGONAL,
    "Dion2": _ORTHOGONAL,
    "NorMuon": {
        "the step is not brought back to its length": _moves(not_brought_back),
        "rows are divided by their average before this step": _moves(rows_of_before),
    },
    "AdaMuon": {
        "v is a sum: the weight 1 - beta2 is dropped, its correction is not": _moves(
            sum_of_squares
        ),
    },
    "Shampoo": {
        "inverse square roots stand for the roots of order 2 k": _moves(square_roots),
        "modes are unfolded without a transpose": partial(
            Altered, moves=_steps_with_them, after=unfolded_wrongly
        ),
    },
    "Kronecker": {**_DAMPING, **_STATISTIC, **_EMPTY},
}
