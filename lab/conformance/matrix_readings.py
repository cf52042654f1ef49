"""Alterations of methods of matrices: what public code of Muon, Shampoo and their relatives does
otherwise.

An orthogonal factor that is not transposed back, or made of the wrong side of a singular value
decomposition; a second average without its weight; rows that are divided and not brought back to
their length; square roots for fourth roots; modes unfolded without a transpose. Each is made from
the state that our method has after the step, in the letters of its formula.

On vectors and square matrices some of these change nothing: a record should have tall and wide
matrices and a kernel. A reading that changes nothing on a record is no evidence either way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from lab.arrays import each_tensor, like, tensors
from lab.conformance.altered import Altered
from lab.linalg import symmetric_power, transposed
from lab.modes import multiply_modes
from lab.optimizers.matrix.norms import factor, spectral
from lab.optimizers.matrix.polar import as_matrix
from lab.optimizers.matrix.rescaled import length_of
from lab.optimizers.pieces import debias, quotient


def not_transposed_back(call, delta, new):
    """O(u)^T, read off in the shape of u where u has more rows than columns.

    Iterations work on the wide side, and transpose before and after; the second is forgotten.
    """

    def reshaped(k, x):
        matrix = as_matrix(k, x)
        rows, columns = matrix.shape[-2:]
        return transposed(matrix).reshape(x.shape) if rows > columns > 1 else x

    return each_tensor(reshaped, delta)


def wrong_side(call, delta, new):
    """U V for U V^T, where an exact factor is no longer than wide: V comes transposed from one
    library, and as it is from another.

    The result is brought to the length of our step, so that only its direction tells. Only where
    the factor is a decomposition: iterations have no V.
    """

    def turned(k, u, x):
        matrix = as_matrix(k, u)
        rows, columns = matrix.shape[-2:]
        if rows < columns:
            return x
        left, _, right = np.linalg.svd(matrix, full_matrices=False)
        wrong = left @ transposed(right)
        wrong = wrong.reshape(u.shape)
        brought_back = length_of(k, x) / length_of(k, wrong)
        return -wrong * brought_back

    return each_tensor(turned, new.u, delta) if _is_exact(call.method) else delta


def _is_exact(method):
    """Whether the factor is a singular value decomposition: "svd" of LMO, root "exact" of the
    others.
    """
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
    root = np.sqrt(new.v) + method.eps_update
    z = quotient(o, root)
    return -method.lr * each_tensor(_shaped, z)


def _shaped(k, z):
    """sqrt(max(1, rows / columns)) z, Muon's factor."""
    rows, columns = as_matrix(k, z).shape[-2:]
    shaped = factor("spectral", "shape", rows, columns)
    return shaped * z


def rows_of_before(call, delta, new):
    """NorMuon's rows over the average before this step (in the first one, over that step's)."""
    method = call.method
    o = _turned_factor(method)(new.u)
    v = new.v if call.t == 1 else call.state.v
    root = np.sqrt(v) + method.eps_update
    z = quotient(o, root)
    length = each_tensor(length_of, delta)
    return -length * quotient(z, each_tensor(length_of, z))


def sum_of_squares(call, delta, new):
    """AdaMuon with v / (1 - beta2) for v: the weight 1 - beta2 is forgotten, and 1 - beta2^t is
    divided by all the same.

    Without eps this is our step: a common factor of v goes with the length. eps_update tells.
    """
    method = call.method
    o = _turned_factor(method)(new.u)
    v = debias(new.v, method.beta2, call.t) / (1 - method.beta2)
    root = np.sqrt(v) + method.eps_update
    z = quotient(o, root)
    size = each_tensor(length_of, z) + method.eps_update
    return -method.lr * each_tensor(_in_rms, z) / size


def _in_rms(k, z):
    """0.2 sqrt(entries) z: of length 1 it has the RMS 0.2 then, as Adam's steps have."""
    entries = as_matrix(k, z)[0].size if z.ndim > k else z.size
    return 0.2 * np.sqrt(entries) * z


def square_roots(call, delta, new):
    """Shampoo with power -1/2 for every mode, whatever the order: L^(-1/2) G R^(-1/2)

    Of order k the published power is -1 / (2 k): the same for vectors.
    """
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
        runs = x.shape[: x.ndim - k]
        sizes = x.shape[x.ndim - k :]
        flat = [x.reshape(*runs, d, -1) for d in sizes]
        summed = [old + f @ transposed(f) for old, f in zip(block, flat, strict=True)]
        blocks.append(tuple(summed))
    return new._replace(factors=tuple(blocks))


def _steps_with_them(call, delta, new):
    """The step of the factors that are kept wrongly."""
    wrong = unfolded_wrongly(call, new)
    return _shampoo(call, wrong.factors, lambda k: -1 / (2 * k))


def _moves(moves):
    """An alteration of the step alone: the state stays that of our method."""
    return partial(Altered, moves=moves)


_ORTHOGONAL: dict[str, Callable] = {
    "the orthogonal factor of a tall matrix is not transposed back": _moves(not_transposed_back),
    "the right factor of the decomposition is transposed: U V for U V^T": _moves(wrong_side),
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
}
