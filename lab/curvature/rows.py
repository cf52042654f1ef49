"""G as a mean over the examples of a model linear in theta: never n by n until asked.

Linear and logistic regression, and every generalised linear model: the gradient of an example is
its row times a number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.curvature.dense import Dense
from lab.linalg import matvec, solve_symmetric, transposed, vecmat


@dataclass(frozen=True, eq=False)
class Rows:
    """G = (1/m) sum_j w_j x_j x_j^T + shift I, example j having gradient c_j x_j, w_j = c_j^2.

    x: (m, n) or (*r, m, n); weight: the w_j, (*r, m); score: the c_j, (*r, m), or None when the
    labels were averaged exactly (mean 0). Cost: O(m n) for diag, times and mean.

    solve builds G, O(n^3): methods that solve at every step pay for it, methods that only multiply
    do not. A shift is kept apart from the rows, since lambda I would be n rows more. weight may be
    given without score: w_j >= 0 of an exact Fisher matrix, sig (1 - sig) in logistic regression.
    """

    x: np.ndarray
    weight: np.ndarray
    score: np.ndarray | None = None
    shift: float = 0.0

    def _over_examples(self, c, x):
        """(1/m) sum_j c_j x_j."""
        return vecmat(c, x) / x.shape[-2]

    def diag(self):
        data = self._over_examples(self.weight, self.x**2)
        return data + self.shift

    def times(self, v):
        z = matvec(self.x, v)
        data = self._over_examples(self.weight * z, self.x)
        return data + self.shift * v

    def solve(self, v, damping=0.0):
        return solve_symmetric(self.dense(), v, damping)

    def mean(self):
        score = self.score
        if score is None:
            # labels averaged under the model: their score has expectation 0 at every example
            score = np.zeros_like(self.weight)
        return self._over_examples(score, self.x)

    def dense(self):
        m, n = self.x.shape[-2:]
        weighted = self.weight[..., None] * self.x
        data = transposed(self.x) @ weighted / m
        return data + self.shift * np.eye(n)

    # a ridge shift I is no sum over examples once the coordinates change: then all entries are told

    def rotated(self, basis):
        if self.shift:
            return Dense(self.dense(), self.mean()).rotated(basis)
        return Rows(basis.rows(self.x), self.weight, self.score)

    def scaled(self, s):
        if self.shift:
            return Dense(self.dense(), self.mean()).scaled(s)
        return Rows(s[..., None, :] * self.x, self.weight, self.score)
