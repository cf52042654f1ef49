"""Ready-made instances: an objective and a start.

For Liu et al. 2025; derived, the paper's own are not known.

Each separates two methods by construction: unit diagonals blind what a diagonal preconditioner
could see, and the start decides which eigenvalues matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import fraction, positive
from lab.objectives.logistic import OneHotLogistic
from lab.objectives.quadratic import Quadratic
from lab.spectra import hadamard_blocks


class Instance(NamedTuple):
    """objective; theta (n,) the start; active: the eigenvalues or logits that the start excites.

    f has minimum 0 at 0 for quadratics; logits have their minimum at logit(q).
    """

    objective: Quadratic | OneHotLogistic
    theta: np.ndarray
    active: np.ndarray


def block_instance(
    seed: int = 7,
    blocks: int = 8,
    size: int = 16,
    smallest: float = 0.01,
    largest: float = 12.0,
) -> Instance:
    """K Hadamard blocks of unit diagonal, start alpha_k v_k in block k, |alpha_k| in [0.3, 1]

    Active eigenvalues geometric in [smallest, largest], kappa = largest / smallest = 1200;
    |alpha_k| uniform. With seed 7 (signs first, then magnitudes) GD tuned over np.geomspace(0.01,
    1, 100) reaches 1e-6 of the initial loss in 1899 steps (1862 over a continuum of rates), sign
    descent halved from |theta|_inf / 2 in 11; other seeds give 1542 ... 2303 and 8 ... 11.
    ValueError for eigenvalues outside (0, size).
    """
    positive("smallest", smallest)
    positive("largest", largest)
    lam = np.geomspace(smallest, largest, blocks)
    h, v = hadamard_blocks(lam, size)

    rng = np.random.default_rng(seed)
    # |alpha_k| >= 0.3, so that every block matters.
    # signs before magnitudes: the numbers in the docstring belong to this order of draws
    signs = rng.choice([-1.0, 1.0], blocks)
    alpha = signs * rng.uniform(0.3, 1.0, blocks)
    start = alpha[:, None] * v
    return Instance(Quadratic(h), start.ravel(), lam)


def minimal_block_instance(a: float = 0.99) -> Instance:
    """Two blocks [[1, a], [a, 1]], start (1, 1, 1, -1): active eigenvalues 1 + a and 1 - a

    kappa = 199 at a = 0.99. Sign descent with lr = 1 solves it in one step; GN^p needs at least
    (kappa - 1) / 4 log(w / eps), w = (1 - a) / 2. ValueError for a outside [0, 1).
    """
    fraction("a", a)
    # unit diagonal in both: no diagonal preconditioner sees the difference
    block = [[1.0, a], [a, 1.0]]
    h = np.kron(np.eye(2), block)
    start = np.array([1.0, 1.0, 1.0, -1.0])
    active = np.array([1 + a, 1 - a])
    return Instance(Quadratic(h), start, active)


def two_logits(
    largest: float = 8.0,
    smallest: float = 1.0,
    spread: float = 100.0,
) -> Instance:
    """One-hot logistic regression with two logits, start (largest, smallest), q = 1/2

    Frequencies spread : 1. All > 0, else ValueError.

    One logit starts saturated: its gradient is small for its distance, which preconditioners
    disagree about.
    """
    positive("largest", largest)
    positive("smallest", smallest)
    positive("spread", spread)
    objective = OneHotLogistic(np.array([spread, 1.0]))
    start = np.array([largest, smallest])
    return Instance(objective, start, start.copy())


def many_logits(n: int = 20, largest: float = 8.0, spread: float = 100.0) -> Instance:
    """n logits uniformly spaced in [-largest, largest], q = 1/2

    Frequencies geometric from spread to 1. Both > 0, else ValueError.

    Both tails start saturated, the frequent features at one end and the rare ones at the other.
    """
    positive("largest", largest)
    positive("spread", spread)
    z = np.linspace(-largest, largest, n)
    objective = OneHotLogistic(np.geomspace(spread, 1.0, n))
    return Instance(objective, z, z)
