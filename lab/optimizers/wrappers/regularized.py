"""Weight decay around any optimizer: a penalty that the method sees, or one that acts beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from lab.arrays import Params, Scalar, inner
from lab.checks import able, fields, nonnegative
from lab.optimizers.protocol import Optimizer, lr_of, of_inner, waits
from lab.oracle import Penalised


@dataclass(frozen=True)
class L2:
    """R(theta) = weight_decay |theta|^2 / 2.

    Without weight decay a penalty adds nothing and costs a multiplication.
    """

    weight_decay: Scalar

    def __post_init__(self):
        fields(self, weight_decay=nonnegative)

    def value(self, theta: Params):
        """R, (*r,)."""
        return inner(theta, self.weight_decay * theta) / 2

    def gradient(self, theta: Params) -> Params:
        """weight_decay theta."""
        return self.weight_decay * theta

    def prox(self, theta: Params, rate: Scalar) -> Params:
        """argmin_x R(x) + |x - theta|^2 / (2 rate) = theta / (1 + rate weight_decay)."""
        return theta / (1 + rate * self.weight_decay)

    @property
    def shift(self) -> Scalar:
        """The Hessian of R is shift I."""
        return self.weight_decay


class Decaying(NamedTuple):
    """lr0: the learning rate at the start."""

    lr0: Scalar
    inner: Any


@dataclass(frozen=True)
class Regularized:
    """on="p": `inner` runs on f + R.

         on="z": delta = delta_inner - lr grad R(theta), which `inner` does not see. With R =
         L2(weight_decay) the first is what is called coupled, the second decoupled decay: it is L2
         on the intrinsic
    variable z = P^(-1/2) p of the method with metric P, since P^(1/2) grad_z |z|^2 / 2 = p. How it
    acts, on="z" only:

    form     "before": theta decays from the old point (AdamW); "after": theta+ = (1 - lr
             weight_decay)(theta + delta) (SOAP's code); "prox": theta+ = (theta + delta) / (1 + lr
             weight_decay) (Adan)
    times    "lr": the rate of `inner` multiplies the decay (libraries); "schedule": lr / lr_0 does,
             lr_0 the rate at the start (AdamW's paper: the decay follows the schedule but not the
             rate); "one": nothing does

    During a warm start of `inner` nothing decays. Forms differ by lr weight_decay delta. AdamW is
    Regularized(Adam(0.1), L2(0.01), on="z"). State: lr_0 and that of `inner`.
    """

    inner: Optimizer
    penalty: L2
    on: Literal["p", "z"]
    form: Literal["before", "after", "prox"] = "before"
    times: Literal["lr", "schedule", "one"] = "lr"

    def __post_init__(self):
        able("Regularized.inner", self.inner, "init", "step")
        able("Regularized.penalty", self.penalty, "value", "gradient", "prox")
        fields(self)
        if self.on == "p" and (self.form, self.times) != ("before", "lr"):
            raise TypeError(
                f"Regularized.form = {self.form!r}, times = {self.times!r} with on = 'p': "
                "they are for on = 'z'"
            )

    @property
    def needs(self):
        """Those of `inner`; that of a penalised second moment is made from the mean gradient
        too."""
        expected = "second_moment.diag" in self.inner.needs and self.on == "p"
        return self.inner.needs | ({"second_moment.mean"} if expected else set())

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    invariances = of_inner("invariances")
    scope = of_inner("scope")

    @property
    def units(self):
        lr = self.inner.units.get("lr", (0, 0))
        beside = (-lr[0], -lr[1]) if self.times == "lr" else (0, 0)
        return {**self.inner.units, "weight_decay": (-2, 1) if self.on == "p" else beside}

    def init(self, theta):
        return Decaying(lr_of(self.inner), self.inner.init(theta))

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`."""
        return waits(self.inner, s.inner)

    def step(self, s, oracle, theta):
        rests = self.on == "p" or self.waits(s)
        if self.on == "p":
            oracle = Penalised(oracle, self.penalty, theta)
        delta, state = self.inner.step(s.inner, oracle, theta)
        s = Decaying(s.lr0, state)
        if rests:
            return delta, s

        rate = self._rate(s)
        if self.form == "prox":
            return self.penalty.prox(theta + delta, rate) - theta, s
        point = theta + delta if self.form == "after" else theta
        return delta - rate * self.penalty.gradient(point), s

    def metric(self, s):
        return self.inner.metric(s.inner)

    def _rate(self, s):
        if self.times == "one":
            return 1.0
        lr = lr_of(self.inner)
        return lr if self.times == "lr" else lr / s.lr0
