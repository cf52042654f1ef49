"""Methods that act on the singular values of a matrix gradient: Muon and Shampoo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each_tensor, like, per_matrix, runs, tensors, zeros_like
from lab.checks import count, fields, fraction, nonnegative, one_of, positive, real
from lab.linalg import gram, multiply_modes, newton_schulz, polar_factor, symmetric_power
from lab.optimizers.protocol import EUCLIDEAN, ema

QUINTIC = (3.4445, -4.7750, 2.0315)


class Buffer(NamedTuple):
    t: int
    m: Params


@dataclass(frozen=True)
class Muon:
    """m = ema(g);  u = ema(m, g);  delta = -lr (sqrt(max(1, rows / columns)) O(u) + weight_decay theta)      (Jordan et al. 2024)

    O(u) is nearly the polar factor of u: X = u / |u|_F, then `iterations` times X <- a X + (b A + c A^2) X, A = X X^T, with the paper's
    (a, b, c), which sends singular values in [0.0015, 1] to about [0.68, 1.2] (not to 1). u = beta m + (1 - beta) g with nesterov, else m.
    A block of order 1 is one column, so O(u) is u / |u| up to that factor (libraries give vectors to AdamW instead); a block of order
    k > 2 is the matrix (d_1, d_2 ... d_k). The classical cubic (1.5, -0.5, 0) iterated to convergence, or orthogonalise = "svd", is
    exact. Where published versions disagree:

    average       "ema" (authors, torch; torch's documentation prints g + beta m, the same direction);  "debiased" (optax):
                  beta m / (1 - beta^(t+1)) + (1 - beta) g / (1 - beta^t), a genuinely different one
    shape         "rows": sqrt(max(1, rows / columns)) (authors, torch);  "columns": sqrt(max(1, columns / rows)) (optax, whose axis 0
                  is fan-in)
    rms           None, or rms sqrt(max(rows, columns)) in place of it (torch "match_rms_adamw": 0.2; optax consistent_rms)
    eps_added     |u|_F + eps (authors, optax) or max(|u|_F, eps) (torch)

    The bfloat16 of the iteration (authors, torch) is not emulated: it moves O(u) by up to 0.07 of its size, and along singular directions
    below 2^-8 |u|_F, which it can't resolve, by all of it.
    """

    lr: Scalar = 0.02
    beta: Scalar = 0.95
    eps: Scalar = 1e-7
    weight_decay: Scalar = 0.0
    nesterov: bool = True
    iterations: int = 5
    coefficients: tuple[float, float, float] = QUINTIC
    orthogonalise: str = "newton-schulz"
    average: str = "ema"
    shape: str = "rows"
    rms: float | None = None
    eps_added: bool = True

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1), "weight_decay": (-1, 0)}
    scope = "matrix"

    invariances = EUCLIDEAN | {"scale"}

    def __post_init__(self):
        fields(self, lr=positive, beta=fraction, eps=nonnegative, weight_decay=nonnegative)
        count("Muon.iterations", self.iterations)
        one_of("Muon.orthogonalise", self.orthogonalise, ("newton-schulz", "svd"))
        one_of("Muon.average", self.average, ("ema", "debiased"))
        one_of("Muon.shape", self.shape, ("rows", "columns"))
        if real("Muon.coefficients", self.coefficients, 1).size != 3:
            raise ValueError(f"Muon.coefficients = {self.coefficients}: must be three numbers (a, b, c)")
        if self.rms is not None:
            fields(self, rms=positive)

    def init(self, theta):
        return Buffer(0, zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        m = ema(s.m, g, self.beta)
        fresh, old = (1 - self.beta**t, 1 - self.beta ** (t + 1)) if self.average == "debiased" else (1.0, 1.0)
        u = ema(m / old, g / fresh, self.beta) if self.nesterov else m / fresh
        o = each_tensor(self._direction, u, self.eps)
        return -self.lr * (o + self.weight_decay * theta), Buffer(t, m)

    def _direction(self, k, u, eps):
        matrix = u.reshape(u.shape[: u.ndim - k + 1] + (-1,))
        rows, columns = matrix.shape[-2:]
        if self.orthogonalise == "svd":
            o = polar_factor(matrix)
        else:
            size, eps = np.sqrt((matrix**2).sum((-1, -2), keepdims=True)), per_matrix(eps, k)
            size = size + eps if self.eps_added else np.maximum(size, eps)
            o = newton_schulz(matrix / np.where(size == 0, 1.0, size), self.coefficients, self.iterations)
        ratio = rows / columns if self.shape == "rows" else columns / rows
        factor = np.sqrt(max(1.0, ratio)) if self.rms is None else self.rms * np.sqrt(max(rows, columns))
        return factor * o.reshape(u.shape)


class Accumulated(NamedTuple):
    factors: tuple[tuple[np.ndarray, ...], ...]


@dataclass(frozen=True)
class Shampoo:
    """L += G G^T;  R += G^T G;  delta = -lr (L + eps I)^(-1/4) G (R + eps I)^(-1/4)      (Gupta, Koren & Singer 2018)

    A block of order k has one factor per mode, the sum of Gram matrices of its unfoldings, to the power -1 / (2 k): for a vector this
    is full-matrix AdaGrad, (sum g g^T + eps I)^(-1/2) g. With eps = 0 the roots are pseudo-inverse, and the first step of a matrix is
    -lr times its polar factor. Equivariant under rotations of every mode. No moving averages, no grafting, no delayed roots: the paper's
    method. A run that leaves the floating range becomes NaN (inf in the series).
    """

    lr: Scalar
    eps: Scalar = 1e-4

    needs = frozenset({"grad"})
    vectors = ()
    units = {"lr": (1, 0), "eps": (-2, 2)}
    scope = "matrix"

    invariances = EUCLIDEAN | {"scale"}

    def __post_init__(self):
        fields(self, lr=positive, eps=nonnegative)

    def init(self, theta):
        return Accumulated(tuple(tuple(zero_factor(theta, x, k, j) for j in range(k)) for k, x in tensors(theta)))

    def step(self, s, oracle, theta):
        g = oracle.grad
        factors = tuple(
            tuple(old + gram(x, j, k) for j, old in enumerate(block)) for (k, x), block in zip(tensors(g), s.factors, strict=True)
        )
        z = [_rooted(k, x, eps, block) for (k, x, eps), block in zip(tensors(g, self.eps), factors, strict=True)]
        return -self.lr * like(g, z), Accumulated(factors)


def zero_factor(theta: Params, block: np.ndarray, order: int, mode: int) -> np.ndarray:
    """A zero matrix (*r, d_j, d_j) for one mode of one block of theta."""
    d = block.shape[block.ndim - order + mode]
    return np.zeros(runs(theta) + (d, d))


def _rooted(k, g, eps, factors):
    damped = [a + per_matrix(eps, k) * np.eye(a.shape[-1]) for a in factors]
    return multiply_modes(g, [symmetric_power(a, -1 / (2 * k)) for a in damped])
