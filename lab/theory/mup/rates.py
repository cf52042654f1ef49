"""The largest stable rate of linearised K-FAC, from Gram matrices of n examples and C outputs.

In the linearised network chi+ = chi + df with df = -eta K_eff chi to first order in eta: stable on
half squares of n examples for eta < 2 / lam_max(K_eff). The Grams have limits as the width grows,
so that the critical rate has one, too (derived).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lab.checks import count, nonnegative, real
from lab.domains import Numbers, in_range, number, several
from lab.matrix_checks import symmetric_matrices


def shrinkage(
    x: np.ndarray,
    rho: Numbers,
) -> np.ndarray:
    """S_X = X (X + rho tr X I)^-1 of a positive semi-definite Gram matrix (n, n); 0 for X = 0.

    Eigenvalues lam / (lam + rho tr X): the share of each direction that damping leaves. rho = 0:
    the projection on the range. Rank one: 1 / (1 + rho). It does not depend on the scale of X.
    """
    x = real("x", x, 2)
    x = symmetric_matrices("x", x)
    rho = number("rho", rho, nonnegative)
    lam, q = np.linalg.eigh(x)
    shift = rho * np.trace(x)
    # rounding leaves null directions at +- eps: they are directions that nothing moves
    kept = lam > len(lam) * np.finfo(float).eps * lam[-1]
    share = np.where(kept, lam / np.where(kept, lam + shift, 1.0), 0.0)
    return (q * share) @ q.T


@in_range
def effective_kernel(
    inputs: Sequence[np.ndarray],
    errors: Sequence[np.ndarray],
    rho: Numbers,
    biases: Sequence[int] = (),
) -> np.ndarray:
    """df / d eta = -K_eff chi,  K_eff = sum_l n S_B o (S_A kron 1 1^T)    (n C, n C)

    inputs: H_l^T H_l (n, n) per layer; errors: J_l^T J_l (n C, n C), rows ordered by example, then
    output; trace damping rho; squared loss, B from output gradients. biases: numbers of the layers
    whose bias is trained, which adds S_B. With C = 1 and n = 1 it is L / (1 + rho)^2. It does not
    depend on the scale of the head: with e_B = 1 SP and muP have one critical rate.
    """
    inputs = _grams("inputs", inputs)
    errors = _grams("errors", errors)
    if len(inputs) != len(errors):
        raise ValueError(
            f"errors has {len(errors)} layers, inputs {len(inputs)}: must be as many, at least one"
        )
    n = len(inputs[0])
    rows = len(errors[0])
    outputs, rest = divmod(rows, n)
    if rest:
        raise ValueError(f"errors has {rows} rows: must be a multiple of {n}")
    last = len(inputs) - 1
    trained = set()
    for layer in several("biases", biases):
        known = count("biases", layer, 0, last)
        trained.add(known)

    total: Any = 0.0
    for layer, (a, b) in enumerate(zip(inputs, errors, strict=True)):
        outer = shrinkage(b, rho)
        share = shrinkage(a, rho)
        # one entry per pair of examples, the same for all of their outputs
        inner = np.kron(share, np.ones((outputs, outputs)))
        total = total + n * outer * inner
        if layer in trained:
            total = total + outer
    return total


def _grams(name: str, given) -> list[np.ndarray]:
    """Symmetric matrices of one size, at least one."""
    found = []
    for x in several(name, given):
        gram = real(name, x, 2)
        found.append(symmetric_matrices(name, gram))
    if not found:
        raise ValueError(f"{name} has no layers: must have at least one")
    rows = {len(x) for x in found}
    if len(rows) > 1:
        raise ValueError(f"{name} has {sorted(rows)} rows: must be as many in every layer")
    return found


@in_range
def critical_rate(kernel: np.ndarray) -> float:
    """2 / lam_max(K_eff) for half squares, mean over examples; half of it for whole squares.

    kernel (n C, n C) symmetric. inf where no eigenvalue is positive: nothing moves.
    """
    kernel = real("kernel", kernel, 2)
    kernel = symmetric_matrices("kernel", kernel)
    largest = np.linalg.eigvalsh(kernel)[-1]
    return float(2 / largest) if largest > 0 else np.inf
