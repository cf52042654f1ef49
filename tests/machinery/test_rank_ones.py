"""The curvature of a network: factors of every example, and what is made of them."""

import numpy as np
import pytest
from examples import flat, start
from layered_objectives import networks

from lab.arrays import Layers, layers
from lab.bases import random
from lab.batches import Batch
from lab.objectives import MLP
from lab.oracle import LABELS, Asked

RNG = np.random.default_rng(37)
X = RNG.standard_normal((5, 2))
TARGETS = {"half_mse": RNG.standard_normal((5, 2)), "bce": RNG.random((5, 2))}


@pytest.mark.parametrize("name", networks())
@pytest.mark.parametrize("labels", LABELS)
def test_answers_agree_with_the_matrix(name, labels):
    """Block by block, without the rows being written out; several labels of one example, weights,
    biases, scales and kernels."""
    f = networks()[name]
    theta = start(f, (2,))
    v = start(f, (2,), seed=6)
    curvature = f.curvature(theta, None, labels, np.random.default_rng(2))
    dense = curvature.dense()
    np.testing.assert_allclose(
        flat(curvature.diag()), np.diagonal(dense, axis1=1, axis2=2), rtol=1e-12, atol=1e-14
    )
    np.testing.assert_allclose(
        flat(curvature.times(v)), (dense @ flat(v)[..., None])[..., 0], rtol=1e-11, atol=1e-13
    )
    solved = curvature.solve(v, 0.3)
    back = flat(curvature.times(solved)) + 0.3 * flat(solved)
    np.testing.assert_allclose(back, flat(v), rtol=1e-9, atol=1e-10)
    if labels == "true":
        np.testing.assert_allclose(
            flat(curvature.mean()), flat(f.grad(theta)), rtol=1e-10, atol=1e-14
        )


def test_factors_multiply_to_the_gradients():
    """In the order of `layers(theta)`, inputs without a column of ones, the bias by the errors."""
    f = MLP(X, TARGETS["bce"], (4, 3), activation=("relu", "gelu"), loss="bce")
    theta = start(f, (3,))
    rows = f.draw(np.random.default_rng(2), (3,), 4)
    true, exact = (f.curvature(theta, rows, kind, None) for kind in ("true", "exact"))
    grad = f.grad(theta, rows)
    widths = [(2, 4), (4, 3), (3, 2)]
    for pair, one, many, (d, o) in zip(
        layers(theta), true.layers, exact.layers, widths, strict=True
    ):
        assert one.inputs.shape == many.inputs.shape == (3, 4, d)
        assert one.errors.shape == (3, 4, 1, o)
        assert many.errors.shape == (3, 4, 2, o)
        assert one.outputs.shape == (3, 4, o)
        products = np.einsum("rjco,rjd->rod", one.errors, one.inputs) / 4
        np.testing.assert_allclose(products, grad[pair.weight], rtol=1e-12)
        np.testing.assert_allclose(one.errors.mean(1)[:, 0], grad[pair.bias], rtol=1e-12)
        h = one.inputs @ theta[pair.weight].swapaxes(-1, -2) + theta[pair.bias][:, None]
        np.testing.assert_allclose(one.outputs, h, rtol=1e-13)
    assert not np.abs(flat(exact.mean())).any()


def test_the_curvature_shares_the_forward_pass_of_the_gradient(monkeypatch):
    """One forward pass answers loss, gradient and any number of curvatures."""
    f = MLP(X, TARGETS["bce"], (4,), loss="bce")
    passes = []
    evaluate = type(f).evaluate
    monkeypatch.setattr(type(f), "evaluate", lambda *a: passes.append(1) or evaluate(*a))
    oracle = Asked(f, f.start(), Batch(np.array([0, 3])))
    oracle.loss, oracle.grad, oracle.curvature("sampled"), oracle.curvature("true")
    assert len(passes) == 1


def test_a_rank_deficient_curvature_is_solved_on_its_range():
    """One example with one output: G has rank 1, and G^+ g = g / |g|^2 for its own gradient."""
    f = MLP(X[:1], np.array([0.3]), (3,))
    theta = start(f)
    g = f.grad(theta)
    curvature = f.curvature(theta, None, "true", None)
    norm = (flat(g) ** 2).sum()
    np.testing.assert_allclose(flat(curvature.solve(g)), flat(g) / norm, rtol=1e-10)
    damped = flat(curvature.solve(g, 0.5))
    np.testing.assert_allclose(damped, flat(g) / (norm + 0.5), rtol=1e-10)


def test_a_change_of_basis_turns_the_matrix():
    """`rotated` and `scaled` over the flat vector, through the one block of a matrix without
    bias."""
    f = MLP(X, TARGETS["half_mse"], biases=False)
    theta = start(f)
    curvature = f.curvature(theta, None, "true", None)
    s = Layers([np.array([[1.0, 2.0], [-0.5, 3.0]])], [2], f.roles)
    expected = curvature.dense() * np.outer(flat(s), flat(s))
    np.testing.assert_allclose(curvature.scaled(s).dense(), expected, rtol=1e-13)
    q = random(4, RNG)
    np.testing.assert_allclose(
        curvature.flat.rotated(q).dense(), q.q.T @ curvature.dense() @ q.q, rtol=1e-12, atol=1e-14
    )
