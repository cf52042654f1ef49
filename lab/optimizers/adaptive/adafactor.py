"""Adafactor: second moments of a matrix kept as their row and column means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, each_tensor, zeros_like
from lab.checks import count, fields, fraction, nonnegative, one_of, positive, root_power
from lab.optimizers.protocol import COORDINATEWISE, ema, quotient


class Factored(NamedTuple):
    t: int
    m: Params
    r: Params
    c: Params


@dataclass(frozen=True)
class Adafactor:
    """V = R C / mean(R);  u = g / sqrt(V);  delta = -rho_t max(floor, rms(theta)) u / max(1, rms(u) / clip)   (Shazeer & Stern 2018)

    R, C: moving averages, with weight t^power on the newest, of the means of g^2 + eps over two axes of a block; blocks of order 1, and
    those whose second largest axis is shorter than `least`, keep V = ema(g^2 + eps) itself. rho_t = min(lr, 1 / sqrt(t)); rms per
    block. A vector theta is one block. When g^2 has rank one, factored and unfactored agree. 0/0 is 0. Two different algorithms carry
    the name; the defaults are the paper's:

    eps_mode      "added": g^2 + eps (paper, optax);  "floor": max(V, eps^2) and max(mean R, eps) (torch), with units of g in the one
                  and of g^2 in the other, so torch's eps is not dimensionally consistent on matrices
    relative      multiply by max(floor, rms(theta)), theta before the decay (paper, torch, optax by default)
    warm          rho_t = min(lr, 1 / sqrt(t)) (paper, torch) or lr (optax)
    clip          None: no clipping;  torch wants clip >= 1
    beta1         momentum of the whole step, not debiased (optax); 0: none
    decay_by_lr   decay lr weight_decay theta (torch) or weight_decay theta (optax)
    axes          which two axes are averaged: "last" (torch) or "largest" (optax)
    float32_decay optax evaluates the weight t^power in float32 even in a float64 run: 4e-9 on a path of ten steps
    """

    lr: Scalar = 1e-2
    beta1: Scalar = 0.0
    power: Scalar = -0.8
    eps: Scalar = 1e-30
    floor: Scalar = 1e-3
    weight_decay: Scalar = 0.0
    clip: float | None = 1.0
    least: int = 1
    eps_mode: str = "added"
    axes: str = "last"
    relative: bool = True
    warm: bool = True
    decay_by_lr: bool = True
    float32_decay: bool = False

    needs = frozenset({"grad"})
    vectors = ("m",)
    scope = "matrix"

    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, power=root_power, eps=nonnegative, floor=nonnegative, weight_decay=nonnegative)
        one_of("Adafactor.eps_mode", self.eps_mode, ("added", "floor"))
        one_of("Adafactor.axes", self.axes, ("last", "largest"))
        count("Adafactor.least", self.least)
        if self.clip is not None:
            fields(self, clip=positive)

    @property
    def units(self):
        lr = 0 if self.relative else 1
        return {
            "lr": (lr, 0),
            "eps": (-2, 2) if self.eps_mode == "added" else (-1, 1),
            "floor": (1, 0),
            "weight_decay": (-lr, 0) if self.decay_by_lr else (0, 0),
        }

    def init(self, theta):
        def means(k, x, axis):
            return np.zeros_like(x) if self._axes(k, x) is None else np.zeros_like(x.mean(self._axes(k, x)[axis], keepdims=True))

        r, c = (each_tensor(lambda k, x, axis=axis: means(k, x, axis), theta) for axis in (0, 1))
        return Factored(0, zeros_like(theta), r, c)

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        q = g**2 + self.eps if self.eps_mode == "added" else g**2
        r = self._average(s.r, q, t, axis=0)
        c = self._average(s.c, q, t, axis=1)
        u = quotient(g, np.sqrt(self._product(q, r, c)))
        u = u if self.clip is None else u / np.maximum(1.0, _rms(u) / self.clip)
        lr = np.minimum(self.lr, 1 / np.sqrt(t)) if self.warm else self.lr
        scale = np.maximum(self.floor, _rms(theta)) if self.relative else 1.0
        m = ema(s.m, lr * scale * u, self.beta1)
        decay = self.weight_decay * self.lr if self.decay_by_lr else self.weight_decay
        return -m - decay * theta, Factored(t, m, r, c)

    def _axes(self, k, x):
        """The two axes that are averaged, counted from the end; None for a block that is not factored."""
        shape = x.shape[x.ndim - k :]
        pair = np.sort(np.argsort(shape, kind="stable")[-2:]) - k if self.axes == "largest" else np.array([-2, -1])
        return None if k < 2 or sorted(shape)[-2] < self.least else (int(pair[1]), int(pair[0]))

    def _average(self, old, q, t, *, axis):
        kept, new = (each(lambda p, k=k: _weights(t, p, self.float32_decay)[k], self.power) for k in (0, 1))
        mean = each_tensor(lambda k, x: x if self._axes(k, x) is None else x.mean(self._axes(k, x)[axis], keepdims=True), q)
        return kept * old + new * mean

    def _product(self, q, r, c):
        floor = self.eps if self.eps_mode == "floor" else 0.0

        def v(k, x, r, c, floor):
            if self._axes(k, x) is None:
                return np.maximum(r, floor**2)
            mean = np.maximum(r.mean(self._axes(k, x)[1], keepdims=True), floor)
            return np.maximum(np.where(mean > 0, r * c / np.where(mean > 0, mean, 1.0), 0.0), floor**2)

        return each_tensor(v, q, r, c, floor)


def _weights(t, power, float32):
    """1 - t^power and its complement, in float32 where a library does so."""
    if not float32:
        return 1 - float(t) ** power, float(t) ** power
    kept = np.float32(1) - np.float32(t) ** np.float32(power)
    return np.float64(kept), np.float64(np.float32(1) - kept)


def _rms(x):
    return each_tensor(lambda k, block: np.sqrt((block**2).mean(tuple(range(-k, 0)), keepdims=True)), x)
