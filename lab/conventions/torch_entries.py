"""torch.optim, version 2.13: one function per optimizer, its signature the library's.

Hyper-parameters have torch's names and defaults. Where torch treats an argument differently from
its documentation, the code is meant. Decay is coupled unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lab.arrays import Scalar
from lab.checks import one_of
from lab.conventions.decay import coupled, decayed, decoupled
from lab.optimizers import (
    ASGD,
    SGD,
    Adadelta,
    Adafactor,
    AdaGrad,
    Adam,
    Adamax,
    AMSGrad,
    Ascent,
    Muon,
    NAdam,
    RAdam,
    RMSProp,
    Rprop,
)
from lab.optimizers.matrix.muon import QUINTIC

# of torch.float64, which is not asked: nothing here imports torch
MACHINE_EPS = float(np.finfo(float).eps)


def sgd(*, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False):
    """Without momentum the library ignores dampening.

    maximize flips the gradient before the decay is added.

    torch's maximize is therefore Ascent around the decayed method: the decay still pulls to 0.
    """
    # dampening acts on the buffer, which the library has only with momentum
    method: Any = SGD(lr, momentum, dampening if momentum else 0.0, nesterov=nesterov)
    method = coupled(method, weight_decay)
    # around the decay, which is not turned round
    return Ascent(method) if maximize else method


def asgd(*, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0.0):
    """weight_decay comes on top of lambd; t0, the steps before the average begins, is rounded down
    to a whole number.

    lambd is shrinkage here; the library's `ax` is the average in our state.
    """
    # t0 is a number of steps, and a float there
    return coupled(ASGD(lr, lambd, alpha, burn_in=int(t0)), weight_decay)


def adagrad(*, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    """eps outside the root; lr / (1 + (t - 1) lr_decay).

    The sum starts from initial_accumulator_value, for every coordinate.
    """
    return coupled(AdaGrad(lr, eps, lr_decay, initial_accumulator_value), weight_decay)


def rmsprop(*, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
    """eps outside the root, no bias correction, lr outside the momentum buffer.

    alpha is beta2 here; nothing keeps v - m^2 from being negative by rounding, and the run is NaN
    then, as in torch.
    """
    return coupled(RMSProp(lr, alpha, eps, momentum, centered=centered), weight_decay)


def adadelta(*, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    """One eps for both roots; weight decay is added to the gradient.

    rho is beta2 here, lr a factor of the whole step.
    """
    # ours has one eps for each root, theirs the same for both
    return coupled(Adadelta(lr, rho, eps, eps_update=eps), weight_decay)


def adam(
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    amsgrad=False,
    decoupled_weight_decay=False,
):
    """Weight decay is added to the gradient unless decoupled_weight_decay; amsgrad takes its
    maximum before the correction."""
    method = AMSGrad if amsgrad else Adam
    return decayed(method(lr, betas[0], betas[1], eps), weight_decay, decoupled_weight_decay)


def adamw(*, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False):
    """Adam with decoupled decay, lr weight_decay theta.

    Its default decay, 0.01, is not 0: the same name with Adam's arguments is another method.
    """
    method = AMSGrad if amsgrad else Adam
    return decoupled(method(lr, betas[0], betas[1], eps), weight_decay)


def nadam(
    *,
    lr=2e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    momentum_decay=4e-3,
    decoupled_weight_decay=False,
):
    """Under the library's default dtype, its product of momenta is in single precision:
    NAdam(float32_product=True)."""
    method = NAdam(lr, betas[0], betas[1], eps, momentum_decay=momentum_decay)
    return decayed(method, weight_decay, decoupled_weight_decay)


def radam(*, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled_weight_decay=False):
    """eps is added to sqrt(v), before the bias correction; rectified from rho_t = 5 on."""
    return decayed(
        # "hat": sqrt(v) + eps, then the correction of both
        RAdam(lr, betas[0], betas[1], eps, eps_place="hat"),
        weight_decay,
        decoupled_weight_decay,
    )


def adamax(*, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    """eps inside the maximum; weight decay is added to the gradient.

    |g| + eps is compared with beta2 v.
    """
    return coupled(Adamax(lr, betas[0], betas[1], eps), weight_decay)


def rprop(*, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0)):
    """lr is the size of every coordinate's first step.

    etas = (shrink, grow), step_sizes = (least, largest).
    """
    # (shrink, grow) and (least, largest) are in the order of our fields
    return Rprop(lr, *etas, *step_sizes)


def adafactor(
    *,
    lr: Scalar = 1e-2,
    beta2_decay: Scalar = -0.8,
    eps: tuple[float | None, float] = (None, 1e-3),
    d: float = 1.0,
    weight_decay: Scalar = 0.0,
) -> Any:
    """eps = (eps1, eps2); eps1 = None is the machine epsilon of the parameters' type, here
    float64."""
    first, second = eps
    # of the parameters' type there; everything is float64 here
    first = MACHINE_EPS if first is None else first
    # beta1 = 0: the library has no momentum
    method = Adafactor(lr, 0.0, beta2_decay, first, second, clip=d, eps_place="max")
    return decoupled(method, weight_decay)


def muon(
    *,
    lr: Scalar = 1e-3,
    weight_decay: Scalar = 0.1,
    momentum: Scalar = 0.95,
    nesterov: bool = True,
    ns_coefficients: tuple[float, float, float] = QUINTIC,
    eps: Scalar = 1e-7,
    ns_steps: int = 5,
    adjust_lr_fn: str | None = None,
) -> Any:
    """adjust_lr_fn: None and "original" scale by sqrt(max(1, rows / columns)), "match_rms_adamw" by
    0.2 sqrt(max(rows, columns))."""
    one_of("adjust_lr_fn", adjust_lr_fn or "original", ("original", "match_rms_adamw"))
    # a polar factor times sqrt(max(rows, columns)) has entries of RMS 1
    rms = 0.2 if adjust_lr_fn == "match_rms_adamw" else None
    shape: dict[str, Any] = {"rms": rms, "eps_place": "max"}
    return decoupled(
        Muon(lr, momentum, eps, nesterov, ns_steps, ns_coefficients, **shape), weight_decay
    )


TORCH: dict[str, Callable] = {
    "SGD": sgd,
    "ASGD": asgd,
    "Rprop": rprop,
    "Adagrad": adagrad,
    "RMSprop": rmsprop,
    "Adadelta": adadelta,
    "Adam": adam,
    "AdamW": adamw,
    "Adamax": adamax,
    "NAdam": nadam,
    "RAdam": radam,
    "Adafactor": adafactor,
    "Muon": muon,
}
