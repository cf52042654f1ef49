"""Shampoo: its bound in the Loewner order, its regret, and what it is in special cases.

H_i = eps I + sum_t mat_i(G_t) mat_i(G_t)^T, i = 1 ... k, sums without decay; of matrices L and R.
The step is G times H_i^(-1/(2k)) along every mode. The first two claims say that the product of
roots dominates full-matrix AdaGrad's sum up to a rank; the regret follows from that; the last two
say which known steps it is for one round (the polar factor) and one mode (full AdaGrad). Statements
of Gupta, Koren & Singer 2018 are taken from public notes, not from the paper's pages.
"""

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
    """One gradient of rank q: G = sum_(i <= q) s_i u_i v_i^T, so that g = sum w_i with w_i = s_i
    u_i kron v_i, and g g^T <= q sum w_i w_i^T by Cauchy-Schwarz. As v_i v_i^T <= I, g g^T <= q G
    G^T kron I; as u_i u_i^T <= I, g g^T <= q I kron G^T G. With r >= q for all t, and eps I <= eps
    I kron I, the left side is at most L kron I and at most I kron R. These two commute, and the
    geometric mean of commuting positive matrices, L^(1/2) kron R^(1/2), is monotone in both: it is
    above the mean of the left side with itself.

    Equality: square G_t = c_t I, for every eps, along x = vec I. The rank is the largest of a G_t,
    not that of the sum. Without 1/r the order fails, by up to r: three for 3 x 3.

    Space: two sizes up to 3, gradients with trends, r on both sides of the rank, eps from 0.01, so
    that the condition of the pencil is what the tolerance says."""
    return {top: largest(G, dims, eps, r)}


@claim(
    "shampoo/loewner-tensor",
    over={
        # one to four modes, sizes of 1 among them
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
    """g g^T <= r_i (mat_i(G) mat_i(G)^T kron I) for every mode, by the same step on its unfolding;
    with r_i >= 1, eps I + sum g g^T <= r_i (H_i kron I). These k bounds commute, and their weighted
    geometric mean with weights 1/k, (prod r_i)^(1/k) kron H_i^(1/k), is monotone in each.

    Equality: k = 1, where both sides are eps I + sum g g^T and r = 1; and matrices c_t I. The
    smallest of the r_i in place of their mean does not do: it fails by up to 1.6.

    Space: one to four modes, sizes of 1 among them: r_i = 1 there, and yet a mode like the
    others."""
    return {top: largest(G, dims, eps, 1.0)}


lr, growth, far, regret, bound, noise = symbols("lr growth far regret bound noise")


@claim(
    "shampoo/regret",
    over={
        dims: choice((1, 1), (2, 2), (2, 3)),
        # near 1.3 the regret comes nearest to its bound
        growth: between(0.8, 1.5),
        eps: decades(-4, 0),
        lr: decades(-2, 0.5),
        # W* against the sum of gradients is the best one at its distance
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
    """Convex losses: the regret is at most sum <G_t, W_t - W*>. With H_t = L_t^(1/4) kron R_t^(1/4)
    and w_(t+1) = w_t - lr H_t^-1 g_t, twice lr <g_t, w_t - w*> is |w_t - w*|^2 - |w_(t+1) - w*|^2,
    in the norm of H_t, plus lr^2 g_t . H_t^-1 g_t.

    First sum: H_t grows, so that it telescopes to at most sum |w_t - w*|^2 in the norms of H_t -
    H_(t-1), which is at most D^2 tr H_T. Second: (r eps I + sum g g^T)^(1/2) <= sqrt(r) H_t, the
    square root of the Loewner bound, and AdaGrad's sum of g_t . A_t^-1 g_t over A_t = (r eps I +
    sum_(s <= t) g_s g_s^T)^(1/2) is at most 2 tr A_T: in all 2 r tr H_T. Divide by 2 lr. tr H_T is
    the product of the traces.

    At lr = D / sqrt(2 r) it is the published sqrt(2 r) D tr L^(1/4) tr R^(1/4), and for |G_t|_2 <=
    1 at most sqrt(2 r) D m n sqrt(eps + T); of k modes sqrt(2 r) D prod tr H_i^(1/(2k)). D is the
    largest distance over the rounds played: without a projection nothing bounds it. Not attained:
    the largest share found is 0.82, in 1 x 1 and 2 x 2, against signs of W that grow as 1.3^t."""
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
    """G = U diag(s) V^T has G G^T = U diag(s^2) U^T and G^T G = V diag(s^2) V^T: (G G^T +
    eps)^(-1/4) G (G^T G + eps)^(-1/4) multiplies every s twice by (s^2 + eps)^(-1/4). At eps = 0,
    with pseudo-inverse roots, all nonzero singular values become 1: Muon's direction, and a step of
    spectral norm lr, whatever the size of G.

    Only for matrices. One mode has the power -1/2, and g / |g| for its first step; of three modes
    the powers are -1/6, and it is no polar factor.

    Space: 3 x 4, so that G^T G is singular at eps = 0; s from 0.01 on, since a root of a square has
    half the digits."""
    found = []
    for k in range(len(s)):
        g = (U[k] * s[k]) @ V[k][:, :3].T
        # order 2: a matrix, two modes
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
    """The only mode of a vector has the Gram matrix g g^T, and k = 1 gives the power -1/2:
    full-matrix AdaGrad. A row of a matrix, the same numbers, has a second mode of size 1, whose
    power -1/4 divides by the fourth root of the energy eps + sum |g|^2, and the first mode's power
    is -1/4: not AdaGrad, in length or in direction.

    Space: five gradients in R^4 with trends, as vectors and as rows; iterates are compared, not
    steps, so that an error adds up."""
    # one mode, or two of which the first has size 1
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
