"""Entries for Adafactor, Muon, SOAP, Sophia, AdaHessian and AdaL, which TORCH, OPTAX and AUTHORS list with the others.

A keyword argument that the library has and that changes nothing here is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lab.arrays import Scalar
from lab.checks import one_of
from lab.optimizers.adaptive.adafactor import Adafactor
from lab.optimizers.adaptive.adal import AdaL
from lab.optimizers.wrappers.moving_basis import InMovingBasis, ShampooEigenbasis, soap
from lab.optimizers.second_order.sophia import AdaHessian, SophiaG, SophiaH
from lab.optimizers.matrix.spectral import QUINTIC, Muon

MACHINE_EPS = float(np.finfo(float).eps)


def torch_adafactor(
    *,
    lr: Scalar = 1e-2,
    beta2_decay: Scalar = -0.8,
    eps: tuple[float | None, float] = (None, 1e-3),
    d: float = 1.0,
    weight_decay: Scalar = 0.0,
) -> Adafactor:
    """eps = (eps1, eps2); eps1 = None is the machine epsilon of the parameters' type, here float64."""
    first, second = eps
    first = MACHINE_EPS if first is None else first
    return Adafactor(lr, 0.0, beta2_decay, first, second, weight_decay, clip=d, eps_mode="floor")


def optax_adafactor(
    *,
    learning_rate: Scalar | None = None,
    min_dim_size_to_factor: int = 128,
    decay_rate: Scalar = 0.8,
    multiply_by_parameter_scale: bool = True,
    clipping_threshold: float | None = 1.0,
    momentum: Scalar | None = None,
    weight_decay_rate: Scalar | None = None,
    eps: Scalar = 1e-30,
    factored: bool = True,
) -> Adafactor:
    """learning_rate = None multiplies by 1. The momentum buffer is float32 there unless dtype_momentum says otherwise; here float64."""
    return Adafactor(
        1.0 if learning_rate is None else learning_rate,
        0.0 if momentum is None else momentum,
        -1.0 * decay_rate,
        eps,
        weight_decay=0.0 if weight_decay_rate is None else weight_decay_rate,
        clip=clipping_threshold,
        least=min_dim_size_to_factor if factored else 2**62,
        axes="largest",
        relative=multiply_by_parameter_scale,
        warm=False,
        decay_by_lr=False,
        float32_decay=True,
    )


def torch_muon(
    *,
    lr: Scalar = 1e-3,
    weight_decay: Scalar = 0.1,
    momentum: Scalar = 0.95,
    nesterov: bool = True,
    ns_coefficients: tuple[float, float, float] = QUINTIC,
    eps: Scalar = 1e-7,
    ns_steps: int = 5,
    adjust_lr_fn: str | None = None,
) -> Muon:
    """adjust_lr_fn: None and "original" scale by sqrt(max(1, rows / columns)), "match_rms_adamw" by 0.2 sqrt(max(rows, columns))."""
    one_of("adjust_lr_fn", adjust_lr_fn or "original", ("original", "match_rms_adamw"))
    rms = 0.2 if adjust_lr_fn == "match_rms_adamw" else None
    return Muon(lr, momentum, eps, weight_decay, nesterov, ns_steps, ns_coefficients, rms=rms, eps_added=False)


def optax_muon(
    *,
    learning_rate: Scalar,
    ns_coeffs: tuple[float, float, float] = QUINTIC,
    ns_steps: int = 5,
    beta: Scalar = 0.95,
    eps: Scalar = 1e-8,
    weight_decay: Scalar = 0.0,
    nesterov: bool = True,
    consistent_rms: float | None = None,
) -> Muon:
    """Matrices only: optax gives every other leaf to AdamW."""
    return Muon(
        learning_rate, beta, eps, weight_decay, nesterov, ns_steps, ns_coeffs, average="debiased", shape="columns", rms=consistent_rms
    )


def authors_muon(
    *, lr: Scalar = 0.02, weight_decay: Scalar = 0.0, momentum: Scalar = 0.95, nesterov: bool = True, ns_steps: int = 5
) -> Muon:
    """The authors' code (Jordan et al. 2024): scaled by sqrt(max(1, rows / columns)), eps 1e-7 added to the norm."""
    return Muon(lr, momentum, 1e-7, weight_decay, nesterov, ns_steps)


def optax_sophia(
    *,
    learning_rate: Scalar,
    b1: Scalar = 0.965,
    b2: Scalar = 0.99,
    eps: Scalar = 1e-8,
    weight_decay: Scalar = 1e-4,
    gamma: Scalar = 0.01,
    clip_threshold: float | None = 1.0,
    update_interval: int = 10,
) -> SophiaH:
    """optax.contrib.sophia with its Hutchinson estimator (golden records fix the estimates: sophia_fixedhess)."""
    return SophiaH(learning_rate, b1, b2, gamma, eps, weight_decay, update_interval, clip_threshold, debias=True, refresh_after=True)


def authors_sophiag(
    *,
    lr: Scalar = 1e-4,
    betas: tuple[Scalar, Scalar] = (0.965, 0.99),
    rho: Scalar = 0.04,
    weight_decay: Scalar = 0.1,
    bs: Scalar = 5120,
    update_interval: int = 10,
) -> SophiaG:
    """The authors' code (Liu et al. 2023). bs is an argument of their step (default 5120); update_interval (10 in their training script)
    is how often the caller refreshes h."""
    return SophiaG(lr, *betas, rho, 1e-15, weight_decay, bs, update_interval, eps_added=True)


def authors_adahessian(
    *,
    lr: Scalar = 0.15,
    betas: tuple[Scalar, Scalar] = (0.9, 0.999),
    eps: Scalar = 1e-4,
    weight_decay: Scalar = 0.0,
    hessian_power: Scalar = 1.0,
) -> AdaHessian:
    """The authors' code (Yao et al. 2021); hessian_power is -power here."""
    return AdaHessian(lr, *betas, eps, -1.0 * hessian_power, weight_decay)


def authors_soap(
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
    """The authors' code (Vyas et al. 2024), without its float32 bases; shampoo_beta = -1 is betas[1].

    initial_Q, ours: the first bases (q_out, q_in) of one matrix, where LAPACK's would be arbitrary.
    """
    beta = betas[1] if isinstance(shampoo_beta, (int, float)) and shampoo_beta < 0 else shampoo_beta
    initial = None if initial_Q is None else (tuple(np.asarray(q, dtype=float) for q in initial_Q),)
    tracker = ShampooEigenbasis(beta, every=precondition_frequency, initial=initial, vectors_too=precondition_1d)
    return soap(lr, beta1=betas[0], beta2=betas[1], eps=eps, weight_decay=weight_decay, tracker=tracker, debias=correct_bias)


def authors_adal(
    *,
    lr: Scalar = 1e-3,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    eps: Scalar = 1e-8,
    reading: str = "l1",
    eps_mode: str = "literal",
    schedule: str = "sqrt",
) -> AdaL:
    """Our reading, not the authors': of AdaL (Zhang et al. 2021) neither code nor defaults are known to us, only a secondary source.

    The defaults are Adam's. reading "l1" is R1, the update as printed there, "coord" is R3. source="derived".
    """
    readings = {"l1": "l1", "coord": "coordinate"}
    schedules = {"sqrt": "sqrt", "const": "constant"}
    one_of("reading", reading, readings)
    one_of("schedule", schedule, schedules)
    return AdaL(lr, beta1, beta2, eps, factor=readings[reading], eps_mode=eps_mode, schedule=schedules[schedule])
