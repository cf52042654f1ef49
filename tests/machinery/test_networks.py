"""Networks against differences, enumerated labels, other objectives, and exact invariances."""

import itertools

import numpy as np
import pytest
from examples import flat, start
from layered_objectives import networks
from scipy.signal import correlate2d
from scipy.special import erf, expit

from lab import simulate
from lab.arrays import Layers, parts
from lab.maps import Elementwise
from lab.objectives import MLP, ConvNet, LeastSquares, Logistic, Reparameterised
from lab.objectives.networks.activations import ACTIVATIONS
from lab.objectives.networks.losses import LOSSES
from lab.optimizers import SGD

RNG = np.random.default_rng(31)
X = RNG.standard_normal((5, 2))
TARGETS = {
    "half_mse": RNG.standard_normal((5, 2)),
    "mse": RNG.standard_normal((5, 2)),
    "bce": RNG.random((5, 2)),
    "softmax": np.array([2, 0, 1, 1, 0]),
}


def central(f, network, theta, h):
    """Central differences of f(Layers) over the flat parameters, on a new last axis."""
    there = network.flatten.back(theta)
    columns = []
    for unit in np.eye(there.shape[-1]):
        step = h * unit
        ahead, behind = f(network.flatten.to(there + step)), f(network.flatten.to(there - step))
        columns.append((flat(ahead) - flat(behind)) / (2 * h))
    return np.stack(columns, -1)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_derivatives_are_central_differences(activation, loss):
    """Two different layers of this activation; 1e-6, what differences of size 1e-5 are good for
    where third derivatives are of order 10; ReLU at points further than that from its kink."""
    f = MLP(X, TARGETS[loss], (3, 2), activation=activation, loss=loss, gain=1.5)
    theta = start(f, (2,))
    g = flat(f.grad(theta))
    expected = central(lambda point: f.loss(point)[..., None], f, theta, 1e-5)[:, 0]
    np.testing.assert_allclose(g, expected, rtol=1e-6, atol=1e-7)
    curved = central(f.grad, f, theta, 1e-5)
    v = f.flatten.to(RNG.standard_normal(g.shape))
    np.testing.assert_allclose(
        flat(f.hessian(theta).times(v)),
        np.einsum("rij,rj->ri", curved, flat(v)),
        rtol=1e-6,
        atol=1e-6,
    )


IMAGES = RNG.standard_normal((2, 4 * 3))
SINH = Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh)
DEEPER = {
    "two convolutions": ConvNet(
        IMAGES, IMAGES[:, 0], (4, 3, 1), (2, 1), size=2, activation="gelu", loss="half_mse"
    ),
    "normalised": MLP(X, TARGETS["mse"], (3,), normalised="batch", gain=4.0),
    "in other variables": Reparameterised(MLP(X, TARGETS["bce"], (2,), loss="bce"), SINH),
}


@pytest.mark.parametrize("name", DEEPER)
def test_derivatives_of_compositions(name):
    """Where a convolution is not the first stage, statistics move, and an elementwise map bends the
    Hessian of layers."""
    f = DEEPER[name]
    theta = start(f, (2,))
    network = getattr(f, "f", f)
    expected = central(lambda point: f.loss(point)[..., None], network, theta, 1e-5)[:, 0]
    np.testing.assert_allclose(flat(f.grad(theta)), expected, rtol=1e-6, atol=1e-7)
    curved = central(f.grad, network, theta, 1e-5)
    np.testing.assert_allclose(f.hessian(theta).dense(), curved, rtol=1e-6, atol=1e-6)


def outcomes(f, theta):
    """Every label of every example, (label of the batch, its probability), under the model at
    theta; for Gaussian models the two points z - s and z + s of an output, which have the same
    second moment as N(z, s^2)."""
    z = f.evaluate(theta).z
    m, o = z.shape
    if f.loss_name == "softmax":
        p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
        for drawn in itertools.product(range(o), repeat=m):
            yield np.array(drawn), np.prod([p[j, t] for j, t in enumerate(drawn)])
        return
    for signs in itertools.product((0, 1), repeat=m * o):
        drawn = np.reshape(signs, (m, o))
        if f.loss_name == "bce":
            yield drawn.astype(float), np.prod(np.where(drawn, expit(z), expit(-z)))
        else:
            deviation = {"half_mse": 1.0, "mse": np.sqrt(0.5)}[f.loss_name]
            yield z + deviation * (2 * drawn - 1), 0.5 ** (m * o)


SMALL = {
    **{loss: MLP(X[:2], y[:2], (3,), loss=loss) for loss, y in TARGETS.items()},
    "two of three classes": MLP(X[:3], np.array([2, 0, 2]), (2,), loss="softmax"),
    "coupled": MLP(X[:3], np.array([2, 0, 2]), (2,), loss="softmax", normalised="batch"),
    "coupled, bce": MLP(X[:3], TARGETS["bce"][:3], (2,), loss="bce", normalised="batch"),
    "layer": MLP(X[:2], TARGETS["bce"][:2], (3,), loss="bce", normalised="layer"),
    "kernels": ConvNet(
        RNG.standard_normal((2, 9)), TARGETS["bce"][:2], (3, 3, 1), (2,), size=2, loss="bce"
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_exact_curvature_is_the_mean_over_enumerated_labels(name):
    """Each labelling of the whole batch is given, so that nothing is shared with the backward pass
    per output; 64 labellings of order 1 leave 1e-14."""
    f = SMALL[name]
    theta = start(f)
    total = 0.0
    for labels, probability in outcomes(f, theta):
        total = total + probability * f.curvature(theta, None, labels, None).dense()
    np.testing.assert_allclose(
        f.curvature(theta, None, "exact", None).dense(), total, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("name", SMALL)
def test_sampled_labels_have_the_frequencies_of_the_model(name):
    """z <= 5 of the mean curvature over 4000 draws, entry by entry."""
    f, runs = SMALL[name], 4000
    theta = start(f)
    repeated = Layers([np.broadcast_to(x, (runs, *x.shape)) for x in theta], theta.orders)
    drawn = f.curvature(repeated, None, "sampled", np.random.default_rng(5)).dense()
    exact = f.curvature(theta, None, "exact", None).dense()
    error = drawn.std(0, ddof=1) / np.sqrt(runs)
    assert (np.abs(drawn.mean(0) - exact) <= 5 * error + 1e-12).all()


def test_without_hidden_layers_it_is_the_regression_of_its_loss():
    x, y = RNG.standard_normal((8, 3)), RNG.standard_normal(8)
    labels = (y > 0).astype(float)
    pairs = [
        (MLP(x, y, biases=False), LeastSquares(x, y)),
        (MLP(x, labels, loss="bce", biases=False), Logistic(x, labels)),
    ]
    for network, plain in pairs:
        theta = start(plain, (2,))
        w = Layers([theta[:, None, :]], [2], network.roles)
        np.testing.assert_allclose(network.loss(w), plain.loss(theta), rtol=1e-13)
        np.testing.assert_allclose(flat(network.grad(w)), plain.grad(theta), rtol=1e-12)
        h = np.broadcast_to(plain.hessian(theta).dense(), (2, 3, 3))
        np.testing.assert_allclose(network.hessian(w).dense(), h, rtol=1e-12)
        for kind in ("exact", "true"):
            g = plain.curvature(theta, None, kind, None).dense()
            ours = network.curvature(w, None, kind, None).dense()
            np.testing.assert_allclose(ours, np.broadcast_to(g, ours.shape), rtol=1e-12)


def test_two_classes_of_softmax_are_logistic_regression_on_the_difference():
    labels = np.array([1, 0, 1, 1, 0])
    softmax = MLP(X, labels, loss="softmax")
    logistic = MLP(X, labels.astype(float), loss="bce")
    theta = start(softmax)
    difference = [x[1:] - x[:1] for x in theta]
    np.testing.assert_allclose(softmax.loss(theta), logistic.loss(Layers(difference)), rtol=1e-13)


def test_the_convolution_is_that_of_scipy():
    """An output channel is a sum of correlations, at the places of the stride."""
    images = RNG.standard_normal((3, 5, 4, 2))
    f = ConvNet(
        images.reshape(3, -1),
        np.zeros(3),
        (5, 4, 2),
        (3,),
        size=2,
        stride=2,
        activation="linear",
        loss="half_mse",
    )
    theta = start(f)
    kernel, bias = theta[0], np.arange(3.0)
    at = f.evaluate(Layers([kernel, bias, *theta.blocks[2:]], theta.orders, theta.roles))
    y = at.points[0].y.reshape(3, 2, 2, 3)
    for j, o in itertools.product(range(3), range(3)):
        planes = [
            correlate2d(images[j, :, :, c], kernel[o, c].reshape(2, 2), "valid") for c in range(2)
        ]
        np.testing.assert_allclose(y[j, ..., o], sum(planes)[::2, ::2] + bias[o], rtol=1e-13)


def test_gelu_is_the_one_of_the_normal_distribution():
    """h Phi(h), Phi by erf; and its own identities gelu(h) - gelu(-h) = h, likewise softplus."""
    h = np.linspace(-6, 6, 41)
    gelu = ACTIVATIONS["gelu"].value
    np.testing.assert_allclose(gelu(h), h * (1 + erf(h / np.sqrt(2))) / 2, rtol=1e-9, atol=1e-15)
    for name in ("gelu", "softplus"):
        value = ACTIVATIONS[name].value
        np.testing.assert_allclose(value(h) - value(-h), h, rtol=1e-13, atol=1e-15)


def scaled(theta, factors):
    return Layers([c * x for c, x in zip(factors, theta, strict=True)], theta.orders, theta.roles)


def test_relu_is_homogeneous():
    """W1, b1 times c and W2 over c is the same function; c a power of 2: the same numbers."""
    f = MLP(X, TARGETS["softmax"], (4,), activation="relu", loss="softmax")
    theta = start(f)
    moved = scaled(theta, (4.0, 4.0, 0.25, 1.0))
    np.testing.assert_allclose(f.loss(moved), f.loss(theta), rtol=1e-15)
    for g, h, c in zip(f.grad(moved), f.grad(theta), (0.25, 0.25, 4.0, 1.0), strict=True):
        np.testing.assert_allclose(g, c * h, rtol=1e-14)


def test_tanh_is_odd_and_units_may_change_places():
    f = MLP(X, TARGETS["half_mse"], (4,))
    theta = start(f)
    w1, b1, w2, b2 = theta
    order, signs = np.array([2, 0, 3, 1]), np.array([-1.0, 1.0, 1.0, -1.0])
    moved = [(signs[:, None] * w1)[order], (signs * b1)[order], (w2 * signs)[:, order], b2]
    np.testing.assert_allclose(f.loss(Layers(moved)), f.loss(theta), rtol=1e-14)


def test_a_deep_linear_network_is_its_product():
    f = MLP(X, TARGETS["half_mse"], (3, 4), activation="linear", biases=False)
    w1, w2, w3 = start(f)
    z = X @ (w3 @ w2 @ w1).T
    expected = ((z - TARGETS["half_mse"]) ** 2).sum(1).mean() / 2
    np.testing.assert_allclose(f.loss(Layers([w1, w2, w3])), expected, rtol=1e-13)


def test_what_a_normalisation_does_not_see():
    """Batch: a constant added to a unit, hence a bias with gradient 0. Layer: one added to all
    units of an example. Both: scale, up to eps = 1e-5 relative to variances of order 10."""
    for normalised in ("batch", "layer"):
        f = MLP(X, TARGETS["half_mse"], (3,), normalised=normalised, gain=5.0)
        w1, b1, *others = theta = start(f)
        shift = np.array([1.0, -2.0, 3.0]) if normalised == "batch" else np.full(3, 2.0)
        shifted = Layers([w1, b1 + shift, *others])
        np.testing.assert_allclose(f.loss(shifted), f.loss(theta), rtol=1e-13)
        doubled = Layers([2 * w1, 2 * b1, *others])
        np.testing.assert_allclose(f.loss(doubled), f.loss(theta), rtol=1e-5)
        along = (f.grad(theta)[1] * shift).sum()
        assert np.abs(along) <= 1e-15 * np.abs(flat(f.grad(theta))).max() * 100


@pytest.mark.parametrize("name", networks())
def test_runs_are_a_loop(name):
    f = networks()[name]
    theta = start(f, (2, 3))
    rows = f.draw(np.random.default_rng(1), (2, 3), 3)
    curvature = f.curvature(theta, rows, "exact", None)
    v = start(f, (2, 3), seed=8)
    turned = f.hessian(theta, rows).times(v)
    for i, j in itertools.product(range(2), range(3)):
        one = Layers([x[i, j] for x in theta], theta.orders, theta.roles)
        along = Layers([x[i, j] for x in v], v.orders, v.roles)
        alone = f.curvature(one, rows[i, j], "exact", None)
        checked = [
            (f.loss(theta, rows)[i, j], f.loss(one, rows[i, j])),
            (flat(f.grad(theta, rows))[i, j], flat(f.grad(one, rows[i, j]))),
            (flat(curvature.diag())[i, j], flat(alone.diag())),
            (flat(turned)[i, j], flat(f.hessian(one, rows[i, j]).times(along))),
        ]
        for together, single in checked:
            np.testing.assert_allclose(together, single, rtol=1e-11, atol=1e-14)


def test_start_has_the_stated_deviations():
    """N(0, gain^2 / inputs) over 60,000 weights: the deviation is known to 0.3 %, five of which
    are 1.5 %; the fixed start is the same for all runs."""
    f = MLP(RNG.standard_normal((2, 20)), np.zeros(2), (10,), gain=2.0, normalised="layer")
    theta = f.start((300,), np.random.default_rng(4))
    assert theta[0].std() == pytest.approx(2 / np.sqrt(20), rel=0.015)
    assert [role.kind for role in theta.roles] == ["weight", "bias", "scale", "shift"] + [
        "weight",
        "bias",
    ]
    assert (theta[2] == 1).all()
    assert not np.any(theta[1]) | np.any(theta[3])
    fixed = f.start((2,))
    for block, order in parts(fixed):
        assert block.shape[0] == 2, order
        np.testing.assert_array_equal(block[0], block[1], err_msg="the same call twice")


def test_a_diverging_run_is_data():
    """Weights beyond the floating range give inf in their own run, and leave the others alone."""
    f = MLP(X, TARGETS["half_mse"], (3,), activation="relu")
    lost = simulate(f, SGD(np.array([0.01, 1e200])), f.start(), steps=8)["loss"]
    alone = simulate(f, SGD(0.01), f.start(), steps=8)["loss"]
    np.testing.assert_allclose(lost[:, 0], alone, rtol=1e-13)
    assert np.isinf(lost[-1, 1])
