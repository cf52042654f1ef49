"""What every curvature answers about the Gauss-Newton, Fisher or Hessian matrix G at a point."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from lab.arrays import Params, Scalar


class Curvature(Protocol):
    """G (n, n), or one per run (*r, n, n): what `curvature(theta, batch, labels, rng)` returns.

    A vector v is (*r, n), or Layers where the parameters are. Nobody builds G who is not asked for
    dense().
    """

    def diag(self) -> Params:
        """The diagonal of G, (*r, n)."""
        ...

    def times(self, v: Params) -> Params:
        """G v, (*r, n)."""
        ...

    def solve(self, v: Params, damping: Scalar = 0.0) -> Params:
        """(G + damping I)^-1 v on the range, (*r, n); damping a number or (*r, 1)."""
        ...

    def mean(self) -> Params:
        """The mean of the gradients behind G, (*r, n).

        0 for exact curvature, whose labels have expectation zero score.
        """
        ...

    def dense(self) -> np.ndarray:
        """G itself, (n, n) or (*r, n, n); for tests and small problems."""
        ...

    def rotated(self, basis) -> Curvature:
        """Q^T G Q, for anything with rows(x) = x Q, orthogonal or not."""
        ...

    def scaled(self, s: np.ndarray) -> Curvature:
        """diag(s) G diag(s), s (*r, n)."""
        ...


# the mean of gradients is a covector: it turns as a gradient does
def mean_in(basis, mean: np.ndarray | None) -> np.ndarray | None:
    """Q^T mean for a mean gradient (*r, n), None for None: 0 stays 0 in every basis."""
    if mean is None:
        return None
    turned = basis.rows(mean[..., None, :])
    return turned[..., 0, :]
