"""More reductions, limits and bounds: the relatives of Adam, sign methods, methods with a norm per
tensor.

All on one fixed stream of gradients (open loop) unless the statement needs a function. Tolerances:
rounding of ten steps.
"""

import dataclasses

import numpy as np
import pytest
from followed import fed
from identities import RNG, START, G, apart, path, same

from lab.optimizers import (
    LAMB,
    AdaBelief,
    AdaBound,
    Adam,
    Adamax,
    AdamW,
    AdEMAMix,
    AMSBound,
    AMSGrad,
    Lion,
    NAdam,
    NovoGrad,
    RAdam,
    Rprop,
    Scheduled,
    SignSGD,
    Signum,
)
from lab.optimizers.adaptive.rectified import rectification


def test_three_versions_of_amsgrad():
    falling = 0.7 ** np.arange(10)[:, None] * np.array([1.0, -2.0, 0.5, 3.0])
    rising = falling[::-1]
    first, late = (AMSGrad(0.1, beta2=0.9, eps=0.0, max_before_debias=k) for k in (True, False))
    assert apart(path(first, falling), path(late, falling)) > 0.1
    same(path(first, rising), path(late, rising), 1e-15)
    paper = dataclasses.replace(first, debias="none")
    same(path(paper)[1], START - 0.1 * np.sign(G[0]) * (1 - 0.9) / np.sqrt(1 - 0.9))
    assert apart(path(paper), path(first)) > 0.1


def test_amsgrad_on_growing_gradients_is_adam():
    rising = 1.5 ** np.arange(10)[:, None] * np.array([1.0, -2.0, 0.5, 3.0])
    same(path(AMSGrad(0.1, beta2=0.9), rising), path(Adam(0.1, beta2=0.9), rising), 1e-15)


def test_two_versions_of_nadam():
    """momentum_decay -> inf removes the warm-up; first steps 1 + beta1 / (1 + beta1) and 1.056452
    (in lr sign(g))."""
    same(path(NAdam(0.1, momentum_decay=1e6)), path(NAdam(0.1, warmup=False)))
    first = np.abs(path(NAdam(1.0, eps=0.0, warmup=False))[1] - START)
    same(first, 1 + 0.9 / 1.9)
    same(np.abs(path(NAdam(1.0, eps=0.0))[1] - START), 1.056452, 1e-6)
    assert apart(path(NAdam(0.1)), path(NAdam(0.1, warmup=False))) > 0.1


def test_adamax_is_bounded_by_lr_after_a_large_gradient():
    """u >= |g|, hence |m_hat| / u <= the largest of the |g| / u <= 1 / beta2^t: with beta2 close to
    1, lr."""
    steps = np.abs(np.diff(path(Adamax(0.1, eps=0.0)), axis=0))
    assert (steps <= 0.1 / 0.999 ** np.arange(1, 11)[:, None]).all()
    same(path(Adamax(0.1, eps=0.0))[1], START - 0.1 * np.sign(G[0]), 1e-15)


def test_radam_starts_as_momentum_and_ends_as_adam():
    """rho_t < 5 for the first 5 steps at beta2 = 0.999: lr m_hat; r_t -> 1."""
    weights = 0.9 ** np.arange(5)[::-1]
    m_hat = np.stack([weights[-t:] @ G[:t] / weights[-t:].sum() for t in range(1, 6)])
    same(np.diff(path(RAdam(0.1)), axis=0)[:5], -0.1 * m_hat)
    long = RNG.standard_normal((4000, 4))
    last = [
        np.diff(path(method, long), axis=0)[-1]
        for method in (RAdam(0.1, beta2=0.9), Adam(0.1, beta2=0.9))
    ]
    rho = 2 / 0.1 - 1  # rho_t is rho up to t beta2^t: r_t is 1 exactly there
    assert rho > 5
    same(last[0], last[1], 1e-12)


@pytest.mark.parametrize(("beta2", "threshold"), [(0.6, 4.0), (2 / 3, 5.0), (0.5, 5.0)])
def test_radam_is_never_rectified_below_the_threshold(beta2, threshold):
    """rho_t < rho <= threshold at every t, also where they are one number in floating point."""
    r = [rectification(beta2, t, threshold) for t in (1, 7, 100, 10_000)]
    np.testing.assert_array_equal(r, 0.0, err_msg="not known: no factor")


# -- Bounds and beliefs


@pytest.mark.parametrize(("method", "like"), [(AdaBound, Adam), (AMSBound, AMSGrad)])
def test_adabound_without_bounds(method, like):
    """gamma -> 0 with a huge final_lr leaves Adam with eps in its place "hat" (eps is 0 here, where
    that is Adam)."""
    gap = apart(
        path(method(0.1, beta2=0.9, final_lr=1e6, gamma=1e-12, eps=0.0)),
        path(like(0.1, beta2=0.9, eps=0.0)),
    )
    assert gap < 1e-4


def test_adabound_with_tight_bounds_is_sgd_with_an_average():
    """gamma -> inf: delta = -final_lr m."""
    weights = 0.1 * 0.9 ** np.arange(10)[::-1]
    m = np.stack([weights[-t:] @ G[:t] for t in range(1, 11)])
    same(np.diff(path(AdaBound(0.1, final_lr=0.3, gamma=1e12)), axis=0), -0.3 * m, 1e-10)


def test_a_schedule_scales_the_bounds_of_adabound():
    def tenth(t):
        return 0.1

    same(
        path(Scheduled(tenth, AdaBound(0.1, final_lr=0.3, gamma=1e12))) - START,
        0.1 * (path(AdaBound(0.1, final_lr=0.3, gamma=1e12)) - START),
    )


def test_the_first_step_of_adabelief_is_larger_than_adam_s():
    same(path(AdaBelief(0.1, eps=0.0, eps_root=0.0))[1], START - 0.1 / 0.9 * np.sign(G[0]), 1e-13)


def test_adabelief_s_floor_accumulates():
    """eps_root is added inside the recursion: on residuals of 0 v tends to eps_root / (1 -
    beta2)."""
    run = fed(AdaBelief(0.1, beta2=0.9, eps_root=0.01), START, np.zeros((400, 4)))
    same(run.states[-1].v, 0.1)


# -- Signs


def test_signum_and_lion_reduce_to_sign_descent():
    same(path(Signum(0.1, beta1=0.0)), path(SignSGD(0.1)), 0.0)
    same(path(Lion(0.1, beta1=0.0)), path(SignSGD(0.1)), 0.0)
    same(path(Lion(0.1, 0.7, 0.7)), path(Signum(0.1, 0.7)), 0.0)
    assert apart(path(Lion(0.1, 0.5, 0.95)), path(Signum(0.1, 0.95))) > 0.1


def test_every_entry_of_a_lion_step_is_lr_or_nothing():
    steps = np.abs(np.diff(path(Lion(0.125)), axis=0))
    assert set(np.unique(np.round(steps, 12))) <= {0.0, 0.125}


def test_lion_stays_in_its_box():
    theta = path(
        Lion(0.05, weight_decay=2.0), np.random.default_rng(1).standard_normal((3000, 4)) - 1.0
    )
    assert np.abs(theta).max() <= max(np.abs(START).max(), 1 / 2.0)
    assert np.abs(theta[-1]).max() == pytest.approx(0.5, abs=0.05)


def test_rprop_that_never_adapts_is_sign_descent_except_where_signs_change():
    steady = np.abs(G) * np.array([1.0, -1, 1, -1])
    same(path(Rprop(0.1, size_min=0.1, size_max=0.1), steady), path(SignSGD(0.1), steady))
    grown = np.abs(np.diff(path(Rprop(0.1, grow=1.5), steady), axis=0))
    same(grown, np.broadcast_to(0.1 * 1.5 ** np.arange(10)[:, None], grown.shape))


# -- Other moments and layers


def test_ademamix_without_the_slow_average_is_adamw():
    same(
        path(AdEMAMix(0.1, alpha=0.0, weight_decay=0.3)), path(AdamW(0.1, weight_decay=0.3)), 1e-15
    )


def test_a_step_of_lamb_is_as_long_as_lr_times_theta():
    theta = path(LAMB(0.1, weight_decay=0.3))
    length = np.linalg.norm
    same(length(np.diff(theta, axis=0), axis=1), 0.1 * length(theta[:-1], axis=1))


def test_novograd_without_memory_is_normalised_gradient_descent():
    same(
        np.diff(path(NovoGrad(0.1, 0.0, 0.0, eps=0.0)), axis=0),
        -0.1 * G / np.linalg.norm(G, axis=1, keepdims=True),
    )
