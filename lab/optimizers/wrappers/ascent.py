"""Any optimizer on -f.

Minimax problems and tests of symmetry: a method that is run on -f mirrors its path on f.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.checks import able
from lab.optimizers.protocol import Optimizer, of_inner
from lab.oracle import Negated


@dataclass(frozen=True)
class Ascent:
    """`inner` run on -f: it sees the gradient with the other sign, and climbs.

    Decay inside still pulls to 0, as where libraries have `maximize`: Ascent(Regularized(SGD(0.1),
    L2(0.01), on="p")).
    """

    inner: Optimizer

    def __post_init__(self):
        able("Ascent.inner", self.inner, "init", "step")

    needs = of_inner("needs")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, state, oracle, theta):
        # loss, gradient and curvature change sign together
        return self.inner.step(state, Negated(oracle), theta)

    def metric(self, state):
        return self.inner.metric(state)
