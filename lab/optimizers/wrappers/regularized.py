"""Weight decay around any optimizer: a penalty that the method sees, or one that acts beside it.

A method with step -lr P P^T g, P held, is gradient descent on f(P z). Penalised there by R(z), its
step of theta = P z has -lr P grad R(P^-1 theta) more. For R(z) = w |z|^2 / 2 that is -lr w theta: P
cancels, and decoupled decay of any such method is ridge in its own variables. With P = I (SGD) both
places agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from lab.arrays import Scalar, each
from lab.checks import able, fields
from lab.curvature import Diagonal
from lab.linalg import ratio
from lab.metrics import Identity
from lab.optimizers.protocol import Optimizer, lr_of, of_inner, waits
from lab.optimizers.wrappers.penalties import L1, L2, LQ, ElasticNet
from lab.oracle import Penalised


class Decaying(NamedTuple):
    """lr0: the learning rate at the start, before a schedule; inner: the state of `inner`."""

    lr0: Scalar
    inner: Any


@dataclass(frozen=True)
class Regularized:
    """on="p": `inner` runs on f + R;  on="z": delta = delta_inner - lr grad R(theta), which `inner`
    does not see

    on="z": delta = delta_inner - lr P grad R(z), which `inner` does not see: R as a function of the
    intrinsic variable z = P^-1 theta of the method, P = D^(-1/2), D its metric in this step. R =
    L2(weight_decay) on p is what is called coupled, on z decoupled decay: there P grad R(z) =
    weight_decay theta whatever P is. The other penalties need a diagonal metric. How R acts:

    form     "before": from the old point (AdamW); "after", on="z" only: from the new one, theta+ =
             (1 - lr weight_decay)(theta + delta) (SOAP's code); "prox": theta+ = prox(theta +
             delta), where `inner` runs on f alone (Adan), in the norm sum D_i x_i^2 of the method
    times    on="z" only. "lr": the rate of `inner` multiplies the decay (libraries); "schedule": lr
             / lr_0 does, lr_0 the rate at the start (AdamW's paper: the decay follows the schedule
             but not the rate); "one": nothing does

    During a warm start of `inner` nothing decays. Forms differ by lr weight_decay delta. For q < 2
    take "prox": explicit steps chatter around 0. AdamW is Regularized(Adam(0.1), L2(0.01),
    on="z"), ISTA Regularized(SGD(0.1), L1(0.01), on="p", form="prox"). State: lr_0 and that of
    `inner`.

    TypeError for form = "after" or times on p, and where the metric of the method is asked (a prox
    on p, a penalty other than L2 on z) and is not diagonal. With "before" and L2 on z theta is
    multiplied by 1 - lr weight_decay (a sign change beyond 1), with "prox" by 1 / (1 + lr
    weight_decay).
    """

    inner: Optimizer
    penalty: L2 | L1 | LQ | ElasticNet
    on: Literal["p", "z"]
    form: Literal["before", "after", "prox"] = "before"
    times: Literal["lr", "schedule", "one"] = "lr"

    def __post_init__(self):
        able("Regularized.inner", self.inner, "init", "step")
        able("Regularized.penalty", self.penalty, "value", "gradient", "prox")
        fields(self)
        if self.on == "p" and (self.form == "after" or self.times != "lr"):
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
        found = dict(self.inner.units)
        lr = np.array(found.get("lr", (0, 0)))
        beside = lr if self.times == "lr" else 0 * lr
        for name, q in self.penalty.powers.items():
            # D is that of lr gradient / step; D^(q/2 - 1) theta^(q - 1) that of theta / beside
            d = lr + np.array((-2, 1))
            on_z = np.array((2 - q, 0)) - beside + (1 - q / 2) * d
            found[name] = (-q, 1) if self.on == "p" else tuple(on_z.tolist())
        return found

    def init(self, theta):
        return Decaying(lr_of(self.inner), self.inner.init(theta))

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`."""
        return waits(self.inner, s.inner)

    def step(self, s, oracle, theta):
        inside = self.on == "p" and self.form == "before"
        rests = inside or self.waits(s)
        if inside:
            oracle = Penalised(oracle, self.penalty, theta)
        delta, state = self.inner.step(s.inner, oracle, theta)
        s = Decaying(s.lr0, state)
        if rests:
            return delta, s

        rate = self._rate(s)
        # the metric is asked where it is seen: L2 on z works around any method
        d = self._divisor(s) if self.on == "p" or self.penalty.sees_metric else 1.0
        if self.on == "p":
            # a prox in theta for a step divided by d: the rate of coordinate i is lr / d_i
            inverse = each(lambda d: ratio(1.0, d, 0.0), d)
            return self.penalty.prox(theta + delta, rate * inverse) - theta, s
        if self.form == "prox":
            return self.penalty.prox(theta + delta, rate, d) - theta, s
        # where the penalty's gradient is taken; both are added to the same theta
        point = theta + delta if self.form == "after" else theta
        return delta - rate * self.penalty.gradient(point, d), s

    def metric(self, s):
        return self.inner.metric(s.inner)

    def _rate(self, s):
        """What multiplies weight_decay in this step."""
        if self.times == "one":
            return 1.0
        lr = lr_of(self.inner)
        return lr if self.times == "lr" else lr / s.lr0

    def _divisor(self, s):
        """D, the diagonal of the metric of `inner`, which must be one."""
        metric = self.inner.metric(s.inner)
        if not isinstance(metric, (Diagonal, Identity)):
            raise TypeError(
                f"Regularized.penalty of type {type(self.penalty).__name__}, on = {self.on!r}, "
                f"form = {self.form!r}: needs a method with a diagonal metric, not "
                f"{type(metric).__name__}"
            )
        return metric.diag()
