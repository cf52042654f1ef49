"""What a Kronecker-factored method averages: one symmetric matrix per mode of every tensor.

Two decisions are easily confused. Which gradients: with labels of the data the average is the
second moment that AdaGrad and Shampoo divide by; with labels drawn from the model it is the Fisher
matrix. Of how many: the gradient of a batch of B has, with labels of the model, 1 / B of the second
moment of one example and far more noise than the mean over B examples by themselves (sqrt(B) times
for Gaussian gradients).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, layers, runs
from lab.checks import count, fields, fraction
from lab.optimizers.matrix.blocks import Bias, first_blocks, pairs_of, per_tensor, seen
from lab.optimizers.matrix.damping import shifted
from lab.optimizers.matrix.samples import Many, Outer, Spread, Unfactored, Whole, with_ones

Factors = tuple[tuple[np.ndarray, ...], ...]
Samples = tuple[Any, ...]


class Averaged(NamedTuple):
    """n: how many samples are in the average; one matrix (*r, d_j, d_j) per mode of each tensor."""

    n: int
    factors: Factors


@dataclass(frozen=True)
class Statistic:
    """H_j <- average(H_j, M_j),  M_j from one batch

    of         "modes": M_j = the Gram matrix of the mode-j unfolding of a gradient S (Shampoo,
               TNT); "layers": M = (E g g^T, E a a^T) of a dense layer, g the error and a the input
               (K-FAC); blocks that belong to no dense layer then go without factors. "whitened":
               M_j = the Gram matrix of S x_i R_i^((q - 1)/2), i != j, over the product of the tr
               R_i^q, R_i the damped factors so far, I before any: with q = 0 the averages
               settle at the maximum likelihood of a tensor-normal law (KL-Shampoo), with q = 1
               where "modes" with equal traces do, with q = 2 at the nearest Kronecker product
    per        "batch": S is the gradient of the mean loss, so that E M is that of one example
               over the batch size, for labels drawn from the model; "example": M is the mean over
               examples, each with its own S = g a^T
    labels     of S or g: "true" (the data's: the empirical second moment), "sampled" from the
               model, "exact" (their expectation), "accumulated": errors of true labels plus errors
               of sampled ones, after the warm start (a fault of public code that never cleared
               them)
    bias       "own": a tensor by itself; "column": the last column of its weight; "kernel": that,
               and convolutions (K, b) as such matrices too, M = (E sum_t g_t g_t^T / T,
               E sum_t a_t a_t^T) over the T places of a patch (KFC)
    average    "ema" from 0; "debiased": that over 1 - beta2^n; "mean": the mean of the first
               samples, until its weight 1 / n falls to 1 - beta2, (K-FAC's min(1 - 1/t, beta2));
               "sum"
    warm       so many steps first that only look: H is the mean of their M, theta rests (one epoch
               at the authors')
    sample_every  a sample every so many steps after those
    first      whether step 0 after a warm start adds its sample (K-FAC) or not (TNT, Shampoo)

    The average looks back some 1 / (1 - beta2) samples, and its noise is that of the plain mean of
    (1 + beta2) / (1 - beta2) independent ones: 10 and 19 for beta2 = 0.9. TypeError for
    combinations that are no method: layers from a batch's gradient, exact labels of a mean.
    """

    of: Literal["modes", "layers", "whitened"] = "modes"
    per: Literal["batch", "example"] = "batch"
    labels: Literal["true", "sampled", "exact", "accumulated"] = "sampled"
    bias: Bias = "own"
    average: Literal["ema", "debiased", "mean", "sum"] = "ema"
    beta2: Scalar = 0.9
    q: float = 0.0
    warm: int = 0
    sample_every: int = 1
    first: bool = True

    def __post_init__(self):
        fields(self, beta2=fraction)
        count("Statistic.warm", self.warm, 0)
        count("Statistic.sample_every", self.sample_every)
        layered = self.per == "example" and self.bias != "own"
        if self.of == "layers" and not layered:
            raise TypeError(
                "Statistic.of = 'layers': errors and inputs are per = 'example', "
                "with the bias as a 'column', or that of a 'kernel' too"
            )
        if self.bias == "kernel" and (self.of != "layers" or self.labels == "accumulated"):
            raise TypeError(
                "Statistic.bias = 'kernel': only with of = 'layers', and labels that are not "
                "'accumulated'"
            )
        if self.of == "whitened" and self.per == "example":
            raise TypeError("Statistic.of = 'whitened': only per = 'batch'")
        if self.per == "batch" and self.labels in ("exact", "accumulated"):
            raise TypeError(
                f"Statistic.labels = {self.labels!r}: only with per = 'example'; "
                "the mean gradient takes 'sampled' or 'true' labels"
            )

    @property
    def needs(self) -> frozenset[str]:
        """What it asks of an oracle: the gradient, the factors of those of examples, or patches."""
        if self.bias == "kernel":
            return frozenset({"patches"})
        if self.per == "example":
            return frozenset({"factors"})
        return frozenset({"curvature.mean"} if self.labels == "sampled" else {"grad"})

    def start(self, theta: Params) -> Averaged:
        """Zero matrices (*r, d_j, d_j) per mode; identities to whiten with."""
        shape = runs(theta)
        size = 1.0 if self.of == "whitened" else 0.0
        blocks = []
        for block, (k, x) in enumerate(seen(theta, self.bias)):
            modes: tuple[int, ...] = ()
            if self._factored(theta, block):
                modes = x.shape[x.ndim - k :]
            blocks.append(tuple(size * _identity(shape, d) for d in modes))
        return Averaged(0, tuple(blocks))

    def due(self, step: int) -> bool:
        """Whether step takes a sample; step < 0: of the warm start."""
        # the authors draw that sample and drop it, so that their random numbers go on alike
        skipped = step == 0 and self.warm > 0 and not self.first
        return step < 0 or (step % self.sample_every == 0 and not skipped)

    def take(
        self,
        oracle: Any,
        theta: Params,
        step: int,
    ) -> Samples:
        """The gradients S of the oracle's batch, per tensor of `seen`.

        One draw of labels serves all tensors. TypeError where the curvature has no layers.
        """
        if self.per == "batch":
            gradient = oracle.grad
            if self.labels == "sampled":
                gradient = oracle.curvature("sampled").mean()
            return tuple(Whole(k, x) for k, x in seen(gradient, self.bias))

        if self.bias == "kernel":
            return self._at_places(oracle, theta)
        # what the fault of public code adds to the errors of drawn labels comes below
        labels = self.labels
        if labels == "accumulated":
            labels = "sampled"
        found = with_layers(oracle, labels)
        errors = [layer.errors for layer in found.layers]
        if self.labels == "accumulated" and step >= 0:
            true = with_layers(oracle, "true")
            more = [layer.errors for layer in true.layers]
            errors = list(map(np.add, errors, more))
        return self._of_examples(found, errors, theta)

    def updated(
        self,
        s: Averaged,
        samples: Samples,
        step: int,
        theta: Params,
        damping: Scalar,
    ) -> Averaged:
        """The average with the samples of a step; damping: what whitens is damped by."""
        n = s.n + 1
        moments = self._moments(s, samples, theta, damping)
        weights = self._weights(n, step, theta)
        averaged = []
        for old, new, (keep, add) in zip(s.factors, moments, weights, strict=True):
            block = []
            for h, m in zip(old, new, strict=True):
                block.append(keep * h + add * m)
            averaged.append(tuple(block))
        return Averaged(n, tuple(averaged))

    def current(
        self,
        s: Averaged,
        theta: Params,
    ) -> Factors:
        """The factors in use: the average itself but for "debiased"."""
        if self.average != "debiased" or s.n == 0:
            return s.factors
        used = []
        betas = per_tensor(self.beta2, theta, self.bias)
        for block, beta in zip(s.factors, betas, strict=True):
            counted = 1 - beta**s.n
            used.append(tuple(h / counted for h in block))
        return tuple(used)

    def _weights(self, n, step, theta):
        """What the old average and the n-th sample are multiplied by, per tensor.

        n counts from 1, the warm start's samples included: "mean" goes on where that has ended.
        """
        betas = per_tensor(self.beta2, theta, self.bias)
        # the plain mean of n samples, whatever the average afterwards
        if step < 0:
            return [(1 - 1 / n, 1 / n)] * len(betas)
        if self.average == "sum":
            return [(1.0, 1.0)] * len(betas)
        if self.average == "mean":
            betas = [np.minimum(beta, 1 - 1 / n) for beta in betas]
        return [(beta, 1 - beta) for beta in betas]

    def _moments(self, s, samples, theta, damping) -> Factors:
        """M of every tensor; () for tensors that go without factors."""
        if self.of == "modes":
            return tuple(sample.grams() for sample in samples)
        if self.of == "layers":
            return tuple(sample.layers() for sample in samples)

        moments = []
        dampings = per_tensor(damping, theta, self.bias)
        # by the factors before this sample: a gradient is not whitened by itself
        for sample, block, damping in zip(samples, s.factors, dampings, strict=True):
            whitening = tuple(shifted(a, damping) for a in block)
            moments.append(sample.whitened(whitening, self.q))
        return tuple(moments)

    def _at_places(self, oracle, theta) -> Samples:
        """Of convolutions and dense layers alike; the other tensors have no factors.

        A dense layer is one with a single place: its errors and inputs have T = 1.
        """
        found = with_layers(oracle, self.labels, "local")
        samples: list[Spread | Unfactored] = []
        for pair, (patches, errors) in zip(pairs_of(theta, self.bias), found.local, strict=True):
            a = patches if pair.bias is None else with_ones(patches)
            samples.append(Spread(errors, a))
        rest = len(seen(theta, self.bias)) - len(samples)
        return (*samples, *[Unfactored()] * rest)

    def _of_examples(self, found, errors, theta) -> Samples:
        """One per tensor, in the order of `seen`.

        errors: per dense layer, since "accumulated" changes those of the curvature.
        """
        samples: dict[int, Outer | Many] = {}
        for pair, layer, g in zip(layers(theta), found.layers, errors, strict=True):
            a = layer.inputs
            if self.bias == "column" and pair.bias is not None:
                a = with_ones(a)
            samples[pair.weight] = Outer(g, a)
            # not read where it is a column: first_blocks asks for weights only
            if pair.bias is not None:
                samples[pair.bias] = Many(1, g)

        for b, gradients in found.others.items():
            k = theta.orders[b]
            samples[b] = Many(k, gradients)
        return tuple(samples[b] for b in first_blocks(theta, self.bias))

    def _factored(self, theta, block) -> bool:
        """Whether a tensor of `seen` has factors: with statistics of layers only these have."""
        return self.of != "layers" or block < len(pairs_of(theta, self.bias))


def with_layers(
    oracle: Any,
    labels: str,
    factors: str = "layers",
) -> Any:
    """The curvature of a network, which knows the factors of its gradients: layers or local.

    TypeError for any other.
    """
    found = oracle.curvature(labels)
    if not hasattr(found, factors):
        raise TypeError(
            f"a curvature of type {type(found).__name__} has no factors per layer: they are those "
            "of a network in its own variables"
        )
    return found


def _identity(shape, d):
    """I once per run, (*r, d, d), each in memory of its own."""
    # broadcasting would give all runs one matrix
    zeros = np.zeros((*shape, d, d))
    return zeros + np.eye(d)
