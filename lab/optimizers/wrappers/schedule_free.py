"""Any optimizer without momentum, and an average of its points in place of a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.arrays import Params, Scalar
from lab.checks import able, fields, fraction, nonnegative
from lab.optimizers.protocol import Optimizer, of_inner, waits


class Interpolated(NamedTuple):
    """t; the points z of `inner` and their average x; the sum of the weights."""

    t: int
    z: Params
    x: Params
    total: Any
    inner: Any


@dataclass(frozen=True)
class ScheduleFree:
    """z+ = z + d;  x+ = (1 - c) x + c z+;  theta+ = beta x+ + (1 - beta) z+

    c = w_t / (w_1 + ... + w_t),  w_t = t^power (1 - warm^t)

    (Defazio et al. 2024.) theta, where gradients are taken, is their y; the point to evaluate is x,
    in the state. d: the step of `inner`, made of the gradient at theta; it should have no momentum
    of its own. power = warm = 0 is the plain average; warm = beta2 weighs as the authors' AdamW
    does, whose rate lr sqrt(1 - beta2^t) enters squared; optax has warm = 0. With beta = 0
    gradients are taken at z and x is Polyak's average; beta -> 1 takes them at x (primal
    averaging), where 1 itself is refused: theta would not see z. Weights by the rates of a schedule
    are not here. State: t, z, x, like theta, the sum of the weights and the state of `inner`.
    ScheduleFree(SGD(1.0))

    Run at a constant rate it needs no horizon: the average does what a decaying rate would. z alone
    is the path of `inner` with gradients taken elsewhere. x+ = z+ at t = 1 (c = 1): the start is in
    no average. theta is not to be decayed or projected from outside; z and x would not follow.
    """

    inner: Optimizer
    beta: Scalar = 0.9
    power: float = 0.0
    warm: Scalar = 0.0

    def __post_init__(self):
        able("ScheduleFree.inner", self.inner, "init", "step")
        fields(self, beta=fraction, power=nonnegative, warm=fraction)

    needs = of_inner("needs")
    units = of_inner("units")
    invariances = of_inner("invariances")
    scope = of_inner("scope")

    @property
    def vectors(self):
        return ("z", "x", *(f"inner.{name}" for name in self.inner.vectors))

    @property
    def matrices(self):
        return tuple(f"inner.{name}" for name in getattr(self.inner, "matrices", ()))

    def waits(self, s):
        """As `inner` does."""
        return waits(self.inner, s.inner)

    def init(self, theta):
        # copies: z and x part from theta, and from each other
        return Interpolated(0, theta + 0.0, theta + 0.0, 0.0, self.inner.init(theta))

    def step(self, s, oracle, theta):
        d, state = self.inner.step(s.inner, oracle, theta)
        if self.waits(s):
            return d, s._replace(inner=state)
        t = s.t + 1
        # 0^0 = 1 and 1 - 0^t = 1: without power and warm all weights are 1
        weight = t**self.power * (1 - self.warm**t)
        total = s.total + weight
        c = weight / total

        z = s.z + d
        x = (1 - c) * s.x + c * z
        y = self.beta * x + (1 - self.beta) * z
        return y - theta, Interpolated(t, z, x, total, state)

    def metric(self, s):
        """That of `inner`: what divides the gradient in the step of z."""
        return self.inner.metric(s.inner)
