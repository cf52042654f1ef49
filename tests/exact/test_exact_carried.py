"""The expected loss of SGD with momentum on regression, against the full second moment."""

import numpy as np
import pytest
from exact_settings import INSTANCES, N, start

from lab.bases import random
from lab.exact import exact
from lab.objectives import GaussianRegression
from lab.optimizers import SGD, InBasis


def full_recursion(sigma, delta, optimizer, steps, *, batch, noise):
    """E[delta^T Sigma delta] from the 2n x 2n second moment of (delta, b), entry by entry."""
    n = len(sigma)
    lr, beta = optimizer.lr, optimizer.momentum
    eye = np.eye(n)
    moment = np.zeros((2 * n, 2 * n))
    moment[:n, :n] = np.outer(delta, delta)
    path = [np.sum(sigma * moment[:n, :n])]
    for t in range(steps):
        weight = 1 - optimizer.dampening if t else 1.0
        # (delta, b) -> (delta, b) + (-lr u) with b+ = beta b + weight g, u = b+ or g + beta b+
        ahead = 1 + beta * weight if optimizer.nesterov else weight
        carry = beta**2 if optimizer.nesterov else beta
        mean = np.block(
            [[eye - lr * ahead * sigma, -lr * carry * eye], [weight * sigma, beta * eye]]
        )
        c = moment[:n, :n]
        drift = sigma @ c @ sigma
        spread = (drift + (np.sum(sigma * c) + noise**2) * sigma) / batch
        push = np.vstack([-lr * ahead * eye, weight * eye])
        moment = mean @ moment @ mean.T + push @ spread @ push.T
        path.append(np.sum(sigma * moment[:n, :n]))
    return np.array(path)


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(0.1, momentum=0.7),
        SGD(0.1, momentum=0.7, dampening=0.4),
        SGD(0.1, momentum=0.7, nesterov=True),
    ],
    ids=repr,
)
def test_momentum_recursion_is_the_full_one(optimizer, batch):
    """3n numbers per step instead of 4n^2. Contracting, of positive moments: some eps a step."""
    f = INSTANCES[GaussianRegression]["law"]
    theta = start(f)
    ours = exact(f, optimizer, theta, steps=30, batch=batch)["loss"]
    risk = full_recursion(f.sigma, theta - f.theta_star, optimizer, 30, batch=batch, noise=f.noise)
    np.testing.assert_allclose(ours, (risk + f.noise**2) / 2, rtol=1e-11)
    turned = exact(
        f, InBasis(random(N, np.random.default_rng(8)), optimizer), theta, steps=30, batch=batch
    )["loss"]
    np.testing.assert_allclose(turned, ours, rtol=1e-11)


def test_momentum_on_regression_diverges_to_inf():
    f = INSTANCES[GaussianRegression]["law"]
    loss = exact(f, SGD(np.array([0.1, 50.0]), momentum=0.9), start(f), steps=2000, batch=1)["loss"]
    assert np.isfinite(loss[:, 0]).all()
    assert np.isinf(loss[-1, 1])
