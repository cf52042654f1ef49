"""K-BFGS: quasi-Newton factors for the layers of a network, without inversions.

For one example and a layer h = W a + b that is used once, d^2 f / d(W, b)^2 = d^2 f / dh^2 kron
(a; 1)(a; 1)^T exactly. Over a batch the product of the means stands for the mean of products, as in
K-FAC with g g^T in place of d^2 f / dh^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from lab.arrays import Layers, Params, Scalar, layers, norm, runs, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive, probability
from lab.curvature import Factors
from lab.linalg import matvec
from lab.optimizers.matrix.blocks import per_tensor, seen, unseen
from lab.optimizers.matrix.damping import shifted
from lab.optimizers.matrix.quasi_newton import (
    Inverse,
    curved,
    double_damped,
    matrix_updated,
    no_pairs,
    product,
    updated,
)
from lab.optimizers.matrix.roots import pseudo_inverse
from lab.optimizers.matrix.samples import mean_square, with_ones
from lab.optimizers.matrix.statistic import with_layers
from lab.optimizers.pieces import ema

# pairs with less curvature, relative to the gradient, do not update: the authors' constant
GATE = 1e-4


class Side(NamedTuple):
    """One layer: a = E a a^T; ha and hg, the inverses of the input and the output side; s and y,
    averages of pairs; skipped: how many updates of ha and of hg the gate held back, (*r, 2)."""

    a: np.ndarray
    ha: np.ndarray
    hg: Inverse
    s: np.ndarray
    y: np.ndarray
    skipped: np.ndarray


class Scale(NamedTuple):
    """The hyper-parameters of one layer, numbers or (*r, 1, 1); root = sqrt(damping)."""

    root: Scalar
    beta2: Scalar
    beta3: Scalar


class Secant(NamedTuple):
    """sides: one per dense layer; used: (hg, ha) per layer that the last step multiplied by."""

    t: int
    m: Params
    sides: tuple[Side, ...]
    used: tuple[tuple[Inverse, np.ndarray], ...]


@dataclass(frozen=True, eq=False)
class Seen:
    """Means over a batch, each taken when it is asked for: inputs a (with the 1 of a bias), outputs
    h, errors g; aa = E a a^T, which nobody asks for after the step."""

    layer: Factors
    biased: bool

    @cached_property
    def a(self) -> np.ndarray:
        """E a, (*r, d)."""
        return self._inputs.mean(-2)

    @cached_property
    def aa(self) -> np.ndarray:
        """E a a^T, (*r, d, d)."""
        return mean_square(self._inputs[..., None, :])

    @cached_property
    def h(self) -> np.ndarray:
        """E h, (*r, o)."""
        return self.layer.outputs.mean(-2)

    @cached_property
    def g(self) -> np.ndarray:
        """E g, (*r, o)."""
        return self.layer.errors[..., 0, :].mean(-2)

    @cached_property
    def _inputs(self):
        return with_ones(self.layer.inputs) if self.biased else self.layer.inputs


@dataclass(frozen=True)
class KBFGS:
    """delta = -lr H_g (m_W, m_b) H_a per dense layer,  m = ema(g)

    (Goldfarb, Ren & Bahamou 2020.) H_g follows E d^2 f / dh^2 by inverse BFGS from I: s, y =
    averages of the differences of mean outputs h and mean errors g = df/dh between theta and theta
    + delta, on the same batch (a second pass), doubly damped (`double_damped`, mu2 =
    sqrt(damping)). H_a follows A = ema(E a a^T) + sqrt(damping) I by Hessian action: s = H_a E a, y
    = A s; H_a starts from the one inverse ever taken. Pairs with s . y <= 1e-4 |s|^2 |E g| (|E a|)
    do not update, and are counted.

    beta2      of A; beta3 of the pairs (0 on the full batch: no averaging there, in their code)
    memory     None: H_g is a matrix. p: K-BFGS(L), the last p pairs from H_0 = I
    warm       so many steps first that only average A

    Decay in their code is L2 inside the gradient that m averages, while pairs see the loss alone:
    Regularized(KBFGS(...), L2(1e-5), on="p"). Pairs are those of the point theta + delta of this
    step, whatever a wrapper adds to it. Blocks that belong to no dense layer move along m.

    The mean of d^2 f / dh^2 takes the change of mean h to about that of mean g, hence H_g y = s.
    For H_a the pair is exact, y = A s, and with a fixed A no update takes A^(1/2) H_a A^(1/2)
    farther from I (Frobenius norm).

    Costs a second pass per step, and no inversion after the first. KBFGS(0.3, 0.3)
    """

    lr: Scalar
    damping: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.9
    beta3: Scalar = 0.9
    mu1: float = 0.2
    memory: int | None = None
    warm: int = 0

    needs = frozenset({"grad", "factors", "at"})
    vectors = ("m",)
    matrices = ()
    units = {"lr": (0, 0), "damping": (0, 0)}
    scope = "matrix"
    invariances = frozenset[str]()

    def __post_init__(self):
        betas = {"beta1": fraction, "beta2": fraction, "beta3": fraction}
        fields(self, lr=positive, damping=nonnegative, mu1=probability, **betas)
        count("KBFGS.warm", self.warm, 0)
        if self.memory is not None:
            count("KBFGS.memory", self.memory)

    def init(self, theta):
        shape = runs(theta)
        dense = len(layers(theta))
        sides = []
        for _, x in seen(theta, "column")[:dense]:
            o, d = x.shape[-2:]
            sides.append(self._start(shape, o, d))
        return Secant(0, zeros_like(theta), tuple(sides), ())

    def waits(self, s):
        """Whether the next call belongs to the warm start."""
        return s.t < self.warm

    def step(self, s, oracle, theta):
        t = s.t + 1
        before = means(oracle, theta)
        if self.waits(s):
            # the mean of t samples
            keep = 1 - 1 / t
            keeps = [keep] * len(before)
            warmed = tuple(map(_averaged, s.sides, before, keeps))
            return zeros_like(theta), s._replace(t=t, sides=warmed)

        scales = self._scales(theta)
        sides = s.sides
        if s.t == self.warm:
            sides = map(self._inverted, sides, before, scales)
        else:
            betas = [scale.beta2 for scale in scales]
            sides = map(_averaged, sides, before, betas)
        sides = tuple(sides)
        used = tuple((side.hg, side.ha) for side in sides)
        m = ema(s.m, oracle.grad, self.beta1)
        delta = -self.lr * multiplied(m, used)

        after = means(oracle.at(theta + delta), theta)
        moved = map(self._turned, sides, before, after, scales)
        return delta, Secant(t, m, tuple(moved), used)

    def metric(self, s):
        return Secants(s.used)

    def _start(self, shape, o, d):
        """A layer with o outputs and d inputs before the first call; ha waits for A."""
        identity = np.zeros((*shape, o, o)) + np.eye(o)
        hg: Inverse = identity if self.memory is None else no_pairs(shape, self.memory, o)
        zero = np.zeros((*shape, o))
        inputs = np.zeros((*shape, d, d))
        return Side(inputs, inputs, hg, zero, zero, np.zeros((*shape, 2)))

    def _scales(self, theta) -> list[Scale]:
        """The hyper-parameters of every layer."""
        scales = []
        for x in (self.damping, self.beta2, self.beta3):
            scales.append(per_tensor(x, theta, "column"))
        found = []
        for damping, beta2, beta3 in zip(*scales, strict=True):
            root = np.sqrt(damping)
            found.append(Scale(root, beta2, beta3))
        return found[: len(layers(theta))]

    def _inverted(self, side, now, scale):
        """At the first step: A + root I inverted; A of this batch where there was no warm start."""
        a = side.a if self.warm else now.aa
        ha = pseudo_inverse(shifted(a, scale.root))
        return side._replace(a=a, ha=ha)

    def _turned(self, side, now, then, scale):
        """Both inverses after the step, by a pair each."""
        beta3 = _per_run(scale.beta3, 1)
        mu2 = _per_run(scale.root, 0)
        s = _vector_ema(side.s, now.h - then.h, beta3)
        y = _vector_ema(side.y, now.g - then.g, beta3)
        # old minus new in both: the common sign cancels in every product of a pair
        pair = double_damped(side.hg, s, y, self.mu1, mu2)
        turns = curved(*pair, GATE, norm(now.g))
        hg = updated(side.hg, *pair, turns)

        # needs no damping: A s . s > 0 for a damped A
        damped = shifted(side.a, scale.root)
        direction = matvec(side.ha, now.a)
        action = direction, matvec(damped, direction)
        acts = curved(*action, GATE, norm(now.a))
        ha = matrix_updated(side.ha, *action, acts)
        held = np.stack([~acts, ~turns], -1)
        return Side(side.a, ha, hg, s, y, side.skipped + held)


def means(
    oracle,
    theta: Layers,
) -> list[Seen]:
    """Per dense layer, over the oracle's batch and the data's labels."""
    found = []
    for pair, layer in zip(layers(theta), with_layers(oracle, "true").layers, strict=True):
        found.append(Seen(layer, pair.bias is not None))
    return found


def _averaged(side, now, beta2):
    return side._replace(a=ema(side.a, now.aa, beta2))


def _vector_ema(old, new, beta):
    """As `ema`, for plain arrays (*r, n) with beta a number or (*r, 1)."""
    return beta * old + (1 - beta) * new


def multiplied(
    m: Params,
    used: tuple[tuple[Inverse, np.ndarray], ...],
) -> Params:
    """H_g X H_a per dense layer, other blocks as they are."""
    blocks = [x for _, x in seen(m, "column")]
    for j, (hg, ha) in enumerate(used):
        inside = blocks[j] @ ha
        blocks[j] = product(hg, inside)
    return unseen(m, blocks, "column")


@dataclass(frozen=True, eq=False)
class Secants:
    """M with M^-1 = H_g kron H_a per dense layer, I elsewhere."""

    used: tuple[tuple[Inverse, np.ndarray], ...]

    def times(self, v):
        undone = []
        for hg, ha in self.used:
            pair = _undone(hg), np.linalg.inv(ha)
            undone.append(pair)
        return multiplied(v, tuple(undone))

    def solve(self, v):
        return multiplied(v, self.used)


def _undone(hg):
    """H_g^-1 as a matrix, of pairs too: for the metric only, no step takes it."""
    if isinstance(hg, np.ndarray):
        return np.linalg.inv(hg)
    identity = np.eye(hg.s.shape[-1])
    return np.linalg.inv(product(hg, identity))


def _per_run(scalar, axes):
    """(*r, 1, 1) as (*r,) with so many trailing axes of length 1; a number as it is."""
    if np.ndim(scalar) == 0:
        return scalar
    return scalar[..., 0] if axes else scalar[..., 0, 0]
