"""Shampoo: its bound in the Loewner order, its regret, and what it is in special cases."""

from __future__ import annotations

import numpy as np

from lab.arrays import Layers
from lab.claims import (
    around,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    named,
    orthogonal,
    sometimes,
    spectrum,
    stated_by,
    symbols,
)
from lab.claims.kronecker.drawn import gradients
from lab.claims.kronecker.rounds import game, largest, ranks, summed
from lab.linalg import symmetric_power, transposed
from lab.optimizers import Shampoo
from lab.simulation import replay
from lab.theory.kronecker.bounds import shampoo_regret

dims, G, eps, share, r, top = symbols("dims G eps share r top")

GUPTA = "Gupta, Koren & Singer 2018"


@claim(
    "shampoo/loewner-matrix",
    over={
        dims: choice((2, 3), (3, 2), (2, 2), (3, 3)),
        G: gradients(4, dims, growth=1.0),
        eps: decades(-2, 1),
        r: around(ranks(G, dims), 0.4, 1.5, near=(0.01, 0.05)),
    },
    assuming=[r >= ranks(G, dims)],
    says={"order": at_most(top, 1, slack=1e-8, because="kappa eps of a pencil, kappa below 1e7")},
    where={
        top: "largest t with an x: x^T (eps I + (1/r) sum g_t g_t^T) x = t x^T (L^(1/2) kron"
        " R^(1/2)) x, L = eps I + sum G_t G_t^T, R = eps I + sum G_t^T G_t, four gradients"
    },
    cites=stated_by(f"{GUPTA}, Lemma 8 (as told in public notes)"),
)
def loewner_matrix(dims, G, eps, r):
    """g g^T <= rank G G^T kron I, and <= rank I kron G^T G. Both bounds commute, and the operator
    geometric mean is monotone. Attained by multiples of the identity."""
    return {top: largest(G, dims, eps, r)}


@claim(
    "shampoo/loewner-tensor",
    over={
        dims: choice((4,), (2, 3), (2, 2, 2), (2, 1, 3), (2, 2, 1, 2)),
        G: gradients(4, dims, growth=1.0),
        eps: decades(-6, 1),
        r: around(ranks(G, dims), 0.4, 1.5, near=(0.01, 0.05)),
    },
    assuming=[r >= ranks(G, dims)],
    says={"order": at_most(top, r, slack=1e-9, because="kappa eps of a pencil")},
    where={
        top: "largest t with an x: x^T (eps I + sum g_t g_t^T) x = t x^T (kron H_i^(1/k)) x, H_i ="
        " eps I + sum of the Gram matrices of mode i, tensors of k = 1 ... 4 modes"
    },
    cites=stated_by(f"{GUPTA}, section 4 (as told in public notes)"),
)
def loewner_tensor(dims, G, eps, r):
    """The same with the weighted geometric mean of k commuting bounds. The smallest of the r_i in
    their place does not do."""
    return {top: largest(G, dims, eps, 1.0)}


lr, growth, far, regret, bound, noise = symbols("lr growth far regret bound noise")


@claim(
    "shampoo/regret",
    over={
        dims: choice((1, 1), (2, 2), (2, 3)),
        growth: between(0.8, 1.5),
        eps: decades(-4, 0),
        lr: decades(-2, 0.5),
        far: decades(-1, 1),
        noise: sometimes(0.0, between(0.1, 1)),
        G: gradients(12, dims),
    },
    says={"regret": at_most(regret, bound)},
    where={
        regret: "sum of <G_t, W_t - W*> over 12 rounds of Shampoo with the step lr, G_t = growth^t"
        " times signs against W_t and `noise` times a fixed gradient; W* = -far sum G_t / |sum|",
        bound: "(D^2 / (2 lr) + lr r) tr L^(1/4) tr R^(1/4), D the largest |W_t - W*|, r the"
        " largest rank of a G_t",
    },
    cites=stated_by(f"{GUPTA}, Theorem 7 (as told in public notes)"),
)
def regret_bound(dims, growth, eps, lr, far, noise, G):
    """Mirror descent in the metric H_t = L_t^(1/4) kron R_t^(1/4), which grows: the first sum
    telescopes to D^2 tr H_T / (2 lr), the second is at most lr r tr H_T by the Loewner bound."""
    played = game(dims, growth, noise, G, eps=eps, lr=lr)
    sums = played.gradients.sum(1)
    length = np.linalg.norm(sums, axis=-1, keepdims=True)
    best = -far[:, None] * sums / np.where(length > 0, length, 1.0)
    gap = played.points - best[:, None]
    rank = np.linalg.matrix_rank(played.gradients.reshape(*G.shape[:2], *dims)).max(-1)
    reach = np.linalg.norm(gap, axis=-1).max(-1)
    h = summed(played.gradients, dims, eps)
    # the theorem's number is for its best step, D / sqrt(2 r); here the step is any
    traces = shampoo_regret(h, 1.0, 0.5)
    return {
        regret: (played.gradients * gap).sum((1, 2)),
        bound: (reach**2 / (2 * lr) + lr * rank) * traces,
    }


s, U, V, moved, damped = symbols("s U V moved damped")


@named
def polar_like(s, eps, u, v):
    """U diag(s / sqrt(s^2 + eps)) V^T"""
    shrunk = s / np.sqrt(s**2 + eps[:, None])
    return (u * shrunk[:, None, :]) @ transposed(v)


@named
def first_rows(v):
    """the first three columns of V"""
    return v[:, :, :3]


@claim(
    "shampoo/first-step-is-polar",
    over={
        s: spectrum(3, -2, 0),
        U: orthogonal(3),
        V: orthogonal(4, kinds=("random",)),
        lr: decades(-2, 0),
        eps: sometimes(0.0, decades(-4, 0)),
    },
    says={
        "first": equal(
            moved,
            -lr * polar_like(s, eps, U, first_rows(V)),
            atol=1e-10,
            because="pseudo-inverse roots of squares, s >= 1e-2",
        ),
    },
    where={
        moved: "the first step of Shampoo with damping eps on the gradient U diag(s) V^T, 3 x 4"
    },
    cites=derived("(G G^T + eps)^(-1/4) G (G^T G + eps)^(-1/4); Muon's direction at eps = 0"),
)
def first_step_is_polar(s, U, V, lr, eps):
    """Every singular value goes through s (s^2 + eps)^(-1/4) twice over. Only for matrices: the
    first step of a vector is g / |g| for another reason, of three modes it is no polar factor."""
    found = []
    for k in range(len(s)):
        g = (U[k] * s[k]) @ V[k][:, :3].T
        theta = Layers([np.zeros((3, 4))], [2])
        method = Shampoo(float(lr[k]), float(eps[k]))
        path = replay(method, theta, [Layers([g], [2])])
        found.append(path[0][-1])
    return {moved: np.array(found)}


shape, adagrad = symbols("shape adagrad")


@named
def one_mode(shape):
    """the gradients are vectors"""
    return shape == "vector"


@claim(
    "shampoo/vector-is-full-adagrad",
    over={
        shape: choice("vector", "row"),
        G: gradients(5, (4,), most=4, growth=1.0),
        lr: decades(-2, 0),
        eps: decades(-3, 0),
    },
    assuming=[one_mode(shape)],
    says={"path": equal(moved, adagrad, rtol=1e-8, atol=1e-12, because="roots at kappa 1e6")},
    where={
        moved: "five iterates of Shampoo from 0, gradients in R^4",
        adagrad: "x - lr (eps I + sum g g^T)^(-1/2) g",
    },
    cites=derived("one mode: its Gram matrix is g g^T, the power is -1/2"),
)
def vector_is_full_adagrad(shape, G, lr, eps):
    """A row of a matrix has a second mode, of size 1, whose power divides by the fourth root of the
    energy, and the first mode's power is -1/4: not AdaGrad."""
    order = 1 if shape == "vector" else 2
    paths, wanted = [], []
    for k, g in enumerate(G):
        rows = [Layers([x if order == 1 else x[None]], [order]) for x in g]
        start = Layers([0 * rows[0][0]], [order])
        method = Shampoo(float(lr[k]), float(eps[k]))
        paths.append(replay(method, start, rows)[0].reshape(6, 4))
        h = eps[k] * np.eye(4) + np.cumsum(g[:, :, None] * g[:, None, :], 0)
        steps = np.einsum("tij,tj->ti", symmetric_power(h, -0.5), g)
        wanted.append(np.concatenate([np.zeros((1, 4)), -lr[k] * np.cumsum(steps, 0)]))
    return {moved: np.array(paths), adagrad: np.array(wanted)}
