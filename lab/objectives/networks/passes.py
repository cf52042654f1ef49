"""One forward pass, and what is read from it backwards: gradient, curvature, Hessian products.

    gradient     g_S = dloss/dz,  g_(s-1) = pull_s(g_s),  blocks grads_s(g_s)
    Hessian      the derivative of these lines along v: dg_S = bend dz,  dg_(s-1) = pull_moved_s
    curvature    the lines of the gradient, from scores s_jc in place of dloss/dz: with J_j = dz_j /
                 dtheta the gradient J_j^T s_jc of every example j and label c

Of products with the weight of a dense layer forwards takes one, the gradient two more, a product
with H seven. G of labels "exact" costs one backward pass per label, of all examples at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from lab.arrays import Layers
from lab.curvature import Curvature, Factors, Layered, Local, RankOnes, Rows
from lab.objectives.networks.convolution import Convolved
from lab.objectives.networks.stages import At, Dense, Moved
from lab.objectives.protocol import is_given


class Pass:
    """The forward pass of a network at theta on rows x (*r, m, d) with targets y.

    points: every stage with its input and output; z: the outputs of the network, (*r, m, o).
    Everything is computed when it is first asked for. theta may have run axes that x has not (a
    full batch shared by all runs), x may have those of theta.
    """

    def __init__(
        self,
        network: Any,
        theta: Layers,
        x: np.ndarray,
        y: np.ndarray,
    ):
        self.network = network
        self.loss_function = network.loss_function
        self.theta = theta
        self.y = y

        self.points: list[At] = []
        blocks = iter(theta)
        for stage in network.stages:
            p = tuple(next(blocks) for _ in stage.blocks)
            out = stage.forward(p, x)
            self.points.append(At(stage, p, x, out))
            x = out
        self.z = x

    @property
    def _m(self) -> int:
        """Examples in the batch."""
        return self.z.shape[-2]

    @cached_property
    def loss(self) -> np.ndarray:
        """(*r,)"""
        losses = self.loss_function.value(self.z, self.y)
        return losses.mean(-1)

    @cached_property
    def grad(self) -> Layers:
        """Backpropagation: g_S = dloss/dz,  g_{s-1} = pull_s(g_s)."""
        blocks = self._grads(self.points, self._score())
        return self._like_theta(blocks)

    def _score(self):
        """The derivative of the mean loss by z, (*r, m, o), an array of its own."""
        score = self.loss_function.score(self.z, self.y)
        # once, here: every derivative behind it is then that of the mean
        score /= self._m
        return score

    def _grads(self, points, g) -> list[np.ndarray]:
        """The derivative by every block, summed over examples.

        g: that by z; points may have a label axis more.
        """
        found: list[np.ndarray] = []
        for at, errors in _backward(points, g):
            own = at.stage.grads(at, errors)
            found = [*own, *found]
        return found

    def hessian_times(self, v: Layers) -> Layers:
        """H v: the derivative of every line of `grad` along v.

        H is never formed: what it costs does not depend on the number of parameters squared. v may
        have run axes in front of those of theta.
        """
        moved = self._moved(v)
        last = moved[-1]
        g = self._score()
        dg = self.loss_function.bend(self.z, last.y)
        dg = dg / self._m

        found: list[np.ndarray] = []
        for at, along in zip(self.points[::-1], moved[::-1], strict=True):
            own = at.stage.grads_moved(at, g, along, dg)
            found = [*own, *found]
            # dg before g: it needs the g of the output of this stage
            dg = at.stage.pull_moved(at, g, along, dg)
            g = at.stage.pull(at, g)
        return self._like_theta(found)

    def _moved(self, v) -> list[Moved]:
        """How every stage changes along v; the data do not."""
        first = self.points[0]
        # shaped like the data: v may bring run axes, which broadcasting adds
        dx = np.zeros_like(first.x)
        moved = []
        blocks = iter(v)
        for at in self.points:
            dp = tuple(next(blocks) for _ in at.p)
            dy = at.stage.pushed(at, dp, dx)
            moved.append(Moved(dp, dx, dy))
            dx = dy
        return moved

    def curvature(self, labels: Any, rng: Any) -> Curvature:
        """The Fisher matrix of labels "exact", "sampled", "true", or given like y.

        Labels are one more run axis, after those of theta: one backward pass carries all of them.
        "exact" has an axis of c roots, o of them for every loss here, the others one of length 1.
        rng is read for "sampled" only. ValueError for given labels of another shape.
        """
        averaged = not is_given(labels) and labels == "exact"
        if averaged:
            scores = self.loss_function.roots(self.z)
        else:
            drawn = self._scores_of(labels, rng)
            scores = drawn[..., None, :, :]

        if self.network.coupled:
            return self._of_batch(scores, averaged)
        return self._of_examples(scores, averaged)

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
        own = self.z.shape[-2:]
        if self.loss_function.of_classes:
            own = own[:1]
        if labels.shape[-len(own) :] == own:
            return labels

        column = labels[..., None]
        if column.shape[-2:] == own:
            return column
        raise ValueError(f"labels has shape {labels.shape}: must end in {own}, like y")

    def _of_examples(self, scores, averaged) -> RankOnes:
        """Independent examples: dense layers by their two factors, never as matrices per example;
        kernels as those, or by place where that is asked; other blocks example by example.

        scores (*r, c, m, o). Factors of n examples and o labels cost n o numbers per unit.
        """
        layers: list[Factors] = []
        others = {}
        convolutions = {}
        block = len(self.theta)
        points = _with_label_axis(self.points)
        for at, errors in _backward(points, scores):
            block -= len(at.p)
            if isinstance(at.stage, Dense):
                layers = [_factors(at, errors), *layers]
                continue
            # a function, not an array: most methods never look at places
            if isinstance(at.stage, Convolved):
                convolutions[block] = partial(_local, at.stage, at, errors)
            own = at.stage.examples(at, errors)
            for k, gradients in enumerate(own, start=block):
                order = self.theta.orders[k]
                others[k] = _labels_after_examples(gradients, order)
        return RankOnes(tuple(layers), self.network.flatten, averaged, others, convolutions)

    def _of_batch(self, scores, averaged) -> Layered:
        """Coupled examples: G = (1/m) sum_jc v_jc v_jc^T, v_jc the gradient of s_jc . z_j through
        every example, for exact labels; m g g^T, g the gradient of the mean loss, otherwise.

        Given the batch, labels are independent and their scores have mean 0, so that E[m g g^T]
        over sampled labels is the first of these, the Fisher matrix of p(labels | x) over m.
        """
        if averaged:
            weight = scores.shape[-3]
            scores = _one_example_each(scores)
        else:
            weight = self._m
            scores = scores / self._m

        points = _with_label_axis(self.points)
        blocks = self._grads(points, scores)
        rows = self.network.flatten.back(self._like_theta(blocks))
        ones = np.ones(rows.shape[:-1])
        # the mean of scores over exact labels is 0 and no gradient of anything
        known = None if averaged else ones
        flat = Rows(rows, weight * ones, known)
        return Layered(flat, self.network.flatten)

    def _like_theta(self, blocks) -> Layers:
        """Blocks with the orders and roles of theta."""
        return Layers(blocks, self.theta.orders, self.theta.roles)


def _backward(points: Sequence[At], g: np.ndarray) -> Iterator[tuple[At, np.ndarray]]:
    """Every stage with the derivative by its output, from the last to the first.

    Lazily: the errors of a stage are dropped when the next one is asked for.
    """
    for at in points[:0:-1]:
        yield at, g
        g = at.stage.pull(at, g)
    # nobody asks for the derivative by the data
    yield points[0], g


def _factors(
    at: At,
    errors: np.ndarray,
) -> Factors:
    """What a dense layer hands on, its label axis after the examples.

    inputs (*r, m, d), errors (*r, m, c, o), outputs (*r, m, o): the gradient of example j under
    label c is g_jc a_j^T.
    """
    inputs = at.x[..., 0, :, :]
    outputs = at.y[..., 0, :, :]
    # the data of a full batch are shared by the runs
    runs = outputs.shape[:-2]
    own = np.broadcast_to(inputs, runs + inputs.shape[-2:])
    return Factors(own, _labels_after_examples(errors, 1), outputs)


def _with_label_axis(points: Sequence[At]) -> list[At]:
    """Points with an axis of length 1 for the labels, after the run axes.

    Only shapes change: inputs and outputs are those of one forward pass for all labels.
    """
    found = []
    for at in points:
        p = []
        for block, (_, shape) in zip(at.p, at.stage.blocks, strict=True):
            place = block.ndim - len(shape)
            p.append(np.expand_dims(block, place))
        x = at.x[..., None, :, :]
        y = at.y[..., None, :, :]
        found.append(At(at.stage, tuple(p), x, y))
    return found


def _local(
    stage: Convolved,
    at: At,
    errors: np.ndarray,
) -> Local:
    """What a convolution hands on, its label axis after the examples.

    patches (*r, m, T, C size^2), errors (*r, m, c, T, out).
    """
    patches, by_place = stage.factors(at, errors)
    patches = patches[..., 0, :, :, :]
    # the data of a full batch are shared by the runs
    runs = by_place.shape[:-4]
    own = np.broadcast_to(patches, runs + patches.shape[-3:])
    return Local(own, _labels_after_examples(by_place, 2))


def _labels_after_examples(
    x: np.ndarray,
    order: int,
) -> np.ndarray:
    """(*r, c, m, ...) as (*r, m, c, ...); order: the number of axes behind the two."""
    labels = x.ndim - order - 2
    return np.swapaxes(x, labels, labels + 1)


def _one_example_each(scores: np.ndarray) -> np.ndarray:
    """Scores (*r, c, m, o) as (*r, c m, m, o): in each entry one example has its own."""
    *runs, c, m, o = scores.shape
    alone = np.eye(m)[..., None]
    one_each = scores[..., None, :, :] * alone
    shape = (*runs, c * m, m, o)
    return one_each.reshape(shape)
