"""Edge cases of the Kronecker-factored methods: each has a defined answer."""

from types import SimpleNamespace

import numpy as np
import pytest
from examples import flat, start
from layered_objectives import network
from refusals import refused
from streams import iterates, stream

from lab.arrays import Layers
from lab.objectives import MLP, LeastSquares
from lab.optimizers import (
    TNT,
    GaussNewton,
    KLShampoo,
    Levenberg,
    Shampoo,
    ShampooEMA,
    VNShampoo,
    example,
)
from lab.optimizers.matrix.damping import balance
from lab.oracle import Asked
from lab.simulation import replay, simulate

RNG = np.random.default_rng(31)


def test_no_gradient_at_all():
    """All traces 0: P = damping^-1 per mode, and 0 without damping."""
    zero = np.zeros((2, 3))
    g = RNG.standard_normal((2, 3))
    means = [SimpleNamespace(mean=lambda: Layers([zero]))]
    for damping, expected in ((0.5, -4.0 * g), (0.0, 0.0 * g)):
        method = TNT(1.0, damping, momentum=0.0)
        path = replay(method, Layers([zero]), [Layers([g])], curvatures=means)[0]
        np.testing.assert_allclose(path[1], expected, rtol=1e-14)
    for method in (ShampooEMA, VNShampoo, KLShampoo):
        assert (iterates(method(1.0, 0.0), [zero, zero]) == 0).all()
    assert balance((np.zeros((2, 2)), np.eye(3))) == 1
    assert balance((np.eye(2), np.zeros((3, 3)))) == 1


def test_a_singular_factor_without_damping():
    """Powers on the range by eigenvalues; by Cholesky's method an error that says what to do."""
    g = np.outer([1.0, 2.0], [1.0, 0.0, -1.0])
    path = iterates(VNShampoo(1.0, 0.0, momentum=0.0), [g])
    assert np.isfinite(path).all()
    assert np.linalg.matrix_rank(path[1]) == 1
    tnt = {"curvatures": [SimpleNamespace(mean=lambda: Layers([g]))]}
    refused(
        lambda: iterates(TNT(1.0, 0.0, root="cholesky"), [g], **tnt),
        ValueError,
        "a factor of size 2 is singular: damping must be > 0 for root = 'cholesky'",
    )


def test_modes_of_size_one_are_kept():
    """A 1 x d block has the factor c beside M, and the powers of a matrix."""
    g = RNG.standard_normal((1, 4))
    c = np.sqrt((g**2).sum() / 4)
    means = [SimpleNamespace(mean=lambda: Layers([g]))]
    step = iterates(TNT(1.0, 0.1, beta2=0.0, momentum=0.0), [g], curvatures=means)[1]
    expected = -g / (c + 0.1) @ np.linalg.inv(g.T @ g / c + 0.1 * np.eye(4))
    np.testing.assert_allclose(step, expected, rtol=1e-10)
    grads = RNG.standard_normal((3, 1, 4))
    as_vector = iterates(Shampoo(1.0, 0.1), grads[:, 0])[-1]
    as_matrix = iterates(Shampoo(1.0, 0.1), grads)[-1][0]
    assert np.abs(as_vector - as_matrix).max() > 1e-2


def test_overflow_is_data():
    """Gradients whose squares overflow end one run, without a warning that stops it."""
    theta, grads = stream((2, 3))
    with np.errstate(over="ignore", invalid="ignore"):
        path = iterates(example("TNT"), 1e200 * grads, theta, curvatures=_of(1e200 * grads))
    assert not np.isfinite(path[-1]).any()


def _of(grads):
    return [SimpleNamespace(mean=lambda g=g: Layers([g])) for g in grads]


@pytest.mark.parametrize(
    "name", ["KFAC", "EKFAC", "PerExampleTNT", "KBFGS", "BlockNaturalGradient"]
)
def test_a_batch_of_one(name):
    f = network()
    run = simulate(f, example(name), start(f), steps=4, batch=1)
    assert np.isfinite(run["loss"]).all()


def test_blocks_of_no_dense_layer():
    """Scales and shifts: raw momentum for K-FAC and K-BFGS, factors of their own by modes."""
    x = RNG.standard_normal((6, 2))
    y = RNG.standard_normal((6, 2))
    f = MLP(x, y, (3,), normalised="layer")
    theta = start(f)
    others = [b for b, role in enumerate(theta.roles) if role.kind in ("scale", "shift")]
    g = f.grad(theta)
    for name in ("KFAC", "KBFGS", "EKFAC"):
        method = example(name)
        delta, _ = method.step(method.init(theta), Asked(f, theta), theta)
        share = 0.5 if name == "KBFGS" else 1.0
        for b in others:
            np.testing.assert_allclose(delta[b], -0.07 * share * g[b], rtol=1e-13)
    for name in ("PerExampleTNT", "BlockNaturalGradient"):
        method = example(name)
        delta, state = method.step(method.init(theta), Asked(f, theta), theta)
        assert all(np.abs(delta[b] + 0.07 * g[b]).max() > 1e-4 for b in others)
        np.testing.assert_allclose(
            flat(method.metric(state).times(delta)), -0.07 * flat(g), rtol=1e-9, atol=1e-12
        )


def levenberg(f, damping, lr=1.0):
    method = Levenberg(GaussNewton(lr, damping), every=1)
    theta = np.array([1.0, -2.0])
    _, state = method.step(method.init(theta), Asked(f, theta), theta)
    return float(state.factor), float(state.rho)


def test_levenberg():
    """On a quadratic the model is exact but for its damping, and rho = 1; where the loss is flatter
    than its model the damping rises."""
    f = LeastSquares(np.diag([2.0, 1.0]), np.zeros(2))
    factor, rho = levenberg(f, 1e-6)
    assert (factor, round(rho, 4)) == (0.95, 1.0)
    # told = -lr |g|^2 / L (1 - lr / 2) and actual the same without damping: a long step told right
    factor, rho = levenberg(f, 1e-6, lr=1.9)
    assert (factor, round(rho, 4)) == (0.95, 1.0)
    # f = log cosh is flatter far out than its Fisher matrix at 0 says
    far = MLP(np.array([[1.0]]), np.array([1.0]), loss="bce", biases=False)
    theta = Layers([np.array([[-9.0]])], roles=far.start().roles)
    method = Levenberg(GaussNewton(1.0, 0.0), every=1)
    _, state = method.step(method.init(theta), Asked(far, theta), theta)
    assert float(state.rho) < 0.25
    assert float(state.factor) == pytest.approx(1 / 0.95)
    refused(lambda: Levenberg(example("SGD")), TypeError, "there is no damping in SGD")
