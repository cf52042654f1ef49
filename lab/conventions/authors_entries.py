"""The authors' own: their code where it was recorded, their paper's algorithm otherwise; each docstring says which.

AdaL is neither, but our reading of a secondary source. Methods of matrices and of curvature: module `matrix`.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.conventions.matrix import authors_adahessian, authors_adal, authors_muon, authors_soap, authors_sophiag
from lab.optimizers import AdaBelief, AdaBound, AdaGrad, Adam, AdamW, AMSBound, AMSGrad, Lion


def adagrad(*, lr, delta=0.0):
    """The paper (Duchi, Hazan & Singer 2011): H = delta I + diag(sqrt(v))."""
    return AdaGrad(lr, eps=delta)


def adam(*, alpha=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, efficient=False):
    """The paper (Kingma & Ba 2015); efficient: the reordered form of its section 2, whose epsilon is epsilon_hat."""
    return Adam(alpha, beta1, beta2, epsilon, eps_hat=efficient)


def adamw(*, alpha=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.01):
    """The paper (Loshchilov & Hutter 2019): the decay is multiplied by the schedule, not by alpha. It gives no default decay."""
    return AdamW(alpha, beta1, beta2, epsilon, weight_decay=weight_decay, decay_times_lr=False)


def amsgrad(*, alpha, beta1=0.9, beta2=0.999):
    """The paper (Reddi, Kale & Kumar 2018), without its projection and its alpha / sqrt(t): no bias correction, no eps."""
    return AMSGrad(alpha, beta1, beta2, eps=0.0, debias_m=False, debias_v=False)


def adabound(*, lr=1e-3, betas=(0.9, 0.999), final_lr=0.1, gamma=1e-3, eps=1e-8, weight_decay=0.0, amsbound=False):
    """The authors' code (Luo et al. 2019)."""
    return (AMSBound if amsbound else AdaBound)(lr, betas[0], betas[1], final_lr, gamma, eps, weight_decay)


def adabelief(*, lr=1e-3, betas=(0.9, 0.999), eps=1e-16, weight_decay=0.0, weight_decouple=True, rectify=True, degenerated_to_sgd=True):
    """The authors' code, version 0.2.1 (Zhuang et al. 2020)."""
    decay = {"weight_decay": weight_decay, "decoupled": weight_decouple}
    return AdaBelief(lr, betas[0], betas[1], eps, eps_root=eps, rectify=rectify, unrectified=1.0 if degenerated_to_sgd else 0.0, **decay)


def lion(*, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
    """The authors' code (Chen et al. 2023), defaults from memory of it."""
    return Lion(lr, betas[0], betas[1], weight_decay)


AUTHORS: dict[str, Callable] = {
    "AdaGrad": adagrad,
    "Adam": adam,
    "AdamW": adamw,
    "AMSGrad": amsgrad,
    "AdaBound": adabound,
    "AdaBelief": adabelief,
    "Lion": lion,
    "Muon": authors_muon,
    "SOAP": authors_soap,
    "SophiaG": authors_sophiag,
    "AdaHessian": authors_adahessian,
    "AdaL": authors_adal,
}
