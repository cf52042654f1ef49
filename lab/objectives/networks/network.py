"""A network: stages one after the other, a loss at the end, and every derivative by hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lab.arrays import Layers, Role
from lab.checks import keep, one_of, positive, real
from lab.curvature import Factors, RankOnes
from lab.maps import Flatten
from lab.objectives.networks.action import HessianAction
from lab.objectives.networks.losses import LOSSES
from lab.objectives.networks.stages import At, Dense, Moved, Stage
from lab.objectives.protocol import is_given


@dataclass(frozen=True, eq=False)
class Network:
    """f(theta) = mean_j loss(z_j, y_j),  z = stage_S(... stage_1(x)),  theta Layers (*r, out, in)

    x (m, d), y targets as the loss reads them, one per row of x; `MLP` and its like compose the
    stages. theta has one block per parameter, stage by stage, the weight of a layer before its
    bias, with roles. A batch is an array of row indices (*r, B), drawn with replacement.

    Curvature: RankOnes, labels "exact" by one backward pass per output (per class for softmax).
    hessian: exact products H v (R-operator), any other answer by n of them. gain: see `start`.
    ValueError for data that do not fit.
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
        if not x.size or len(x) != len(y):
            raise ValueError(
                f"x has shape {x.shape} and y {y.shape}: need one target per row, and at least "
                "one row and column"
            )
        keep(self, x=x, y=y)

    @property
    def loss_function(self):
        """The Loss at the end."""
        return LOSSES[self.loss_name]

    @property
    def offers(self) -> frozenset[str]:
        """What an oracle can answer; "factors": its curvature has `layers`."""
        return frozenset({"loss", "grad", "curvature", "factors", "hessian"})

    @property
    def examples(self) -> int:
        """The number of rows."""
        return len(self.x)

    @cached_property
    def flatten(self) -> Flatten:
        """Between Layers and one vector."""
        shapes = [shape for stage in self.stages for _, shape in stage.blocks]
        return Flatten(tuple(shapes), self.roles)

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """One per block. A network of one layer has its place at the output."""
        last = sum(_opens_layer(stage) for stage in self.stages) - 1
        roles = []
        layer = -1
        for stage in self.stages:
            layer += _opens_layer(stage)
            inner = "input" if layer == 0 else "hidden"
            place = "output" if layer == last else inner
            roles += [Role(kind, layer, place) for kind, _ in stage.blocks]
        return tuple(roles)

    def start(self, runs=(), rng=None):
        """Weights N(0, gain^2 / inputs), biases and shifts 0, scales 1; rng None: seed 0, one
        start for all runs."""
        shared = () if rng is None else runs
        rng = np.random.default_rng(0) if rng is None else rng
        blocks = []
        for role, shape in zip(self.roles, self.flatten.shapes, strict=True):
            block = np.full((*runs, *shape), float(role.kind == "scale"))
            if len(shape) > 1:
                fan_in = np.prod(shape[1:])
                block += self.gain / np.sqrt(fan_in) * rng.standard_normal((*shared, *shape))
            blocks.append(block)
        return Layers(blocks, [len(shape) for shape in self.flatten.shapes], self.roles)

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
        return HessianAction(self.evaluate(theta, batch).hessian_times, theta, self.flatten)


def _opens_layer(stage) -> bool:
    return any(kind in ("weight", "kernel") for kind, _ in stage.blocks)


class Pass:
    """One forward pass at theta on a batch, and what follows from it: loss, grad, curvature."""

    def __init__(self, network: Network, theta: Layers, x: np.ndarray, y: np.ndarray):
        self.network = network
        self.theta = theta
        self.y = y
        self.points: list[At] = []
        for stage, p in zip(network.stages, _own(network.stages, theta), strict=True):
            out = stage.forward(p, x)
            self.points.append(At(p, x, out))
            x = out
        self.z = x

    @cached_property
    def loss(self) -> np.ndarray:
        """(*r,)"""
        return self.network.loss_function.value(self.z, self.y).mean(-1)

    @cached_property
    def grad(self) -> Layers:
        """Backpropagation: g_L = dloss/dz, g_{s-1} = pull(g_s)."""
        m = self.z.shape[-2]
        g = self.network.loss_function.score(self.z, self.y)
        g /= m
        found: list[np.ndarray] = []
        for stage, at, errors in self._backward(self.points, g):
            found = [*stage.grads(at, errors), *found]
        return self._like_theta(found)

    def curvature(self, labels: Any, rng: Any) -> RankOnes:
        """RankOnes of labels "exact", "sampled", "true" or given, like y, (*r, m) or (*r, m, o).

        The labels are a run axis more: one backward pass carries all of them.
        """
        points = [_with_label_axis(at, self.network.stages[s]) for s, at in enumerate(self.points)]
        layers: list[Factors] = []
        others: dict[int, np.ndarray] = {}
        block = len(self.theta)
        for stage, at, errors in self._backward(points, self._scores(labels, rng)):
            block -= len(stage.blocks)
            if isinstance(stage, Dense):
                layers.insert(0, self._factors(at, errors))
                continue
            for k, gradients in enumerate(stage.examples(at, errors)):
                others[block + k] = _labels_after_examples(gradients, self.theta.orders[block + k])
        return RankOnes(tuple(layers), self.network.flatten, labels_averaged(labels), others)

    def _scores(self, labels, rng):
        """dloss/dz per label, (*r, c, m, o)."""
        loss = self.network.loss_function
        if labels_averaged(labels):
            return loss.roots(self.z)
        if is_given(labels):
            y = labels
        else:
            y = self.y if labels == "true" else loss.sample(self.z, rng)
        return loss.score(self.z, y)[..., None, :, :]

    def _factors(self, at, errors):
        runs = self.z.shape[:-2]
        inputs = at.x[..., 0, :, :]
        inputs = np.broadcast_to(inputs, (*runs, *inputs.shape[-2:]))
        return Factors(inputs, _labels_after_examples(errors, 1), at.y[..., 0, :, :])

    def hessian_times(self, v: Layers) -> Layers:
        """H v: the derivative of every line of `grad` along v."""
        loss = self.network.loss_function
        moved = self._moved(v)
        m = self.z.shape[-2]
        g = loss.score(self.z, self.y) / m
        dg = loss.bend(self.z, moved[-1].y) / m

        found: list[np.ndarray] = []
        steps = zip(self.network.stages, self.points, moved, strict=True)
        for stage, at, along in reversed(list(steps)):
            found = [*stage.grads_moved(at, g, along, dg), *found]
            dg = stage.pull_moved(at, g, along, dg)
            g = stage.pull(at, g)
        return self._like_theta(found)

    def _moved(self, v) -> list[Moved]:
        """How every stage changes along v."""
        dx = np.zeros_like(self.points[0].x)
        moved = []
        own = _own(self.network.stages, v)
        for stage, at, dp in zip(self.network.stages, self.points, own, strict=True):
            dy = stage.pushed(at, dp, dx)
            moved.append(Moved(dp, dx, dy))
            dx = dy
        return moved

    def _backward(self, points, g):
        """(stage, point, derivative by its output) from the last stage to the first."""
        stages = self.network.stages
        for s in reversed(range(len(stages))):
            yield stages[s], points[s], g
            if s:
                g = stages[s].pull(points[s], g)

    def _like_theta(self, blocks):
        return Layers(blocks, self.theta.orders, self.theta.roles)


def labels_averaged(labels: Any) -> bool:
    """Whether the curvature is the expectation over labels itself."""
    return not is_given(labels) and labels == "exact"


def _own(stages, theta) -> list[tuple[np.ndarray, ...]]:
    """The blocks of every stage."""
    blocks = list(theta)
    own = []
    for stage in stages:
        own.append(tuple(blocks[: len(stage.blocks)]))
        blocks = blocks[len(stage.blocks) :]
    return own


def _with_label_axis(at: At, stage: Stage) -> At:
    """A point with an axis of length 1 for the labels, after the run axes."""
    orders = [len(shape) for _, shape in stage.blocks]
    p = [np.expand_dims(x, x.ndim - k) for x, k in zip(at.p, orders, strict=True)]
    return At(tuple(p), at.x[..., None, :, :], at.y[..., None, :, :])


def _labels_after_examples(x, order):
    """(*r, c, m, ...) as (*r, m, c, ...)."""
    labels = x.ndim - order - 2
    return np.swapaxes(x, labels, labels + 1)
