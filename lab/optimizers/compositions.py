"""Published methods that are compositions: functions named like the method, registered like
classes."""

from __future__ import annotations

from typing import Literal

from lab.arrays import Scalar
from lab.checks import switch
from lab.optimizers.adaptive.adam import Adam
from lab.optimizers.wrappers.moving_basis import InMovingBasis, ShampooEigenbasis
from lab.optimizers.wrappers.penalties import L2
from lab.optimizers.wrappers.regularized import Regularized


def AdamW(
    lr: Scalar,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    eps: Scalar = 1e-8,
    eps_root: Scalar = 0.0,
    *,
    weight_decay: Scalar = 0.01,
    times: Literal["lr", "schedule", "one"] = "lr",
) -> Regularized:
    """m, v as in Adam;  delta = -lr (m_hat / (sqrt(v_hat) + eps) + weight_decay theta)

    (Loshchilov & Hutter 2019.) Adam with decoupled decay. The paper multiplies the decay by the
    schedule lr_t / lr_0 only (times="schedule"), libraries by lr_t, with defaults that differ too
    (0.01 and 1e-4, neither is 0). Shrinking theta by 1 - lr weight_decay first is the same step. If
    lr weight_decay <= 1 then |theta_i| <= max(|theta_0,i|, B / weight_decay), B the bound of Adam's
    docstring.

    eps_root as in Adam. ValueError for a hyper-parameter outside its domain, named after the part
    that owns it: Adam.lr, L2.weight_decay.
    """
    return Regularized(Adam(lr, beta1, beta2, eps, eps_root), L2(weight_decay), on="z", times=times)


def SOAP(
    lr: Scalar = 3e-3,
    beta1: Scalar = 0.95,
    beta2: Scalar = 0.95,
    eps: Scalar = 1e-8,
    *,
    weight_decay: Scalar = 0.01,
    factor_beta2: Scalar | None = None,
    damping: Scalar = 0.0,
    every: int = 10,
    initial: tuple | None = None,
    vectors_too: bool = False,
    debias: bool = True,
    skip_first: bool = True,
) -> InMovingBasis:
    """Adam in the eigenbasis of Shampoo's factors: InMovingBasis(ShampooEigenbasis, Adam)

    (Vyas et al. 2024.) The defaults are the authors' code: the first call only sets the bases and
    makes no step; eps in its place "hat", or "outside" without debiasing; decay after the step; m
    is carried into the new basis, v is not rotated. Their reordering of v along with the columns is
    the tracker's promise that columns stay in their places. They average the factors with beta2
    unless told otherwise (factor_beta2 None) and compute bases in float32 (not here). damping,
    every, initial and vectors_too are ShampooEigenbasis's.
    """
    switch("SOAP.debias", debias)
    decay = beta2 if factor_beta2 is None else factor_beta2
    # damping turns no eigenvector: it keeps the columns of a null space, which QR would replace
    tracker = ShampooEigenbasis(decay, damping, every, initial, vectors_too)
    # their code multiplies the rate by both corrections, which leaves eps next to sqrt(v)
    if debias:
        adam = Adam(lr, beta1, beta2, eps, eps_place="hat")
    else:
        adam = Adam(lr, beta1, beta2, eps, debias="none")
    return InMovingBasis(
        tracker, Regularized(adam, L2(weight_decay), on="z", form="after"), skip_first
    )
