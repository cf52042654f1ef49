"""One forward pass, and what is read from it backwards: gradient, curvature, Hessian products."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from lab.arrays import Layers
from lab.curvature import Curvature, Factors, Layered, RankOnes, Rows
from lab.objectives.networks.stages import At, Dense, Moved, Stage
from lab.objectives.protocol import is_given

Backward = Iterator[tuple[Stage, At, np.ndarray]]


class Pass:
    """The forward pass of a network at theta on rows x (*r, m, d) with targets y.

    points: input and output of every stage; z: the outputs of the network, (*r, m, o).
    """

    def __init__(self, network: Any, theta: Layers, x: np.ndarray, y: np.ndarray):
        self.stages: tuple[Stage, ...] = network.stages
        self.loss_function = network.loss_function
        self.flatten = network.flatten
        self.coupled: bool = network.coupled
        self.theta = theta
        self.y = y

        self.points: list[At] = []
        own = _per_stage(self.stages, theta)
        for stage, p in zip(self.stages, own, strict=True):
            out = stage.forward(p, x)
            self.points.append(At(p, x, out))
            x = out
        self.z = x

    @cached_property
    def loss(self) -> np.ndarray:
        """(*r,)"""
        return self.loss_function.value(self.z, self.y).mean(-1)

    @cached_property
    def grad(self) -> Layers:
        """Backpropagation: g_S = dloss/dz,  g_{s-1} = pull_s(g_s)."""
        return self._like_theta(self._grads(self.points, self._score()))

    def _score(self):
        """The derivative of the mean loss by z."""
        score = self.loss_function.score(self.z, self.y)
        score /= self.z.shape[-2]
        return score

    def _backward(self, points: list[At], g: np.ndarray) -> Backward:
        """Stage, point and derivative by its output, from the last stage to the first."""
        for s in reversed(range(len(self.stages))):
            stage = self.stages[s]
            yield stage, points[s], g
            # nobody asks for the derivative by the data
            if s > 0:
                g = stage.pull(points[s], g)

    def _grads(self, points, g) -> list[np.ndarray]:
        """The derivative by every block, summed over examples."""
        found: list[np.ndarray] = []
        for stage, at, errors in self._backward(points, g):
            found = [*stage.grads(at, errors), *found]
        return found

    def hessian_times(self, v: Layers) -> Layers:
        """H v: the derivative of every line of `grad` along v."""
        moved = self._moved(v)
        m = self.z.shape[-2]
        g = self._score()
        dg = self.loss_function.bend(self.z, moved[-1].y) / m

        found: list[np.ndarray] = []
        for s in reversed(range(len(self.stages))):
            stage = self.stages[s]
            at = self.points[s]
            found = [*stage.grads_moved(at, g, moved[s], dg), *found]
            dg = stage.pull_moved(at, g, moved[s], dg)
            g = stage.pull(at, g)
        return self._like_theta(found)

    def _moved(self, v) -> list[Moved]:
        """How every stage changes along v."""
        dx = np.zeros_like(self.points[0].x)
        moved = []
        own = _per_stage(self.stages, v)
        for stage, at, dp in zip(self.stages, self.points, own, strict=True):
            dy = stage.pushed(at, dp, dx)
            moved.append(Moved(dp, dx, dy))
            dx = dy
        return moved

    def curvature(self, labels: Any, rng: Any) -> Curvature:
        """The Fisher matrix of labels "exact", "sampled", "true", or given like y.

        Labels are one more run axis, after those of theta: one backward pass carries all of them.
        """
        averaged = not is_given(labels) and labels == "exact"
        if averaged:
            scores = self.loss_function.roots(self.z)
        else:
            scores = self._scores_of(labels, rng)[..., None, :, :]
        points = []
        for stage, at in zip(self.stages, self.points, strict=True):
            points.append(_with_label_axis(stage, at))
        if self.coupled:
            return self._of_batch(points, scores, averaged)
        return self._of_examples(points, scores, averaged)

    def _scores_of(self, labels, rng):
        """dloss_j / dz under one label per example, (*r, m, o)."""
        if is_given(labels):
            y = self._given(labels)
        elif labels == "true":
            y = self.y
        else:
            y = self.loss_function.sample(self.z, rng)
        return self.loss_function.score(self.z, y)

    def _given(self, labels):
        """Labels like y, (*r, m, o) or (*r, m); one output needs no axis of its own."""
        labels = np.asarray(labels)
        own = self.z.shape[-2 : self.z.ndim - 2 + self.loss_function.axes]
        if labels.shape[-len(own) :] == own:
            return labels
        if own == (*labels.shape[-1:], 1):
            return labels[..., None]
        raise ValueError(f"labels has shape {labels.shape}: must end in {own}, like y")

    def _of_examples(self, points, scores, averaged) -> RankOnes:
        layers: list[Factors] = []
        others = {}
        block = len(self.theta)
        for stage, at, errors in self._backward(points, scores):
            block -= len(stage.blocks)
            if isinstance(stage, Dense):
                layers = [self._factors(at, errors), *layers]
                continue
            for k, gradients in enumerate(stage.examples(at, errors), start=block):
                others[k] = _labels_after_examples(gradients, self.theta.orders[k])
        return RankOnes(tuple(layers), self.flatten, averaged, others)

    def _factors(self, at, errors) -> Factors:
        runs = self.z.shape[:-2]
        inputs = at.x[..., 0, :, :]
        # the data of a full batch are shared by the runs
        own = np.broadcast_to(inputs, (*runs, *inputs.shape[-2:]))
        outputs = at.y[..., 0, :, :]
        return Factors(own, _labels_after_examples(errors, 1), outputs)

    def _of_batch(self, points, scores, averaged) -> Layered:
        """Coupled examples: G = (1/m) sum_jc v_jc v_jc^T, v_jc the gradient of s_jc . z_j through
        every example, for exact labels; m g g^T, g the gradient of the mean loss, otherwise.

        Given the batch, labels are independent and their scores have mean 0, so that E[m g g^T]
        over sampled labels is the first of these, the Fisher matrix of p(labels | x) over m.
        """
        m = scores.shape[-2]
        weight = float(m)
        if averaged:
            # a label axis of m c entries, in each of which one example has its score
            alone = scores[..., None, :, :] * np.eye(m)[:, :, None]
            scores = alone.reshape(*scores.shape[:-3], -1, *scores.shape[-2:])
            weight = scores.shape[-3] / m
        else:
            scores = scores / m

        blocks = self._grads(points, scores)
        rows = self.flatten.back(self._like_theta(blocks))
        weights = np.full(rows.shape[:-1], weight)
        mean_known = None if averaged else np.ones(rows.shape[:-1])
        return Layered(Rows(rows, weights, mean_known), self.flatten)

    def _like_theta(self, blocks) -> Layers:
        return Layers(blocks, self.theta.orders, self.theta.roles)


def _per_stage(stages, theta) -> list[tuple[np.ndarray, ...]]:
    """The blocks of every stage."""
    blocks = iter(theta)
    return [tuple(next(blocks) for _ in stage.blocks) for stage in stages]


def _with_label_axis(stage: Stage, at: At) -> At:
    """A point with an axis of length 1 for the labels, after the run axes."""
    p = []
    for block, (_, shape) in zip(at.p, stage.blocks, strict=True):
        place = block.ndim - len(shape)
        p.append(np.expand_dims(block, place))
    return At(tuple(p), at.x[..., None, :, :], at.y[..., None, :, :])


def _labels_after_examples(x, order):
    """(*r, c, m, ...) as (*r, m, c, ...)."""
    labels = x.ndim - order - 2
    return np.swapaxes(x, labels, labels + 1)
