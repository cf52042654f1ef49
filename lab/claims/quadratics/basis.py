"""Bases: what a change of basis does to an optimizer, and paths between bases.

An optimizer in the basis Q (orthogonal, columns u_i) sees Q^T g and returns Q times its step. That
is the same as running it on z -> f(Q z), for every optimizer and every batch: one statement covers
all. A geodesic Q(s) = Q_0 exp(s log(Q_0^T Q_1)) leads from one basis to another; eigenvectors have
neither order nor sign, so columns are aligned and determinants made equal before the logarithm, or
the path is arbitrary. The interpolation from the coordinates to an eigenbasis is that of arXiv
2510.13680; the protocol is ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import expm
from sympy import Abs, Eq, asinh, exp, log, sin, sinh

from lab.bases import Orthogonal, coordinate, eigen
from lab.claims import (
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    orthogonal,
    start,
    symbols,
)
from lab.geodesics import geodesic, rotation_log
from lab.linalg import hadamard
from lab.objectives import Logistic, Reparameterised
from lab.optimizers import OPTIMIZERS, InBasis, example
from lab.oracle import unanswered
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.conditioning import plane, preconditioned_kappa

optimizer, batch, turn, Q, x, inside, moved = symbols("optimizer batch turn Q x inside moved")
n, s, end, kappa, phi = symbols("n s end kappa phi")
stretch, first, last, left, again, rotation, newton = symbols(
    "stretch first last left again rotation newton"
)


def regression() -> Logistic:
    """Twelve examples of five inputs of unequal scales: ridge logistic regression, whose gradient
    is no linear function and whose curvature changes along the path."""
    # one problem for all instances: optimizer, basis and start are what varies
    rng = np.random.default_rng(4)
    inputs = rng.standard_normal((12, 5)) * geometric(5, 10.0)
    return Logistic(inputs, (rng.random(12) < 0.5).astype(float), ridge=0.1)


# not those that read the factors of a layer
ANSWERED = [k for k in OPTIMIZERS if not unanswered(example(k).needs, regression())]


@claim(
    "basis/reparameterisation-law",
    over={
        optimizer: choice(*ANSWERED),
        batch: choice("full", "mini"),
        turn: choice(1, -1),
        # Haar: in the coordinates, or in their order, nothing is turned
        Q: orthogonal(5, ("random",)),
        x: start(5, ("generic",)),
    },
    assuming=[Eq(turn, 1)],
    says={
        "path": equal(
            inside, moved, rtol=1e-8, atol=1e-9, because="six steps of well-conditioned arithmetic"
        )
    },
    where={
        inside: "theta after six steps of the optimizer in the basis Q on f, ridge logistic"
        " regression"
        " in five dimensions, on the full batch or mini-batches of 4",
        moved: "Q times the same of the optimizer itself on z -> f(Q^turn z)",
    },
    cites=derived("the chain rule, g -> Q^T g, G -> Q^T G Q; all registered methods of vectors"),
    instances=64,
)
def reparameterisation_law(optimizer, batch, turn, Q, x):
    """f_Q(z) = f(Q z) has the gradient Q^T g(Q z), the curvature Q^T G Q and, for an example or a
    batch, the same of each: the chain rule. The wrapper shows exactly these to the optimizer at
    theta = Q z, and gives back Q times its step. By induction theta_t = Q z_t for all t, with
    states that agree; both see the same batches, as draws do not depend on the parameters.

    Q^T Q = 1 is used once: the gradient of f_Q is Q^T g, while the wrapper goes to the basis by
    Q^-1. turn = -1 uses Q^T for Q on one side only, and breaks it; methods that are blind to
    rotations would not notice, so the witness comes from others.

    Space: registered methods of vectors with what they need, full batch and mini-batches of 4; six
    steps on twelve examples, which keeps the arithmetic well-conditioned. Numbers of steps after
    which chaotic methods would part are not the point: one step and a warm state are what an
    implementation gets wrong.
    """
    f, size = regression(), None if batch == "full" else 4
    found: dict[Any, list] = {inside: [], moved: []}
    for q, theta in zip(Q, x, strict=True):
        basis, other = Orthogonal(q), Orthogonal(q if turn == 1 else q.T)
        method = example(optimizer)
        wrapped = simulate(f, InBasis(basis, method), theta, steps=6, batch=size)
        bare = simulate(Reparameterised(f, other), method, other.to(theta), steps=6, batch=size)
        found[inside].append(wrapped.final)
        found[moved].append(other.back(bare.final))
    return found


def path(n, end, q, s) -> dict:
    """Of the path from the coordinates of R^n to a random basis or Hadamard's: singular values at
    s, overlaps at both ends, kappa(GN^-1) at the end, and the rotation, as such and as exp log.

    Hadamard's basis, symmetric with half of its eigenvalues -1, is where a logarithm must pair
    them; a random one has complex eigenvalues and no such pairs. Columns of the last basis are
    compared as a set and up to signs, since the path aligns them.
    """
    # Hadamard's has half of its eigenvalues -1, which a logarithm must pair
    target = np.linalg.qr(q[:n, :n])[0] if end == "Haar" else hadamard(n)
    start, inside, there = (geodesic(coordinate(n), Orthogonal(target), z).q for z in (0.0, s, 1.0))
    h = with_spectrum(geometric(n, 1e3), Orthogonal(target))
    # rotation_log takes determinants 1
    turn = target * np.where(np.arange(n) < n - 1, 1.0, np.linalg.det(target))
    return {
        stretch: np.linalg.svd(inside)[1],
        first: np.abs(np.diag(start)),
        last: np.abs(there.T @ target).max(0),
        left: preconditioned_kappa(there.T @ h @ there),
        again: expm(rotation_log(turn)),
        rotation: turn,
    }


@claim(
    "basis/geodesic",
    over={
        n: choice(2, 4, 16),
        end: choice("Haar", "Hadamard"),
        Q: orthogonal(16, ("random",)),
        s: between(0, 1),
    },
    says={
        "orthogonal": equal(stretch, 1, atol=1e-12, because="n eps"),
        "start": equal(first, 1, atol=1e-12, because="n eps"),
        "end": equal(last, 1, atol=1e-12, because="n eps"),
        "kappa at the end": equal(left, 1, atol=1e-9, because="n eps kappa, kappa = 1e3"),
        "logarithm": equal(again, rotation, atol=1e-12, because="n eps"),
    },
    where={
        stretch: "singular values of Q(s) = Q_0 exp(s log Q_0^T Q_1), Q_0 the coordinates of R^n,"
        " Q_1 random or Hadamard's",
        first: "|diagonal of Q(0)^T Q_0|",
        last: "largest |entry| in each column of Q(1)^T Q_1",
        left: "kappa(GN^-1) in Q(1) of a matrix with eigenbasis Q_1",
        again: "exp(rotation_log(rotation))",
        rotation: "Q_1, its last column times its determinant",
    },
    cites=derived("real Schur form, in which eigenvalues -1 are rotations by pi"),
    instances=24,
)
def geodesic_is_exact(n, end, Q, s):
    """exp of a skew-symmetric matrix is orthogonal, so Q(s) is for every s; Q(0) = Q_0, and Q(1) =
    Q_0 exp(log(Q_0^T Q_1)) = Q_1 up to order and signs of columns. A real logarithm exists iff the
    determinant is 1, which the sign of the last column sees to; an eigenvalue -1 of multiplicity
    two is a rotation by pi in a plane of its own, found from the real Schur form.

    The real part of a complex logarithm ends elsewhere for Hadamard matrices, which are symmetric
    with half of their eigenvalues -1: kappa at the end was 772 in place of 1, and nothing
    complained. Last part: the basis at s = 1 diagonalises H, so that kappa(GN^-1) = 1 there.
    """
    paths = [path(n, end, q, share) for q, share in zip(Q, s, strict=True)]
    return {quantity: np.array([along[quantity] for along in paths]) for quantity in paths[0]}


@claim(
    "basis/geodesic-in-the-plane",
    # closer to the coordinates than to their exchange, which is another order of columns
    over={s: between(0, 1), kappa: decades(0.1, 3), phi: between(-0.7, 0.7)},
    says={
        "kappa": equal(
            newton,
            exp(2 * asinh(sinh(log(kappa) / 2) * Abs(sin(2 * (1 - s) * phi)))),
            rtol=1e-9,
            because="eps kappa",
        )
    },
    where={
        newton: "kappa(GN^-1) of R(phi) diag(kappa, 1) R(phi)^T at s on the geodesic from its"
        " coordinates to its eigenbasis"
    },
    cites=derived("plane/basis-accuracy at the angle that is left"),
)
def geodesic_in_the_plane(s, kappa, phi):
    """Two bases of the plane with equal determinant differ by a rotation, here by phi, and the
    geodesic is the rotation by s phi. What is left is (1 - s) phi, and plane/basis-accuracy at that
    angle is the formula: sinh(log kappa' / 2) = sinh(log kappa / 2) |sin 2 (1 - s) phi|.

    So the gain comes late: at kappa = 1000 and phi = 0.7 the first half of the way leaves some two
    fifths of kappa, the last tenth a factor 20. |phi| <= 0.7 < pi / 4: beyond, exchanging the two
    columns is shorter, and the aligned path leads elsewhere. At s = 1 kappa' = 1.
    """
    found = []
    for share, ratio, angle in zip(s, kappa, phi, strict=True):
        h = plane(ratio, angle)
        basis = geodesic(coordinate(2), eigen(h), share)
        found.append(preconditioned_kappa(basis.to(basis.to(h).T)))
    return {newton: np.array(found)}
