"""Claims about bases: what a change of basis does to an optimizer, and paths between bases."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.linalg import expm, logm

from lab.bases import Orthogonal, coordinate, eigen, geodesic, random, rotation_log
from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, equal, every
from lab.linalg import hadamard
from lab.objectives import Logistic, Reparameterised
from lab.optimizers import OPTIMIZERS, InBasis, example
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.conditioning import plane, plane_kappa, preconditioned_kappa

# away from values that hide a mistake, and from eps = 0, where rounding decides signs


@claim(
    "basis/reparameterisation-law",
    paper="liu2025",
    statement=r"every registered optimizer in the basis Q on f takes the steps it takes on z -> f(Q z), mapped back by Q",
    source="derived: the chain rule, g -> Q^T g, G -> Q^T G Q",
    assumes="vector parameters, Q orthogonal; full batch and mini-batches",
    evidence="numeric",
    control={"inverted": True},
)
def reparameterisation_law(inverted: bool = False, steps: int = 6) -> Check:
    """Both paths of every registered optimizer on logistic regression; inverted: the parameters are turned by Q^T instead of Q."""
    rng = np.random.default_rng(4)
    f = Logistic(rng.standard_normal((12, 5)) * geometric(5, 10.0), (rng.random(12) < 0.5).astype(float), ridge=0.1)
    q, theta = random(5, rng), rng.standard_normal(5)
    turned = Orthogonal(q.q.T) if inverted else q
    checks = []
    for name in OPTIMIZERS:
        optimizer = example(name)
        for batch in (None, 4):
            inside = simulate(f, InBasis(q, optimizer), theta, steps=steps, batch=batch).final
            moved = simulate(Reparameterised(f, turned), optimizer, turned.to(theta), steps=steps, batch=batch).final
            # rounding of a few steps of well-conditioned arithmetic
            checks.append(equal(inside, turned.back(moved), rtol=1e-9, atol=1e-10, what=name))
    worst = max(checks, key=lambda check: check.gap)
    return dataclasses.replace(every(*checks), detail=f"{len(checks)} pairs of paths; worst: {worst.detail}")


@claim(
    "basis/geodesic",
    paper="liu2025",
    statement=r"Q(s) = Q_0 \exp(s \log Q_0^T Q_1) is orthogonal and ends in Q_1 up to order and signs of columns; plane: angle s \phi",
    source="derived: real Schur form, so that eigenvalues -1 (Hadamard) are rotations by pi",
    assumes="columns aligned, determinants equal",
    evidence="numeric",
    control={"real_part": True},
)
def geodesic_is_exact(real_part: bool = False) -> Check:
    """Ends and orthogonality at n = 16 (Haar and Hadamard), logarithms of Hadamard matrices, and kappa along the path in the plane
    against the closed form at the remaining angle. real_part: the logarithm is the real part of a complex one."""
    logarithm = (lambda r: logm(r).real) if real_part else rotation_log
    lam, checks = geometric(16, 1e3), []
    for end in (random(16, np.random.default_rng(5)), Orthogonal(hadamard(16))):
        path = [geodesic(coordinate(16), end, s).q for s in (0.0, 0.3, 0.7, 1.0)]
        checks.append(equal(np.stack([q.T @ q for q in path]), np.eye(16), atol=1e-12, what="Q^T Q"))
        checks.append(equal(path[0], np.eye(16), atol=1e-12, what="start"))
        checks.append(equal(np.abs(path[-1].T @ end.q).max(0), 1.0, atol=1e-12, what="|end columns|"))
        h = with_spectrum(lam, end)
        checks.append(equal(preconditioned_kappa(path[-1].T @ h @ path[-1]), 1.0, atol=1e-9, what="kappa(GN^-1) at the end"))
    for n in (4, 16):
        checks.append(equal(expm(logarithm(hadamard(n))), hadamard(n), atol=1e-12, what=f"exp log Hadamard {n}"))
    s, phi = np.linspace(0, 1, 5), np.pi / 7
    h = plane(100.0, phi)
    bases = [geodesic(coordinate(2), eigen(h), x) for x in s]
    seen = [basis.to(basis.to(h).T) for basis in bases]
    closed = plane_kappa(100.0, (1 - s) * phi, -0.5)
    return every(*checks, equal(preconditioned_kappa(np.stack(seen), -0.5), closed, rtol=1e-12, what="kappa(GN^-1/2) along the path"))
