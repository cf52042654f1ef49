"""The exact recursions of one-hot logistic regression equal simulate, in the same shapes."""

import numpy as np
import pytest

from lab.exact import exact
from lab.objectives import OneHotLogistic
from lab.objectives.instances import two_logits
from lab.optimizers import SGD, DiagonalGN, SignSGD
from lab.simulation import simulate
from lab.theory.logistic import stability_threshold

F = OneHotLogistic(
    np.array([5.0, 2.0, 1.0, 0.5]), np.array([0.5, 0.2, 0.9, 1.0]), np.array([1.0, 2.0, 0.5, 1.5])
)
THETA = np.array([1.0, -2.0, 3.0, 0.4])
OPTIMIZERS = {
    "SGD": SGD(0.7),
    "GN^-1": DiagonalGN(0.2),
    "GN^-1/2": DiagonalGN(0.3, power=-0.5),
    "GN^0": DiagonalGN(0.7, power=0.0),
    "GN^-0.7": DiagonalGN(0.2, power=-0.7),
    "damped GN^-1": DiagonalGN(0.4, damping=0.05),
    "damped GN^-0.6": DiagonalGN(0.4, power=-0.6, damping=0.3),
    "sign": SignSGD(0.13),
}


def both(optimizer, theta, steps=25, objective=F):
    simulated = simulate(
        objective, optimizer, theta, steps=steps, record={"loss": objective.loss, "theta": np.array}
    )
    return exact(objective, optimizer, theta, steps=steps), simulated


def assert_same(solved, simulated):
    """All maps here contract or are stable: the rounding of 25 steps does not grow."""
    for name in ("loss", "theta"):
        assert solved[name].shape == simulated[name].shape
        np.testing.assert_allclose(solved[name], simulated[name], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(solved.final, simulated.final, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_run(name):
    assert_same(*both(OPTIMIZERS[name], THETA))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_sweep_over_seeds(name):
    """lr (L, 1) with starts (S, n): (K, L, S) and (K, L, S, n)."""
    cls = type(OPTIMIZERS[name])
    settings = vars(OPTIMIZERS[name]) | {"lr": np.array([[0.05], [0.2]])}
    starts = np.random.default_rng(0).standard_normal((3, 4))
    solved, simulated = both(cls(**settings), starts)
    assert solved["theta"].shape == (26, 2, 3, 4)
    assert_same(solved, simulated)


def test_sweeps_of_power_and_damping():
    """Runs with and without damping side by side."""
    optimizer = DiagonalGN(
        0.2, power=np.array([-1.0, -0.5, 0.0, -0.3]), damping=np.array([0.0, 0.4, 0.0, 0.1])
    )
    assert_same(*both(optimizer, THETA))


def test_only_the_asked_steps():
    solved = exact(F, SGD(0.7), THETA, steps=np.array([0, 3, 25]))
    full = exact(F, SGD(0.7), THETA, steps=25)
    np.testing.assert_array_equal(solved.t, [0, 3, 25])
    # each step rounds by some eps, and at lr = 0.7 of a convex loss a step does not amplify it: 25
    # steps
    np.testing.assert_allclose(solved["theta"], full["theta"][[0, 3, 25]], rtol=1e-13)


def test_the_path_does_not_know_the_frequencies_under_gn():
    """GN^-1 is affine invariant: the logits move alike for any pi; GN^-1/2 is not."""
    other = OneHotLogistic(np.array([1.0, 1.0, 7.0, 3.0]), F.q, F.a)
    same, differs = (
        [exact(f, DiagonalGN(0.2, power=p), THETA, steps=9).final for f in (F, other)]
        for p in (-1.0, -0.5)
    )
    np.testing.assert_allclose(same[0], same[1], rtol=1e-13)
    assert np.abs(differs[0] - differs[1]).max() > 0.1


def test_above_the_threshold_a_run_is_inf():
    """And below it converges; no warning, no NaN."""
    instance = two_logits()
    threshold = stability_threshold(instance.theta, power=-1.0)
    solved = exact(
        instance.objective,
        DiagonalGN(np.array([0.9, 1.1]) * threshold),
        instance.theta,
        steps=3000,
        every=100,
    )
    assert not np.isnan(solved["theta"]).any()
    assert np.isinf(solved["loss"][-1, 1])
    assert solved["loss"][-1, 0] == pytest.approx(np.log(2), abs=1e-4)


@pytest.mark.parametrize("name", ["GN^-1", "damped GN^-1", "SGD"])
def test_far_logits(name):
    """Logits of 60, where sig (1 - sig) is 1e-26: one step, in proportion."""
    theta = np.array([60.0, -30.0, 120.0, -40.0])
    solved, simulated = both(OPTIMIZERS[name], theta, steps=1)
    np.testing.assert_allclose(solved["theta"], simulated["theta"], rtol=1e-9)


@pytest.mark.parametrize(
    ("optimizer", "settings", "message"),
    [
        (SGD(0.1), {"batch": 4}, "batch = 4"),
        (DiagonalGN(0.1, labels="true"), {}, "labels = 'true'"),
        (DiagonalGN(0.1, labels="sampled"), {}, "labels = 'sampled'"),
    ],
)
def test_what_has_no_closed_form_is_refused(optimizer, settings, message):
    with pytest.raises(TypeError, match=message):
        exact(F, optimizer, THETA, steps=3, **settings)
