"""The code of two papers on Kronecker-factored methods, with the choices that their text does not
have.

"2021" is the code of TNT (Ren & Goldfarb 2021), "2020" that of K-BFGS (Goldfarb, Ren & Bahamou
2020), both as recorded; the default damping is that of their runs on MNIST. `warm` is ours: the
number of batches of their first epoch, in which statistics are averaged and parameters rest. Their
binary cross-entropy reads its targets as float32: see `float32_targets`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lab.arrays import Scalar
from lab.conventions.decay import coupled, decoupled
from lab.optimizers import KBFGS, SGD, Adam, Momentum, RMSProp, ShampooEMA
from lab.optimizers.matrix.points import TNT, point

# of gradients, in all of their methods
MOMENTUM = 0.9


def float32_targets(y: np.ndarray) -> np.ndarray:
    """Targets as their binary cross-entropy sees them: through float32, back to float64.

    Pixels k / 255 are then off by up to 3e-8, which is seen in a trajectory compared to 1e-12.
    """
    return np.asarray(y, dtype=np.float32).astype(float)


def tnt(
    *,
    lr: Scalar,
    shampoo_epsilon: Scalar = 0.1,
    shampoo_decay: Scalar = 0.9,
    shampoo_update_freq: int = 1,
    shampoo_inverse_freq: int = 20,
    shampoo_if_coupled_newton: bool = False,
    weight_decay: Scalar = 0.0,
    warm: int = 0,
) -> Any:
    """TNT (2021); the inverse by Cholesky's method or by the coupled iteration.

    shampoo_update_freq: batches between samples of the statistics; shampoo_inverse_freq: between
    inverses. Momentum is 0.9, before the preconditioning.
    """
    method = TNT(
        lr,
        shampoo_epsilon,
        shampoo_decay,
        MOMENTUM,
        every=shampoo_inverse_freq,
        sample_every=shampoo_update_freq,
        warm=warm,
        root="newton" if shampoo_if_coupled_newton else "cholesky",
    )
    return decoupled(method, weight_decay)


def shampoo_2021(
    *,
    lr: Scalar,
    shampoo_epsilon: Scalar = 3e-4,
    shampoo_decay: Scalar = 0.9,
    shampoo_update_freq: int = 1,
    shampoo_inverse_freq: int = 20,
    shampoo_if_coupled_newton: bool = True,
    lessInverse: bool = True,
    weight_decay: Scalar = 0.0,
    warm: int = 0,
) -> Any:
    """Shampoo (2021); lessInverse: no early phase of roots at every sample (autoencoders).

    The factors are averages with shampoo_decay, not sums, and shampoo_epsilon is added to each.
    """
    method = ShampooEMA(
        lr,
        shampoo_epsilon,
        shampoo_decay,
        MOMENTUM,
        every=shampoo_inverse_freq,
        sample_every=shampoo_update_freq,
        early=not lessInverse,
        warm=warm,
        root="newton" if shampoo_if_coupled_newton else "exact",
    )
    return decoupled(method, weight_decay)


def kfac_2021(
    *,
    lr: Scalar,
    kfac_damping_lambda: Scalar = 0.3,
    kfac_rho: Scalar = 0.9,
    kfac_cov_update_freq: int = 1,
    kfac_inverse_update_freq: int = 20,
    weight_decay: Scalar = 0.0,
    warm: int = 0,
) -> Any:
    """K-FAC (2021): pi = 1, and after the warm start errors of true and of sampled labels added up,
    because those kept from the first backward pass are not cleared before the second."""
    statistic = {
        "labels": "accumulated",
        "beta2": kfac_rho,
        "sample_every": kfac_cov_update_freq,
        "warm": warm,
    }
    around = {"momentum": MOMENTUM, "every": kfac_inverse_update_freq, "root": "cholesky"}
    method = point("KFAC", lr, kfac_damping_lambda, statistic, around)
    return decoupled(method, weight_decay)


def adam_2021(
    *,
    lr: Scalar,
    RMSprop_epsilon: Scalar = 1e-4,
    RMSprop_beta_2: Scalar = 0.999,
    weight_decay: Scalar = 0.0,
) -> Any:
    """Adam (2021) with v = ema(m_hat^2), m_hat the debiased average of gradients, for ema(g^2).

    Adam with beta1 = 0 on m_hat: squares are of averages, which are smaller where gradients change
    their signs, so that steps are longer there than the published method's.
    """
    # beta1 = 0: the average is taken outside, so that its square is what is averaged
    method = Adam(lr, 0.0, RMSprop_beta_2, RMSprop_epsilon)
    return decoupled(Momentum(method, MOMENTUM, kind="debiased"), weight_decay)


def sgd_2021(*, lr: Scalar, weight_decay: Scalar = 0.0) -> Any:
    """SGD with a heavy ball (2021)."""
    return decoupled(SGD(lr, MOMENTUM), weight_decay)


def kbfgs(
    *,
    lr: Scalar,
    lambda_damping: Scalar = 0.3,
    tau_L2: Scalar = 1e-5,
    memory: int | None = None,
    warm: int = 0,
) -> Any:
    """K-BFGS (2020), and K-BFGS(L) with a memory: L2 inside the gradient, not inside the pairs.

    memory: pairs that are kept per layer; None: matrices. lambda_damping is that of both factors.
    """
    return coupled(KBFGS(lr, lambda_damping, memory=memory, warm=warm), tau_L2)


def kfac_2020(
    *, lr: Scalar, lambda_damping: Scalar = 0.3, tau_L2: Scalar = 1e-5, warm: int = 0
) -> Any:
    """K-FAC (2020): pi = 1, an average of gradients before the preconditioning, whose sum times
    1 - 0.9 it is; inverses at every step up to the 20th.

    With b = 0.9 b + g, their average is 0.1 b: the rate takes the factor, which is the same step.
    """
    # their buffer is a sum, ours an average
    average = 1 - MOMENTUM
    around = {"momentum": MOMENTUM, "every": 20, "root": "cholesky"}
    method = point("KFAC", lr * average, lambda_damping, {"warm": warm}, around)
    return coupled(method, tau_L2)


def adam_2020(*, lr: Scalar, RMSprop_epsilon: Scalar = 1e-4, tau_L2: Scalar = 1e-5) -> Any:
    """Adam (2020): as that of 2021, beta2 = 0.9, with L2 inside the gradient."""
    method = Momentum(Adam(lr, 0.0, 0.9, RMSprop_epsilon), MOMENTUM, kind="debiased")
    return coupled(method, tau_L2)


def rmsprop_2020(
    *, lr: Scalar, RMSprop_epsilon: Scalar = 1e-4, tau_L2: Scalar = 1e-5, warm: int = 0
) -> Any:
    """RMSprop (2020) with v = ema(m^2), m the average of gradients, for ema(g^2); v starts from the
    mean of squared gradients of the warm start."""
    method = RMSProp(lr, 0.9, RMSprop_epsilon, warm=warm)
    return coupled(Momentum(method, MOMENTUM, kind="ema"), tau_L2)


def sgd_2020(*, lr: Scalar, tau_L2: Scalar = 1e-5) -> Any:
    """SGD (2020) along an average of gradients.

    m = 0.9 m + 0.1 g: a tenth of the heavy ball's step at the same rate.
    """
    return coupled(Momentum(SGD(lr), MOMENTUM, kind="ema"), tau_L2)


NETWORKS: dict[str, Callable] = {
    "TNT": tnt,
    "Shampoo 2021": shampoo_2021,
    "KFAC 2021": kfac_2021,
    "Adam 2021": adam_2021,
    "SGD 2021": sgd_2021,
    "KBFGS": kbfgs,
    "KFAC 2020": kfac_2020,
    "Adam 2020": adam_2020,
    "RMSprop 2020": rmsprop_2020,
    "SGD 2020": sgd_2020,
}
