"""K-BFGS: curvature of a layer, damped pairs, and inverses that only products build.

The Hessian in a layer's weight is approximated by a Kronecker product: A = E a a^T as in K-FAC, and
the Hessian in the layer's outputs, whose inverse H BFGS builds from pairs (s, y) of changes of
outputs and gradients. They need not have s . y > 0: two dampings enforce it, and bound H.

Double damping of a pair against H:
    (1) if s . y < mu1 y . H y:  s <- t s + (1 - t) H y,  so that  s . y = mu1 y . H y
    (2) if s . y < mu2 s . s:    y <- t y + (1 - t) s,    so that  s . y = mu2 s . s
with the t that does it; (2) uses the s of (1), and their order matters. Inverse BFGS: H+ = (I - rho
s y^T) H (I - rho y s^T) + rho s s^T, rho = 1 / s . y. The inverse of A is followed by the same
update with y = A s. Sources: Goldfarb, Ren & Bahamou 2020, and the authors' code for the dampings.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, Max

from lab.arrays import inner
from lab.claims import (
    around,
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    dimension,
    equal,
    named,
    sometimes,
    spd,
    start,
    stated_by,
    symbols,
)
from lab.claims.kronecker.drawn import from_inverse, normals
from lab.claims.kronecker.networks import hessian_of
from lab.linalg import matvec
from lab.objectives import MLP
from lab.optimizers.matrix.quasi_newton import (
    Inverse,
    double_damped,
    matrix_updated,
    no_pairs,
    product,
    updated,
)
from lab.theory.kronecker.bounds import limited_memory_bounds

GOLDFARB = "Goldfarb, Ren & Bahamou 2020, Practical Quasi-Newton Methods"

N, activation, loss, X, theta, hessian, layered = symbols(
    "N activation loss X theta hessian layered"
)


@claim(
    "kbfgs/layer-hessian",
    over={
        N: choice(1, 1, 2),
        activation: choice("tanh", "softplus"),
        loss: choice("half_mse", "bce"),
        X: normals(2, 2),
        theta: start(12, ("generic",)),
    },
    assuming=[Eq(N, 1)],
    says={
        "first layer": equal(
            hessian, layered, atol=1e-12, because="entries of at most 10, exact products"
        )
    },
    where={
        hessian: "the Hessian in the weight of the first layer, (4, 4), network 2-2-2 on N rows"
        " of X",
        layered: "the mean of the Hessians in the first layer's outputs, kron the mean of a a^T",
    },
    cites=stated_by(f"{GOLDFARB} (one sample; the average is their approximation)"),
    instances=12,
)
def layer_hessian(N, activation, loss, X, theta):
    """The loss depends on W through h = W a alone, and linearly: d^2 f / dW^2 = d^2 f / dh^2 kron a
    a^T, rows of W one after the other. The Hessian in h is that in the bias, which shifts h. A mean
    of products is no product of means: two examples break it, and what K-BFGS takes over a batch is
    an approximation. A weight that is used twice (a convolution) breaks it with one example.

    Space: networks 2-2-2 with smooth activations (off the kinks of a ReLU), squares and logistic
    losses, at generic weights, one or two examples. Hessians are the network's own, compared entry
    by entry."""
    whole, parts = [], []
    for rows, at in zip(X[:, :N], theta, strict=True):
        # labels of both losses at once
        targets = np.array([[0.0, 1.0], [1.0, 1.0]])[:N]
        f = MLP(rows, targets, (2,), activation=activation, loss=loss)
        weights = f.flatten.to(at)
        whole.append(hessian_of(f, weights)[:4, :4])
        each = []
        for k in range(N):
            one = MLP(rows[k : k + 1], targets[k : k + 1], (2,), activation=activation, loss=loss)
            each.append(hessian_of(one, weights)[4:6, 4:6])
        parts.append(np.kron(np.mean(each, 0), rows.T @ rows / N))
    return {hessian: np.array(whole), layered: np.array(parts)}


n, H, scale, s, y = symbols("n H scale s y")
mu1, mu2, size_s, size_y = symbols("mu1 mu2 size_s size_y")
s_y, s_s, y_hy, first, raw_hy, norm_h = symbols("s_y s_s y_hy first raw_hy norm_h")


@named
def norm(h):
    """the spectral norm"""
    return np.linalg.eigvalsh(h)[:, -1]


@claim(
    "kbfgs/double-damping",
    over={
        n: dimension(1, 3),
        H: spd(n, -6, 0),
        s: start(n),
        y: start(n),
        # |H| is on both sides of 1 / mu1: either term of the maximum decides
        scale: decades(-2, 3),
        size_s: decades(-3, 3),
        size_y: decades(-3, 3),
        mu1: between(0.05, 0.9),
        # both sides of the border, to a twentieth of it
        mu2: around(1, 0.05, 4),
    },
    assuming=[mu2 <= 1],
    says={
        "curvature": at_least(s_y, mu2 * s_s, slack=1e-9, because="differences of products"),
        "first": at_least(first, mu1 * raw_hy, slack=1e-9, because="the same"),
        "bounded": at_most(
            y_hy, Max(1 / mu1, scale * norm(H)) * s_y, slack=1e-9, because="the same"
        ),
    },
    where={
        s_y: "s . y of the pair after both dampings, from size_s s and size_y y",
        s_s: "s . s after them",
        first: "s . y after the first alone (mu2 = 0)",
        raw_hy: "y . H y before, H times scale",
        y_hy: "y . H y after them",
    },
    cites=derived(f"two convex combinations; a lemma of this kind is in {GOLDFARB}"),
    instances=160,
)
def double_damping(H, scale, s, y, size_s, size_y, mu1, mu2):
    """(1) is t = (1 - mu1) y . H y / (y . H y - s . y): s . y becomes y . H y - t (y . H y - s . y)
    = mu1 y . H y, and only rises. (2) likewise makes s . y the larger of itself and mu2 s . s. For
    mu2 <= 1 its t = (1 - mu2) s . s / (s . s - s . y) is in [0, 1].

    Third part: y' = t y + (1 - t) s. y . H y is convex in y, and s . y linear, so that y' . H y' <=
    t y . H y + (1 - t) s . H s <= t (s . y) / mu1 + (1 - t) |H| s . s <= max(1 / mu1, |H|) s . y'.
    For mu2 > 1 t is negative, y' an extrapolation, and the bound fails, already in one dimension.

    Edges: y = 0 becomes (s, mu2 s), s = 0 becomes (mu1 H y, y), as the tests are strict; with "not
    >" in their place y = 0 would be 0 / 0. mu1 in (0, 1) and H definite are part of the definition.
    The lemma of the paper has constants of its own; the maximum is sharper than a sum of both.

    Space: one to three dimensions, H over six decades of condition and five of scale, s and y of
    any sign and length, so that both dampings, one or none act. All three bounds are attained."""
    s = size_s[:, None] * s
    y = size_y[:, None] * y
    H = scale[:, None, None] * H
    only, same = double_damped(H, s, y, mu1, 0.0)
    s_new, y_new = double_damped(H, s, y, mu1, mu2)
    return {
        s_y: inner(s_new, y_new),
        s_s: inner(s_new, s_new),
        first: inner(only, same),
        raw_hy: inner(y, matvec(H, y)),
        y_hy: inner(y_new, matvec(H, y_new)),
    }


A, off, distance, distance_before = symbols("A off distance distance_before")


@claim(
    "kbfgs/hessian-action",
    over={A: spd(3, -2, 0), H: spd(3, -2, 0), s: start(3), off: sometimes(1.0, between(1.05, 2))},
    assuming=[Eq(off, 1)],
    says={
        "nearer": at_most(distance, distance_before, slack=1e-9, because="kappa(A) <= 100"),
        "secant": equal(y_hy, s_y, rtol=1e-9, because="the same"),
    },
    where={
        distance: "|A^(1/2) H+ A^(1/2) - I|_F after an inverse BFGS update with y = off A s",
        distance_before: "the same of H",
        y_hy: "y . H+ y",
        s_y: "s . y",
    },
    cites=derived("H+ is the A-weighted projection onto {H: H y = s}, which contains A^-1"),
)
def hessian_action(A, H, s, off):
    """H+ is the symmetric matrix nearest to H with H+ y = s, in the norm |W^(1/2) . W^(1/2)|_F of
    any weight W with W s = y. With y = A s the weight A is admissible, and A^-1 is in the affine
    set {H: H y = s}. A projection onto a set goes no further from its members: d(H+)^2 = d(H)^2 -
    |A^(1/2) (H+ - H) A^(1/2)|_F^2, with equality of distances iff H y = s already. Unweighted, the
    distance may grow.

    Space: three dimensions, A and H up to a condition of 100, any s. y = off A s is the action of
    another matrix than A for off != 1: the projection is then onto a set without A^-1, and may lead
    away from it."""
    y = off[:, None] * matvec(A, s)
    after = matrix_updated(H, s, y, np.ones(len(s), bool))
    return {
        distance: from_inverse(A, after),
        distance_before: from_inverse(A, H),
        y_hy: inner(y, matvec(after, y)),
        s_y: inner(s, y),
    }


pairs, stretch, two_loop, dense, low, high, least, most = symbols(
    "pairs stretch two_loop dense low high least most"
)
Y, Lam = symbols("Y Lam")


@claim(
    "kbfgs/limited-memory",
    over={
        pairs: choice(1, 2, 3),
        Lam: decades(0, 3),
        A: spd(2, -2, 0),
        Y: normals(3, 2),
        stretch: sometimes(1.0, decades(2, 4)),
        mu1: decades(-3, -0.1),
        mu2: between(0.3, 1),
    },
    assuming=[Eq(stretch, 1)],
    says={
        "two loops": equal(two_loop, dense, rtol=1e-8, atol=1e-10, because="products of updates"),
        "least": at_least(least, low, slack=1e-9, because="eigenvalues of a few updates"),
        "most": at_most(most, high, slack=1e-9, because="the same"),
    },
    where={
        two_loop: "H of doubly damped pairs from H_0 = I by the two-loop recursion, raw y = Lam"
        " A s, raw s = Y_t; stretched: s = Y_t / stretch^2 at y = Lam A Y_t",
        dense: "the same by updates of a matrix",
        least: "its smallest eigenvalue",
        most: "its largest",
        low: "1 / (1 + p c), c = max(Lam, 1): |y|^2 <= Lam s . y of raw pairs",
        high: "K_p, K_0 = 1, K_(j+1) = K_j (1 + sqrt(c / mu2))^2 + 1 / mu2",
    },
    cites=derived("the published bound in p, mu1, mu2 alone does not hold: pairs are not replayed"),
    instances=320,
)
def limited_memory(pairs, Lam, A, Y, stretch, mu1, mu2):
    """Raw pairs have |y|^2 <= Lam s . y. (1) only raises s . y, (2) mixes y with s, and |y|^2 is
    convex: |y|^2 <= c s . y with c = max(Lam, 1), and s . s <= s . y / mu2. B+ <= B + y y^T / (s .
    y), so that |B| grows by at most c a pair from 1: the least eigenvalue of H is at least 1 / (1 +
    p c). In the other direction |H+| <= |H| (1 + |s||y| / s . y)^2 + |s|^2 / s . y, and |s||y| / s
    . y <= sqrt(c / mu2): that is K_(j+1).

    The published bound is in p, mu1, mu2 alone. It does not hold: pairs are damped against the H of
    their time, not the one they are replayed in. With s = 0 and y = u repeated u . H_t u = mu1^t,
    and one sheared pair then makes |H| as large as one likes. Stretched pairs have |y|^2 > Lam s .
    y and break the lower bound here.

    Space: one to three pairs in two dimensions of curvature up to 10^3, where one pair along the
    steep direction comes within 1 / Lam of the lower bound. The upper one is a product of worst
    cases that no sequence of pairs meets at once: the largest share found is 0.6, for one pair."""
    # |y|^2 / s . y grows by stretch^2
    short = stretch[:, None] ** -2
    memory: Inverse = no_pairs((len(mu1),), pairs, 2)
    matrix = np.broadcast_to(np.eye(2), A.shape)
    every = np.ones(len(mu1), bool)
    for t in range(pairs):
        s, y = double_damped(memory, short * Y[:, t], Lam[:, None] * matvec(A, Y[:, t]), mu1, mu2)
        memory = updated(memory, s, y, every)
        matrix = matrix_updated(matrix, s, y, every)
    lam = np.linalg.eigvalsh(matrix)
    # damped pairs mix y, |y|^2 <= Lam s . y, with s itself, for which the constant is 1
    c = np.maximum(Lam, 1.0)
    limits = [
        limited_memory_bounds(pairs, *row) for row in zip(c.tolist(), mu2.tolist(), strict=True)
    ]
    return {
        two_loop: product(memory, np.broadcast_to(np.eye(2), A.shape)),
        dense: matrix,
        least: lam[:, 0],
        most: lam[:, -1],
        low: np.array([a for a, _ in limits]),
        high: np.array([b for _, b in limits]),
    }
