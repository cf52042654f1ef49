"""Experiments on the width: derived numbers that hold at quick settings too."""

import inspect
from types import SimpleNamespace

import numpy as np
import pytest
from files import experiment, quick, run_quick
from scipy import stats

from lab.theory.mup import RULES

# starts of widths 16 and 32 scatter by some tenths in a slope; derived ones differ by halves
LOOSE = 0.35
WIDTHS = (
    "coordinate_check",
    "preconditioner_order",
    "output_scale",
    "zero_head",
    "width_limit",
    "matching_width",
)


def test_parameterizations_are_told_apart_by_their_first_steps():
    """Adam in SP: (0, 1, 1); in muP flat."""
    found = quick("coordinate_check")
    m = list(found["methods"]).index("Adam")
    standard, maximal = found["slope"][:, m, :2]
    np.testing.assert_allclose(standard, [0, 1], atol=LOOSE)
    np.testing.assert_allclose(maximal, 0, atol=LOOSE)
    np.testing.assert_array_equal(found["derived"][0, m, :3], [0, 1, 1])


def test_both_are_one_network_at_the_base_width():
    found = quick("coordinate_check")
    np.testing.assert_allclose(found["changed"][0, :, :, 0], found["changed"][1, :, :, 0])
    matched = quick("matching_width")
    for b, base in enumerate(matched["bases"]):
        same = matched["gain"][:, b, matched["widths"] == base]
        assert same.size
        np.testing.assert_array_equal(same, 0)


def test_the_first_step_of_k_bfgs_is_that_of_foof():
    """H_g starts from I, so that only the side of the inputs is normalised."""
    methods = ("KBFGS", "FOOF")
    found = run_quick("coordinate_check", methods=methods, widths=(16, 32, 64), seeds=4)
    one, other = np.moveaxis(found["slope"][:, :, :2], 1, 0)
    np.testing.assert_allclose(one, other, atol=LOOSE)
    np.testing.assert_allclose(one, found["derived"][:, 0, :2], atol=LOOSE)


def test_the_column_of_a_bias_competes_with_the_features():
    """1^T (H^T H + 1 1^T + n rho)^-1 is 1^T R over 1 + s, R without the ones."""
    h = np.random.default_rng(4).standard_normal((3, 4, 6))
    rho = np.array([0.0, 0.1, 2.0])
    ones = np.ones((4, 4))
    gram = h @ np.swapaxes(h, -1, -2) + 4 * rho[:, None, None] * np.eye(4)
    alone = np.linalg.inv(gram).sum(-1)
    joined = np.linalg.inv(gram + ones).sum(-1)
    s = inspect.getmodule(experiment("coordinate_check").column).beside(h, rho)
    # matrices of condition below 100
    np.testing.assert_allclose(joined * (1 + s)[:, None], alone, rtol=1e-11)


def test_k_bfgs_bends_through_what_its_errors_learn():
    """With H_g = I it is FOOF: at a low rate as flat as its first step, which learning is not."""
    settings = {"methods": ("KBFGS", "SGD"), "widths": (32, 64, 128), "steps": 5}
    _, slow, held = run_quick("coordinate_check", **settings)["later"]
    # two starts: their first steps scatter by 0.05
    assert np.abs(held).max() < 0.1
    assert np.abs(slow).max() > 2 * np.abs(held).max()
    assert not run_quick("coordinate_check", methods=("SGD",))["later"].any()


def test_rates_are_chosen_by_the_first_step():
    small = run_quick("coordinate_check", methods=("SGD",), move=1e-6, steps=1)
    large = run_quick("coordinate_check", methods=("SGD",), move=1e-4, steps=1)
    # tanh bends by the square of the move
    np.testing.assert_allclose(100 * small["changed"], large["changed"], rtol=1e-3)
    base = large["changed"][1, 0, :, 0].mean(-1)
    np.testing.assert_allclose(base.max(), 1e-4, rtol=1e-3)


def test_orders_of_the_preconditioner():
    """(0, -1, -1) in SP and (1, 0, -1) in muP; the traces are of another order."""
    found = run_quick("preconditioner_order", widths=(32, 64, 128), seeds=3)
    np.testing.assert_array_equal(found["derived"], [[0, -1, -1], [1, 0, -1]])
    expected = np.broadcast_to(found["derived"][..., None], found["slope"].shape)
    np.testing.assert_allclose(found["slope"], expected, atol=LOOSE)
    np.testing.assert_allclose(found["slope_A"][:, 1:], 1, atol=0.1)
    np.testing.assert_allclose(found["slope_B"][1, :2], -1, atol=LOOSE)


def test_gains_know_neither_the_rate_nor_when_they_were_looked_at():
    one = run_quick("preconditioner_order", times=(1,))["gain"]
    slow = run_quick("preconditioner_order", times=(1,), lr=0.01)["gain"]
    # a step of 0.01 is known to 1e-14 of theta
    np.testing.assert_allclose(one, slow, rtol=1e-9)
    both = run_quick("preconditioner_order", times=(1, 3))["gain"]
    later = run_quick("preconditioner_order", times=(3,))["gain"]
    np.testing.assert_allclose(both[:, :, 1:], later, rtol=1e-9)


def test_dampings_follow_the_derived_ones():
    """L is |delta|^2 |h|^2: 1 / M, 1, M in muP; each of two factors has the root of it."""
    scaled = experiment("coordinate_check").scaled
    places = ("input", "hidden", "output")
    assert [scaled("Shampoo", "muP")[place].d for place in places] == [1, 0, -1]
    assert [scaled("PerExampleTNT", "SP")[place].d for place in places] == [0, -0.5, -0.5]
    assert scaled("PerExampleTNT", "muP")["input bias"].d == 1
    assert [scaled("DiagonalGN", "muP")[place].d for place in places] == [2, 2, 0]
    assert scaled("Adam", "SP")["hidden"].d == 0


def test_a_head_of_zeros_leaves_features_alone_for_a_step():
    found = run_quick("output_scale", batches=(20,), epochs=(1,))
    np.testing.assert_array_equal(found["moved"][..., -1, :], 0)
    assert (found["moved"][..., :-1, :] > 0).all()


def test_a_step_from_zeros_is_kernel_ridge_regression():
    found = quick("width_limit")
    # solves of condition 1 / damping
    assert found["identity"].max() < 1e-12
    assert found["ridge"].min() > 1e-3


def test_limits_are_reached():
    """Twelve starts at width 64: scatter 0.05 of the limit, terms of order 1 / M."""
    found = run_quick("width_limit", widths=(16, 64), seeds=12)
    np.testing.assert_allclose(found["mean"][:, :2, -1], 1, atol=0.2)


def test_kicks_and_residuals():
    """2 (1 - e_B) under relative damping, 2 under a fixed one; 1, and 1 - 2 e_B for the empirical
    B."""
    found = quick("zero_head")
    np.testing.assert_array_equal(found["kick_derived"], [0, 2, 2, 2, 1, 2])
    np.testing.assert_allclose(found["kick_power"], found["kick_derived"], atol=0.1)
    np.testing.assert_array_equal(found["residual_derived"][:4], [1, -1, 0, 1])
    relative = found["residual_power"][:4]
    np.testing.assert_allclose(relative, found["residual_derived"][:4], atol=1e-9)


def test_heads_that_move_features():
    """From muP's head features move farther than from a larger one."""
    found = quick("output_scale")
    k = list(found["methods"]).index("K-FAC")
    half, one, _ = found["moved_middle"][-1, k]
    assert one > half
    assert ((found["training"] >= 0) & (found["training"] <= 100)).all()


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("coordinate_check", {"methods": ("Newton",)}, "methods = 'Newton': must be one of"),
        ("coordinate_check", {"move": 0.0}, "move = 0: must be > 0"),
        ("preconditioner_order", {"times": (2, 1)}, r"times = \(2, 1\): must increase"),
        ("output_scale", {"epochs": (1,)}, r"epochs = \(1,\): must be 2, one for each"),
        ("matching_width", {"seeds": 1}, "seeds = 1: must be an integer >= 2"),
        ("zero_head", {"etas": (1e-3,)}, "etas = .*: must be at least three"),
        ("zero_head", {"sizes": (1.0,)}, "sizes = .*: must be at least two"),
    ],
)
def test_settings_that_cannot_be_run_are_named(name, settings, said):
    with pytest.raises(ValueError, match=said):
        run_quick(name, **settings)


def test_every_derived_rule_is_checked_or_left_out_for_its_matrices():
    """What the default settings name can be run, and a new rule is not forgotten."""
    module = experiment("coordinate_check")
    left_out = experiment("new_exponents").NOT_HERE
    assert set(module.METHODS) | set(left_out) == set(RULES)
    assert set(module.run.__kwdefaults__["methods"]) == set(module.METHODS)


def test_full_settings_can_be_typed():
    for name in WIDTHS:
        module = experiment(name)
        assert set(module.FULL) <= set(module.run.__kwdefaults__), name


def test_ties_are_those_of_students_test():
    gap = np.random.default_rng(0).normal(0.6, 1, (200, 5))
    found = inspect.getmodule(experiment("matching_width").paired).paired(gap)
    beyond = stats.ttest_1samp(gap, 0, axis=-1).pvalue < 0.05
    assert 0 < beyond.mean() < 1
    np.testing.assert_array_equal(
        np.abs(found.mean) > found.reach, beyond, err_msg="verdicts, none of them at its border"
    )


def test_a_run_that_left_the_range_names_no_class():
    """argmax of NaN is its place: without care the first class would be right in every such run."""
    z = np.full((2, 3, 10), -1.0)
    label = np.array([0, 4, 0])
    z[:, [0, 1, 2], label] = 1.0
    z[1] = np.nan
    for name in ("output_scale", "matching_width"):
        np.testing.assert_array_equal(experiment(name).right(z, label), [100, 0])
    # an experiment that takes the network itself
    rest = SimpleNamespace(y=label, evaluate=lambda theta: SimpleNamespace(z=z))
    np.testing.assert_array_equal(experiment("convnet_digits").wrong(rest, None), [0, 1])
