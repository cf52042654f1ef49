"""Reductions, limits and bounds that hold exactly: one optimizer is another, or a formula, for some
hyper-parameters.

All on one fixed stream of gradients (open loop) unless the statement needs a function. Tolerances:
rounding of ten steps.
"""

import numpy as np
import pytest
from followed import fed
from identities import RNG, START, B, G, H, apart, closed, path, same

from lab.instruments.two_cycle import Started
from lab.optimizers import (
    ASGD,
    L2,
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    Ascent,
    HeavyBall,
    Nesterov,
    Regularized,
    RMSProp,
    Scheduled,
    SignSGD,
)

# -- SGD and momentum


def test_sgd_with_momentum_is_polyak_s_heavy_ball():
    same(path(SGD(0.1, momentum=0.9)), path(HeavyBall(0.1, 0.9)))


def test_the_position_of_lr_matters_once_it_varies():
    def halved(t):
        return 0.5**t

    assert (
        apart(
            path(Scheduled(halved, SGD(0.1, momentum=0.9))),
            path(Scheduled(halved, HeavyBall(0.1, 0.9))),
        )
        > 1e-2
    )


def test_sgd_with_nesterov_is_the_y_sequence_of_nesterov():
    same(closed(SGD(0.2, momentum=0.9, nesterov=True)), closed(Nesterov(0.2, 0.9)))


def test_dampening_equal_to_momentum_is_no_average():
    """The first buffer is not dampened: an average from 0 differs by momentum^t g_1, and does not
    from a first gradient of 0."""
    average = path(SGD(0.1 * (1 - 0.9), momentum=0.9))
    assert apart(path(SGD(0.1, momentum=0.9, dampening=0.9)), average) > 1e-1
    late = np.concatenate([np.zeros((1, 4)), G])
    same(
        path(SGD(0.1, momentum=0.9, dampening=0.9), late),
        path(SGD(0.1 * (1 - 0.9), momentum=0.9), late),
    )


def test_maximize_flips_the_gradient_before_the_decay():
    decaying = Regularized(SGD(0.1), L2(0.3), on="p")
    same(path(Ascent(decaying)), path(decaying, -G))


def test_sgd_without_momentum_is_gradient_descent():
    same(
        closed(SGD(0.1)),
        np.stack([np.linalg.matrix_power(np.eye(4) - 0.1 * H, t) @ START for t in range(11)]),
    )


def test_asgd_without_shrinkage_is_sgd_and_its_state_is_the_mean():
    same(path(ASGD(0.1, shrinkage=0.0)), path(SGD(0.1)))
    run = fed(ASGD(0.1, shrinkage=0.0, burn_in=0), START, G)
    same(run.states[-1].average, np.mean(run.points[2:], 0))


# -- AdaGrad and RMSProp


def test_adagrad_is_adam_with_moving_beta2():
    """beta1 = 0, beta2_t = 1 - 1/t, lr_t = lr / sqrt(t), no debiasing: v_t is then the mean of the
    squares."""
    v = np.zeros(4)
    expected = [START]
    for t, g in enumerate(G, 1):
        adam = Adam(0.1 / np.sqrt(t), beta1=0.0, beta2=1 - 1 / t, eps=0.0, debias="none")
        run = fed(Started(adam, {"v": v}), expected[-1], [g])
        v = run.states[-1].v
        expected.append(run.points[-1])
    same(path(AdaGrad(0.1, eps=0.0)), expected)


def test_adagrad_s_effective_step_never_grows():
    steps = np.abs(np.diff(path(AdaGrad(0.1, eps=0.0)), axis=0) / G)
    assert (np.diff(steps, axis=0) <= 1e-15).all()


def test_eps_in_or_out_of_the_root_matters_for_small_gradients():
    small = 1e-3 * G
    assert (
        apart(
            path(RMSProp(0.1, eps=1e-4), small),
            path(RMSProp(0.1, eps=1e-4, eps_place="inside"), small),
        )
        > 0.1
    )


def test_the_centred_second_moment_is_a_variance_about_the_average():
    """v - m^2 = sum_k w_k (g_k - m)^2 + (1 - W) m^2 with weights w_k = (1 - beta) beta^(t - k), W
    their sum, and no debiasing."""
    beta = 0.9
    t = len(G)
    w = (1 - beta) * beta ** np.arange(t - 1, -1, -1)
    m = w @ G
    state = fed(RMSProp(0.1, beta2=beta, centered=True), START, G).states[-1]
    same(state.v - state.m**2, w @ (G - m) ** 2 + (1 - w.sum()) * m**2, 1e-14)


@pytest.mark.parametrize("beta", [0.9, 0.99])
def test_first_steps_of_rmsprop(beta):
    """1 / sqrt(1 - beta), and centred 1 / sqrt(beta (1 - beta))."""
    one = np.ones((1, 4))
    same(START - path(RMSProp(1.0, beta2=beta, eps=0.0), one)[1], (1 - beta) ** -0.5)
    same(
        START - path(RMSProp(1.0, beta2=beta, eps=0.0, centered=True), one)[1],
        (beta * (1 - beta)) ** -0.5,
    )


# -- Adam


def test_adam_without_beta1_is_debiased_rmsprop():
    same(
        path(Adam(0.1, beta1=0.0, beta2=0.9, eps=0.05)),
        path(RMSProp(0.1, beta2=0.9, eps=0.05, debias=True)),
        1e-15,
    )


def test_adam_without_memory_is_sign_descent():
    same(path(Adam(0.1, 0.0, 0.0, eps=0.0)), path(SignSGD(0.1)), 1e-15)


def test_the_first_step_of_adam_is_a_sign():
    same(path(Adam(0.1, eps=0.0))[1], START - 0.1 * np.sign(G[0]), 1e-15)


def test_on_a_constant_gradient_every_step_of_adam_is_the_same():
    g = np.array([0.3, -2.0, 1e-3, 5.0])
    steps = np.diff(path(Adam(0.1, eps=0.01), np.tile(g, (30, 1))), axis=0)
    same(steps, np.broadcast_to(-0.1 * g / (np.abs(g) + 0.01), steps.shape), 1e-14)


def test_eps_hat_is_eps_before_debiasing():
    """lr sqrt(c2) / c1 m / (sqrt(v) + eps): the same method with eps / sqrt(c2), step by step; far
    apart early."""
    hat = path(Adam(0.1, eps=1e-2, eps_place="hat"))
    plain = path(Adam(0.1, eps=1e-2))
    same(hat[1], path(Adam(0.1, eps=1e-2 / np.sqrt(1 - 0.999)))[1])
    assert apart(hat, plain) > 0.05


def test_the_step_bound_of_adam_is_attained():
    """|m| <= B sqrt(v), with equality in the limit for g_k proportional to (beta1 / beta2)^age."""
    age = np.arange(3000)[::-1]
    worst = (0.9 / 0.999) ** age[:, None] * np.ones(4)
    last = np.diff(path(Adam(1.0, eps=0.0, debias="none"), worst), axis=0)[-1]
    assert pytest.approx(7.270291799999695, rel=1e-12) == B
    np.testing.assert_allclose(-last, B, rtol=1e-9)
    steps = np.abs(
        np.diff(path(Adam(1.0, eps=0.0, debias="none"), RNG.standard_normal((500, 4))), axis=0)
    )
    assert steps.max() <= B


def test_adamw_without_decay_is_adam():
    same(path(AdamW(0.1, weight_decay=0.0)), path(Adam(0.1)), 1e-14)


def test_decay_before_the_step_is_decay_in_the_step():
    adam = path(Adam(0.1))
    theta = START
    for t in range(10):
        theta = theta * (1 - 0.1 * 0.3) + adam[t + 1] - adam[t]
        same(theta, path(AdamW(0.1, weight_decay=0.3))[t + 1], 1e-14)


def test_coupled_and_decoupled_decay_differ():
    assert (
        apart(path(Regularized(Adam(0.1), L2(0.3), on="p")), path(AdamW(0.1, weight_decay=0.3)))
        > 0.1
    )


def test_decay_by_the_schedule_alone():
    """With a constant lr it is the decay weight_decay / lr; under a schedule it follows lr_t /
    lr_0."""
    same(path(AdamW(0.1, weight_decay=0.03, times="schedule")), path(AdamW(0.1, weight_decay=0.3)))

    def halved(t):
        return 0.5**t

    one = path(Scheduled(halved, AdamW(0.1, weight_decay=0.03, times="schedule")))
    same(one, path(Scheduled(halved, AdamW(0.1, weight_decay=0.3))))


def test_adamw_stays_in_its_box():
    """|theta_i| <= max(|theta_0,i|, sup of the debiased ratio / weight_decay) if lr weight_decay <=
    1; B without debiasing."""
    gradients = np.random.default_rng(1).standard_normal((3000, 4)) - 1.0
    theta = path(AdamW(0.05, weight_decay=2.0, eps=0.0), gradients)
    assert np.abs(theta).max() <= max(np.abs(START).max(), B / 2.0)
