"""Published methods that are points of LMO, or a wrapper around SGD, Adam or Muon.

What a wrapper does is said in its own docstring; here stands what the paper puts inside, with its
defaults, and where its code differs. ValueErrors name the part that owns a hyper-parameter.
"""

from __future__ import annotations

from typing import Literal

from lab.arrays import Scalar
from lab.checks import probability, real
from lab.optimizers.adaptive.adam import Adam
from lab.optimizers.gradient.first_order import SGD
from lab.optimizers.matrix.lmo import LMO
from lab.optimizers.matrix.muon import Muon
from lab.optimizers.matrix.polar import Root
from lab.optimizers.second_order.gauss_newton import GaussNewton
from lab.optimizers.wrappers.cautious import Cautious
from lab.optimizers.wrappers.clipped import Clipped
from lab.optimizers.wrappers.error_feedback import ErrorFeedback
from lab.optimizers.wrappers.hyperball import Hyperball
from lab.optimizers.wrappers.levenberg import Levenberg
from lab.optimizers.wrappers.mars import Mars
from lab.optimizers.wrappers.penalties import L2
from lab.optimizers.wrappers.regularized import Regularized
from lab.optimizers.wrappers.schedule_free import ScheduleFree


def ClippedSGD(
    lr: Scalar,
    threshold: Scalar = 1.0,
    *,
    of: Literal["all", "tensor", "entry"] = "all",
) -> Clipped:
    """delta = -lr min(1, threshold / |g|) g      (Pascanu et al. 2013; Zhang et al. 2020)

    |delta| <= lr threshold. With a threshold above every |g| it is SGD, far below normalised SGD.
    """
    return Clipped(SGD(lr), threshold, of)


def EFSignSGD(lr: Scalar) -> ErrorFeedback:
    """p = lr g + e;  delta = -|p|_1 / n sign(p);  e = p + delta      (Karimireddy et al. 2019)

    Per tensor of n entries. It converges where sign descent does not, at the rate of SGD.
    """
    return ErrorFeedback(SGD(lr))


def ScheduleFreeSGD(
    lr: Scalar = 1.0,
    beta: Scalar = 0.9,
) -> ScheduleFree:
    """z = z - lr g(y);  x = mean of the z;  y = beta x + (1 - beta) z      (Defazio et al. 2024)

    Evaluate at x, in the state. Decay beside the gradient (on="z") belongs inside: outside the next
    step would undo it, since it leads to y wherever theta is.
    """
    return ScheduleFree(SGD(lr), beta)


def ScheduleFreeAdamW(
    lr: Scalar = 2.5e-3,
    beta: Scalar = 0.9,
    beta2: Scalar = 0.999,
    eps: Scalar = 1e-8,
    *,
    weight_decay: Scalar = 0.0,
    warm: Scalar = 0.0,
    eps_place: Literal["outside", "hat"] = "outside",
) -> ScheduleFree:
    """z = z - lr g / (sqrt(v_hat) + eps) - lr weight_decay y, then as ScheduleFreeSGD

    (Defazio et al. 2024.) The authors' code adds eps to sqrt(v) (eps_place "hat"), weighs z_t by
    1 - beta2^t (warm = beta2), and multiplies the decay by sqrt(1 - beta2^t) too, which is not
    here; optax has these defaults.
    """
    # beta1 = 0: beta takes the place of momentum
    adam = Adam(lr, 0.0, beta2, eps, eps_place=eps_place)
    return ScheduleFree(Regularized(adam, L2(weight_decay), on="z"), beta, warm=warm)


def CautiousAdamW(
    lr: Scalar,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    eps: Scalar = 1e-8,
    *,
    weight_decay: Scalar = 0.0,
    extra: Scalar = 0.0,
) -> Regularized:
    """The coordinates of Adam's step that descend, longer by the share of those; decoupled decay

    (Liang et al. 2024.) The decay is not masked, as in the authors' code; extra: see Cautious.
    """
    # the decay stands outside: inside it would be part of what is masked
    masked = Cautious(Adam(lr, beta1, beta2, eps), extra)
    return Regularized(masked, L2(weight_decay), on="z")


def AdamH(
    lr: Scalar,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    eps: Scalar = 1e-8,
) -> Hyperball:
    """Adam's direction on the sphere |theta| = |theta_0|, per tensor      (Wen et al. 2025)."""
    return Hyperball(Adam(lr, beta1, beta2, eps))


def MuonH(
    lr: Scalar,
    beta1: Scalar = 0.95,
    eps: Scalar = 1e-7,
) -> Hyperball:
    """Muon's direction on the sphere |theta| = |theta_0|, per tensor      (Wen et al. 2025)."""
    return Hyperball(Muon(lr, beta1, eps))


def MARSAdamW(
    lr: Scalar = 3e-3,
    beta1: Scalar = 0.95,
    beta2: Scalar = 0.99,
    eps: Scalar = 1e-8,
    *,
    gamma: Scalar = 0.025,
    threshold: Scalar = 1.0,
    of: Literal["all", "tensor"] = "tensor",
    weight_decay: Scalar = 0.0,
) -> Regularized:
    """c = g + gamma beta1 / (1 - beta1) (g - g_prev), at most `threshold` long;  AdamW on c

    (Yuan et al. 2024.) Clipped per tensor (authors) or as a whole (optax, of = "all").
    """
    # clipped after the correction: a difference of two gradients may be long
    adam = Adam(lr, beta1, beta2, eps)
    corrected = Mars(Clipped(adam, threshold, of), gamma)
    return Regularized(corrected, L2(weight_decay), on="z")


def SignSVD(lr: Scalar) -> LMO:
    """delta = -lr U V^T of G = U S V^T: steepest descent in the spectral norm, without momentum

    The theory's baseline for Muon, and Shampoo's first step. A vector is normalised.
    """
    return LMO(lr, 0.0, 0.0, norm="spectral", root="exact")


def LevenbergMarquardt(
    lr: Scalar = 1.0,
    damping: Scalar = 1e-2,
    omega: float = 0.1,
) -> Levenberg:
    """delta = -lr (G + damping I)^-1 g if that lowers the loss, and damping <- omega damping; else
    delta = 0, and damping <- damping / omega

    (Levenberg 1944; Marquardt 1963, with omega = 1/10.) Marquardt damps by the diagonal of G, here
    it is by I, as Levenberg does. On mini-batches the loss is that of the batch. The loss never
    rises. From lr = 2 on the model promises no decrease: damping may then rise after an accepted
    step.
    """
    # here, not in Levenberg: an error in the name that was typed
    probability("LevenbergMarquardt.omega", real("LevenbergMarquardt.omega", omega, 0))
    method = GaussNewton(lr, damping)
    return Levenberg(method, omega, every=1, good=0.0, bad=0.0, reject=True)


# role -> norm; hidden weights, and blocks without a role, keep LMO's own, "spectral"
SCION = (("input", "column"), ("output", "sign"), ("bias", "frobenius"))


def Scion(
    lr: Scalar,
    beta1: Scalar = 0.9,
    eps: Scalar = 1e-7,
    *,
    weight_decay: Scalar = 0.0,
    root: Root = "jordan",
    iterations: int = 5,
) -> Regularized:
    """delta = -lr r Delta(m) - lr weight_decay theta, a norm per role in operator scale

    (Pethick et al. 2025.) Hidden weights: sqrt(out / in) U V^T; of the first layer: sqrt(out) times
    normalised columns; of the last: sign / in; biases: sqrt(out) b / |b|. Blocks without roles are
    hidden weights. The paper's constrained form with radius rho and step gamma, which keeps every
    block in the ball of radius rho, is lr = gamma rho, weight_decay = 1 / rho. Its momentum alpha
    is 1 - beta1. The authors' code can bound the hidden factor below by 1 and take the sign for
    inputs that are no tokens.
    """
    lmo = LMO(lr, beta1, eps, roles=SCION, scale="operator", root=root, iterations=iterations)
    return Regularized(lmo, L2(weight_decay), on="z")
