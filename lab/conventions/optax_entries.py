"""optax, version 0.2.8: one function per optimizer, its signature the library's.

Two additions to denominators are kept apart there: eps outside of the root, eps_root inside,

    m_hat / (sqrt(v_hat + eps_root) + eps)

A rate is learning_rate, and required but of adafactor. Decay is decoupled and multiplied by the
rate where a method has none of its own, unless the docstring says otherwise. A docstring says what
differs from the paper or from torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.conventions.decay import coupled, decoupled
from lab.conventions.optax_contrib_entries import CONTRIB
from lab.optimizers import (
    LAMB,
    LARS,
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    AdaGrad,
    Adam,
    Adamax,
    Adan,
    AMSGrad,
    Lion,
    NAdam,
    NovoGrad,
    RAdam,
    RMSProp,
    SignSGD,
    Signum,
    Yogi,
)


def sgd(*, learning_rate, momentum=None, nesterov=False):
    """Without momentum the library ignores nesterov.

    b = momentum b + g, delta = -lr b; with nesterov -lr (g + momentum b).
    """
    return SGD(learning_rate, momentum or 0.0, nesterov=nesterov and bool(momentum))


def adagrad(*, learning_rate, initial_accumulator_value=0.1, eps=1e-7):
    """eps inside the root; the accumulator starts at 0.1.

    v = 0.1 + sum of g^2, delta = -lr g / sqrt(v + eps).
    """
    return AdaGrad(learning_rate, eps, 0.0, initial_accumulator_value, "inside")


def rmsprop(
    *,
    learning_rate,
    decay=0.9,
    eps=1e-8,
    initial_scale=0.0,
    eps_in_sqrt=True,
    centered=False,
    momentum=None,
    nesterov=False,
    bias_correction=False,
):
    """Momentum comes after lr: with a schedule the buffer remembers old rates.

    b = momentum b + lr g / sqrt(v + eps), delta = -b; eps_in_sqrt = False has sqrt(v) + eps.
    initial_scale is the first v.
    """
    switches: dict[str, Any] = {
        "centered": centered,
        "debias": bias_correction,
        "lr_in_momentum": True,
    }
    switches["eps_place"] = "inside" if eps_in_sqrt else "outside"
    switches["nesterov"] = nesterov and bool(momentum)
    # None is the library's word for no momentum
    return RMSProp(learning_rate, decay, eps, momentum or 0.0, initial_scale, **switches)


def adadelta(*, learning_rate, rho=0.9, eps=1e-6, weight_decay=0.0):
    """One eps for both roots; weight decay is added to the gradient.

    u = sqrt(a + eps) / sqrt(v + eps) g, which is of the order sqrt(eps) in the first step.
    """
    return coupled(Adadelta(learning_rate, rho, eps, eps_update=eps), weight_decay)


def adam(*, learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, nesterov=False):
    """With nesterov, the library's nadam.

    delta = -lr m_hat / (sqrt(v_hat + eps_root) + eps).
    """
    if nesterov:
        return nadam(learning_rate=learning_rate, b1=b1, b2=b2, eps=eps, eps_root=eps_root)
    return Adam(learning_rate, b1, b2, eps, eps_root)


def adamw(
    *, learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, weight_decay=1e-4, nesterov=False
):
    """Decay lr weight_decay theta; with nesterov, the library's nadamw."""
    if nesterov:
        return nadamw(
            learning_rate=learning_rate,
            b1=b1,
            b2=b2,
            eps=eps,
            eps_root=eps_root,
            weight_decay=weight_decay,
        )
    return decoupled(Adam(learning_rate, b1, b2, eps, eps_root), weight_decay)


def amsgrad(
    *,
    learning_rate,
    b1=0.9,
    b2=0.999,
    eps=1e-8,
    eps_root=0.0,
    bias_correction_mu=True,
    bias_correction_nu=True,
):
    """The maximum of the debiased moments; with both corrections off, the paper's without
    projection.

    A maximum of debiased v_hat never forgets the first steps, where the correction is largest; of v
    it is debiased afterwards in torch.
    """
    # (of m, of v)
    debias: dict[tuple[bool, bool], Any] = {
        (True, True): "both",
        (True, False): "m",
        (False, True): "v",
        (False, False): "none",
    }
    which = debias[bool(bias_correction_mu), bool(bias_correction_nu)]
    return AMSGrad(learning_rate, b1, b2, eps, eps_root, max_before_debias=False, debias=which)


def nadam(*, learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0):
    """A constant beta1: no warm-up of the momentum."""
    # the published method lets beta1 grow with t
    return NAdam(learning_rate, b1, b2, eps, eps_root, warmup=False)


def nadamw(*, learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, weight_decay=1e-4):
    """nadam with decoupled decay."""
    return decoupled(NAdam(learning_rate, b1, b2, eps, eps_root, warmup=False), weight_decay)


def adamax(*, learning_rate, b1=0.9, b2=0.999, eps=1e-8):
    """eps inside the maximum, as in torch; no weight decay.

    v = max(b2 v, |g| + eps), delta = -lr m_hat / v: not debiased, a maximum needs none.
    """
    return Adamax(learning_rate, b1, b2, eps)


def adamaxw(*, learning_rate, b1=0.9, b2=0.999, eps=1e-8, weight_decay=1e-4):
    """adamax with decoupled decay."""
    return decoupled(Adamax(learning_rate, b1, b2, eps), weight_decay)


def radam(*, learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, threshold=5.0):
    """eps is added to sqrt(v_hat); rectified from rho_t = threshold on."""
    return RAdam(learning_rate, b1, b2, eps, eps_root, threshold=threshold)


def adabelief(*, learning_rate, b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16):
    """eps outside the root; eps_root enters the average at every step.

    No weight decay, no rectification. v = b2 v + (1 - b2) (g - m)^2 + eps_root: constant gradients
    leave eps_root / (1 - b2).
    """
    return AdaBelief(learning_rate, b1, b2, eps, eps_root)


def yogi(*, learning_rate, b1=0.9, b2=0.999, eps=1e-3):
    """Both moments start at 1e-6.

    That is m and v of every coordinate, before the first gradient; the bias correction is Adam's.
    """
    return Yogi(learning_rate, b1, b2, eps, initial_accumulator=1e-6, initial_momentum=1e-6)


def adan(*, learning_rate, b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=1e-8, weight_decay=0.0):
    """eps_root is 1e-8 where the paper has none; decay lr weight_decay theta, not the paper's
    proximal one.

    The paper's divides theta by 1 + lr weight_decay, which agrees to first order in the rate.
    """
    return decoupled(Adan(learning_rate, b1, b2, b3, eps, eps_root), weight_decay)


def sign_sgd(*, learning_rate):
    """No momentum."""
    return SignSGD(learning_rate)


def signum(*, learning_rate, beta=0.9):
    """The sign of the averaged gradient."""
    return Signum(learning_rate, beta)


def lion(*, learning_rate, b1=0.9, b2=0.99, weight_decay=1e-3):
    """Decay is on by default, unlike the authors'."""
    return Lion(learning_rate, b1, b2, weight_decay)


def lamb(*, learning_rate, b1=0.9, b2=0.999, eps=1e-6, eps_root=0.0, weight_decay=0.0):
    """The trust ratio |theta| / |u| of each tensor has no bound."""
    return LAMB(learning_rate, b1, b2, eps, eps_root, weight_decay)


def lars(
    *,
    learning_rate,
    weight_decay=0.0,
    trust_coefficient=1e-3,
    eps=0.0,
    momentum=0.9,
    nesterov=False,
):
    """The trust ratio comes before the momentum; its denominator is |g + weight_decay theta|."""
    return LARS(learning_rate, momentum, trust_coefficient, eps, weight_decay, nesterov=nesterov)


def novograd(*, learning_rate, b1=0.9, b2=0.25, eps=1e-6, eps_root=0.0, weight_decay=0.0):
    """One second moment per tensor, with b2 = 0.25."""
    return NovoGrad(learning_rate, b1, b2, eps, eps_root, weight_decay)


def adafactor(
    *,
    learning_rate=None,
    min_dim_size_to_factor=128,
    decay_rate=0.8,
    multiply_by_parameter_scale=True,
    clipping_threshold=1.0,
    momentum=None,
    weight_decay_rate=None,
    eps=1e-30,
    factored=True,
):
    """learning_rate = None multiplies by 1.

    The momentum buffer is float32 there unless dtype_momentum says otherwise; here float64.
    weight_decay_rate is not multiplied by the rate. decay_rate is the power of 1 - t^-decay_rate,
    which is computed in float32 there and here.
    """
    method = Adafactor(
        1.0 if learning_rate is None else learning_rate,
        0.0 if momentum is None else momentum,
        # ours is the power itself, theirs what it falls by
        -1.0 * decay_rate,
        eps,
        clip=clipping_threshold,
        least_factored=min_dim_size_to_factor if factored else 2**62,  # longer than any axis
        axes="largest",
        relative=multiply_by_parameter_scale,
        warm=False,
        float32_decay=True,
    )
    # None is their word for no decay, which stands beside the rate here
    rate = 0.0 if weight_decay_rate is None else weight_decay_rate
    return decoupled(method, rate, times="one")


OPTAX: dict[str, Callable] = {
    "sgd": sgd,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adadelta": adadelta,
    "adam": adam,
    "adamw": adamw,
    "amsgrad": amsgrad,
    "nadam": nadam,
    "nadamw": nadamw,
    "adamax": adamax,
    "adamaxw": adamaxw,
    "radam": radam,
    "adabelief": adabelief,
    "yogi": yogi,
    "adan": adan,
    "sign_sgd": sign_sgd,
    "signum": signum,
    "lion": lion,
    "lamb": lamb,
    "lars": lars,
    "novograd": novograd,
    "adafactor": adafactor,
    **CONTRIB,
}
