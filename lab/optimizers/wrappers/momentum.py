"""Momentum around any optimizer, before or after what it does to the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import able, fields, fraction
from lab.optimizers.pieces import debias, ema
from lab.optimizers.protocol import Optimizer, of_inner, waits
from lab.oracle import WithGradient


class Carried(NamedTuple):
    """t: how many are in b; b: the sum or average, like theta; inner: the state of `inner`."""

    t: int
    b: Params
    inner: Any


@dataclass(frozen=True)
class Momentum:
    """b = momentum b + x, or ema(x) with kind="ema";  x the gradient that `inner` sees, or the step
    that it makes

    kind="debiased": ema(x) / (1 - momentum^t), the average of t values instead of one that started
    from 0.
    place="gradient": momentum before the preconditioning (TNT, K-FAC), place="step": after it
    (RMSProp, heavy ball). nesterov: momentum b + x (or ema(b, x)) in place of b. Momentum(SGD(lr),
    momentum) is SGD(lr, momentum), with place="step" HeavyBall. State: t, b, like theta, and that
    of `inner`, whose curvature is asked as it is. During a warm start of `inner` b rests. TypeError
    for nesterov with "debiased", which nobody defines.

    ValueError for momentum outside [0, 1). "ema" is (1 - momentum) times "sum" from the first step
    on: rates differ by that factor. On a constant x the sum tends to x / (1 - momentum), "ema" to
    x, "debiased" is x at once. Before a division by gradients (Adam's) momentum of the gradient
    changes what is divided by too, unlike beta1 of that method. momentum = 0 is `inner`.
    """

    inner: Optimizer
    momentum: Scalar = 0.9
    kind: Literal["sum", "ema", "debiased"] = "sum"
    place: Literal["gradient", "step"] = "gradient"
    nesterov: bool = False

    def __post_init__(self):
        able("Momentum.inner", self.inner, "init", "step")
        fields(self, momentum=fraction)
        if self.nesterov and self.kind == "debiased":
            raise TypeError("Momentum.nesterov with kind = 'debiased': use kind = 'ema' or 'sum'")

    units = of_inner("units")
    matrices = of_inner("matrices")

    @property
    def needs(self):
        return self.inner.needs | ({"grad"} if self.place == "gradient" else set())

    @property
    def vectors(self):
        return ("b", *self.inner.vectors)

    def init(self, theta):
        return Carried(0, zeros_like(theta), self.inner.init(theta))

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`."""
        return waits(self.inner, s.inner)

    def step(self, s, oracle, theta):
        t = s.t + 1
        # t rests: the first value of the average comes after the warm start
        if self.waits(s):
            delta, state = self.inner.step(s.inner, oracle, theta)
            return delta, s._replace(inner=state)
        if self.place == "gradient":
            b, used = self._carried(s.b, oracle.grad, t)
            delta, state = self.inner.step(s.inner, WithGradient(oracle, used), theta)
            return delta, Carried(t, b, state)

        # steps are added with the rates they were made with: HeavyBall, not SGD with momentum
        delta, state = self.inner.step(s.inner, oracle, theta)
        b, used = self._carried(s.b, delta, t)
        return used, Carried(t, b, state)

    def metric(self, s):
        return self.inner.metric(s.inner)

    def _carried(self, old, x, t):
        """The new b, and what is used of it."""
        # the weights of "ema" sum to 1 - momentum^t, those of "sum" to that over 1 - momentum
        if self.kind != "sum":
            b = ema(old, x, self.momentum)
            if self.kind == "debiased":
                return b, debias(b, self.momentum, t)
            return b, ema(b, x, self.momentum) if self.nesterov else b
        b = self.momentum * old + x
        return b, x + self.momentum * b if self.nesterov else b
