"""The largest stable rate of linearised K-FAC, from Gram matrices of n examples and C outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lab.checks import nonnegative, real
from lab.domains import Numbers, in_range, number, several, symmetric_matrices


def shrinkage(
    x: np.ndarray,
    rho: Numbers,
) -> np.ndarray:
    """S_X = X (X + rho tr X I)^-1 of a positive semi-definite Gram matrix (n, n); 0 for X = 0."""
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
    inputs = several("inputs", inputs)
    errors = several("errors", errors)
    if not inputs or len(inputs) != len(errors):
        raise ValueError(
            f"errors has {len(errors)} layers, inputs {len(inputs)}: must be as many, at least one"
        )
    total: Any = 0.0
    for layer, (a, b) in enumerate(zip(inputs, errors, strict=True)):
        n = len(a)
        if len(b) % n:
            raise ValueError(f"errors[{layer}] has {len(b)} rows: must be a multiple of {n}")
        outer = shrinkage(b, rho)
        outputs = len(b) // n
        inner = np.kron(shrinkage(a, rho), np.ones((outputs, outputs)))
        total = total + n * outer * inner
        if layer in biases:
            total = total + outer
    return total


@in_range
def critical_rate(kernel: np.ndarray) -> float:
    """2 / lam_max(K_eff) for half squares, mean over examples; half of it for whole squares."""
    kernel = symmetric_matrices("kernel", real("kernel", kernel, 2))
    largest = np.linalg.eigvalsh(kernel)[-1]
    return float(2 / largest) if largest > 0 else np.inf
