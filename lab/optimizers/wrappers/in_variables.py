"""Any optimizer in other variables, and in any basis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.arrays import Params, runs
from lab.bases import is_orthogonal
from lab.checks import able
from lab.maps import Change
from lab.metrics import Pulled, Turned
from lab.optimizers.protocol import Optimizer, in_other_variables, of_inner


class InZ(NamedTuple):
    """The point z of the last step, and the state of the method inside."""

    z: Params
    inner: Any


@dataclass(frozen=True, eq=False)
class InVariables:
    """Run `inner` on z, theta = P(z): it sees J^T g, J^T G J, and moves z; delta = P(z + dz) -
    P(z).

    P is any invertible change of variables of lab.maps: Linear with a square matrix, Elementwise on
    the branch that its inverse names, a basis. Law: InVariables(P, opt) on f takes the same steps
    as opt on Reparameterised(f, P). State: z and that of `inner`. ValueError at the start for a
    basis per run when theta has no such runs. InVariables(Elementwise(np.sinh, np.cosh, np.sinh,
    np.arcsinh), Adam(0.1))

    A map that is not one to one loses the point: z is computed from theta at every step, not kept.
    For theta = A z and SGD the step is -lr A A^T g: other variables are another metric, (A A^T)^-1.
    A method invariant under the change (Newton, under linear ones) does not see the wrapper.
    """

    change: Change
    inner: Optimizer

    def __post_init__(self):
        able("InVariables.change", self.change, "to", "back", "pull", "push")
        able("InVariables.inner", self.inner, "init", "step")

    @property
    def needs(self):
        """Those of `inner`; a curvature is asked to change its variables before it answers."""
        return in_other_variables(self.inner.needs, self.change.asks)

    units = of_inner("units")

    @property
    def vectors(self):
        return tuple(f"inner.{name}" for name in self.inner.vectors)

    @property
    def matrices(self):
        return tuple(f"inner.{name}" for name in getattr(self.inner, "matrices", ()))

    def init(self, theta):
        z = self.change.to(theta)
        # a change with a matrix per run would broadcast, and theta would have runs it never had
        if runs(z) != runs(theta):
            raise ValueError(
                f"theta has run axes {runs(theta)}: the change of variables has one for each "
                f"of {runs(z)}"
            )
        return InZ(z, self.inner.init(z))

    def step(self, s, oracle, theta):
        z = self.change.to(theta)
        dz, state = self.inner.step(s.inner, oracle.in_variables(self.change, z), z)
        return self.change.push(z, dz), InZ(z, state)

    def metric(self, s):
        inside = self.inner.metric(s.inner)
        # the Jacobian of a basis is the basis itself, with an inverse: no point is needed
        if is_orthogonal(self.change):
            return Turned(inside, self.change)
        return Pulled(inside, self.change, s.z)


def InBasis(basis: Change, inner: Optimizer) -> InVariables:
    """Run `inner` in the coordinates z = Q^T theta of an orthogonal basis: InVariables for theta =
    Q z.

    TypeError for a change of variables that is no basis of lab.bases.
    """
    if not is_orthogonal(basis):
        given = f"the class {basis.__name__}" if isinstance(basis, type) else type(basis).__name__
        raise TypeError(f"InBasis.basis is {given}: must be a basis of lab.bases")
    return InVariables(basis, inner)
