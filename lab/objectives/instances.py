"""Ready-made instances: an objective and a start. Instances for Liu et al. 2025 (derived; the paper's own are not known)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import fraction, positive
from lab.objectives.logistic import OneHotLogistic
from lab.objectives.quadratic import Quadratic
from lab.spectra import hadamard_blocks


class Instance(NamedTuple):
    """objective; theta (n,) the start; active: the eigenvalues or logits that the start excites."""

    objective: Quadratic | OneHotLogistic
    theta: np.ndarray
    active: np.ndarray


def block_instance(
    seed: int = 7, blocks: int = 8, size: int = 16, smallest: float = 0.01, largest: float = 12.0
) -> Instance:
    """K Hadamard blocks of unit diagonal, active eigenvalues geometric in [smallest, largest], start alpha_k v_k with
    |alpha_k| uniform in [0.3, 1].

    kappa = largest / smallest = 1200. With seed 7 (signs first, then magnitudes) GD tuned over
    np.geomspace(0.01, 1, 100) reaches 1e-6 of the initial loss in 1899 steps (1862 over a continuum of rates), sign descent halved
    from |theta|_inf / 2 in 11; other seeds give 1542 ... 2303 and 8 ... 11.
    ValueError for eigenvalues outside (0, size).
    """
    positive("smallest", smallest)
    positive("largest", largest)
    lam, rng = np.geomspace(smallest, largest, blocks), np.random.default_rng(seed)
    h, v = hadamard_blocks(lam, size)
    alpha = rng.choice([-1.0, 1.0], blocks) * rng.uniform(0.3, 1.0, blocks)
    return Instance(Quadratic(h), (alpha[:, None] * v).ravel(), lam)


def minimal_block_instance(a: float = 0.99) -> Instance:
    """Two blocks [[1, a], [a, 1]], start (1, 1, 1, -1): active eigenvalues 1 + a, 1 - a; kappa = 199 at a = 0.99.

    Sign descent with lr = 1 solves it in one step; GN^p needs at least (kappa - 1) / 4 log(w / eps), w = (1 - a) / 2.
    ValueError for a outside [0, 1).
    """
    fraction("a", a)
    h = np.kron(np.eye(2), [[1.0, a], [a, 1.0]])
    return Instance(Quadratic(h), np.array([1.0, 1.0, 1.0, -1.0]), np.array([1 + a, 1 - a]))


def two_logits(largest: float = 8.0, smallest: float = 1.0, spread: float = 100.0) -> Instance:
    """One-hot logistic regression with two logits, start (largest, smallest), frequencies spread : 1, q = 1/2. All > 0, else
    ValueError."""
    for name, value in (("largest", largest), ("smallest", smallest), ("spread", spread)):
        positive(name, value)
    return Instance(
        OneHotLogistic(np.array([spread, 1.0])),
        np.array([largest, smallest]),
        np.array([largest, smallest]),
    )


def many_logits(n: int = 20, largest: float = 8.0, spread: float = 100.0) -> Instance:
    """n logits uniformly spaced in [-largest, largest], frequencies geometric from spread to 1, q = 1/2. Both > 0,
    else ValueError."""
    positive("largest", largest)
    positive("spread", spread)
    z = np.linspace(-largest, largest, n)
    return Instance(OneHotLogistic(np.geomspace(spread, 1.0, n)), z, z)
