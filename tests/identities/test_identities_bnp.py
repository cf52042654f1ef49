"""BNP as a change of variables: frozen statistics, K-FAC, batches of one example."""

import numpy as np
import pytest

from lab.arrays import layers, lift
from lab.batches import Batch, Drawn, Recorded
from lab.maps import StandardisedInputs
from lab.objectives import MLP, Network, Reparameterised
from lab.objectives.networks.activations import ACTIVATIONS
from lab.objectives.networks.normalisation import Affine, Normalised
from lab.objectives.networks.stages import Activated, Dense
from lab.optimizers import BNP, FOOF, SGD, InVariables, Momentum, example
from lab.oracle import Asked
from lab.simulation import simulate

RNG = np.random.default_rng(4)
X = RNG.standard_normal((8, 3)) * [0.5, 2.0, 1.0] + [1.0, 0.0, -2.0]
F = MLP(X, RNG.standard_normal((8, 2)), (4,), activation="softplus")
THETA = F.start((), np.random.default_rng(1))
ROWS = Recorded([Batch(np.array([0, 3, 5]), 3)] * 5)


def assert_close(a, b, rtol=1e-11):
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, rtol=rtol, atol=1e-12)


def statistics(theta=THETA, rows=(0, 3, 5)):
    """Means and variances of a batch with eps1 = 0.2, eps2 = 0.1, by layer."""
    found = F.curvature(theta, np.array(rows), "true", None)
    means = [layer.inputs.mean(0, keepdims=True) for layer in found.layers]
    variances = [layer.inputs.var(0, keepdims=True) for layer in found.layers]
    return tuple(means), tuple(v + 0.2 * v.max() + 0.1 for v in variances)


SIZES = {"lr": 0.05, "eps1": 0.2, "eps2": 0.1, "rescaled": False}


def test_frozen_statistics_are_a_change_of_variables():
    change = StandardisedInputs(*statistics())
    frozen = BNP(**SIZES, frozen=True, start="first")
    one = simulate(F, frozen, THETA, steps=5, batch=ROWS).final
    other = simulate(F, InVariables(change, SGD(0.05)), THETA, steps=5, batch=ROWS).final
    moved = simulate(Reparameterised(F, change), SGD(0.05), change.to(THETA), steps=5, batch=ROWS)
    assert_close(one, other)
    assert_close(one, change.back(moved.final))


def test_the_change_of_variables():
    change = StandardisedInputs(*statistics())
    g = F.grad(THETA)
    assert_close(change.back(change.to(THETA)), THETA)
    assert_close(change.push_back(change.pull(None, g)), g)
    # <pull g, z> = <g, back z>
    z = change.to(F.start((), np.random.default_rng(2)))
    left = sum((a * b).sum() for a, b in zip(change.pull(None, g), z, strict=True))
    right = sum((a * b).sum() for a, b in zip(g, change.back(z), strict=True))
    assert left == pytest.approx(right, rel=1e-11)


def test_curvature_in_the_variables_of_standardised_inputs():
    change = StandardisedInputs(*statistics())
    inside = Asked(F, THETA).in_variables(change, change.to(THETA))
    z = change.to(THETA)
    moved = Reparameterised(F, change)
    np.testing.assert_allclose(
        inside.curvature("exact").dense(),
        moved.curvature(z, None, "exact", None).dense(),
        rtol=1e-9,
        atol=1e-12,
    )
    v = F.start((), np.random.default_rng(3))
    product = change.pull(None, F.curvature(THETA, None, "exact", None).times(change.back(v)))
    assert_close(inside.curvature("exact").times(v), product, 1e-9)


def test_with_uncorrelated_inputs_it_is_foof():
    """One layer whose inputs have a diagonal covariance: FOOF without damping."""
    q = np.linalg.qr(np.column_stack([np.ones(8), RNG.standard_normal((8, 3))]))[0][:, 1:]
    f = MLP(q * [1.0, 5.0, 0.2] + [3.0, 0.0, -1.0], F.y)
    theta = f.start((), np.random.default_rng(5))
    bnp = simulate(f, BNP(0.3, eps1=0.0, eps2=0.0), theta, steps=3).final
    foof = simulate(f, FOOF(0.3, 0.0, momentum=0.0, every=1), theta, steps=3).final
    assert_close(bnp, foof, 1e-9)


def test_a_layer_without_bias_is_scaled_by_second_moments():
    f = MLP(X, F.y, biases=False)
    theta = f.start((), np.random.default_rng(5))
    one = simulate(f, BNP(0.3, eps1=0.0, eps2=0.0), theta, steps=1).final
    expected = theta[0] - 0.3 * f.grad(theta)[0] / (X**2).mean(0)
    np.testing.assert_allclose(one[0], expected, rtol=1e-12)


def test_a_constant_input_rests():
    x = np.column_stack([X, np.full(8, 2.0)])
    f = MLP(x, F.y)
    theta = f.start((), np.random.default_rng(5))
    end = simulate(f, BNP(0.3, eps1=0.0, eps2=0.0), theta, steps=3).final
    np.testing.assert_allclose(end[0][:, 3], theta[0][:, 3], rtol=1e-12)
    assert np.isfinite(end[0]).all()


@pytest.mark.parametrize("batch", [1, 2, 6])
def test_the_total_variance_is_right_at_every_batch_size(batch):
    """Of normal inputs with variance 9, over 60 runs, each of some 60 batches: 3 %.

    The printed one is too small by 1 / N, and 0 at one example."""
    x = 3 * np.random.default_rng(6).standard_normal((500, 2))
    f = MLP(x, np.zeros((500, 1)))
    record = {"v": lambda theta, state: state.variance[0]}
    settings = {"steps": 200, "every": 200, "batch": Drawn(batch), "record": record}
    for variance, expected in (("total", 1.0), ("batch", 1 - 1 / batch)):
        method = BNP(1e-6, 0.97, variance=variance)
        v = simulate(f, method, f.start((60,)), **settings)["v"][-1]
        np.testing.assert_allclose(v.mean(0)[0] / x.var(0), expected, atol=0.06)


def test_the_metric_where_layers_are_wider_than_the_batch():
    """M delta = -lr g, two examples of three and four inputs: q2 = 3/2 and 2."""
    oracle = Asked(F, THETA, Batch(np.array([0, 3]), 2))
    method = lift(example("BNP"), THETA)
    delta, state = method.step(method.init(THETA), oracle, THETA)
    assert state.q2 == (1.5, 1.5, 2.0, 2.0)
    assert_close(method.metric(state).times(delta), -0.07 * oracle.grad, 1e-9)


def test_momentum_acts_on_what_comes_out():
    first = simulate(F, BNP(0.05), THETA, steps=1, batch=ROWS).final
    second = simulate(F, Momentum(BNP(0.05), 0.9, place="step"), THETA, steps=1, batch=ROWS).final
    assert_close(first, second)


def test_blocks_outside_dense_layers_take_plain_steps():
    f = MLP(X, F.y, (4,), normalised="layer")
    theta = f.start((), np.random.default_rng(1))
    roles = [role.kind for role in theta.roles]
    moved = simulate(f, example("BNP"), theta, steps=1).final
    g = f.grad(theta)
    for k in (roles.index("scale"), roles.index("shift")):
        np.testing.assert_allclose(moved[k], theta[k] - 0.07 * g[k], rtol=1e-12)
    assert len(layers(theta)) == 2


def test_a_vector_is_refused():
    with pytest.raises(TypeError, match="BNP needs Layers"):
        BNP(0.1).init(np.zeros(3))


@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_the_hessian_through_batch_statistics_is_that_of_differences(eps):
    """Coupled examples: central differences of the gradient at distance 1e-5."""
    stages = (
        Dense(3, 3),
        Normalised("examples", eps),
        Affine(3),
        Activated(ACTIVATIONS["tanh"]),
        Dense(3, 2),
    )
    f = Network(X, F.y, stages)
    theta = f.start((), np.random.default_rng(7))
    z = f.flatten.back(theta)
    found = f.hessian(theta).dense()
    columns = []
    for e in np.eye(len(z)):
        above, below = (f.grad(f.flatten.to(z + sign * 1e-5 * e)) for sign in (1, -1))
        columns.append((f.flatten.back(above) - f.flatten.back(below)) / 2e-5)
    np.testing.assert_allclose(found, np.array(columns), atol=1e-5 * np.abs(found).max())
