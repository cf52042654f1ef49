"""Estimators of a curvature diagonal, by enumeration of everything they can draw: exact, no sampling."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
from scipy.special import expit

from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, equal, every
from lab.curvature import Dense
from lab.linalg import matvec
from lab.objectives.logistic import Logistic
from lab.optimizers.second_order.sophia import hutchinson


@claim(
    "sophia/hutchinson",
    paper="liu2023sophia",
    statement=r"u\odot(Hu), u Rademacher: mean \mathrm{diag}(H), variance \sum_{j\ne i}H_{ij}^2 in coordinate i",
    source="Hutchinson's estimator; derived: expand the square, odd moments vanish",
    assumes="u uniform on sign vectors, H symmetric",
    evidence="exact",
    control={"absolute": True},
)
def hutchinson_moments(absolute=False, n=6) -> Check:
    """All 2^n probes. The control takes |H u|, which AdaHessian squares: its mean is not the diagonal."""
    h = np.random.default_rng(4).standard_normal((n, n))
    h = h + h.T
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=n)))
    drawn = np.asarray(hutchinson(SimpleNamespace(hessian=Dense(h), probe=lambda: signs)))
    drawn = np.abs(drawn) if absolute else drawn
    off = (h**2).sum(1) - np.diag(h) ** 2
    return every(
        equal(drawn.mean(0), np.diag(h), atol=1e-13, what=f"mean over {len(signs)} probes"),
        equal(drawn.var(0), off, rtol=1e-13, what="variance"),
    )


@claim(
    "sophia/bartlett",
    paper="liu2023sophia",
    statement=r"B\,E[\hat g^2] = \mathrm{diag}(G): the Gauss-Newton-Bartlett estimate is unbiased when labels come from the model",
    source="derived: scores of independent examples have mean zero, so cross terms vanish, and Bartlett's second identity",
    assumes="labels drawn from the model's own probabilities, B the number of examples in the mean",
    evidence="exact",
    control={"from_model": False},
)
def bartlett(from_model=True, examples=7, n=3) -> Check:
    """All 2^B label vectors with their probabilities, through the objective's own sampling. The control draws fair coins."""
    rng = np.random.default_rng(5)
    f, theta = Logistic(rng.standard_normal((examples, n)), np.zeros(examples)), rng.standard_normal(n)
    labels = np.array(list(itertools.product((0, 1), repeat=examples)))
    everywhere = np.broadcast_to(theta, (len(labels), n))
    told = SimpleNamespace(random=lambda size: np.where(labels, 0.0, 1.0))
    p = expit(matvec(f.x, theta))
    weight = np.where(labels, p, 1 - p).prod(1) if from_model else np.full(len(labels), 1 / len(labels))
    estimate = examples * f.curvature(everywhere, None, "sampled", told).mean() ** 2
    return equal(weight @ estimate, f.curvature(theta, None, "exact", rng).diag(), rtol=1e-13, what=f"{len(labels)} label vectors, mean")
