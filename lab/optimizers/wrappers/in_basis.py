"""Any optimizer in any basis."""

from __future__ import annotations

from dataclasses import dataclass

from lab.bases import Basis
from lab.checks import able
from lab.metrics import Turned
from lab.optimizers.protocol import Optimizer, of_inner


@dataclass(frozen=True, eq=False)
class InBasis:
    """Run `inner` in the coordinates z = Q^T theta: gradient, parameters and curvature are all rotated for it.

    Law: InBasis(Q, opt) on f takes the same steps as opt on Reparameterised(f, Q).
    """

    basis: Basis
    inner: Optimizer

    def __post_init__(self):
        able("InBasis.basis", self.basis, "to", "back")
        able("InBasis.inner", self.inner, "init", "step")

    needs = of_inner("needs")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def init(self, theta):
        return self.inner.init(self.basis.to(theta))

    def step(self, state, oracle, theta):
        z = self.basis.to(theta)
        delta, state = self.inner.step(state, oracle.in_variables(self.basis, z), z)
        return self.basis.back(delta), state

    def metric(self, state):
        return Turned(self.inner.metric(state), self.basis)
