"""Contracts over every registered objective."""

import mpmath
import numpy as np
import pytest
from examples import layered_objectives, objectives, start
from layered_objectives import as_vector, networks

from lab.bases import random
from lab.batches import Batch
from lab.objectives import OBJECTIVES
from lab.objectives.logistic import softplus
from lab.oracle import LABELS, Asked, offered

LAYERED = layered_objectives() | networks()
EXAMPLES = objectives() | {name: as_vector(f) for name, f in LAYERED.items()}
each_objective = pytest.mark.parametrize("name", EXAMPLES)


def numeric(f, theta, h=1e-5):
    """Central differences of f along every coordinate, on a new last axis."""
    steps = h * np.eye(theta.shape[-1])
    return np.stack([(f(theta + step) - f(theta - step)) / (2 * h) for step in steps], -1)


def revisitable(f, theta, drawn) -> bool:
    """Whether the batch can be asked, also at other points. One that can't must refuse with a clear
    error."""
    if coupled(f) and drawn is not None and drawn.shape[-1] == 1:
        with pytest.raises(ValueError, match=r"batch of 1 example: .* at least 2"):
            f.grad(theta, drawn)
        return False
    if not getattr(drawn, "one_point", False):
        return True
    with pytest.raises(TypeError, match="has no rows to revisit: use sampler='rows'"):
        Asked(f, theta, Batch(drawn)).at(theta)
    with pytest.raises(TypeError, match="use sampler='rows'"):
        f.hessian(theta, drawn)
    return False


def coupled(f) -> bool:
    """Whether no example has a gradient of its own."""
    return getattr(f, "coupled", False)


def test_every_registered_objective_has_an_example():
    """A class by its type, a function that composes one by the name of the example."""
    found = {type(f) for f in [*objectives().values(), *LAYERED.values()]}
    named = [name.split(",")[0] for name in LAYERED]
    for name, thing in OBJECTIVES.items():
        assert thing in found if isinstance(thing, type) else name in named
    assert found <= set(OBJECTIVES.values())


@each_objective
@pytest.mark.parametrize("batch", [None, 1, 5])
def test_gradient_is_the_derivative_of_the_loss(name, batch):
    f = EXAMPLES[name]
    theta = start(f, (2, 3))
    drawn = f.draw(np.random.default_rng(4), (2, 3), batch)
    if not revisitable(f, theta, drawn):
        return
    np.testing.assert_allclose(
        f.grad(theta, drawn), numeric(lambda x: f.loss(x, drawn), theta), rtol=1e-6, atol=1e-7
    )


@each_objective
@pytest.mark.parametrize("batch", [None, 5])
def test_hessian_is_the_derivative_of_the_gradient(name, batch):
    f = EXAMPLES[name]
    if "hessian" not in offered(f):
        return
    theta = start(f, (3,))
    drawn = f.draw(np.random.default_rng(4), (3,), batch)
    if not revisitable(f, theta, drawn):
        return
    expected = numeric(lambda x: f.grad(x, drawn), theta)
    actual = np.broadcast_to(f.hessian(theta, drawn).dense(), expected.shape)
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-7)


@each_objective
@pytest.mark.parametrize("labels", LABELS)
def test_curvature_answers_agree_with_its_matrix(name, labels):
    f = EXAMPLES[name]
    theta = start(f, (3,))
    rng = np.random.default_rng(1)
    n = theta.shape[-1]
    curvature = f.curvature(theta, None, labels, rng)
    v = rng.standard_normal((3, n))
    dense = np.broadcast_to(curvature.dense(), (3, n, n))
    np.testing.assert_allclose(
        np.broadcast_to(curvature.diag(), (3, n)), np.diagonal(dense, axis1=1, axis2=2), rtol=1e-12
    )
    np.testing.assert_allclose(
        curvature.times(v), np.einsum("rij,rj->ri", dense, v), rtol=1e-10, atol=1e-13
    )
    np.testing.assert_allclose(dense, dense.swapaxes(1, 2), rtol=1e-12, atol=1e-14)


@each_objective
def test_sampled_curvature_is_exact_in_expectation(name):
    f = EXAMPLES[name]
    runs = 20_000
    theta = np.broadcast_to(start(f), (runs, *start(f).shape))
    exact = f.curvature(start(f), None, "exact", None).diag()
    sampled = f.curvature(theta, None, "sampled", np.random.default_rng(8)).diag()
    sampled = np.broadcast_to(sampled, theta.shape)
    error = sampled.std(0, ddof=1) / np.sqrt(runs)
    assert (np.abs(sampled.mean(0) - exact) <= 5 * error + 1e-12).all()


@each_objective
def test_true_label_curvature_is_the_mean_of_squared_gradients(name):
    """Per example: batches of size one, enumerated by drawing many; only for objectives with
    labels."""
    f = EXAMPLES[name]
    if not getattr(f, "labelled", True) or coupled(f):
        return
    theta = start(f)
    runs = 40_000
    g = f.grad(
        np.broadcast_to(theta, (runs, *theta.shape)), f.draw(np.random.default_rng(2), (runs,), 1)
    )
    ridge = getattr(f, "ridge", 0.0)
    squares = (g - ridge * theta) ** 2
    expected = f.curvature(theta, None, "true", None).diag() - ridge
    error = squares.std(0, ddof=1) / np.sqrt(runs)
    assert (np.abs(squares.mean(0) - expected) <= 5 * error + 1e-12).all()


@each_objective
def test_batch_gradients_are_unbiased(name):
    f = EXAMPLES[name]
    runs = 40_000
    if coupled(f):
        return
    theta = start(f)
    for batch in (1, 4):
        g = f.grad(
            np.broadcast_to(theta, (runs, *theta.shape)),
            f.draw(np.random.default_rng(6), (runs,), batch),
        )
        error = g.std(0, ddof=1) / np.sqrt(runs)
        rounding = runs * np.finfo(float).eps * np.abs(g).max(0)
        assert (np.abs(g.mean(0) - f.grad(theta)) <= 5 * error + rounding).all()


@each_objective
@pytest.mark.parametrize("batch", [None, 1, 4])
def test_second_moment_is_the_mean_of_g_g_transposed(name, batch):
    f = EXAMPLES[name]
    runs = 40_000
    if "second_moment" not in offered(f):
        return
    theta = start(f)
    g = f.grad(
        np.broadcast_to(theta, (runs, *theta.shape)),
        f.draw(np.random.default_rng(12), (runs,), batch),
    )
    g = np.broadcast_to(g, (runs, *theta.shape))
    moment = f.second_moment(theta, batch)
    products = g[:, :, None] * g[:, None, :]
    error = products.std(0, ddof=1) / np.sqrt(runs)
    rounding = runs * np.finfo(float).eps * np.abs(moment.dense()).max()
    np.testing.assert_array_less(np.abs(products.mean(0) - moment.dense()), 5 * error + rounding)
    np.testing.assert_allclose(moment.mean(), f.grad(theta), rtol=1e-12)


@each_objective
def test_second_moment_answers_agree_with_its_matrix(name):
    f = EXAMPLES[name]
    if "second_moment" not in offered(f):
        return
    theta = start(f, (2, 3))
    n = theta.shape[-1]
    v = np.random.default_rng(1).standard_normal((2, 3, n))
    moment = f.second_moment(theta, 3)
    dense = moment.dense()
    q = random(n, np.random.default_rng(2))
    assert dense.shape == (2, 3, n, n)
    np.testing.assert_allclose(moment.diag(), np.diagonal(dense, axis1=-2, axis2=-1), rtol=1e-12)
    np.testing.assert_allclose(
        moment.times(v), (dense @ v[..., None])[..., 0], rtol=1e-10, atol=1e-12
    )
    solved = moment.solve(v, 0.1)
    np.testing.assert_allclose(moment.times(solved) + 0.1 * solved, v, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(
        moment.rotated(q).dense(), q.q.T @ dense @ q.q, rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(
        moment.rotated(q).mean(), q.to(moment.mean()), rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(
        moment.scaled(v).dense(), v[..., None] * dense * v[..., None, :], rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(moment.scaled(v).mean(), v * moment.mean(), rtol=1e-12)


@each_objective
def test_sampled_mean_is_a_gradient_with_mean_zero(name):
    """E over the model's own labels of the score is 0."""
    f = EXAMPLES[name]
    runs = 20_000
    theta = np.broadcast_to(start(f), (runs, *start(f).shape))
    mean = np.broadcast_to(
        f.curvature(theta, None, "sampled", np.random.default_rng(3)).mean(), theta.shape
    )
    error = mean.std(0, ddof=1) / np.sqrt(runs)
    # a bias before batch normalisation has gradient 0, and so no error but rounding
    rounding = np.finfo(float).eps * np.abs(mean).max()
    assert (np.abs(mean.mean(0)) <= 5 * error + rounding).all()


@each_objective
def test_start(name):
    f = EXAMPLES[name]
    n = f.start().shape[-1]
    assert f.start().shape == (n,)
    assert f.start((2, 3), np.random.default_rng(0)).shape == (2, 3, n)
    assert f.draw(np.random.default_rng(0), (), None) is None


def test_softplus_to_forty_digits_over_the_floating_range():
    """exp and log1p are right to an ulp each, and their errors add: 4 eps relative. Below the
    smallest normal number there are fewer
    digits to be right, hence atol."""
    z = np.concatenate([np.geomspace(1e-300, 1e300, 301), np.linspace(0.0, 800.0, 161)])
    z = np.concatenate([z, -z])
    with mpmath.workdps(40):
        # log1p(e^z) loses nothing for z <= 0; for z > 0 it is z + log1p(e^-z)
        expected = [
            float(max(x, 0) + mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(x))))) for x in z.tolist()
        ]
    np.testing.assert_allclose(
        softplus(z), expected, rtol=4 * np.finfo(float).eps, atol=np.finfo(float).tiny
    )
    np.testing.assert_array_equal(
        softplus(np.array([-np.inf, np.inf])), [0.0, np.inf], err_msg="limits"
    )
    assert np.isnan(softplus(np.nan))
