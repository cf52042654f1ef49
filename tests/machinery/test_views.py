"""What an inner method sees through a view, and changes of variables of every kind."""

import numpy as np
import pytest
from examples import flat, layered, objectives, optimizers, start
from layered_objectives import network

from lab.arrays import Layers, PerBlock, Role, layers
from lab.bases import Kronecker, Orthogonal, PerLayer, random
from lab.maps import Elementwise, Linear
from lab.objectives import Reparameterised
from lab.optimizers import SGD, Adam, DiagonalGN, GaussNewton
from lab.oracle import Asked, WithGradient
from lab.simulation import simulate

OPTIMIZERS = optimizers()
F = objectives()["Logistic"]
RNG = np.random.default_rng(8)
MIX = np.eye(6) + 0.4 * RNG.standard_normal((6, 6))
SINH = Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh)


def test_another_gradient_leaves_the_rest_as_it_was():
    f = network()
    theta = f.start()
    asked = Asked(f, theta)
    view = WithGradient(asked, 2 * asked.grad)
    np.testing.assert_array_equal(
        flat(view.grad), 2 * flat(asked.grad), err_msg="the same call twice"
    )
    np.testing.assert_array_equal(view.loss, asked.loss, err_msg="the same call twice")
    np.testing.assert_array_equal(
        view.curvature().dense(), asked.curvature().dense(), err_msg="the same call twice"
    )
    np.testing.assert_array_equal(
        flat(view.at(2 * theta).grad), flat(f.grad(2 * theta)), err_msg="the same call twice"
    )

    q = PerLayer(
        (
            Kronecker((random(3, RNG).q, random(2, RNG).q)),
            random(3, RNG),
            Kronecker((np.eye(1), random(3, RNG).q)),
            Orthogonal(np.eye(1)),
        )
    )
    turned = view.in_variables(q, q.to(theta))
    np.testing.assert_array_equal(
        flat(turned.grad), flat(q.to(2 * asked.grad)), err_msg="the same call twice"
    )


@pytest.mark.parametrize("change", [Linear(MIX), SINH], ids=["linear", "elementwise"])
def test_pull_and_push_are_the_derivative_of_back(change):
    z, dz, g = RNG.standard_normal((3, 6))
    h = 1e-6
    moved = (change.back(z + h * dz) - change.back(z - h * dz)) / (2 * h)
    np.testing.assert_allclose(change.pull(z, g) @ dz, g @ moved, rtol=1e-8)
    np.testing.assert_allclose(
        change.push(z, dz), change.back(z + dz) - change.back(z), rtol=1e-12, atol=1e-14
    )
    np.testing.assert_allclose(change.to(change.back(z)), z, rtol=1e-9)


@pytest.mark.parametrize("biases", [True, False])
def test_a_layer_pairs_its_weight_with_its_bias(biases):
    found = layers(network(biases).start())
    assert found == ([(0, 1), (2, 3)] if biases else [(0, None), (1, None)])


def test_without_roles_a_pair_is_not_guessed():
    with pytest.raises(TypeError, match="no roles: which bias belongs to which weight"):
        layers(Layers([np.eye(2), np.ones(2)]))


def test_layers_of_other_orders_or_roles_do_not_mix():
    matrix = Layers([np.ones((2, 2))])
    row = Layers([np.ones((2, 2))], [1])
    with pytest.raises(ValueError, match=r"orders \(2,\) and \(1,\) do not mix"):
        _ = matrix * row
    weight = Layers([np.ones(2)], roles=[Role("weight", 0)])
    bias = Layers([np.ones(2)], roles=[Role("bias", 0)])
    with pytest.raises(ValueError, match="do not mix"):
        _ = weight + bias
    assert (weight + Layers([np.ones(2)])).roles == weight.roles


def test_roles_are_checked():
    with pytest.raises(ValueError, match=r"roles\[0\].kind = 'wait': must be one of weight"):
        Layers([np.ones(2)], roles=[("wait", 0)])
    with pytest.raises(ValueError, match="needs one role per block, there are 1"):
        Layers([np.ones(2)], roles=[Role("weight", 0), Role("bias", 0)])


def rate_per_block(method, rates, f):
    return simulate(f, method(PerBlock(rates)), f.start(), steps=3, record={"theta": flat})["theta"]


@pytest.mark.parametrize("method", [SGD, Adam])
def test_a_rate_per_block_moves_every_block_at_its_own(method):
    """A block at rate 0.3 moves in the first step as in a run with 0.3 for all."""
    f = network()
    rates = (0.1, 0.2, 0.3, 0.4)
    cuts = np.cumsum([block.size for block in f.start()])[:-1]
    per_block = np.split(rate_per_block(method, rates, f)[1], cuts)
    for b, rate in enumerate(rates):
        alone = simulate(f, method(rate), f.start(), steps=1, record={"theta": flat})["theta"][1]
        np.testing.assert_allclose(per_block[b], np.split(alone, cuts)[b], rtol=1e-14)


def test_a_damping_per_block():
    """delta = -lr g / (h + damping) with the block's own damping."""
    f = network()
    theta = f.start()
    damping = (0.1, 0.5, 0.2, 2.0)
    moved = simulate(f, DiagonalGN(0.1, damping=PerBlock(damping)), theta, steps=1).final
    h = f.curvature(theta, None, "exact", None).diag()
    g = f.grad(theta)
    for b, own in enumerate(damping):
        np.testing.assert_allclose(moved[b], theta[b] - 0.1 * g[b] / (h[b] + own), rtol=1e-12)


def test_a_damping_per_block_of_a_full_matrix():
    """delta = -lr (G + diag(damping))^-1 g, every block with its own."""
    f = network()
    theta = f.start()
    damping = (0.1, 0.5, 0.2, 2.0)
    moved = simulate(f, GaussNewton(0.1, damping=PerBlock(damping)), theta, steps=1).final

    own = np.concatenate([np.full(block.size, d) for block, d in zip(theta, damping, strict=True)])
    g = f.curvature(theta, None, "exact", None).dense() + np.diag(own)
    expected = flat(theta) - 0.1 * np.linalg.solve(g, flat(f.grad(theta)))
    # the matrix has a condition number below 1e3
    np.testing.assert_allclose(flat(moved), expected, rtol=1e-11)


def test_a_rate_per_block_may_be_a_sweep_too():
    f = network()
    rates = (np.array([0.1, 0.05]), 0.2, np.array([0.3, 0.01]), 0.4)
    swept = rate_per_block(SGD, rates, f)
    for run in range(2):
        single = tuple(float(np.broadcast_to(rate, 2)[run]) for rate in rates)
        np.testing.assert_allclose(swept[:, run], rate_per_block(SGD, single, f), rtol=1e-13)


REFUSED = {
    "Layers as a rate": (lambda: SGD(Layers([0.1, 0.2], (0, 0))), TypeError, "PerBlock"),
    "a rate per block of a vector": (
        lambda: simulate(F, SGD(PerBlock((0.1, 0.2))), start(F), steps=1),
        TypeError,
        "PerBlock of 2 values: theta is one vector",
    ),
    "too few": (
        lambda: simulate(network(), SGD(PerBlock((0.1, 0.2))), network().start(), steps=1),
        ValueError,
        "PerBlock of 2 values: theta has 4 blocks",
    ),
    "a bad one": (lambda: SGD(PerBlock((0.1, -0.2))), ValueError, "SGD.lr[1] = -0.2: must be > 0"),
    "none": (lambda: PerBlock(()), ValueError, "PerBlock.values is empty"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case):
    call, kind, told = REFUSED[case]
    with pytest.raises(kind) as refused:
        call()
    assert told in str(refused.value)


def test_layers_are_recorded():
    f = layered()
    theta = simulate(f, SGD(0.1), f.start((2,)), steps=3, record={"theta": lambda x: x})["theta"]
    assert [block.shape for block in theta] == [(4, 2, 2, 3), (4, 2, 2), (4, 2, 2, 3, 2)]


def test_the_state_can_be_recorded():
    told = simulate(F, Adam(0.1), start(F), steps=3, record={"m": lambda theta, state: state.m})[
        "m"
    ]
    assert told.shape == (4, 6)
    np.testing.assert_array_equal(told[0], 0, err_msg="zero by construction")
    np.testing.assert_allclose(told[1], 0.1 * F.grad(start(F)), rtol=1e-14)


def test_a_projection_acts_after_every_step():
    path = simulate(
        F,
        SGD(5.0),
        start(F),
        steps=6,
        record={"theta": np.asarray},
        project=lambda x: np.clip(x, -0.5, 0.5),
    )
    assert (np.abs(path["theta"][1:]) <= 0.5).all()
    assert (np.abs(path["theta"][1:]) == 0.5).any()


def test_what_the_objective_does_not_offer_is_refused_before_the_first_step():
    class OnlyGradients:
        def start(self, runs=(), rng=None):
            return np.ones(2)

        def draw(self, rng, runs, size):
            raise AssertionError("the run began")

        def loss(self, theta, batch=None):
            return theta.sum(-1)

        def grad(self, theta, batch=None):
            return np.ones_like(theta)

    for name, told in (
        ("DiagonalGN", "curvature"),
        ("Newton", "hessian"),
        ("IdealisedAdam", "second_moment"),
    ):
        with pytest.raises(
            TypeError, match=f"{name} asks for {told}.*: OnlyGradients offers grad, loss"
        ):
            simulate(OnlyGradients(), OPTIMIZERS[name], np.ones(2), steps=1)


def test_a_run_in_other_variables_of_a_layered_problem():
    """The loss seen by the optimizer is the one of the objective, whatever the variables."""
    f = network()
    g = Reparameterised(
        f,
        PerLayer(
            (
                Kronecker((random(3, RNG).q, random(2, RNG).q)),
                random(3, RNG),
                Kronecker((np.eye(1), random(3, RNG).q)),
                Orthogonal(np.eye(1)),
            )
        ),
    )
    theta = f.start()
    np.testing.assert_allclose(g.loss(g.change.to(theta)), f.loss(theta), rtol=1e-13)
    one = simulate(f, SGD(0.1), theta, steps=5)["loss"]
    other = simulate(g, SGD(0.1), g.change.to(theta), steps=5)["loss"]
    np.testing.assert_allclose(one, other, rtol=1e-12)
