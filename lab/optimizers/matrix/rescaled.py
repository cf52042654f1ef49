"""Muon whose orthogonal step is divided once more: by an average of its rows, or of its entries.

A polar factor of full rank has rows of length sqrt(columns / max(rows, columns)) on average (root
mean square), but single rows (neurons) may be much shorter. Both methods even that out, and set the
length of the whole afterwards, since the division would change it. What is orthogonal before is
not afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each_tensor, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive
from lab.curvature import Diagonal
from lab.metrics import Product
from lab.optimizers.matrix.norms import factor, spectral, spectral_metric
from lab.optimizers.matrix.polar import Root, as_matrix
from lab.optimizers.pieces import debias, ema, quotient

# about the root mean square of Adam's steps, in units of lr: one lr serves both
RMS = 0.2


class Rescaled(NamedTuple):
    """t: steps so far; m: the average of gradients; v: that of squares of orthogonal steps; u: what
    was made orthogonal; d: what divided the orthogonal step. All like theta."""

    t: int
    m: Params
    v: Params
    u: Params
    d: Params


def length_of(k: int, x: np.ndarray) -> np.ndarray:
    """|X|_F of a tensor of order k, shaped to multiply it."""
    own = tuple(range(-k, 0))
    squares = (x**2).sum(own, keepdims=True)
    return np.sqrt(squares)


def row_means(k: int, x: np.ndarray) -> np.ndarray:
    """The mean of the squares of every row of a tensor's matrix, in the tensor's shape.

    1 / max(rows, columns) on average over the rows of a polar factor of full rank.
    """
    matrix = as_matrix(k, x)
    means = (matrix**2).mean(-1, keepdims=True)
    everywhere = np.broadcast_to(means, matrix.shape)
    return everywhere.reshape(x.shape)


def sides(k: int, x: np.ndarray) -> tuple[int, int]:
    """Rows and columns of a tensor's matrix."""
    rows, columns = as_matrix(k, x).shape[-2:]
    return rows, columns


@dataclass(frozen=True)
class NorMuon:
    """O = polar factor of u, as in Muon;  v = ema(mean of O^2 over each row);  Z = O / (sqrt(v) +
    eps_update);  delta = -lr c |O|_F / |Z|_F Z

    (Li et al. 2025.) Every neuron gets a step of the same length. v is not debiased: the length
    undoes it. Where published versions disagree:

    length      "kept" (authors' code): c = sqrt(max(1, rows / columns)), so that the step is as
                long as Muon's; "rms" (paper, optax): c |O|_F = 0.2 sqrt(rows columns)
    nesterov    u = ema(m, g) (authors' code, optax) or m (paper)

    One port averages over columns where there are fewer of them. State: t, m, v, u and what divided
    O, like theta. NorMuon(0.02)

    With beta2 = 0 and eps_update = 0 every row of the step has the same length: the rows of Z have
    mean square 1. v is one number per row, kept in every entry of it. |delta| = lr c |O|_F exactly;
    O = 0 (u = 0) gives 0. A vector is one column: its rows are its entries, and with beta2 = 0 it
    gets a sign step. eps_update has no unit, O has none either.
    """

    lr: Scalar = 0.02
    beta1: Scalar = 0.95
    beta2: Scalar = 0.95
    eps: Scalar = 1e-7
    eps_update: Scalar = 1e-10
    nesterov: bool = True
    length: Literal["kept", "rms"] = "kept"
    root: Root = "jordan"
    iterations: int = 5

    needs = frozenset({"grad"})
    vectors = ("m", "u")
    units = {"lr": (1, 0), "eps": (-1, 1)}
    scope = "matrix"
    invariances = frozenset({"scale", "permutation", "sign"})

    def __post_init__(self):
        rules = {"eps": nonnegative, "eps_update": nonnegative, "iterations": count}
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)

    def init(self, theta):
        zero = zeros_like(theta)
        return Rescaled(0, zero, zero, zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        m = ema(s.m, g, self.beta1)
        u = m
        if self.nesterov:
            u = ema(m, g, self.beta1)
        o = spectral(u, self.eps, self.root, self.iterations)
        # from 0 and not debiased: a factor that is the same for all rows cancels
        v = ema(s.v, each_tensor(row_means, o), self.beta2)

        d = np.sqrt(v) + self.eps_update
        z = quotient(o, d)
        # measured, not derived: rows that are 0 and eps_update change it
        length = each_tensor(length_of, z)
        wanted = each_tensor(self._length, o)
        # the two divisions as one, for the metric
        d = d * quotient(length, wanted)
        new = Rescaled(s.t + 1, m, v, u, d)
        return -self.lr * quotient(o, d), new

    def metric(self, s):
        return divided_after(self, s.u, s.d)

    def _length(self, k, o):
        # |O|_F itself is kept in the one version, replaced by that of 0.2 everywhere in the other
        rows, columns = sides(k, o)
        if self.length == "rms":
            nonzero = length_of(k, o) > 0
            return RMS * np.sqrt(rows * columns) * nonzero
        return factor("spectral", "shape", rows, columns) * length_of(k, o)


@dataclass(frozen=True)
class AdaMuon:
    """O = polar factor of u;  v = ema(O^2);  Z = O / (sqrt(v_hat) + eps_update);  delta = -lr 0.2
    sqrt(rows columns) Z / (|Z|_F + eps_update)

    (Si, Zhang & Shen 2025.) Muon and Adam one after the other, with the RMS of Adam's step, 0.2.
    Where published versions disagree:

    signed      O of sign(u), the paper's later version, or of u (its first, and the authors' code)
    nesterov    u = ema(m, g) (authors' code) or m (paper)

    State: t, m, v, u and what divided O, like theta. AdaMuon(1e-3)

    First step: v_hat = O^2, so Z = sign(O) up to eps_update, a sign step of all entries at once;
    only an average over many steps lets entries of O differ. |delta| = lr 0.2 sqrt(rows columns),
    up to eps_update, whatever the rank of u, and 0 for u = 0. With signed only the signs of u are
    seen: single entries may be rescaled.
    """

    lr: Scalar = 0.02
    beta1: Scalar = 0.95
    beta2: Scalar = 0.999
    eps: Scalar = 1e-7
    eps_update: Scalar = 1e-8
    signed: bool = False
    nesterov: bool = True
    root: Root = "jordan"
    iterations: int = 5

    needs = frozenset({"grad"})
    vectors = ("m", "u")
    scope = "matrix"

    def __post_init__(self):
        rules = {"eps": nonnegative, "eps_update": nonnegative, "iterations": count}
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)

    @property
    def units(self):
        """Signs have none."""
        return {"lr": (1, 0), "eps": (0, 0) if self.signed else (-1, 1)}

    @property
    def invariances(self):
        found = frozenset({"scale", "permutation", "sign"})
        return found | {"diagonal"} if self.signed else found

    def init(self, theta):
        zero = zeros_like(theta)
        return Rescaled(0, zero, zero, zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        u = m
        if self.nesterov:
            u = ema(m, g, self.beta1)
        turned = np.sign(u) if self.signed else u
        o = spectral(turned, self.eps, self.root, self.iterations)
        v = ema(s.v, o**2, self.beta2)

        v_hat = debias(v, self.beta2, t)
        d = np.sqrt(v_hat) + self.eps_update
        z = quotient(o, d)
        # one number for both divisions, as published: against 0 here, beside a root above
        length = each_tensor(length_of, z) + self.eps_update
        d = d * length / each_tensor(_rms_length, o)
        new = Rescaled(t, m, v, u, d)
        return -self.lr * quotient(o, d), new

    def metric(self, s):
        if not self.signed:
            return divided_after(self, s.u, s.d)
        return Product(Diagonal(np.abs(s.u)), divided_after(self, np.sign(s.u), s.d))


def _rms_length(k, o):
    """The length of a tensor whose entries have the root mean square 0.2, keeping its axes."""
    rows, columns = sides(k, o)
    return np.full((1,) * k, RMS * np.sqrt(rows * columns))


def divided_after(method, u: Params, d: Params) -> Product:
    """M = P diag(d), P what divides u in the root of a method: u = P O, O = d times the step."""
    inside = spectral_metric(u, method.eps, method.root, method.iterations)
    return Product(inside, Diagonal(d))
