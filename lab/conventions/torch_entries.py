"""torch.optim, version 2.13: one function per optimizer, its signature the library's. Those of matrices: module `matrix`."""

from __future__ import annotations

from collections.abc import Callable

from lab.conventions.matrix import torch_adafactor, torch_muon
from lab.optimizers import (
    ASGD,
    SGD,
    Adadelta,
    AdaGrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    NAdam,
    RAdam,
    RMSProp,
    Rprop,
)


def sgd(*, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False):
    """Without momentum the library ignores dampening."""
    dampening = dampening if momentum else 0.0
    return SGD(lr, momentum, dampening, weight_decay, nesterov=nesterov, maximize=maximize)


def asgd(*, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0.0):
    """weight_decay comes on top of lambd; t0, the steps before the average begins, is rounded down to a whole number."""
    return ASGD(lr, lambd, alpha, weight_decay, burn_in=int(t0))


def adagrad(*, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    """eps outside the root; lr / (1 + (t - 1) lr_decay)."""
    return AdaGrad(lr, eps, lr_decay, initial_accumulator_value, weight_decay)


def rmsprop(*, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
    """eps outside the root, no bias correction, lr outside the momentum buffer."""
    return RMSProp(lr, alpha, eps, momentum, weight_decay=weight_decay, centered=centered)


def adadelta(*, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    """One eps for both roots; weight decay is added to the gradient."""
    return Adadelta(lr, rho, eps, eps_update=eps, weight_decay=weight_decay)


def adam(*, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, decoupled_weight_decay=False):
    """Weight decay is added to the gradient unless decoupled_weight_decay; amsgrad takes its maximum before the bias correction."""
    if amsgrad:
        return AMSGrad(lr, betas[0], betas[1], eps, weight_decay=weight_decay, decoupled=decoupled_weight_decay)
    if decoupled_weight_decay:
        return AdamW(lr, betas[0], betas[1], eps, weight_decay=weight_decay)
    return Adam(lr, betas[0], betas[1], eps, weight_decay=weight_decay)


def adamw(*, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False):
    """Adam with decoupled decay, lr weight_decay theta."""
    return adam(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, decoupled_weight_decay=True)


def nadam(*, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, momentum_decay=4e-3, decoupled_weight_decay=False):
    """Under the library's default dtype, its product of momenta is in single precision: NAdam(float32_product=True)."""
    decay = {"momentum_decay": momentum_decay, "weight_decay": weight_decay, "decoupled": decoupled_weight_decay}
    return NAdam(lr, betas[0], betas[1], eps, **decay)


def radam(*, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled_weight_decay=False):
    """eps is added to sqrt(v), before the bias correction; rectified from rho_t = 5 on."""
    return RAdam(lr, betas[0], betas[1], eps, weight_decay=weight_decay, eps_hat=True, decoupled=decoupled_weight_decay)


def adamax(*, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    """eps inside the maximum; weight decay is added to the gradient."""
    return Adamax(lr, betas[0], betas[1], eps, weight_decay)


def rprop(*, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0)):
    """lr is the size of every coordinate's first step."""
    return Rprop(lr, etas[0], etas[1], step_sizes[0], step_sizes[1])


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
    "Adafactor": torch_adafactor,
    "Muon": torch_muon,
}
