"""Decoupled weight decay around any optimizer."""

from __future__ import annotations

from dataclasses import dataclass

from lab.arrays import Scalar
from lab.checks import fields, nonnegative
from lab.optimizers.protocol import Optimizer, lr_of, of_inner


@dataclass(frozen=True)
class Decayed:
    """after: theta+ = (1 - lr weight_decay)(theta + delta);  otherwise theta+ = theta + delta - lr weight_decay theta

    delta is the step of `inner` and lr its learning rate. Decay after the step is SOAP's code, before it AdamW's; they differ by
    lr weight_decay delta. Adam's own weight_decay is the coupled kind, added to the gradient.
    """

    inner: Optimizer
    weight_decay: Scalar
    after: bool = True

    def __post_init__(self):
        fields(self, weight_decay=nonnegative)

    needs = of_inner("needs")
    vectors = of_inner("vectors")

    @property
    def units(self):
        a, b = self.inner.units["lr"]
        return {**self.inner.units, "weight_decay": (-a, -b)}

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, state, oracle, theta):
        delta, state = self.inner.step(state, oracle, theta)
        decayed = theta + delta if self.after else theta
        return delta - lr_of(self.inner) * self.weight_decay * decayed, state
