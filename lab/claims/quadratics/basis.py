"""Bases: what a change of basis does to an optimizer, and paths between bases."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm
from sympy import Abs, Eq, asinh, exp, log, sin, sinh

from lab.bases import Orthogonal, coordinate, eigen, geodesic, rotation_log
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
from lab.linalg import hadamard
from lab.objectives import Logistic, Reparameterised
from lab.optimizers import OPTIMIZERS, InBasis, example
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.conditioning import plane, preconditioned_kappa

optimizer, batch, turn, Q, x, inside, moved = symbols("optimizer batch turn Q x inside moved")
n, s, end, kappa, phi = symbols("n s end kappa phi")
stretch, first, last, left, again, rotation, newton = symbols(
    "stretch first last left again rotation newton"
)


def regression() -> Logistic:
    """Twelve examples of five inputs of unequal scales."""
    rng = np.random.default_rng(4)
    inputs = rng.standard_normal((12, 5)) * geometric(5, 10.0)
    return Logistic(inputs, (rng.random(12) < 0.5).astype(float), ridge=0.1)


@claim(
    "basis/reparameterisation-law",
    over={
        optimizer: choice(*OPTIMIZERS),
        batch: choice("full", "mini"),
        turn: choice(1, -1),
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
    cites=derived("the chain rule, g -> Q^T g, G -> Q^T G Q; all registered optimizers"),
    instances=64,
)
def reparameterisation_law(optimizer, batch, turn, Q, x):
    """f(Q z) has the gradient Q^T g and the curvature Q^T G Q, which is what the wrapper shows to
    the optimizer, and both see the same batches."""
    f, size = regression(), None if batch == "full" else 4
    found = {inside: [], moved: []}
    for q, theta in zip(Q, x, strict=True):
        basis, other = Orthogonal(q), Orthogonal(q if turn == 1 else q.T)
        method = example(optimizer)
        wrapped = simulate(f, InBasis(basis, method), theta, steps=6, batch=size)
        bare = simulate(Reparameterised(f, other), method, other.to(theta), steps=6, batch=size)
        found[inside].append(wrapped.final)
        found[moved].append(other.back(bare.final))
    return found


@claim(
    "basis/geodesic",
    over={
        n: choice(2, 4, 16),
        end: choice("Haar", "Hadamard"),
        Q: orthogonal(16, ("random",)),
        s: between(0, 1),
        kappa: decades(0.1, 3),
        # closer to the coordinates than to their exchange, which is another order of columns
        phi: between(-0.7, 0.7),
    },
    says={
        "orthogonal": equal(stretch, 1, atol=1e-12, because="n eps"),
        "start": equal(first, 1, atol=1e-12, because="n eps"),
        "end": equal(last, 1, atol=1e-12, because="n eps"),
        "kappa at the end": equal(left, 1, atol=1e-9, because="n eps kappa, kappa = 1e3"),
        "logarithm": equal(again, rotation, atol=1e-12, because="n eps"),
        "plane": equal(
            newton,
            exp(2 * asinh(sinh(log(kappa) / 2) * Abs(sin(2 * (1 - s) * phi)))),
            rtol=1e-9,
            because="eps kappa",
        ),
    },
    where={
        stretch: "singular values of Q(s) = Q_0 exp(s log Q_0^T Q_1), Q_0 the coordinates of"
        " R^n, Q_1"
        " random or Hadamard's",
        first: "|diagonal of Q(0)^T Q_0|",
        last: "largest |entry| in each column of Q(1)^T Q_1",
        left: "kappa(GN^-1) in Q(1) of a matrix with eigenbasis Q_1",
        again: "exp(rotation_log(rotation))",
        rotation: "Q_1, one column turned if its determinant is -1",
        newton: "kappa(GN^-1) of R(phi) diag(kappa, 1) R(phi)^T at s between its coordinates and"
        " eigenbasis",
    },
    cites=derived("real Schur form, in which eigenvalues -1 are rotations by pi"),
    instances=24,
)
def geodesic_is_exact(n, end, Q, s, kappa, phi):
    """exp of a skew-symmetric matrix is orthogonal; columns are aligned and determinants made equal
    before the logarithm. In the plane the path is the angle s phi: plane/basis-accuracy at what is
    left of it. The real part of a complex logarithm ends elsewhere for Hadamard matrices."""
    found = {name: [] for name in (stretch, first, last, left, again, rotation, newton)}
    lam = geometric(n, 1e3)
    for q, share, ratio, angle in zip(Q, s, kappa, phi, strict=True):
        target = np.linalg.qr(q[:n, :n])[0] if end == "Haar" else hadamard(n)
        path = [geodesic(coordinate(n), Orthogonal(target), z).q for z in (0.0, share, 1.0)]
        h = with_spectrum(lam, Orthogonal(target))
        turned = target * np.where(np.arange(n) < n - 1, 1.0, np.linalg.det(target))
        flat = plane(ratio, angle)
        between_both = geodesic(coordinate(2), eigen(flat), share)

        found[stretch].append(np.linalg.svd(path[1])[1])
        found[first].append(np.abs(np.diag(path[0])))
        found[last].append(np.abs(path[-1].T @ target).max(0))
        found[left].append(preconditioned_kappa(path[-1].T @ h @ path[-1]))
        found[again].append(expm(rotation_log(turned)))
        found[rotation].append(turned)
        found[newton].append(preconditioned_kappa(between_both.to(between_both.to(flat).T)))
    return found
