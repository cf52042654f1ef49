"""A user's own update rule, (W, batch) -> dW, as an optimizer.

    def rule(W, batch):
        return -np.sign(batch.grad)

    width_rule(rule).rows["hidden"].c          # +0.97: eta / M

The compiler wraps the function by itself; `FromFunction(rule)` is for `simulate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from lab.arrays import Layers, Scalar, layers
from lab.checks import able, fields, positive
from lab.optimizers.matrix.statistic import with_layers
from lab.optimizers.wrappers.parameterized import role_name


class Batch(NamedTuple):
    """What one layer hands to a rule: plain matrices, of one run.

    grad (o, d), of the mean loss; inputs h (n, d); errors (n, o), the gradient of each example's
    loss by the layer's output; jacobian (n, C, o), of the network's outputs by it; role: "input",
    "hidden" or "output", of a bias "input bias" and so on. A bias is a weight (o, 1) whose input
    is 1.
    """

    grad: np.ndarray
    inputs: np.ndarray
    errors: np.ndarray
    jacobian: np.ndarray
    role: str


Rule = Callable[[np.ndarray, Batch], np.ndarray]


@dataclass(frozen=True)
class FromFunction:
    """delta_l = lr rule(W_l, batch_l), layer by layer and run by run, without memory

    rule(W, batch) -> dW like W, the sign included. ValueError for a dW of another shape. It is
    called once for every run and layer: for measuring, not for long runs.
    """

    rule: Rule
    lr: Scalar = 1.0

    needs = frozenset({"grad", "factors"})
    vectors = ()
    matrices = ()
    units: ClassVar[dict[str, tuple[float, float]]] = {}

    def __post_init__(self):
        able("FromFunction.rule", self.rule, "__call__")
        fields(self, lr=positive)

    def init(self, theta):
        """No state: a rule has no memory."""
        return ()

    def step(self, s, oracle, theta):
        """Weight before bias, layer by layer. lr multiplies what the rule returned, so that a sweep
        of rates is one run each; labels: true ones for errors, exact ones for the jacobian.
        """
        true = with_layers(oracle, "true").layers
        exact = with_layers(oracle, "exact").layers
        blocks: list[Any] = list(theta)
        for pair, loss, output in zip(layers(theta), true, exact, strict=True):
            # true labels have one row of errors per example
            errors = loss.errors[..., 0, :]
            # a bias is a weight whose input is 1
            ones = np.ones((*loss.inputs.shape[:-1], 1))
            for block, h in ((pair.weight, loss.inputs), (pair.bias, ones)):
                if block is not None:
                    role = role_name(theta.roles[block])
                    blocks[block] = self._steps(blocks[block], (h, errors, output.errors), role)
        u = Layers(blocks, theta.orders, theta.roles)
        return self.lr * u, s

    def metric(self, s):
        """TypeError: what divides the gradient inside a function is not known."""
        raise TypeError("the metric of a user's function is not known")

    def _steps(self, w, seen, role):
        """The rule's answer for every run.

        w (*r, o, d), or a bias (*r, o); seen: inputs, errors and jacobian  with the same run axes.
        """
        column = w.ndim < seen[0].ndim
        matrix = w[..., None] if column else w
        shape = matrix.shape[:-2]
        steps = np.empty(matrix.shape)
        for run in np.ndindex(*shape):
            h, errors, jacobian = (x[run] for x in seen)
            grad = errors.T @ h / len(h)
            steps[run] = _checked(
                self.rule(matrix[run], Batch(grad, h, errors, jacobian, role)), grad.shape
            )
        return steps[..., 0] if column else steps


def _checked(step, shape):
    """The rule's answer as an array. ValueError for a shape that is not W's."""
    step = np.asarray(step, dtype=float)
    if step.shape != shape:
        raise ValueError(f"the rule returned shape {step.shape}: must be {shape}, like W")
    return step
