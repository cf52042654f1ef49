"""Authors of methods around Adam and Muon: their code as published with the papers, read, not
recorded; each docstring says what of it is not here.

Beside the paper's formula, code has choices that no formula shows: which eps, decay before or after
what, lengths, first steps. These are the fields that differ between an entry and our class; the
signature has the code's names and defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.conventions.decay import coupled, decayed, decoupled
from lab.optimizers import (
    MADGRAD,
    SGD,
    AdamH,
    AdaMuon,
    AdaptiveKFAC,
    Blocked,
    CautiousAdamW,
    Dion2,
    Grafted,
    GraftedShampoo,
    LaProp,
    MARSAdamW,
    Momentum,
    Muon,
    MuonH,
    NorMuon,
    Prodigy,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Scion,
)
from lab.optimizers.matrix.points import point
from lab.optimizers.pieces import off


def normuon(*, lr=0.02, weight_decay=0.0, momentum=0.95, beta2=0.95, ns_steps=5, nesterov=True):
    """Li et al. 2025, their code: as long as Muon's step. Their paper, and optax, have 0.2 times
    the square root of the number of entries, and the paper no nesterov."""
    method = NorMuon(lr, momentum, beta2, 1e-7, 1e-10, nesterov, "kept", iterations=ns_steps)
    return decoupled(method, weight_decay)


def adamuon(
    *,
    lr=0.02,
    weight_decay=0.01,
    momentum=0.95,
    nesterov=True,
    ns_steps=5,
    beta2=0.999,
    eps=1e-8,
):
    """Si, Zhang & Shen 2025, their code: without the signs of the paper's later version.

    Two denominators: 1e-7 where the momentum is brought to length 1 before the iteration, eps where
    the orthogonal factor is divided by sqrt(v_hat).
    """
    method = AdaMuon(lr, momentum, beta2, 1e-7, eps, False, nesterov, iterations=ns_steps)
    return decoupled(method, weight_decay)


def dion2(*, lr=0.01, fraction=0.25, ef_decay=0.95, weight_decay=0.01, epsilon=1e-8):
    """Ahn et al. 2025, their code on one device: Polar Express, and the spectral scale of rates.

    Vectors have an optimizer of their own there.
    """
    return decoupled(Dion2(lr, ef_decay, epsilon, fraction), weight_decay)


def scion(*, lr, momentum=0.1, constrained=False):
    """Pethick et al. 2025, their code: momentum is the weight of the newest gradient; constrained
    is decay with rate 1.

    So momentum = 0.1 is our 0.9, and momentum = 1 none. lr weight_decay = lr then: a convex
    combination of theta and a point on the sphere, as in the method of Frank and Wolfe.
    """
    # theirs weighs the new gradient, ours what is remembered
    return Scion(lr, 1 - momentum, weight_decay=1.0 if constrained else 0.0)


def laprop(*, lr=4e-4, betas=(0.9, 0.999), eps=1e-15, weight_decay=0.0):
    """Ziyin, Wang & Ueda 2020; decay beside the step."""
    return decoupled(LaProp(lr, *betas, eps), weight_decay)


def madgrad(*, lr=1e-2, momentum=0.9, weight_decay=0.0, eps=1e-6):
    """Defazio & Jelassi 2022, their code: eps is added to the rate too.

    Decay is added to the gradient there.
    """
    # as their code has it, so that a rate of 0 is allowed
    return coupled(MADGRAD(lr + eps, momentum, eps), weight_decay)


def prodigy(
    *,
    lr=1.0,
    betas=(0.9, 0.999),
    beta3=None,
    eps=1e-8,
    weight_decay=0.0,
    use_bias_correction=False,
    d0=1e-6,
    d_coef=1.0,
):
    """Mishchenko & Defazio 2024, their reference code without growth_rate and safeguards.

    lr multiplies the estimate d of the distance, which starts at d0; d_coef multiplies new
    estimates.
    """
    estimate: dict[str, Any] = {"d0": d0, "d_coef": d_coef, "beta3": beta3}
    return Prodigy(
        lr, *betas, eps, weight_decay=weight_decay, debias=use_bias_correction, **estimate
    )


def schedule_free_sgd(*, lr=1.0, momentum=0.9):
    """Defazio et al. 2024, their code without decay, warmup and powers of the weights."""
    return ScheduleFreeSGD(lr, momentum)


def schedule_free_adamw(*, lr=0.0025, betas=(0.9, 0.999), eps=1e-8):
    """Defazio et al. 2024, their code without decay and warmup: eps before the bias correction,
    whose square weighs the points."""
    beta, beta2 = betas
    return ScheduleFreeAdamW(lr, beta, beta2, eps, warm=beta2, eps_place="hat")


def cautious_adamw(*, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
    """Liang et al. 2024, their code; their paper adds 1 to the number of coordinates kept."""
    return CautiousAdamW(lr, *betas, eps, weight_decay=weight_decay)


def mars(*, lr=3e-3, betas=(0.95, 0.99), eps=1e-8, weight_decay=0.0, gamma=0.025):
    """Yuan et al. 2024, their code for AdamW: clipped tensor by tensor, the approximate form."""
    return MARSAdamW(lr, *betas, eps, gamma=gamma, weight_decay=weight_decay)


def adamh(*, lr, betas=(0.9, 0.999), eps=1e-8):
    """Wen et al. 2025: matrices only, other parameters get Adam there.

    lr is relative to the length of a tensor, which stays that of the start.
    """
    return AdamH(lr, *betas, eps)


def muonh(*, lr=0.02, momentum=0.95):
    """Wen et al. 2025: matrices only.

    lr is relative to the length of a tensor, which stays that of the start.
    """
    return MuonH(lr, momentum)


def distributed_shampoo(
    *,
    lr=1e-2,
    betas=(0.9, 0.999),
    epsilon=1e-12,
    momentum=0.0,
    weight_decay=0.0,
    max_preconditioner_dim=1024,
    precondition_frequency=1,
    start_preconditioning_step=-1,
    use_decoupled_weight_decay=True,
    grafting_epsilon=1e-8,
):
    """Shi et al. 2023, their code with the length of Adam's steps: its beta2 is that of the
    factors. Sums of squares (their default beta2 = 1), other lengths, dampening and merged sides
    are not here; a start of -1 is precondition_frequency."""
    # None is ours for what -1 means there
    start = None if start_preconditioning_step == -1 else start_preconditioning_step
    method = GraftedShampoo(
        lr,
        *betas,
        grafting_epsilon,
        epsilon,
        every=precondition_frequency,
        largest=max_preconditioner_dim,
        start=start,
    )
    # without momentum there is no buffer, here as there
    moving = method if off(momentum) else Momentum(method, momentum, place="step")
    return decayed(moving, weight_decay, use_decoupled_weight_decay)


def scalable_shampoo(
    *,
    learning_rate,
    block_size=128,
    beta1=0.9,
    beta2=0.999,
    matrix_epsilon=1e-6,
    weight_decay=0.0,
    start_preconditioning_step=5,
    preconditioning_compute_steps=1,
    statistics_compute_steps=1,
    nesterov=True,
):
    """Anil et al. 2020, their code for JAX with its default lengths, those of the gradients: heavy
    ball after the grafting, decay before it, roots damped by a share of the largest eigenvalue.

    Steps count from 0 there. Factors start from 0 here and from matrix_epsilon I there, block_size
    has no default there, and other lengths, merged sides and sums (beta2 = 1) are not here.
    """
    statistic = {"labels": "true", "beta2": beta2, "sample_every": statistics_compute_steps}
    roots = {"damp": "largest", "every": preconditioning_compute_steps, "early": False}
    # the length of a grafted direction is not seen, so neither is its rate
    direction = Blocked(point("ShampooEMA", 1.0, matrix_epsilon, statistic, roots), block_size)
    # their first step has the number 0, ours 1
    grafted = Grafted(SGD(learning_rate), direction, start_preconditioning_step + 1)
    # inside the momentum, which therefore remembers decay, too
    decaying = decoupled(grafted, weight_decay)
    return Momentum(decaying, beta1, place="step", nesterov=nesterov)


def muonclip(*, lr=2e-4, momentum=0.95, weight_decay=0.1):
    """Kimi Team 2025, as read: Muon with steps of the size of Adam's, .2 sqrt(max(m, n)). QK-Clip,
    which rescales query and key weights where a logit of attention passes 100, has nothing to act
    on in a network without attention, and is not here."""
    return decoupled(Muon(lr, momentum, nesterov=False, rms=0.2), weight_decay)


def kfac_2015(*, lambda_0=150.0, eta=1e-5, T_1=5, T_3=20, decay=0.95):
    """Martens & Grosse 2015, Algorithm 2, as read: T_2 = T_3 here, and gamma is not bounded.

    The model chooses rate and momentum: our rate is 1. eta is the weight of the penalty
    eta |theta|^2 / 2, T_1 the steps between adaptations of lambda, T_3 those between inverses.
    """
    return AdaptiveKFAC(1.0, lambda_0, decay, weight_decay=eta, every=T_3, adapt_every=T_1)


FIELD: dict[str, Callable] = {
    "DistributedShampoo": distributed_shampoo,
    "ScalableShampoo": scalable_shampoo,
    "MuonClip": muonclip,
    "KFAC 2015": kfac_2015,
    "NorMuon": normuon,
    "AdaMuon": adamuon,
    "Dion2": dion2,
    "Scion": scion,
    "LaProp": laprop,
    "MADGRAD": madgrad,
    "Prodigy": prodigy,
    "ScheduleFreeSGD": schedule_free_sgd,
    "ScheduleFreeAdamW": schedule_free_adamw,
    "CautiousAdamW": cautious_adamw,
    "MARS": mars,
    "AdamH": adamh,
    "MuonH": muonh,
}
