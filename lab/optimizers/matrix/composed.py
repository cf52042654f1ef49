"""Published methods that are a point of the Kronecker-factored family inside wrappers."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lab.arrays import Scalar
from lab.checks import count, one_of
from lab.optimizers.adaptive.adam import Adam
from lab.optimizers.matrix.points import KFAC, Labels, point
from lab.optimizers.wrappers.blocked import Blocked
from lab.optimizers.wrappers.grafted import Grafted
from lab.optimizers.wrappers.levenberg import Levenberg
from lab.optimizers.wrappers.model_step import ModelStep, Tikhonov
from lab.optimizers.wrappers.penalties import L2
from lab.optimizers.wrappers.regularized import Regularized


def AdaptiveKFAC(
    lr: Scalar = 1.0,
    damping: Scalar = 150.0,
    beta2: Scalar = 0.95,
    *,
    weight_decay: Scalar = 1e-5,
    labels: Labels = "sampled",
    every: int = 20,
    adapt_every: int = 5,
    warm: int = 0,
) -> Regularized:
    """delta = alpha d + mu delta_prev,  d = -(G + gamma / pi I)^-1 (g_W, g_b) (A + pi gamma I)^-1

    (Martens & Grosse 2015, Algorithm 2.) alpha, mu and gamma from the quadratic model with
    F + (damping + weight_decay) I, see ModelStep; damping by Levenberg's rule every `adapt_every`
    steps; gamma^2 = damping + weight_decay at the start. The penalty weight_decay |theta|^2 / 2
    belongs to the loss. There is no learning rate: lr is a share of the model's step, 1 in the
    paper, as are the other defaults. The paper takes roots anew in the first three steps, here it
    is the first `every`; it bounds gamma, which is not here.

    ValueError unless adapt_every is an integer >= 1, and for the parts' hyper-parameters, named
    after the part (Tikhonov.damping).
    """
    count("AdaptiveKFAC.adapt_every", adapt_every)
    penalty = L2(weight_decay)
    model = Tikhonov(damping, lr)
    start = np.asarray(damping) + np.asarray(weight_decay)
    method = KFAC(1.0, start, beta2, 0.0, labels=labels, every=every, warm=warm)
    # gamma^2 may move as far between two looks as a factor 19/20 per step would move it
    joint = ModelStep(method, model, (19 / 20) ** every, every)
    return Regularized(Levenberg(joint, every=adapt_every), penalty, on="p")


def GraftedShampoo(
    lr: Scalar,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    eps: Scalar = 1e-8,
    damping: Scalar = 1e-12,
    *,
    every: int = 1,
    largest: int = 1024,
    start: int | None = None,
    graft: Literal["block", "tensor"] = "block",
) -> Blocked | Grafted:
    """The direction of Shampoo with debiased averages H_j, the length of Adam's step

    (Anil et al. 2020; Shi et al. 2023.) Both see the same average of gradients. largest: longer
    sides are cut, and every block has factors of its own. graft: whether the length is that of a
    block's step (Shi et al.) or of a tensor's (Anil et al.). start: the first step, counted from 1,
    with the direction of Shampoo, that of Adam before; None is `every` (Shi et al.). Momentum
    after the grafting and decay are wrappers. Roots have the power -1 / (2 k), which both papers
    let the user override. Up to `start` this is Adam; with |Shampoo| = 0 the step is 0.
    """
    adam = Adam(lr, beta1, beta2, eps)
    around = {"momentum": beta1, "every": every}
    # the length of a grafted direction is not seen, so neither is its rate
    shampoo = point("GraftedShampoo", 1.0, damping, {"beta2": beta2}, around)
    first = count("GraftedShampoo.start", every if start is None else start)
    one_of("GraftedShampoo.graft", graft, ("block", "tensor"))
    if graft == "tensor":
        return Grafted(adam, Blocked(shampoo, largest), first)
    return Blocked(Grafted(adam, shampoo, first), largest)
