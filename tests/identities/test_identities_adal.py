"""Identities, limits, failures and edge cases of AdaL."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from streams import iterates

from lab.arrays import lift
from lab.instruments.online import play
from lab.objectives import Logistic, Quadratic
from lab.optimizers import SGD, AdaL, Adam
from lab.simulation import simulate

RNG = np.random.default_rng(18)
G = RNG.standard_normal((10, 4)) * np.geomspace(3, 0.2, 4)


def adal(**changes):
    return AdaL(**({"lr": 0.1, "eps": 0.0} | changes))


def test_adal_is_adam_on_the_transformed_gradients():
    """R1, R3, R4 and Adam itself (factor "none"), with Adam's eps and schedule."""
    losses = np.geomspace(2, 0.1, 10)
    sizes = {
        "l1": np.abs(G).sum(1, keepdims=True),
        "coordinate": np.abs(G),
        "loss": losses[:, None],
        "none": 1.0,
    }
    for factor, size in sizes.items():
        optimizer = AdaL(
            0.1, 0.5, 0.8, 0.1, factor=factor, eps_place="outside", schedule="constant"
        )
        # ten steps of size 0.1 at most, each from some ten roundings
        adam = iterates(Adam(0.1, 0.5, 0.8, 0.1), size * G)
        np.testing.assert_allclose(iterates(optimizer, G, loss=losses), adam, rtol=0, atol=1e-14)


def test_adal_asks_for_the_loss_only_in_reading_r4():
    assert AdaL(factor="loss").needs == {"grad", "loss"}
    assert AdaL().needs == {"grad"}


def test_the_literal_step_splits_into_adam_and_momentum_sgd():
    """(v_hat^(-1/2) + eps) m_hat = Adam's direction with eps = 0, plus eps times a debiased average
    of h."""
    h = np.abs(G).sum(1, keepdims=True) * G
    m = np.zeros(4)
    total = np.zeros(4)
    both = iterates(adal(eps=0.3), G)
    alone = iterates(adal(), G)
    for t, x in enumerate(h, 1):
        m = 0.9 * m + 0.1 * x
        total = total - 0.1 / math.sqrt(t) * 0.3 * m / (1 - 0.9**t)
        np.testing.assert_allclose(both[t] - alone[t], total, rtol=1e-12, atol=1e-14)


def test_adal_readings_agree_in_dimension_one():
    # ten steps of size 0.1 at most, each from some ten roundings
    coordinate = iterates(adal(eps=0.1, factor="coordinate"), G[:, :1])
    np.testing.assert_allclose(iterates(adal(eps=0.1), G[:, :1]), coordinate, rtol=0, atol=1e-14)


def test_adal_symmetries():
    """Permutations and sign flips commute with every reading; rescaling coordinates only with R3,
    as in the table of invariances."""
    order = [2, 0, 3, 1]
    signs = np.array([1.0, -1.0, -1.0, 1.0])
    scale = np.geomspace(0.3, 5, 4)
    for factor in ("l1", "coordinate"):
        reference = iterates(adal(factor=factor), G)
        np.testing.assert_allclose(
            iterates(adal(factor=factor), G[:, order]), reference[:, order], rtol=1e-13
        )
        np.testing.assert_allclose(
            iterates(adal(factor=factor), signs * G), signs * reference, rtol=1e-13
        )
        rescaled = np.abs(iterates(adal(factor=factor), scale * G) - reference).max()
        assert rescaled < 1e-14 if factor == "coordinate" else rescaled > 1e-3


@pytest.mark.parametrize("rho", [0.97, 0.995, 1.02])
def test_adal_on_geometric_gradients(rho):
    """g_k = rho^k u: Adam's step size with rho^2 for rho, at t = 100; the closed form S(rho, t) and
    three of its values."""

    def size(rho, t=100, b1=0.9, b2=0.999):
        top = (1 - b1) * (1 - (b1 / rho) ** t) / ((1 - b1 / rho) * (1 - b1**t))
        return top / math.sqrt(
            (1 - b2) * (1 - (b2 / rho**2) ** t) / ((1 - b2 / rho**2) * (1 - b2**t))
        )

    expected = {
        0.97: (0.168088376, 0.018899950),
        0.995: (0.803722854, 0.622225429),
        1.02: (1.668942283, 2.007791784),
    }[rho]
    grads = rho ** np.arange(1, 101)[:, None] * np.array([0.3, -2.0])
    for factor, closed, value in (
        ("none", size(rho), expected[0]),
        ("l1", size(rho**2), expected[1]),
    ):
        step = np.abs(
            np.diff(iterates(adal(lr=1.0, factor=factor, schedule="constant"), grads), axis=0)[-1]
        )
        np.testing.assert_allclose(step, closed, rtol=1e-9)
        assert closed == pytest.approx(value, abs=1e-9)


def test_adal_norm_fluctuates_less_in_high_dimension():
    """Coefficient of variation of |g|_1 for independent Gaussians: sqrt((pi / 2 - 1) / d); 5
    standard errors of a CV, CV / sqrt(2 R)."""
    for d in (1, 10, 100):
        s = np.abs(np.random.default_rng(d).standard_normal((20_000, d))).sum(1)
        expected = math.sqrt((math.pi / 2 - 1) / d)
        assert abs(s.std() / s.mean() - expected) < 5 * expected * math.sqrt(1 / 20_000)


def test_adal_without_maximum_inherits_the_failure_of_adam():
    """Gradients 3, -1, -1 on [-1, 1], beta1 = 0, beta2 = 1 / (1 + C^4), no debiasing in effect at
    such beta2: x returns to 1 in every
    period and the regret per step tends to (2 C - 4) / 3 = 2/3."""
    big, steps = 3.0, 3000
    grads = np.where(np.arange(steps) % 3 == 0, big, -1.0)
    points = play(AdaL(0.5, 0.0, 1 / (1 + big**4), 0.0), grads[:, None], np.ones(1)).points[:-1, 0]
    assert min(points[::3]) == 1.0
    assert (np.dot(points, grads) + grads.sum()) / steps == pytest.approx(2 / 3, abs=0.02)


def test_gap_certificate_of_a_fixed_convex_loss():
    """f(theta_t) - f* <= |g_t|_1 D, so sum of squared gaps <= D sum <h_t, theta_t - theta*>: on a
    logistic problem in the box |x| <= 1."""
    f = Logistic(RNG.standard_normal((30, 3)), (np.arange(30) % 2).astype(float), ridge=0.1)
    best = simulate(f, SGD(0.5), np.zeros(3), steps=2000).final
    assert np.abs(best).max() < 1
    method = AdaL(0.5, 0.0, 0.9, 0.0, amsgrad=True)
    x = np.array([1.0, -1.0, 1.0])
    run = simulate(
        f, method, x, steps=199, record={"x": np.asarray}, project=lambda x: np.clip(x, -1, 1)
    )
    points = run["x"]
    g = f.grad(points)
    squares = ((f.loss(points) - f.loss(best)) ** 2).sum()
    weighted = (np.abs(g).sum(-1) * (g * (points - best)).sum(-1)).sum()
    assert 0 < squares <= 2 * weighted


def test_cycle_threshold_of_the_power_transform():
    """h = |g|^(p-1) g, beta1 = 0: the 2-cycle is stable iff beta2 (2 p - 1) < 1, from the Jacobian
    of one step in the frame (-1)^t,
    taken through the optimizer itself by central differences."""

    def radius(p, beta2):
        optimizer = lift(
            AdaL(2.0, 0.0, beta2, 0.0, max(p - 1, 1e-12), "coordinate", schedule="constant"),
            np.zeros(1),
        )
        settled = optimizer.init(np.zeros(1))._replace(t=10**6)

        def turn(z):
            state = settled._replace(v=np.array([z[1]]))
            delta, new = optimizer.step(state, SimpleNamespace(grad=z[:1]), z[:1])
            return np.array([-(z[0] + delta[0]), new.v[0]])

        np.testing.assert_allclose(turn(np.ones(2)), np.ones(2), atol=1e-12)
        e = 1e-5
        jacobian = np.stack(
            [(turn(np.ones(2) + e * d) - turn(np.ones(2) - e * d)) / (2 * e) for d in np.eye(2)],
            axis=1,
        )
        return np.abs(np.linalg.eigvals(jacobian)).max()

    for p, threshold in ((1.2, 1 / 1.4), (2.0, 1 / 3), (3.0, 0.2)):
        assert radius(p, threshold - 1e-4) < 1 < radius(p, threshold + 1e-4)


def test_adals_practical_reading_ends_sublinearly():
    """R2, sqrt(v_hat) + eps: once sqrt(v) is far below eps the method is x - eta / eps lam^2 x |x|,
    so |x| ~ eps / (eta lam^2 t):
    1 / x grows by eta lam^2 / eps per step, up to a relative log(2) / (steps / 2)."""
    steps = 6000
    eta = 0.1
    lam = 1.0
    eps = 1e-2
    f = Quadratic(np.array([[lam]]))
    optimizer = AdaL(eta, 0.0, 0.9, eps, eps_place="outside", schedule="constant")
    x = simulate(f, optimizer, np.ones(1), steps=steps, every=steps // 2, record={"x": np.abs})[
        "x"
    ][:, 0]
    assert (1 / x[2] - 1 / x[1]) * eps / (eta * lam**2 * steps / 2) == pytest.approx(1, abs=1e-3)


def test_adal_zero_gradient_coordinates_stay():
    """0 / 0 is 0 (T-d): a coordinate that never had a gradient does not move, with and without
    eps."""
    grads = G * np.array([1.0, 0.0, 1.0, 0.0])
    for place in ("literal", "outside"):
        found = iterates(adal(eps_place=place), grads, np.ones(4))
        assert np.isfinite(found).all()
        np.testing.assert_array_equal(found[:, [1, 3]], 1.0)


@pytest.mark.parametrize(
    ("size", "moves"), [(1e-85, False), (1e-70, True), (1e70, True), (1e80, False)]
)
def test_the_quartic_moment_leaves_the_floating_range(size, moves):
    """v is quartic in g: at 1e-85 it underflows, at 1e80 it overflows, and the normalised step is 0
    instead of eta; Adam (v quadratic)
    still moves. The path stays finite."""
    with np.errstate(over="ignore"):
        found, plain = (
            iterates(adal(schedule="constant", factor=factor), np.full((3, 1), size))
            for factor in ("l1", "none")
        )
    np.testing.assert_allclose(found[1:, 0], [-0.1, -0.2, -0.3] if moves else 0.0, rtol=1e-12)
    np.testing.assert_allclose(plain[1:, 0], [-0.1, -0.2, -0.3], rtol=1e-12)
