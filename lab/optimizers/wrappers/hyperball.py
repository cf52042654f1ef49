"""Any optimizer on a sphere: weights keep their length, steps are relative to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.arrays import Params, block_norm
from lab.checks import able
from lab.optimizers.pieces import quotient
from lab.optimizers.protocol import Optimizer, lr_of, of_inner, waits


class OnSphere(NamedTuple):
    """radius: the length of every tensor at the start."""

    radius: Params
    inner: Any


@dataclass(frozen=True)
class Hyperball:
    """theta+ = R N(theta + lr R N(d)),  N(x) = x / |x|,  R = |theta_0|;  d the step of `inner`

    (Wen et al. 2025.) Per tensor. Replaces decay, whose effect on scale-invariant weights is to set
    lr / R. `lr` is that of `inner`, which acts through this formula alone: the length of d is not
    used. A tensor that starts at 0 stays there. The authors leave embeddings and vectors out.
    State: R, one per tensor, and that of `inner`. Hyperball(Muon(0.02))

    A step turns theta by arctan(lr) where d is orthogonal to theta, as gradients of scale-invariant
    f are, and by at most arcsin(lr) for lr <= 1; d along theta does nothing. With lr = 1 and d
    straight to 0 the tensor ends at 0. d = 0 moves nothing.
    """

    inner: Optimizer

    def __post_init__(self):
        able("Hyperball.inner", self.inner, "init", "step")

    needs = of_inner("needs")
    invariances = of_inner("invariances")

    @property
    def vectors(self):
        return tuple(f"inner.{name}" for name in self.inner.vectors)

    @property
    def matrices(self):
        return tuple(f"inner.{name}" for name in getattr(self.inner, "matrices", ()))

    @property
    def units(self):
        """The rate is a share of R."""
        return {**self.inner.units, "lr": (0, 0)}

    @property
    def scope(self):
        inside = getattr(self.inner, "scope", "vector")
        return "tensor" if inside == "vector" else inside

    def waits(self, s):
        """As `inner` does."""
        return waits(self.inner, s.inner)

    def init(self, theta):
        return OnSphere(block_norm(theta), self.inner.init(theta))

    def step(self, s, oracle, theta):
        d, state = self.inner.step(s.inner, oracle, theta)
        # lr a second time, as a share of R: inside d it has cancelled
        moved = theta + lr_of(self.inner) * s.radius * quotient(d, block_norm(d))
        # from R, not from |theta|: rounding would let the length drift
        projected = s.radius * quotient(moved, block_norm(moved))
        return projected - theta, OnSphere(s.radius, state)

    def metric(self, s):
        """That of `inner`: neither length is linear in the gradient."""
        return self.inner.metric(s.inner)
