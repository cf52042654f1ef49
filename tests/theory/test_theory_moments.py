"""Second moments, the ratio of Adam to GN^-1/2, arcsine laws and floors, against simulation,
quadrature and known numbers."""

import numpy as np
import pytest
from examples import spd

from lab.bases import coordinate, random
from lab.batches import Batch
from lab.objectives import GaussianRegression
from lab.optimizers import SGD, IdealisedAdam, SignSGD
from lab.oracle import Asked
from lab.simulation import simulate
from lab.theory.floors import (
    adam_floor,
    adam_label_floor,
    ema_variance,
    sign_floor,
    sign_mean,
    sign_second_moment,
    sign_step,
    square_variance,
)
from lab.theory.moments import adam_over_gn_half, batch_crossover, one_step_progress, second_moment
from lab.theory.sgd import stability_limit, stationary_risk

SIGMA = spd(4, kappa=20.0)
DELTA = np.array([1.0, -2.0, 0.5, 0.3])
BASIS = random(4, np.random.default_rng(3))


def test_second_moment_by_gauss_hermite():
    """E[x x^T (x^T d - xi)^2] by tensor quadrature, exact for polynomials of degree 4."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    grid = np.stack(np.meshgrid(*[nodes] * 3, indexing="ij"), -1).reshape(-1, 3)
    weight = (
        np.prod(np.stack(np.meshgrid(*[weights] * 3, indexing="ij"), -1).reshape(-1, 3), -1)
        / np.sqrt(2 * np.pi) ** 3
    )
    sigma = np.array([[2.0, 0.7], [0.7, 0.5]])
    delta = np.array([0.4, -1.5])
    noise = 0.8
    x = grid[:, :2] @ np.linalg.cholesky(sigma).T
    xi = noise * grid[:, 2]
    g = (x @ delta - xi)[:, None] * x
    first = np.einsum("k,ki,kj->ij", weight, g, g)
    np.testing.assert_allclose(second_moment(sigma, delta, noise, 1), first, rtol=1e-12)
    mean = sigma @ delta
    np.testing.assert_allclose(
        second_moment(sigma, delta, noise, 5), first / 5 + 0.8 * np.outer(mean, mean), rtol=1e-12
    )
    np.testing.assert_allclose(
        second_moment(sigma, delta, noise, None), np.outer(mean, mean), rtol=1e-12
    )


def test_second_moment_in_a_basis_and_over_runs():
    runs = np.stack([DELTA, -3 * DELTA, DELTA[::-1]])
    together = second_moment(SIGMA, runs, 0.3, 3, BASIS)
    for k in range(3):
        alone = BASIS.q.T @ second_moment(SIGMA, runs[k], 0.3, 3) @ BASIS.q
        np.testing.assert_allclose(together[k], alone, rtol=1e-12, atol=1e-14)
        objective = (
            GaussianRegression(SIGMA, 0.0, 0.3).second_moment(runs[k], 3).rotated(BASIS).dense()
        )
        np.testing.assert_allclose(alone, objective, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("basis", [None, BASIS])
def test_k_is_the_second_moment_over_its_noise_part(basis):
    told = adam_over_gn_half(SIGMA, DELTA, 0.3, 6, basis)
    q = np.eye(4) if basis is None else basis.q
    tau = DELTA @ SIGMA @ DELTA + 0.09
    s = np.diag(second_moment(SIGMA, DELTA, 0.3, 6, basis))
    variance = np.diag(q.T @ SIGMA @ q)
    np.testing.assert_allclose(told.k, s * 6 / (tau * variance), rtol=1e-12)
    assert told.lower == pytest.approx(1.0)
    assert told.upper == pytest.approx(1 + 7 * (tau - 0.09) / tau)
    np.testing.assert_allclose(
        told.rho2, (q.T @ SIGMA @ DELTA) ** 2 / (variance * (tau - 0.09)), rtol=1e-12
    )
    np.testing.assert_allclose(
        batch_crossover(SIGMA, DELTA, 0.3, basis), 1 / (told.r * told.rho2) - 1, rtol=1e-12
    )


def test_both_sides_of_the_sandwich_are_attained():
    for batch, first in ((1, 3.0), (10, 12.0)):
        told = adam_over_gn_half(np.array([1.0, 0.5, 0.1]), np.array([2.0, 0.0, 0.0]), 0.0, batch)
        np.testing.assert_allclose(told.k, [first, 1, 1], rtol=1e-12)
        assert told.upper == pytest.approx(first)
        np.testing.assert_array_equal(
            batch_crossover(np.ones(3), np.array([2.0, 0.0, 0.0]), 0.0)[1:], [np.inf, np.inf]
        )


def test_rank_one_covariance_makes_adam_proportional_to_gn_half():
    told = adam_over_gn_half(np.outer(DELTA, DELTA), np.ones(4), 0.0, 9)
    np.testing.assert_allclose(told.k, 11.0, rtol=1e-12)


def test_spread_table():
    """The largest and smallest rho_i^2 decide the spread at every batch size: two numbers give the
    whole table of 64 eigenvalues."""
    lam = np.geomspace(1, 1e-3, 64)
    rho2 = np.full(64, (1 - 0.2092 - 1.198e-6) / 62)
    rho2[0], rho2[-1] = 0.2092, 1.198e-6
    batches = [1, 4, 16, 64, 256, 1024, 10**6]
    spreads = [float(adam_over_gn_half(lam, np.sqrt(rho2 / lam), 0.0, b).spread) for b in batches]
    np.testing.assert_allclose(spreads, [1.19, 1.43, 2.14, 3.84, 7.4, 14.7, 309], rtol=0.006)


def test_a_gaussian_start_spreads_like_the_table():
    """A tenfold change over the seeds covers it; at B = 1 the spread is below sqrt(3) in every
    basis, at B it is below sqrt(B + 2)."""
    lam = np.geomspace(1, 1e-3, 64)
    rng = np.random.default_rng(0)
    d = rng.standard_normal((200, 64))
    for batch in (1, 16, 1024, 10**6):
        spread = adam_over_gn_half(lam, d, 0.0, batch).spread
        assert (spread <= np.sqrt(batch + 2)).all()
        table = {1: 1.19, 16: 2.14, 1024: 14.7, 10**6: 309}[batch]
        assert np.quantile(spread, 0.01) < table < np.quantile(spread, 0.99)


def test_progress_is_what_the_best_step_gains():
    """Expected loss after one step of lr P, by formula at three steps: a parabola whose top is
    D(P)."""
    p, noise, batch = np.array([1.0, 0.5, 2.0, 3.0]), 0.4, 3
    f = GaussianRegression(SIGMA, 0.0, noise)
    for basis in (coordinate(4), BASIS):
        full = basis.q @ np.diag(p) @ basis.q.T
        moment, g = second_moment(SIGMA, DELTA, noise, batch), SIGMA @ DELTA
        lr = np.linspace(0, 1, 2001)
        gain = lr * (g @ full @ g) - lr**2 / 2 * np.trace(full @ SIGMA @ full @ moment)
        assert one_step_progress(p, SIGMA, DELTA, noise, batch, basis=basis) == pytest.approx(
            gain.max(), rel=1e-5
        )
        assert one_step_progress(7 * p, SIGMA, DELTA, noise, batch, basis=basis) == pytest.approx(
            gain.max(), rel=1e-5
        )
    drawn = f.draw(np.random.default_rng(0), (100_000,), batch)
    delta = DELTA - 0.1 * f.grad(np.broadcast_to(DELTA, (100_000, 4)), drawn)
    decrease = f.loss(DELTA) - f.loss(delta)
    expected = 0.1 * g @ g - 0.005 * np.trace(SIGMA @ moment)
    assert abs(decrease.mean() - expected) <= 5 * decrease.std() / np.sqrt(100_000)


def test_elliptical_formula_at_k4_1_is_gaussian_and_grows_to_three():
    gaussian, same = (adam_over_gn_half(SIGMA, DELTA, 0.3, 1, **kw) for kw in ({}, {"k4": 1.0}))
    np.testing.assert_allclose(gaussian.k, same.k, rtol=1e-14)
    wild = adam_over_gn_half(np.ones(2), np.array([1.0, 0.0]), 0.3, 1, k4=1e9)
    assert wild.k[0] / wild.k[1] == pytest.approx(3.0, rel=1e-6)


def test_sign_laws_in_one_dimension():
    """n = 1: sign(g) = sign(x e); without noise it is sign(delta) surely, and its square is always
    1."""
    assert sign_mean([4.0], [2.0], 0.0) == pytest.approx(1.0)
    assert sign_mean([4.0], [-2.0], 0.0) == pytest.approx(-1.0)
    assert sign_mean([4.0], [1.0], 2.0) == pytest.approx(0.5), "correlation sin(pi/4)"
    np.testing.assert_allclose(np.diag(sign_second_moment(SIGMA, BASIS)), 1.0, rtol=1e-12)


def test_sign_step_is_the_mean_over_simulated_steps():
    f, runs, lr = GaussianRegression(SIGMA, 0.0, 0.6), 100_000, 0.3
    record = {"products": lambda d: d[..., :, None] * d[..., None, :]}
    products = simulate(f, SignSGD(lr), np.tile(DELTA, (runs, 1)), steps=1, batch=1, record=record)[
        "products"
    ][1]
    assert (
        np.abs(products.mean(0) - sign_step(SIGMA, DELTA, 0.6, lr))
        <= 5 * products.std(0) / np.sqrt(runs) + 1e-12
    ).all()


@pytest.mark.parametrize("c", [0.0, 0.6, 1.0])
def test_square_variance(c):
    """g = x e with correlation c, by quadrature exact for polynomials of degree 8."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    x, y = np.meshgrid(nodes, nodes)
    weight = np.outer(weights, weights) / (2 * np.pi)
    g2 = (x * (c * x + np.sqrt(1 - c**2) * y)) ** 2
    second = (weight * g2).sum()
    fourth = (weight * g2**2).sum()
    assert square_variance(c) == pytest.approx(fourth / second**2 - 1, rel=1e-10)
    assert ema_variance(c, 0.9) == pytest.approx(square_variance(c) / 19)


def test_ema_variance_is_that_of_an_average():
    """v = (1 - beta2) sum_k beta2^k g_k^2 over 60 past gradients (0.8^60 = 1e-6); the standard
    error of a variance from fourth moments."""
    f, beta2, runs = GaussianRegression(np.array([1.0, 0.3]), 0.0, 1.0), 0.8, 20_000
    delta, rng, v = np.broadcast_to([1.0, -1.0], (runs, 2)), np.random.default_rng(0), 0.0
    for _ in range(60):
        v = beta2 * v + (1 - beta2) * f.grad(delta, f.draw(rng, (runs,), 1)) ** 2
    c = np.sin(np.pi / 2 * sign_mean(f.sigma, delta[0], 1.0))
    ratio = (v / v.mean(0) - 1) ** 2
    assert (
        np.abs(ratio.mean(0) - ema_variance(c, beta2)) <= 5 * ratio.std(0) / np.sqrt(runs)
    ).all()


def test_recorded_floors():
    """Predictions sqrt(tau) / lr of the edge of stability, and of the label-noise law, kappa = 100
    and 1000."""
    edge = {(256, 1): 50.66, (256, 16): 13.73, (32, 1): 6.92, (32, 16): 2.99, (32, 256): 8.07}
    for (n, batch), expected in edge.items():
        assert np.sqrt(adam_floor(np.geomspace(1, 0.01, n), 1.0, batch)) == pytest.approx(
            expected, rel=2e-3
        )
    for batch, expected in ((1, 0.0472), (8, 0.0164), (256, 0.00288)):
        assert adam_label_floor(np.geomspace(1, 1e-3, 32), 0.01, batch, 1.0) == pytest.approx(
            expected, rel=2e-3
        )


def test_adam_floor_limits():
    """tau is proportional to lr^2 without noise; with noise it solves its own fixed point and tends
    to the first-order law."""
    lam = np.geomspace(1, 0.1, 20)
    assert adam_floor(lam, 0.3, 2) == pytest.approx(9 * adam_floor(lam, 0.1, 2), rel=1e-12)
    tau = adam_floor(lam, 0.05, 4, 0.7)
    assert tau - 0.49 == pytest.approx(
        float(stationary_risk(lam, -0.5, 0.05 * np.sqrt(4 / tau), 4, 0.7)), rel=1e-9
    )
    small = adam_floor(lam, 1e-5, 4, 0.7) - 0.49
    assert small == pytest.approx(adam_label_floor(lam, 1e-5, 4, 0.7), rel=1e-4)
    assert adam_floor(lam, 0.5, 4, 1e-6) == pytest.approx(adam_floor(lam, 0.5, 4), rel=1e-6)


def test_sign_floor_is_where_sign_sgd_stops():
    """n = 32, label noise 1, lr 0.003: first order in lr, so a few per cent."""
    lam, lr = np.geomspace(1, 0.1, 32), 0.003
    floor = sign_floor(lam, lr, 1.0)
    theta = np.random.default_rng(0).standard_normal((40, 32)) * np.sqrt(floor / 32 / lam)
    loss = simulate(
        GaussianRegression(lam, 0.0, 1.0), SignSGD(lr), theta, steps=3000, batch=1, every=10
    )["loss"]
    assert (2 * loss[100:] - 1).mean() == pytest.approx(floor, rel=0.05)


def test_adam_is_gn_half_where_label_noise_dominates():
    """r -> 0: idealised Adam takes the GN^-1/2 step times sqrt(B) / noise, to first order in r."""
    f, batch = GaussianRegression(SIGMA, 0.0, 1e4), 5
    drawn = f.draw(np.random.default_rng(0), (), batch)
    oracle, adam = Asked(f, DELTA, Batch(drawn, batch)), IdealisedAdam(1.0)
    delta, _ = adam.step(adam.init(DELTA), oracle, DELTA)
    np.testing.assert_allclose(
        delta, -np.sqrt(batch) / 1e4 * oracle.grad / np.sqrt(np.diag(SIGMA)), rtol=1e-5
    )


BAD = [
    (lambda: second_moment(SIGMA, DELTA, 0.1, 0), "batch = 0: must be an integer >= 1"),
    (lambda: second_moment(SIGMA, DELTA, 0.1, 1.5), "batch = 1.5: must be an integer >= 1"),
    (lambda: adam_over_gn_half(SIGMA, DELTA, 0.1, None), "batch = None: must be an integer >= 1"),
    (lambda: second_moment(SIGMA, DELTA, -0.1, 1), "noise = -0.1: must be >= 0"),
    (lambda: second_moment(-SIGMA, DELTA, 0.1, 1), "must be positive semi-definite"),
    (lambda: second_moment(SIGMA, DELTA[:3], 0.1, 1), "delta has shape"),
    (lambda: adam_over_gn_half(SIGMA, 0 * DELTA, 0.0, 1), "there is no gradient to precondition"),
    (lambda: adam_over_gn_half(SIGMA, DELTA, 0.0, 1, k4=0.5), "k4 = 0.5: must be >= 1"),
    (lambda: batch_crossover(SIGMA, 0 * DELTA, 0.0), "there is no gradient to precondition"),
    (lambda: sign_mean(SIGMA, 0 * DELTA, 0.0), "the gradient is 0 and has no sign"),
    (lambda: sign_second_moment(np.array([1.0, 0.0])), "sigma's diagonal = 0: must be > 0"),
    (lambda: square_variance(1.5), r"c\^2 = 2.25: must be in \[0, 1\]"),
    (lambda: ema_variance(0.5, 1.0), r"beta2 = 1: must be in \[0, 1\)"),
    (lambda: adam_floor(np.array([1.0, 0.0]), 0.1, 1), "spectrum = 0: must be > 0"),
    (lambda: adam_floor(np.ones(2), -0.1, 1), "lr = -0.1: must be > 0"),
    (lambda: adam_label_floor(np.ones(9), -0.1, 1, 1.0), "lr = -0.1: must be > 0"),
    (lambda: sign_floor(np.ones(2), 0.1, -1.0), "noise = -1: must be >= 0"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_sgd_limit_and_floor_agree():
    """The stationary risk of plain SGD in simulation, near half the limit."""
    lam, noise = np.array([1.0, 0.4]), 0.5
    lr = 0.4 * stability_limit(lam, 0.0, 2)
    theta = 0.5 * np.random.default_rng(1).standard_normal((4000, 2))
    risk = (
        2
        * simulate(
            GaussianRegression(lam, 0.0, noise), SGD(lr), theta, steps=60, batch=2, every=60
        )["loss"][-1]
        - noise**2
    )
    assert abs(risk.mean() - stationary_risk(lam, 0.0, lr, 2, noise)) <= 5 * risk.std() / np.sqrt(
        4000
    )
