"""Views: what an inner method sees of another oracle.

A view is an oracle itself, so views nest: momentum inside a penalty inside a basis is three of
them. Each answers in_variables by wrapping itself, not the oracle below it, which would forget the
view.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from lab.arrays import Params
from lab.curvature import Shifted, Spiked, bent
from lab.oracle.protocol import Oracle


class InVariables:
    """An oracle in the variables z, theta = P(z): same loss, gradient J^T g, curvature J^T G J.

    J is the Jacobian of P at z.

    The Hessian of a curved P has the term sum_k g_k P_k'' besides. probe() is shaped like z.
    """

    def __init__(self, oracle: Oracle, change: Any, z: Params):
        self.oracle = oracle
        self.change = change
        self.z = z

    @cached_property
    def grad(self):
        return self.change.pull(self.z, self.oracle.grad)

    @property
    def loss(self):
        return self.oracle.loss

    @cached_property
    def hessian(self):
        # the second term needs the gradient in theta, which the view itself no longer shows
        curved = self.change.curve(self.z, self.oracle.hessian)
        return bent(curved, self.change.bend(self.z, self.oracle.grad))

    @cached_property
    def second_moment(self):
        return self.change.curve(self.z, self.oracle.second_moment)

    def curvature(self, labels="exact"):
        return self.change.curve(self.z, self.oracle.curvature(labels))

    def probe(self, like=None):
        return self.oracle.probe(self.z if like is None else like)

    def at(self, z):
        return InVariables(self.oracle.at(self.change.back(z)), self.change, z)

    def in_variables(self, change, z):
        return InVariables(self, change, z)


class WithGradient:
    """An oracle with another gradient, everything else as it was.

    What momentum before the preconditioner, clipping, or a perturbed gradient hand to the method
    inside.

    The loss, the curvature and the Hessian are those of the point where the oracle stands, whatever
    gradient is shown.
    """

    def __init__(self, oracle: Oracle, grad: Params):
        self.oracle = oracle
        self.grad = grad

    def __getattr__(self, name):
        return getattr(self.oracle, name)

    def in_variables(self, change, z):
        return InVariables(self, change, z)


class WithCurvature:
    """An oracle with another curvature, whatever the labels, everything else as it was.

    What a method sees that keeps a curvature for some steps. At other points it is their own.
    """

    def __init__(self, oracle: Oracle, held: Any):
        self.oracle = oracle
        self.held = held

    def __getattr__(self, name):
        return getattr(self.oracle, name)

    def curvature(self, labels="exact"):
        return self.held

    def in_variables(self, change, z):
        return InVariables(self, change, z)


class Once:
    """An oracle that answers curvature(labels) the same way twice: labels are drawn once.

    What a method sees that asks another one for several steps from the same point.
    """

    def __init__(self, oracle: Oracle):
        self.oracle = oracle
        self._known: dict[str, Any] = {}

    def __getattr__(self, name):
        return getattr(self.oracle, name)

    def curvature(self, labels="exact"):
        if labels not in self._known:
            self._known[labels] = self.oracle.curvature(labels)
        return self._known[labels]

    def in_variables(self, change, z):
        return InVariables(self, change, z)


class Penalised:
    """The oracle of f + penalty at theta: every answer is that of the sum.

    penalty: value(theta), gradient(theta), and shift, the multiple of I that its Hessian is. Labels
    and probes are the oracle's own; the mean of a curvature stays that of the gradients of f behind
    it.
    """

    def __init__(self, oracle: Oracle, penalty: Any, theta: Params):
        self.oracle = oracle
        self.penalty = penalty
        self.theta = theta

    @cached_property
    def grad(self):
        return self.oracle.grad + self.penalty.gradient(self.theta)

    @cached_property
    def loss(self):
        return self.oracle.loss + self.penalty.value(self.theta)

    @cached_property
    def hessian(self):
        return Shifted(self.oracle.hessian, self.penalty.shift)

    @cached_property
    def second_moment(self):
        """E[(g + r)(g + r)^T] = E[g g^T] - m m^T + (m + r)(m + r)^T

        r: the penalty's gradient; m = E g.
        """
        # E g and not the batch gradient: the penalty is the same for every batch
        inside = self.oracle.second_moment
        m = np.asarray(inside.mean())
        moved = np.asarray(m + self.penalty.gradient(self.theta))
        # low rank of either sign: m m^T leaves, (m + r)(m + r)^T enters
        signs = np.array([1.0, -1.0])
        return Spiked(inside, 1.0, np.stack([moved, m], -2), moved, signs)

    def curvature(self, labels="exact"):
        return Shifted(self.oracle.curvature(labels), self.penalty.shift)

    def probe(self, like=None):
        return self.oracle.probe(like)

    def at(self, theta):
        return Penalised(self.oracle.at(theta), self.penalty, theta)

    def in_variables(self, change, z):
        return InVariables(self, change, z)


class Negated:
    """Loss and gradient with the other sign, also at other points.

    Curvature stays f's own, by which steps are measured.
    """

    def __init__(self, oracle: Oracle):
        self.oracle = oracle

    def __getattr__(self, name):
        return getattr(self.oracle, name)

    @cached_property
    def grad(self):
        return -self.oracle.grad

    @property
    def loss(self):
        return -self.oracle.loss

    # without it __getattr__ would answer the other point unnegated
    def at(self, theta):
        return Negated(self.oracle.at(theta))

    def in_variables(self, change, z):
        return InVariables(self, change, z)


class Answers:
    """Recorded answers and nothing else.

    TypeError names what was recorded when another member is asked.

    answers: by member of the oracle; "curvatures" answers curvature(labels) whatever the labels,
    "probes" answers probe().

    What a replay can't answer is refused at the step that asks, not guessed: a recorded gradient
    says nothing of the loss at another point, so `at` is missing unless it was recorded.
    """

    def __init__(self, answers: Mapping[str, Any]):
        self._answers = dict(answers)

    # asked for what the class itself does not have
    def __getattr__(self, name):
        if name not in self._answers:
            recorded = ", ".join(self._answers)
            raise TypeError(f"this replay recorded {recorded} and can't answer {name}")
        return self._answers[name]

    def curvature(self, labels="exact"):
        # by name, since the member `curvature` of this class hides a recorded one
        return self.__getattr__("curvatures")

    def probe(self, like=None):
        return self.__getattr__("probes")

    def in_variables(self, change, z):
        return InVariables(self, change, z)
