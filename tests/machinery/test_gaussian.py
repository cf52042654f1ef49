"""Gaussian regression and random designs: the sampler in law, what it refuses, idealised Adam, bad
input."""

from functools import partial

import numpy as np
import pytest
from examples import spd
from followed import followed

from lab.bases import random
from lab.batches import Batch, Recorded
from lab.curvature import Dense, Diagonal
from lab.linalg import symmetric_power
from lab.objectives import (
    Elliptical,
    Gaussian,
    GaussianRegression,
    OneHot,
    Rademacher,
    RandomDesign,
)
from lab.optimizers import (
    SGD,
    Backtracking,
    DiagonalGN,
    ExactLineSearch,
    IdealisedAdam,
    InBasis,
    Newton,
    SignSGD,
)
from lab.oracle import Asked
from lab.simulation import simulate

SIGMA = spd(5, kappa=30.0)
THETA = np.array([1.0, -2.0, 0.5, 0.3, -1.0])
STAR = np.linspace(-1, 1, 5)


class Constant:
    """A generator whose numbers are given, in the order the sampler asks for them."""

    def __init__(self, *numbers):
        self._numbers = list(numbers)

    def standard_gamma(self, shape, size):
        return self._numbers.pop(0)

    standard_normal = lambda self, size: self._numbers.pop(0)  # noqa: E731


def test_law_from_explicit_rows():
    """Rows chosen by hand, taken apart into the sampler's random numbers, give back exactly their
    own gradient and loss."""
    rng = np.random.default_rng(0)
    noise = 0.7
    batch = 6
    z = rng.standard_normal((batch, 5))
    eps = rng.standard_normal(batch)
    root = symmetric_power(SIGMA, 0.5)
    d = THETA - STAR
    u = root @ d
    uhat = u / np.linalg.norm(u)
    along = z @ uhat
    a = along @ along
    n1 = along @ eps / np.sqrt(a)
    e = z @ u - noise * eps
    w = z.T @ e / np.linalg.norm(e)
    numbers = Constant(a / 2, (eps @ eps - n1**2) / 2, n1, w)
    f = GaussianRegression(SIGMA, STAR, noise)
    drawn = f.draw(numbers, (), batch)
    np.testing.assert_allclose(f.grad(THETA, drawn), root @ z.T @ e / batch, rtol=1e-12)
    np.testing.assert_allclose(f.loss(THETA, drawn), e @ e / (2 * batch), rtol=1e-12)


def test_rows_by_hand():
    """Gradient, loss and curvature of an explicit batch against loops over its rows."""
    f = GaussianRegression(SIGMA, STAR, 0.7, sampler="rows")
    x, xi = drawn = f.draw(np.random.default_rng(1), (), 4)
    errors = [x[j] @ (THETA - STAR) - xi[j] for j in range(4)]
    np.testing.assert_allclose(
        f.grad(THETA, drawn), sum(e * row for e, row in zip(errors, x, strict=True)) / 4, rtol=1e-12
    )
    np.testing.assert_allclose(f.loss(THETA, drawn), sum(e**2 for e in errors) / 8, rtol=1e-12)
    np.testing.assert_allclose(
        f.hessian(THETA, drawn).dense(), sum(np.outer(row, row) for row in x) / 4, rtol=1e-12
    )
    true = f.curvature(THETA, drawn, "true", None)
    np.testing.assert_allclose(
        true.dense(),
        sum(e**2 * np.outer(r, r) for e, r in zip(errors, x, strict=True)) / 4,
        rtol=1e-12,
    )
    np.testing.assert_allclose(true.mean(), f.grad(THETA, drawn), rtol=1e-12)
    np.testing.assert_array_equal(
        f.curvature(THETA, drawn, "exact", None).dense(), f.sigma, err_msg="Sigma itself"
    )


def test_population():
    f = GaussianRegression(SIGMA, STAR, 0.7)
    d = THETA - STAR
    assert np.isclose(f.loss(THETA), (d @ SIGMA @ d + 0.49) / 2, rtol=1e-12)
    assert f.lowest == pytest.approx(0.245)
    assert f.loss(f.minimiser) == pytest.approx(f.lowest)
    np.testing.assert_allclose(f.grad(f.minimiser), 0, atol=1e-15)


def test_diagonal_covariance_is_the_dense_one():
    lam = np.geomspace(3, 0.01, 5)
    for sampler in ("law", "rows"):
        thin, full = (GaussianRegression(s, STAR, 0.4, sampler) for s in (lam, np.diag(lam)))
        drawn = [f.draw(np.random.default_rng(3), (2,), 3) for f in (thin, full)]
        np.testing.assert_allclose(
            thin.grad(THETA, drawn[0]), full.grad(THETA, drawn[1]), rtol=1e-12
        )
        np.testing.assert_allclose(
            thin.loss(THETA, drawn[0]), full.loss(THETA, drawn[1]), rtol=1e-12
        )
    for design in (Gaussian(), Rademacher(), OneHot(), Elliptical(2.0)):
        moments = [
            RandomDesign(s, STAR, design, 0.4).second_moment(THETA, 3).dense()
            for s in (lam, np.diag(lam))
        ]
        np.testing.assert_allclose(*moments, rtol=1e-12, atol=1e-15)


def test_at_the_optimum_the_gradient_is_pure_noise():
    """u = 0 has no direction: Sigma^{1/2} |e| w / B with |e|^2 = noise^2 chi2_B, and 0 without
    label noise."""
    runs = 40_000
    star = np.broadcast_to(STAR, (40_000, 5))
    f = GaussianRegression(SIGMA, STAR, 0.7)
    g = f.grad(star, f.draw(np.random.default_rng(4), (runs,), 3))
    products = g[:, :, None] * g[:, None, :]
    error = products.std(0) / np.sqrt(runs)
    assert (np.abs(products.mean(0) - 0.49 / 3 * SIGMA) <= 5 * error).all()
    quiet = GaussianRegression(SIGMA, STAR)
    assert not quiet.grad(star, quiet.draw(np.random.default_rng(4), (runs,), 3)).any()


def test_a_sweep_shares_the_random_numbers():
    f = GaussianRegression(SIGMA, STAR, 0.3)
    lrs = np.array([[0.05], [0.2]])
    together = simulate(f, SGD(lrs), np.stack([THETA, STAR, -THETA]), steps=7, batch=4, rng=2)[
        "loss"
    ]
    alone = simulate(f, SGD(0.2), np.stack([THETA, STAR, -THETA]), steps=7, batch=4, rng=2)["loss"]
    np.testing.assert_allclose(together[:, 1], alone, rtol=1e-12)


def test_a_batch_in_law_refuses_what_it_cannot_know():
    f = GaussianRegression(SIGMA, STAR, 0.3)
    drawn = f.draw(np.random.default_rng(0), (), 4)
    with pytest.raises(TypeError, match="has no rows to revisit: use sampler='rows'"):
        Asked(f, THETA, Batch(drawn)).at(THETA)
    for optimizer in (
        ExactLineSearch(SGD(0.1)),
        Backtracking(SGD(0.1)),
        Newton(),
        DiagonalGN(0.1, labels="true"),
    ):
        with pytest.raises(TypeError, match="use sampler='rows'"):
            simulate(f, optimizer, THETA, steps=1, batch=4)
        simulate(GaussianRegression(SIGMA, STAR, 0.3, "rows"), optimizer, THETA, steps=1, batch=40)
        simulate(f, optimizer, THETA, steps=1)


def test_designs_are_isotropic_with_the_fourth_moment_they_state():
    u = np.array([1.0, -0.5, 2.0])
    runs = 200_000
    for design in (Gaussian(), Elliptical(2.5), Rademacher(), OneHot()):
        z = design.draw(np.random.default_rng(7), (runs, 3))
        a, b, c = design.fourth(3)
        fourth = a * np.outer(u, u) + b * (u @ u) * np.eye(3) + c * np.diag(u**2)
        for weight, expected in ((np.ones(runs), np.eye(3)), ((z @ u) ** 2, fourth)):
            products = weight[:, None, None] * z[:, :, None] * z[:, None, :]
            error = products.std(0) / np.sqrt(runs)
            # a mean of `runs` numbers of order one carries runs * eps of rounding
            assert (np.abs(products.mean(0) - expected) <= 5 * error + runs * 1e-15).all(), design


def naive_idealised_adam(theta, g, moment, lr, eps):
    """One step, entry by entry."""
    step = []
    for i in range(len(theta)):
        d = moment[i][i] ** 0.5 + eps
        step.append(0.0 if d == 0 else -lr * g[i] / d)
    return np.array(step)


@pytest.mark.parametrize("eps", [0.0, 0.1])
def test_idealised_adam_against_a_naive_reference(eps):
    """The expected squared gradient written out from E[g g^T] = (1 + 1/B) Sigma d d^T Sigma +
    (tau/B) Sigma, along a path."""
    f = GaussianRegression(SIGMA, STAR, 0.7)
    theta = THETA
    lr = 0.07
    batch = 3
    rng = np.random.default_rng(5)
    drawings = [f.draw(rng, (), batch) for _ in range(5)]
    recorded = Recorded([Batch(drawn, batch) for drawn in drawings])
    points = followed(f, IdealisedAdam(lr, eps), theta, 5, batch=recorded).points
    for drawn, theta, after in zip(drawings, points, points[1:], strict=False):
        d = theta - STAR
        tau = sum(d[i] * SIGMA[i, j] * d[j] for i in range(5) for j in range(5)) + 0.49
        moment = [
            [
                (1 + 1 / batch) * (SIGMA[i] @ d) * (SIGMA[j] @ d) + tau / batch * SIGMA[i, j]
                for j in range(5)
            ]
            for i in range(5)
        ]
        naive = naive_idealised_adam(theta, f.grad(theta, drawn), moment, lr, eps)
        # delta is a difference of points of size 1: eps on top of the 1e-12
        np.testing.assert_allclose(after - theta, naive, rtol=1e-12, atol=1e-15)


REFERENCES = {"IdealisedAdam": partial(test_idealised_adam_against_a_naive_reference, 0.1)}


def test_idealised_adam_on_the_full_batch_is_sign_descent():
    f = GaussianRegression(SIGMA, STAR)
    basis = random(5, np.random.default_rng(1))
    for wrap in (lambda o: o, lambda o: InBasis(basis, o)):
        paths = [
            simulate(f, wrap(o), THETA, steps=9)["loss"]
            for o in (IdealisedAdam(0.05), SignSGD(0.05))
        ]
        np.testing.assert_allclose(*paths, rtol=1e-10)
    assert not simulate(f, IdealisedAdam(0.05), STAR, steps=1, batch=2)["loss"].any()


def test_diagonal_curvature_answers_as_dense():
    d = np.array([[3.0, 0.0, 0.1], [1.0, 2.0, 5.0]])
    v = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]])
    s = np.array([2.0, 0.3, -1.0])
    thin = Diagonal(d)
    full = Dense(d[..., None] * np.eye(3))
    q = random(3, np.random.default_rng(0))
    for damping in (0.0, 0.4, np.array([[0.0], [1.0]])):
        np.testing.assert_allclose(thin.solve(v, damping), full.solve(v, damping), rtol=1e-12)
    np.testing.assert_allclose(thin.times(v), full.times(v))
    np.testing.assert_allclose(thin.diag(), full.diag())
    np.testing.assert_allclose(thin.rotated(q).dense(), full.rotated(q).dense(), atol=1e-15)
    np.testing.assert_allclose(thin.scaled(s).dense(), full.scaled(s).dense())
    assert not thin.mean().any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"sigma": [[1.0, 2.0], [2.0, 1.0]]},
            "sigma has smallest eigenvalue -1: must be positive semi-definite",
        ),
        ({"sigma": [[1.0, 2.0], [0.0, 1.0]]}, "sigma is not symmetric"),
        ({"sigma": [1.0, -2.0]}, "sigma = -2: must be >= 0"),
        ({"sigma": [1.0, np.nan]}, r"sigma\[1\] = nan: must be finite"),
        ({"sigma": 3.0}, "sigma has shape"),
        ({"sigma": []}, "sigma is empty"),
        ({"noise": -1.0}, "noise = -1: must be >= 0"),
        ({"noise": [1.0, 2.0]}, "noise has shape"),
        ({"theta_star": [1.0, 2.0, 3.0]}, "theta_star has shape"),
        ({"sampler": "exact"}, "sampler = 'exact': must be one of 'law', 'rows'"),
    ],
)
def test_bad_input(settings, message):
    with pytest.raises(ValueError, match=message):
        GaussianRegression(**({"sigma": [1.0, 2.0], "theta_star": 0.0} | settings))


@pytest.mark.parametrize("batch", [0, -1, 2.5, True])
def test_bad_batch(batch):
    for sampler in ("law", "rows"):
        f = GaussianRegression([1.0, 2.0], 0.0, 0.1, sampler)
        for call in (
            lambda f=f: f.draw(np.random.default_rng(0), (), batch),
            lambda f=f: f.second_moment(np.ones(2), batch),
        ):
            with pytest.raises(ValueError, match=r"batch = .*: must be an integer >= 1"):
                call()


def test_bad_kurtosis():
    with pytest.raises(ValueError, match=r"k4 = 0.5: must be >= 1"):
        Elliptical(0.5)
