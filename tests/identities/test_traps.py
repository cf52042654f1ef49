"""Where published optimizers surprise: each trap with its number, and what this lab does
instead."""

import numpy as np
import pytest

from lab import conventions
from lab.optimizers import (
    L2,
    OPTIMIZERS,
    SGD,
    AdaBelief,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    NAdam,
    RMSProp,
)
from lab.simulation import replay

START = np.array([0.5, -1.0, 2.0, 0.25])
RNG = np.random.default_rng(31)
G = RNG.standard_normal((10, 4)) * np.array([0.5, 1.0, 0.05, 2.0])


def constant(steps, g=1.0):
    return np.full((steps, 1), g)


@pytest.mark.parametrize("beta", [0.9, 0.99])
def test_a_centred_rmsprop_explodes_on_a_constant_gradient(beta):
    """v - m^2 = g^2 beta^t (1 - beta^t) reaches rounding near t = log(2^-53) / log(beta): lr g /
    eps, or nan where it is < 0."""
    g = np.linspace(0.2, 3.0, 57)
    edge = np.log(2.0**-53) / np.log(beta)
    with np.errstate(invalid="ignore"):
        theta = replay(
            RMSProp(1e-3, beta2=beta, centered=True), np.zeros(57), np.tile(g, (int(1.2 * edge), 1))
        )
    lost = np.isnan(theta)
    assert 0 < lost.any(0).sum() < 57
    first = lost.argmax(0)[lost.any(0)]
    assert ((0.8 * edge < first) & (first < 1.05 * edge)).all()
    assert (np.nanmax(np.abs(theta), axis=0) > 1e4).all()


def test_clamping_or_eps_in_the_root_keeps_it_finite():
    g = np.tile(np.linspace(0.2, 3.0, 57), (500, 1))
    for optimizer in (
        RMSProp(1e-3, centered=True, clamp=True),
        RMSProp(1e-3, centered=True, clamp=True, eps_place="inside"),
    ):
        assert np.isfinite(replay(optimizer, np.zeros(57), g)).all()
    safe = replay(RMSProp(1e-3, centered=True, eps_place="inside"), np.zeros(1), constant(1000))
    assert np.isfinite(safe).all()
    assert np.abs(np.diff(safe, axis=0)).max() <= 1e-3 / np.sqrt(1e-8) * (1 + 1e-6)


def test_a_debiased_centred_rmsprop_starts_with_the_whole_gradient_over_sqrt_eps():
    g = np.array([[2.71, -1.0, 0.5, 1e-3]])
    optimizer = conventions.optax(
        "rmsprop", learning_rate=0.05, centered=True, bias_correction=True
    )
    step = replay(optimizer, START, g)[1] - START
    # v_hat - m_hat^2 is rounding, 1e-16 g^2, beside eps = 1e-8
    np.testing.assert_allclose(step, -0.05 * g[0] / np.sqrt(1e-8), rtol=1e-6)
    assert np.abs(step).max() == pytest.approx(1355, rel=1e-3)


def test_a_single_precision_product_is_not_double_precision():
    gap = np.abs(
        replay(NAdam(0.1, float32_product=True), START, G) - replay(NAdam(0.1), START, G)
    ).max()
    assert 1e-10 < gap < 1e-7


@pytest.mark.parametrize(
    "name",
    [
        "AdaGrad",
        "RMSProp",
        "Adam",
        "AdamW",
        "AMSGrad",
        "Adamax",
        "NAdam",
        "RAdam",
        "AdaBelief",
        "AdaBound",
        "AMSBound",
        "Yogi",
        "Adan",
        "ADOPT",
        "AdEMAMix",
        "Adadelta",
        "LAMB",
        "LARS",
        "NovoGrad",
    ],
)
def test_zero_over_zero_is_zero(name):
    """eps = 0 and a coordinate, or a whole gradient, that is 0: the step is 0 there, without a
    warning."""
    off = (
        {"eps": 0.0}
        | ({"eps_root": 0.0} if name == "AdaBelief" else {})
        | ({"initial_accumulator": 0.0} if name == "Yogi" else {})
    )
    optimizer = (
        OPTIMIZERS[name](lr=0.1, **off)
        if name != "AdamW"
        else AdamW(0.1, eps=0.0, weight_decay=0.0)
    )
    g = G.copy()
    g[:, 1] = 0.0
    theta = replay(optimizer, START, g)
    assert np.isfinite(theta).all()
    np.testing.assert_array_equal(theta[:, 1], START[1], err_msg="a step of 0")
    np.testing.assert_array_equal(replay(optimizer, START, 0 * G)[-1], START, err_msg="steps of 0")


def test_adabelief_runs_away_on_a_constant_gradient():
    belief = replay(AdaBelief(1e-3), np.zeros(1), constant(3000))[:, 0]
    adam = replay(Adam(1e-3), np.zeros(1), constant(3000))[:, 0]
    assert belief[-1] == pytest.approx(-92.4, abs=0.1)
    assert adam[-1] == pytest.approx(-3.0, abs=1e-3)
    assert np.abs(np.diff(belief)).max() == pytest.approx(0.0668, abs=1e-3)


def test_adabelief_refuses_a_residual_that_is_always_zero():
    with pytest.raises(ValueError, match=r"AdaBelief.beta1 = 0: must be > 0"):
        AdaBelief(1e-3, beta1=0.0)


def test_defaults_of_one_method_differ_between_libraries():
    """AdaGrad starts elsewhere, AMSGrad maximises another moment, NAdam warms up or not: same lr,
    different paths."""
    lr = {"torch": {"lr": 0.1}, "optax": {"learning_rate": 0.1}}
    for torch, optax, extra in (
        ("Adagrad", "adagrad", {}),
        ("Adam", "amsgrad", {"amsgrad": True}),
        ("NAdam", "nadam", {}),
    ):
        falling = G * 0.6 ** np.arange(10)[:, None]
        one = replay(conventions.torch(torch, **lr["torch"], **extra), START, falling)
        assert (
            np.abs(one - replay(conventions.optax(optax, **lr["optax"]), START, falling)).max()
            > 0.02
        ), torch


def test_the_maximum_before_debiasing_lets_steps_grow_again():
    """After one large gradient the denominator sqrt(top / (1 - beta2^t)) falls with t; with the
    maximum of v_hat it never does."""
    g = np.array([[10.0], [0.01], [0.01], [0.01], [0.01]])
    kept = [
        replay(AMSGrad(0.1, beta1=0.0, eps=0.0, max_before_debias=k), np.zeros(1), g)[:, 0]
        for k in (True, False)
    ]
    after = [np.abs(np.diff(path))[1:] for path in kept]
    assert after[0][-1] > 2 * after[1][-1]
    np.testing.assert_allclose(after[1], after[1][0], rtol=1e-12)


def test_the_first_buffer_is_not_dampened():
    first = [replay(SGD(0.1, momentum=0.9, dampening=d), START, G)[1] for d in (0.0, 0.5)]
    np.testing.assert_array_equal(*first, err_msg="a buffer that is set, not computed")


def test_maximize_does_not_turn_the_decay_around():
    theta = replay(conventions.torch("SGD", lr=0.1, weight_decay=0.5, maximize=True), START, 0 * G)
    np.testing.assert_allclose(theta[-1], START * 0.95**10, rtol=1e-14)


def test_no_momentum_means_no_nesterov_and_no_dampening():
    for wrong in (
        {"nesterov": True},
        {"dampening": 0.5},
        {"momentum": 0.9, "nesterov": True, "dampening": 0.1},
    ):
        with pytest.raises(TypeError, match=r"SGD\."):
            SGD(0.1, **wrong)


def test_default_decays_are_not_zero():
    assert conventions.optax("adamw", learning_rate=0.1).penalty == L2(1e-4)
    assert conventions.torch("AdamW").penalty == L2(1e-2)
    assert conventions.optax("lion", learning_rate=0.1) == Lion(0.1, weight_decay=1e-3)
    assert conventions.authors("Lion").weight_decay == 0
