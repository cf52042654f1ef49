"""Experiments on what transfers between widths: known answers at sizes that take a second."""

import tracemalloc
from functools import cache

import numpy as np
import pytest
from files import experiment, quick, sampled

from lab.arrays import Layers
from lab.objectives import MLP
from lab.theory.mup import critical_rate, effective_kernel


def weights(width, seed, d):
    """W_1, W_2, W_3 in the order in which the experiment draws them."""
    rng = np.random.default_rng([seed, width])
    first = rng.standard_normal((width, d)) / np.sqrt(d)
    last = rng.standard_normal(width) / np.sqrt(width)
    hidden = rng.standard_normal((width, width)) / np.sqrt(width)
    return first, hidden, last[None]


@pytest.mark.parametrize("rows", [512, 5])
def test_gram_matrices_without_storing_the_weights(rows, monkeypatch):
    """Those of a network with the same weights, however many rows are drawn at once; and a smaller
    head divides J of all layers below it."""
    module = experiment("rate_transfer")
    monkeypatch.setitem(module.layers.__globals__, "ROWS", rows)
    x = np.random.default_rng(3).standard_normal((4, 6))
    width = 12
    found = module.with_head(module.layers(x, width, 7), 0.25)

    first, hidden, last = weights(width, 7, 6)
    f = MLP(x, np.ones(4), (width, width), biases=False)
    blocks = [first, hidden, 0.25 * last]
    theta = Layers(blocks, f.start().orders, f.start().roles)
    factors = f.evaluate(theta).curvature("exact", None).layers
    for layer, factor in zip(found, factors, strict=True):
        h = factor.inputs
        j = factor.errors.reshape(4, -1)
        np.testing.assert_allclose(layer.inputs, h @ h.T / 4, rtol=1e-12)
        np.testing.assert_allclose(layer.errors, j @ j.T / 4, rtol=1e-12)
        assert (layer.fan_in, layer.fan_out) == (h.shape[-1], j.shape[-1])


def test_critical_rates():
    """With trace damping that of the closed form, whatever the head; with the heuristic the head
    matters."""
    module = experiment("rate_transfer")
    x = np.random.default_rng(3).standard_normal((6, 8))
    standard = module.layers(x, 40, 1)
    maximal = module.with_head(standard, 0.3)
    grams = [layer.inputs for layer in standard], [layer.errors for layer in standard]
    exact = critical_rate(effective_kernel(*grams, 0.02))
    for of in (standard, maximal):
        # shrinkage solves with condition 1 / rho
        assert module.largest_rate(of, "trace", 0.02) == pytest.approx(exact, rel=1e-10)
    heuristic = [module.largest_rate(of, "pi", 0.02) for of in (standard, maximal)]
    assert heuristic[1] > 1.05 * heuristic[0]


@cache
def dampings():
    return experiment("damping_transfer").run(
        widths=(32, 128), rows=128, batch=8, dampings=7, seeds=1, steps=10
    )


def test_the_best_damping_grows_only_in_sp_with_the_heuristic():
    """Slopes +1 and 0, to half of it: two widths, one start. Width is no use in SP."""
    found = dampings()
    slope = dict(zip(found["cases"], found["slope"], strict=True))
    assert slope["SP, heuristic"] > 0.5
    assert max(abs(slope["SP, trace"]), abs(slope["muP, trace"])) < 0.5
    assert slope["muP, heuristic"] < 0.25
    narrow, wide = found["best_loss"].T
    gained = dict(zip(found["cases"], narrow / wide, strict=True))
    assert min(gained["muP, trace"], gained["muP, heuristic"]) > 1.5
    assert max(gained["SP, trace"], gained["SP, heuristic"]) < 1.3


def test_rates_transfer_in_sp_without_features():
    """K-FAC with trace damping: one best rate in both, and features that move only in muP."""
    found = experiment("rate_transfer").run(
        widths=(32, 128),
        rows=64,
        batch=8,
        seeds=1,
        steps=6,
        critical_widths=(32, 128),
        critical_examples=8,
        feature_widths=(64, 256),
        feature_steps=3,
    )
    slope = dict(zip(found["cases"], found["slope"], strict=True))
    assert max(abs(slope["SP, trace"]), abs(slope["muP, trace"])) < 0.3
    moved = dict(zip(found["cases"], found["moved_slope"], strict=True))
    assert moved["SP, trace"] == pytest.approx(-0.5, abs=0.15)
    assert moved["muP, trace"] == pytest.approx(0.0, abs=0.15)
    np.testing.assert_allclose(found["critical"][0], found["critical"][1], rtol=1e-8)


def test_slopes_are_the_derived_ones_at_the_corners():
    """SGD, FOOF, GNT, K-FAC: within 0.1, what finite widths from 64 to 512 leave."""
    found = experiment("exponent_grid").run(points=2, heads=(1.0,))
    assert np.abs(found["gap"]).max() < 0.1
    assert "12 of 12 slopes are within 0.1" in experiment("exponent_grid").summary(found)


def test_over_damped_steps_are_gradients_with_the_rates_of_the_traces():
    """Up to 1 / rho, here 1e-4, for either factor."""
    found = quick("over_damped")
    np.testing.assert_allclose(found["rate"], found["theory"], rtol=3e-4)
    np.testing.assert_allclose(found["heuristic_rate"], 1.0, rtol=1e-4)
    assert found["sine"][..., -1].max() < 3e-4
    assert "NOT" not in experiment("over_damped").summary(found)


def test_a_step_on_a_sphere_needs_other_rates_than_what_is_inside():
    """AdamH (0, 1/2, 0) in place of Adam's (0, 1, 1), as derived and as measured."""
    module = experiment("new_exponents")
    assert module.law_of("AdamH", module.built("AdamH")) == [0.0, 0.5, 0.0]
    x, y = module.even_or_odd(6, 0)
    # the head's slope has a standard error of 0.04 in the mean of eight starts, 0.14 of two
    study = module.Study(x, y, (64, 128, 256), seeds=8)
    slopes = [one.value for one in module.rates(module.measured("AdamH", study))]
    np.testing.assert_allclose(slopes, [0.0, 0.5, 0.0], atol=0.1)


@pytest.mark.parametrize("name", sampled(experiment("new_exponents").methods()))
def test_no_method_of_wide_networks_stores_a_matrix_of_all_weights(name):
    """(input + width + 1) width of them: the largest array would be 7 MB for one start."""
    module = experiment("new_exponents")
    width = 12
    x, y = module.even_or_odd(2, 0)
    study = module.Study(x, y, (width, width + 1), seeds=1)
    tracemalloc.start()
    module.measured(name, study)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    weights = (x.shape[1] + width + 1) * width
    assert peak < 8 * weights**2


def test_thin_solves_lose_no_more_than_they_must():
    """Ten times eps (lam / rho)^e, as arithmetic allows, at the quick size too."""
    found = quick("speed")
    assert (found["thin_gap"][0] <= found["thin_bound"]).all()
    assert found["thin_bound"][0, -1] == pytest.approx(2.2e-7, rel=0.02)
