"""A network: stages one after the other, and a loss at the end.

Its Gauss-Newton matrix is G = mean_j J_j^T L_j J_j, J_j = dz_j / dtheta and L_j the second
derivative of the loss by z_j. H = G + mean_j sum_k (dl / dz_jk) d^2 z_jk / dtheta^2; the second
term vanishes where all residuals do, and for networks linear in theta.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lab.arrays import Layers, Role
from lab.checks import keep, one_of, positive, real
from lab.maps import Flatten
from lab.objectives.networks.action import HessianAction
from lab.objectives.networks.losses import LOSSES, Loss
from lab.objectives.networks.passes import Pass
from lab.objectives.networks.stages import Dense, Stage


@dataclass(frozen=True, eq=False)
class Network:
    """f(theta) = mean_j loss(z_j, y_j),  z = stage_S(... stage_1(x)),  theta Layers (*r, out, in)

    x (m, d), y targets as the loss reads them, one per row of x; `MLP` and its like compose the
    stages. theta has one block per parameter, stage by stage, the weight of a layer before its
    bias, with roles. A batch is an array of row indices (*r, B), drawn with replacement.

    Curvature: RankOnes, labels "exact" by one backward pass per output (per class for softmax);
    given labels are like y, (*r, B) or (*r, B, o). Where examples are coupled (batch normalisation)
    no example has a gradient of its own: G is
    then that of the batch, see `passes`. hessian: exact products H v, any other
    answer by n of them. ValueError for data that do not fit.

    A layer is a weight or kernel with its bias; the first one has the place "input", the last
    "output", a single one "output". Scales and shifts belong to the layer before them. Start: see
    `start`. There is no `lowest`: no minimum is known.
    """

    x: np.ndarray
    y: np.ndarray
    stages: tuple[Stage, ...]
    loss_name: str = "half_mse"
    gain: float = 1.0

    def __post_init__(self):
        x = real("x", self.x, 2)
        one_of("loss", self.loss_name, LOSSES)
        positive("gain", real("gain", self.gain, 0))
        y = self.loss_function.targets(self.y)
        if len(x) != len(y):
            raise ValueError(
                f"x has shape {x.shape} and y {np.shape(self.y)}: needs one target per row"
            )
        self._check_outputs(y)
        keep(self, x=x, y=y)

    def _check_outputs(self, y):
        """The last stage must be dense, with an output for each that the targets have."""
        loss = self.loss_function
        needed = loss.outputs(y)
        last = self.stages[-1] if self.stages else None
        if not isinstance(last, Dense):
            raise TypeError("stages must end with a Dense layer, whose outputs the loss reads")
        # classes that no example of y has may have an output: y may be a part of the data
        enough = last.outputs >= needed if loss.of_classes else last.outputs == needed
        if not enough:
            raise ValueError(f"stages end with {last.outputs} outputs: y needs {needed}")

    @property
    def loss_function(self) -> Loss:
        """The loss at the end."""
        return LOSSES[self.loss_name]

    @property
    def coupled(self) -> bool:
        """Whether the loss of an example depends on the other examples of its batch."""
        return any(stage.couples for stage in self.stages)

    @property
    def offers(self) -> frozenset[str]:
        """What an oracle can answer.

        "factors": its curvature has `layers`, one for each matrix of theta, which has no kernels;
        "patches": it has `local`, one for each matrix or kernel.
        """
        # factors and patches are products per example, which coupled examples have not
        answers = {"loss", "grad", "curvature", "hessian"}
        kernels = any(role.kind == "kernel" for role in self.roles)
        if not self.coupled:
            answers.add("patches")
        if not self.coupled and not kernels:
            answers.add("factors")
        return frozenset(answers)

    @property
    def examples(self) -> int:
        """The number of rows."""
        return len(self.x)

    @cached_property
    def flatten(self) -> Flatten:
        """Between Layers and one vector."""
        shapes = [shape for stage in self.stages for _, shape in stage.blocks]
        return Flatten(tuple(shapes), tuple(self._roles()))

    @property
    def roles(self) -> tuple[Role, ...]:
        """One per block; a network of one layer has it at the output."""
        return self.flatten.roles or ()

    def _roles(self) -> Iterator[Role]:
        """One per block, in the order of the stages."""
        last = sum(map(_opens_layer, self.stages)) - 1
        layer = -1
        for stage in self.stages:
            layer += _opens_layer(stage)
            place = "hidden"
            # first asked: a network of one layer has its outputs there, too
            if layer == last:
                place = "output"
            elif layer == 0:
                place = "input"
            for kind, _ in stage.blocks:
                yield Role(kind, layer, place)

    def start(self, runs=(), rng=None):
        """Weights N(0, gain^2 / inputs of a unit), biases and shifts 0, scales 1.

        rng None: seed 0, the same for all runs. gain 1 keeps the variance of activations through
        linear layers, sqrt(2) their mean square through relu ones. Inputs of a unit: in for a
        weight (out, in), in size^2 for a kernel.
        """
        drawn = runs
        if rng is None:
            # zero would do for a convex problem; here all units would stay alike
            drawn = ()
            rng = np.random.default_rng(0)

        blocks = []
        for role, shape in zip(self.roles, self.flatten.shapes, strict=True):
            constant = 1.0 if role.kind == "scale" else 0.0
            block = np.full((*runs, *shape), constant)
            if role.kind in ("weight", "kernel"):
                inputs = np.prod(shape[1:])
                deviation = self.gain / np.sqrt(inputs)
                block += deviation * rng.standard_normal((*drawn, *shape))
            blocks.append(block)
        orders = [len(shape) for shape in self.flatten.shapes]
        return Layers(blocks, orders, self.roles)

    def draw(self, rng, runs, size):
        return None if size is None else rng.integers(len(self.x), size=(*runs, size))

    def evaluate(self, theta, batch=None):
        x = self.x if batch is None else self.x[batch]
        y = self.y if batch is None else self.y[batch]
        return Pass(self, theta, x, y)

    def loss(self, theta, batch=None):
        return self.evaluate(theta, batch).loss

    def grad(self, theta, batch=None):
        return self.evaluate(theta, batch).grad

    def curvature(self, theta, batch, labels, rng):
        return self.evaluate(theta, batch).curvature(labels, rng)

    def hessian(self, theta, batch=None):
        at = self.evaluate(theta, batch)
        return HessianAction(at.hessian_times, theta, self.flatten)


def _opens_layer(stage) -> bool:
    """Whether a stage has a weight or kernel: normalisations belong to the layer before."""
    return any(kind in ("weight", "kernel") for kind, _ in stage.blocks)
