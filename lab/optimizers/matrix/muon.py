"""Muon: the gradient's average with its singular values made equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each_tensor, per_matrix, tensors, zeros_like
from lab.checks import fields, fraction, loops, nonnegative, positive, real
from lab.linalg import newton_schulz, polar_factor
from lab.metrics import Kronecker
from lab.optimizers.matrix.polar import as_matrix, gain, on_rows
from lab.optimizers.pieces import ema
from lab.optimizers.protocol import EUCLIDEAN

# the authors': the steeper at 0, the fewer steps a small singular value needs
QUINTIC = (3.4445, -4.7750, 2.0315)


class MuonState(NamedTuple):
    """u: what the last step made orthogonal."""

    t: int
    m: Params
    u: Params


@dataclass(frozen=True)
class Muon:
    """m = ema(g);  u = ema(m, g);  delta = -lr sqrt(max(1, rows / columns)) O(u)

    (Jordan et al. 2024.) O(u) is nearly the polar factor of u: X = u / (|u|_F + eps), then
    `iterations` times X <- a X + (b A + c A^2) X, A = X X^T, with the paper's (a, b, c), which
    sends singular values in [0.0015, 1] to about [0.68, 1.2] (not to 1). u = beta1 m + (1 - beta1)
    g with nesterov, else m. A block of order 1 is one column, so O(u) is u / |u| up to that factor
    (libraries give vectors to AdamW instead); a block of order k > 2 is the matrix (d_1, d_2 ...
    d_k). The classical cubic (1.5, -0.5, 0) iterated to convergence, or orthogonalise = "svd", is
    exact. Where published versions disagree:

    average       "ema" (authors, torch; torch's documentation prints g + beta1 m, the same
                  direction); "debiased" (optax): beta1 m / (1 - beta1^(t+1)) + (1 - beta1) g / (1 -
                  beta1^t), a genuinely different one
    shape         "rows": sqrt(max(1, rows / columns)) (authors, torch); "columns": sqrt(max(1,
                  columns / rows)) (optax, whose axis 0 is fan-in)
    rms           None, or rms sqrt(max(rows, columns)) in place of it (torch "match_rms_adamw":
                  0.2; optax consistent_rms)
    eps_place     "outside": |u|_F + eps (authors, optax);  "max": max(|u|_F, eps) (torch)

    The bfloat16 of the iteration (authors, torch) is not emulated: it moves O(u) by up to 0.07 of
    its size, and along singular directions below 2^-8 |u|_F, which it can't resolve, by all of it.

    State: t, m and u, like theta. Muon(0.02, orthogonalise="svd")

    The polar factor U V^T of u = U S V^T is the matrix of spectral norm 1 with the largest <u, .>:
    steepest descent in that norm. A u of rank one makes a step of the same spectral norm as any
    other; singular directions with s = 0 do not move. The quintic's fixed point 0.868 repels
    (slope -1.58), hence singular values never settle; below 0.0015 |u|_F five steps are too few.
    """

    lr: Scalar = 0.02
    beta1: Scalar = 0.95
    eps: Scalar = 1e-7
    nesterov: bool = True
    iterations: int = 5
    coefficients: tuple[float, float, float] = QUINTIC
    orthogonalise: Literal["newton-schulz", "svd"] = "newton-schulz"
    average: Literal["ema", "debiased"] = "ema"
    shape: Literal["rows", "columns"] = "rows"
    rms: float | None = None
    eps_place: Literal["outside", "max"] = "outside"

    needs = frozenset({"grad"})
    vectors = ("m", "u")
    units = {"lr": (1, 0), "eps": (-1, 1)}
    scope = "matrix"
    invariances = EUCLIDEAN | {"scale"}

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, eps=nonnegative, rms=positive, iterations=loops)
        if real("Muon.coefficients", self.coefficients, 1).size != 3:
            raise ValueError(
                f"Muon.coefficients = {self.coefficients}: must be three numbers (a, b, c)"
            )

    def init(self, theta):
        zero = zeros_like(theta)
        return MuonState(0, zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)

        # m / old is the average that the next step would debias: Nesterov's, as optax has it
        fresh, old = self._corrections(t)
        if self.nesterov:
            u = ema(m / old, g / fresh, self.beta1)
        else:
            u = m / fresh
        direction = each_tensor(self._direction, u, self.eps)
        return -self.lr * direction, MuonState(t, m, u)

    def metric(self, s):
        blocks = [self._factors(k, u, eps) for k, u, eps in tensors(s.u, self.eps)]
        return Kronecker(tuple(blocks), (1.0,) * len(blocks))

    def _corrections(self, t):
        """What the newest gradient and the average are divided by.

        Both 1 for "ema"; for "debiased" the newest gradient is divided by 1 - beta1^t, the average
        by 1 - beta1^(t+1).
        """
        if self.average == "ema":
            return 1.0, 1.0
        return 1 - self.beta1**t, 1 - self.beta1 ** (t + 1)

    def _direction(self, k, u, eps):
        matrix = as_matrix(k, u)
        if self.orthogonalise == "svd":
            o = polar_factor(matrix)
        else:
            x = matrix / self._size(k, matrix, eps)
            o = newton_schulz(x, self.coefficients, self.iterations)
        rows, columns = matrix.shape[-2:]
        return self._factor(rows, columns) * o.reshape(u.shape)

    def _size(self, k, matrix, eps):
        """|u|_F with eps in its place, and 1 for 0."""
        eps = per_matrix(eps, k)
        square = (matrix**2).sum((-1, -2), keepdims=True)
        norm = np.sqrt(square)
        if self.eps_place == "outside":
            size = norm + eps
        else:
            size = np.maximum(norm, eps)
        return np.where(size == 0, 1.0, size)

    def _factor(self, rows, columns):
        """What makes up for the shape.

        With `rms`, it is the root mean square of an update: a polar factor of full rank has the
        mean square 1 / max(rows, columns).
        """
        if self.rms is not None:
            return self.rms * np.sqrt(max(rows, columns))
        ratio = rows / columns if self.shape == "rows" else columns / rows
        return np.sqrt(max(1.0, ratio))

    def _factors(self, k, u, eps):
        """M per mode: on rows, what divides each left singular direction; nothing on the other
        modes."""
        matrix = as_matrix(k, u)
        rows, columns = matrix.shape[-2:]
        factor = self._factor(rows, columns)
        if self.orthogonalise == "svd":
            on_first = on_rows(matrix, lambda s: s / factor)
        else:
            # (*r, 1), as singular values are
            size = self._size(k, matrix, eps)[..., 0]
            maps = (self.coefficients,) * self.iterations
            on_first = on_rows(matrix, lambda s: size / gain(s / size, maps) / factor)

        # O(u) is a matrix times u: the other modes are divided by nothing
        others = [np.eye(d) for d in u.shape[u.ndim - k + 1 :]]
        return on_first, *others
