"""Adafactor: second moments of a matrix kept as their row and column means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, each_tensor, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive, root_power
from lab.linalg import ratio
from lab.optimizers.pieces import divisor, ema, quotient
from lab.optimizers.protocol import COORDINATEWISE


class Factored(NamedTuple):
    """r, c: the averages over one and over the other axis; for a block not factored both are V.

    root, rate: the last sqrt(V), and what multiplied g / root.
    """

    t: int
    m: Params
    r: Params
    c: Params
    root: Params
    rate: Params


@dataclass(frozen=True)
class Adafactor:
    """V = R C / mean(R);  u = g / sqrt(V);  delta = -rho_t size u / max(1, rms(u) / clip)

    size = max(least_scale, rms(theta)). (Shazeer & Stern 2018.) R, C: moving averages, with weight
    t^power on the newest, of the means of g^2 + eps over two axes of a block; blocks of order 1,
    and those whose second largest axis is shorter than `least_factored`, keep V = ema(g^2 + eps)
    itself. rho_t = min(lr, 1 / sqrt(t)); rms per block. A vector theta is one block. When g^2 has
    rank one, factored and unfactored agree. 0/0 is 0. Two different algorithms carry the name; the
    defaults are the paper's, and decay stands around the method (Regularized):

    eps_place     "inside": g^2 + eps (paper, optax); "max": max(V, eps^2) and max(mean R, eps)
                  (torch), with units of g in the one and of g^2 in the other, so torch's eps is not
                  dimensionally consistent on matrices
    relative      multiply by max(least_scale, rms(theta)) (paper, torch, optax by default)
    warm          rho_t = min(lr, 1 / sqrt(t)) (paper, torch) or lr (optax)
    clip          None: no clipping;  torch wants clip >= 1
    beta1         average of the whole step, not debiased (optax); 0: none
    axes          which two axes are averaged: "last" (torch) or "largest" (optax)
    float32_decay optax evaluates the weight t^power in float32 even in a float64 run: 4e-9 on a
                  path of ten steps

    R C / mean(R) is the matrix r c^T nearest to V in the divergence sum(V log(V / r c^T) - V +
    r c^T): its derivative by r_i, sum_j c_j - sum_j V_ij / r_i, vanishes where r c^T has the row
    sums of V, and by c_j where it has the column sums.

    With clip = 1 no block moves by more than rho_t size in rms. Memory for a matrix: rows + columns
    numbers in place of rows times columns, besides m and what `metric` needs.

    State: t; m, like theta; R and C, one mean per row and column; what divided and multiplied the
    last gradient.
    """

    lr: Scalar = 1e-2
    beta1: Scalar = 0.0
    power: Scalar = -0.8
    eps: Scalar = 1e-30
    least_scale: Scalar = 1e-3
    clip: float | None = 1.0
    least_factored: int = 1
    eps_place: Literal["inside", "max"] = "inside"
    axes: Literal["last", "largest"] = "last"
    relative: bool = True
    warm: bool = True
    float32_decay: bool = False

    needs = frozenset({"grad"})
    vectors = ("m",)
    scope = "matrix"
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "least_scale"), nonnegative)
        rules |= {"clip": positive, "least_factored": count}
        fields(self, lr=positive, beta1=fraction, power=root_power, **rules)

    @property
    def units(self):
        eps = (-2, 2) if self.eps_place == "inside" else (-1, 1)
        return {"lr": (0 if self.relative else 1, 0), "eps": eps, "least_scale": (1, 0)}

    def init(self, theta):
        zero = zeros_like(theta)
        r = self._means(zero, 0)
        c = self._means(zero, 1)
        return Factored(0, zero, r, c, zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        square = g**2
        if self.eps_place == "inside":
            square = square + self.eps
        kept, new = self._weights(t)
        r = kept * s.r + new * self._means(square, 0)
        c = kept * s.c + new * self._means(square, 1)
        root = np.sqrt(self._second_moment(square, r, c))

        u = quotient(g, root)
        # without the minimum steps would stay lr long for ever; 1 / sqrt(t) shortens them from
        # t = 1 / lr^2 on, whatever schedule is around.
        # rms(u) is 1 for gradients that look like their history: clipping acts on surprises
        shorter = self._shorter(u)
        rate = np.minimum(self.lr, 1 / np.sqrt(t)) if self.warm else self.lr
        if self.relative:
            rate = rate * np.maximum(self.least_scale, _rms(theta))

        step = rate * (u / shorter)
        m = ema(s.m, step, self.beta1)
        # one number per entry: the metric multiplies it with the root
        used = rate / shorter + zeros_like(theta)
        return -m, Factored(t, m, r, c, root, used)

    def _shorter(self, u):
        """What a step is divided by so that its rms is at most `clip`."""
        if self.clip is None:
            return 1.0
        return np.maximum(1.0, _rms(u) / self.clip)

    def metric(self, s):
        # M delta = -lr g for beta1 = 0, where delta = -rate g / root
        return divisor(self.lr * s.root / s.rate)

    def _weights(self, t):
        """1 - t^power and its complement, in float32 where a library does so.

        They are 0 and 1 at t = 1 (1^power = 1), whatever the start: nothing needs debiasing.
        """
        kept = each(lambda power: _kept(t, power, self.float32_decay), self.power)
        new = each(lambda power: _new(t, power, self.float32_decay), self.power)
        return kept, new

    def _means(self, x, which):
        """The mean over one of the two averaged axes of each block; a block that is not factored as
        it is."""

        def mean(k, block):
            axes = self._averaged(k, block)
            return block if axes is None else block.mean(axes[which], keepdims=True)

        return each_tensor(mean, x)

    def _averaged(self, k, block):
        """The two axes that are averaged, the later one first, counted from the end; None for a
        block not factored."""
        shape = block.shape[block.ndim - k :]
        if k < 2:
            return None
        *_, second_largest, _ = sorted(shape)
        if second_largest < self.least_factored:
            return None
        if self.axes == "last":
            return -1, -2

        # stable, so that of axes of one length the last ones are taken
        increasing = np.argsort(shape, kind="stable")
        largest = np.sort(increasing[-2:])
        first, second = largest - k
        return int(second), int(first)

    def _second_moment(self, square, r, c):
        """V from its two means."""
        least = self.eps if self.eps_place == "max" else 0.0

        def product(k, block, r, c, least):
            axes = self._averaged(k, block)
            if axes is None:
                return np.maximum(r, least**2)
            mean = r.mean(axes[1], keepdims=True)
            mean = np.maximum(mean, least)
            v = ratio(r * c, mean)
            return np.maximum(v, least**2)

        return each_tensor(product, square, r, c, least)


def _kept(t, power, float32):
    """The weight of the old average, 1 - t^power, rounded at every operation as float32 would."""
    if float32:
        newest = np.float32(t) ** np.float32(power)
        return np.float64(np.float32(1) - newest)
    return 1 - float(t) ** power


def _new(t, power, float32):
    """The weight of the newest gradient; in float32 not 1 minus the other one to the last digit."""
    if float32:
        kept = np.float32(_kept(t, power, float32))
        return np.float64(np.float32(1) - kept)
    return float(t) ** power


def _rms(x):
    """Root mean square, one number per tensor, shaped to multiply it; 0 for a block of zeros."""
    return each_tensor(_block_rms, x)


def _block_rms(k, block):
    """Of a block of order k: over its own axes, never over runs."""
    own = tuple(range(-k, 0))
    square = (block**2).mean(own, keepdims=True)
    return np.sqrt(square)
