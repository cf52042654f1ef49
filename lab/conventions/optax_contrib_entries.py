"""optax.contrib, version 0.2.8: one function per optimizer, its signature the library's.

What stands in a docstring is what differs from the paper or is left out. Decay is `decoupled`
unless it is said to be added to the gradient, and multiplied by the rate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.conventions.decay import coupled, decoupled
from lab.optimizers import (
    ADOPT,
    MADGRAD,
    AdEMAMix,
    DAdaptAdam,
    Muon,
    Prodigy,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    SophiaH,
)
from lab.optimizers.matrix.muon import QUINTIC


def adopt(*, learning_rate, b1=0.9, b2=0.9999, eps=1e-6, use_clipping=True):
    """use_clipping bounds the normalised gradient of step t by t^(1/4)."""
    return ADOPT(learning_rate, b1, b2, eps, clipped=use_clipping)


def ademamix(
    *,
    learning_rate,
    b1=0.9,
    b2=0.999,
    b3=0.9999,
    alpha=5.0,
    eps=1e-8,
    eps_root=0.0,
    weight_decay=0.0,
):
    """alpha and b3 are constant: the paper's schedules for them are not here.

    delta = -lr ((m1_hat + alpha m2) / (sqrt(v_hat + eps_root) + eps) + weight_decay theta), m2 with
    the decay b3 and no bias correction.
    """
    return AdEMAMix(learning_rate, b1, b2, b3, alpha, eps, eps_root, weight_decay)


def muon(
    *,
    learning_rate,
    ns_coeffs=QUINTIC,
    ns_steps=5,
    beta=0.95,
    eps=1e-8,
    weight_decay=0.0,
    nesterov=True,
    consistent_rms=None,
):
    """Matrices only: other leaves get AdamW there.

    Momentum is averaged and debiased; the orthogonal factor is made by ns_steps iterations of the
    quintic polynomial with ns_coeffs. consistent_rms sets the size of a step's entries; without it
    the factor depends on the shape of the transposed matrix.
    """
    choices: dict[str, Any] = {"average": "debiased", "shape": "columns", "rms": consistent_rms}
    method = Muon(learning_rate, beta, eps, nesterov, ns_steps, ns_coeffs, **choices)
    return decoupled(method, weight_decay)


def sophia(
    *,
    learning_rate,
    b1=0.965,
    b2=0.99,
    eps=1e-8,
    weight_decay=1e-4,
    gamma=0.01,
    clip_threshold=1.0,
    update_interval=10,
):
    """optax.contrib.sophia with its Hutchinson estimator (golden records fix the estimates:
    sophia_fixedhess).

    m is debiased, and a new estimate is used from the next step on: the first one sees h = 0.
    """
    optax: dict[str, Any] = {"debias": True, "refresh_after": True}
    settings: dict[str, Any] = {"every": update_interval, "clip": clip_threshold}
    return SophiaH(learning_rate, b1, b2, gamma, eps, weight_decay, **settings, **optax)


def prodigy(
    *,
    learning_rate=1.0,
    betas=(0.9, 0.999),
    beta3=None,
    eps=1e-8,
    estim_lr0=1e-6,
    estim_lr_coef=1.0,
    weight_decay=0.0,
):
    """With Adam's bias correction, which the authors leave out by default.

    learning_rate multiplies the estimated distance d, which starts at estim_lr0 and never falls.
    """
    estimate: dict[str, Any] = {"d0": estim_lr0, "d_coef": estim_lr_coef, "beta3": beta3}
    return Prodigy(learning_rate, *betas, eps, weight_decay=weight_decay, debias=True, **estimate)


def dadapt_adamw(*, learning_rate=1.0, betas=(0.9, 0.999), eps=1e-8, estim_lr0=1e-6):
    """weight_decay, which its own rate multiplies, is not here.

    learning_rate multiplies the estimated distance, estim_lr0 is where the estimate starts.
    """
    return DAdaptAdam(learning_rate, *betas, eps, estim_lr0)


def madgrad(*, learning_rate, momentum=0.9, eps=1e-6, weight_decay=0.0):
    """eps is added to the rate too.

    So c = (learning_rate + eps) sqrt(t): at learning_rate = 0 parameters move.
    """
    return coupled(MADGRAD(learning_rate + eps, momentum, eps), weight_decay)


def schedule_free_sgd(*, learning_rate=1.0, b1=0.9):
    """Without its warmup, and weight_decay, which is added to the gradient."""
    return ScheduleFreeSGD(learning_rate, b1)


def schedule_free_adamw(*, learning_rate=0.0025, b1=0.9, b2=0.999, eps=1e-8, weight_decay=0.0):
    """Without its warmup: all weights are equal.

    Weights are powers of the largest rate so far there; with a constant rate that is a mean.
    """
    return ScheduleFreeAdamW(learning_rate, b1, b2, eps, weight_decay=weight_decay)


CONTRIB: dict[str, Callable] = {
    "adopt": adopt,
    "ademamix": ademamix,
    "muon": muon,
    "sophia": sophia,
    "prodigy": prodigy,
    "dadapt_adamw": dadapt_adamw,
    "madgrad": madgrad,
    "schedule_free_sgd": schedule_free_sgd,
    "schedule_free_adamw": schedule_free_adamw,
}
