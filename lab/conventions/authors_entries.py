"""The authors' own: their code where it was recorded, their paper's algorithm otherwise; each
docstring says which.

AdaL is neither, but our reading of a secondary source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lab.arrays import Scalar
from lab.checks import one_of
from lab.conventions.decay import coupled, decayed, decoupled
from lab.conventions.field_entries import FIELD
from lab.conventions.network_entries import NETWORKS
from lab.optimizers import (
    BNP,
    SOAP,
    AdaBelief,
    AdaBound,
    AdaGrad,
    AdaHessian,
    AdaL,
    Adam,
    AMSBound,
    AMSGrad,
    InMovingBasis,
    Lion,
    Muon,
    SophiaG,
)


def adagrad(*, lr, delta=0.0):
    """The paper (Duchi, Hazan & Singer 2011): H = delta I + diag(sqrt(v)).

    The full projection of the paper is left to `project` of simulate. lr has no default there.
    """
    return AdaGrad(lr, eps=delta)


def adam(*, alpha=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, efficient=False):
    """The paper (Kingma & Ba 2015); efficient: the reordered form of its section 2, whose epsilon
    is epsilon_hat.

    alpha is lr here. epsilon_hat is larger by 1 / sqrt(1 - beta2^t) than the epsilon it stands for.
    """
    return Adam(alpha, beta1, beta2, epsilon, eps_place="hat" if efficient else "outside")


def adamw(*, alpha=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.01):
    """The paper (Loshchilov & Hutter 2019): the decay is multiplied by the schedule, not by alpha.

    It gives no default decay.
    """
    # eta_t of the paper is the schedule's factor alone
    return decoupled(Adam(alpha, beta1, beta2, epsilon), weight_decay, times="schedule")


def amsgrad(*, alpha, beta1=0.9, beta2=0.999):
    """The paper (Reddi, Kale & Kumar 2018), without its projection and its alpha / sqrt(t): no bias
    correction, no eps."""
    return AMSGrad(alpha, beta1, beta2, eps=0.0, debias="none")


def bnp(*, lr, rho=0.99, eps1=1e-2, eps2=1e-4):
    """The paper (Lange, Helfrich & Ye 2022), constants and start as recalled; plain steps.

    Its running variance is that within batches, which is 0 for batches of one example.
    """
    return BNP(lr, rho, eps1, eps2, variance="batch", start="unit")


def adabound(
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    final_lr=0.1,
    gamma=1e-3,
    eps=1e-8,
    weight_decay=0.0,
    amsbound=False,
):
    """The authors' code (Luo et al. 2019).

    weight_decay is added to the gradient, as in SGD. amsbound chooses our class AMSBound.
    """
    # a switch there, a class with another state here
    method = AMSBound if amsbound else AdaBound
    return coupled(method(lr, betas[0], betas[1], final_lr, gamma, eps), weight_decay)


def adabelief(
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-16,
    weight_decay=0.0,
    weight_decouple=True,
    rectify=True,
    degenerated_to_sgd=True,
):
    """The authors' code, version 0.2.1 (Zhuang et al. 2020).

    eps is used twice: beside the root and in the recursion of v. degenerated_to_sgd = False: no
    step before rectification sets in.
    """
    # a multiple of the averaged gradient until rectification sets in, or nothing
    unrectified = 1.0 if degenerated_to_sgd else 0.0
    method = AdaBelief(
        lr, betas[0], betas[1], eps, eps_root=eps, rectify=rectify, unrectified=unrectified
    )
    return decayed(method, weight_decay, weight_decouple)


def lion(*, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
    """The authors' code (Chen et al. 2023), defaults from memory of it.

    The decay is decoupled and multiplied by lr.
    """
    return Lion(lr, betas[0], betas[1], weight_decay)


def muon(
    *,
    lr: Scalar = 0.02,
    weight_decay: Scalar = 0.0,
    momentum: Scalar = 0.95,
    nesterov: bool = True,
    ns_steps: int = 5,
) -> Any:
    """The authors' code (Jordan et al. 2024): scaled by sqrt(max(1, rows / columns)), eps 1e-7
    added to the norm.

    For matrices only: the authors give vectors, embeddings and output layers to AdamW.
    """
    # 1e-7 is written in their code, and no argument
    return decoupled(Muon(lr, momentum, 1e-7, nesterov, ns_steps), weight_decay)


def sophiag(
    *,
    lr: Scalar = 1e-4,
    betas: tuple[Scalar, Scalar] = (0.965, 0.99),
    rho: Scalar = 0.04,
    weight_decay: Scalar = 0.1,
    bs: Scalar = 5120,
    update_interval: int = 10,
) -> SophiaG:
    """The authors' code (Liu et al. 2023).

    bs is an argument of their step (default 5120); update_interval (10 in their training script) is
    how often the caller refreshes h. rho is our gamma.
    """
    settings: dict[str, Any] = {"batch": bs, "every": update_interval, "eps_place": "outside"}
    return SophiaG(lr, *betas, rho, 1e-15, weight_decay, **settings)


def adahessian(
    *,
    lr: Scalar = 0.15,
    betas: tuple[Scalar, Scalar] = (0.9, 0.999),
    eps: Scalar = 1e-4,
    weight_decay: Scalar = 0.0,
    hessian_power: Scalar = 1.0,
) -> AdaHessian:
    """The authors' code (Yao et al. 2021); hessian_power is -power here.

    For blocks of order 4 it averages over kernels, as the code does.
    """
    # theirs divides by this power, ours multiplies
    return AdaHessian(lr, *betas, eps, -1.0 * hessian_power, weight_decay)


def soap(
    *,
    lr: Scalar = 3e-3,
    betas: tuple[Scalar, Scalar] = (0.95, 0.95),
    shampoo_beta: Scalar = -1.0,
    eps: Scalar = 1e-8,
    weight_decay: Scalar = 0.01,
    precondition_frequency: int = 10,
    precondition_1d: bool = False,
    correct_bias: bool = True,
    initial_Q: Sequence | None = None,
) -> InMovingBasis:
    """The authors' code (Vyas et al. 2024), without its float32 bases; shampoo_beta = -1 is
    betas[1].

    initial_Q, ours: the first bases (q_out, q_in) of one matrix, where LAPACK's would be arbitrary.
    """
    # a negative number is their word for: as betas[1]
    own = not (isinstance(shampoo_beta, (int, float)) and shampoo_beta < 0)
    # one block, with a basis for each of its modes
    initial = None if initial_Q is None else (tuple(np.asarray(q, dtype=float) for q in initial_Q),)
    return SOAP(
        lr,
        *betas,
        eps,
        weight_decay=weight_decay,
        factor_beta2=shampoo_beta if own else None,
        every=precondition_frequency,
        initial=initial,
        vectors_too=precondition_1d,
        debias=correct_bias,
    )


def adal(
    *,
    lr: Scalar = 1e-3,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    eps: Scalar = 1e-8,
    reading: str = "l1",
    eps_mode: str = "literal",
    schedule: str = "sqrt",
) -> AdaL:
    """Our reading, not the authors': of AdaL (Zhang et al. 2021) neither code nor defaults are
    known to us, only a secondary source. source="derived".

    The defaults are Adam's. reading "l1" is R1, the update as printed there, "coord" is R3.
    ValueError for a reading, eps_mode or schedule that is none of ours.
    """
    readings: dict[str, Any] = {"l1": "l1", "coord": "coordinate"}
    schedules: dict[str, Any] = {"sqrt": "sqrt", "const": "constant"}
    places: dict[str, Any] = {"literal": "literal", "adam": "outside"}
    one_of("reading", reading, readings)
    one_of("eps_mode", eps_mode, places)
    one_of("schedule", schedule, schedules)
    return AdaL(
        lr,
        beta1,
        beta2,
        eps,
        factor=readings[reading],
        eps_place=places[eps_mode],
        schedule=schedules[schedule],
    )


AUTHORS: dict[str, Callable] = {
    "BNP": bnp,
    "AdaGrad": adagrad,
    "Adam": adam,
    "AdamW": adamw,
    "AMSGrad": amsgrad,
    "AdaBound": adabound,
    "AdaBelief": adabelief,
    "Lion": lion,
    "Muon": muon,
    "SOAP": soap,
    "SophiaG": sophiag,
    "AdaHessian": adahessian,
    "AdaL": adal,
    **FIELD,
    **NETWORKS,
}
