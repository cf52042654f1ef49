"""The published Kronecker-factored methods: points of one composition, by their names.

POINTS has what a paper fixes; the functions take what it leaves free. "early" means that roots are
taken anew at every sample before step `every`, as the code of TNT's authors does. `warm` steps
first only average the statistic (one epoch there), 0 unless given. Momentum is a sum of gradients
before the preconditioning; an average of them is the same with lr / (1 - momentum).
"""

from __future__ import annotations

from typing import Any, Literal

from lab.arrays import Scalar
from lab.checks import count, real, root_power
from lab.optimizers.matrix.eigen_corrected import EigenCorrected
from lab.optimizers.matrix.kbfgs import KBFGS
from lab.optimizers.matrix.kronecker import Kronecker
from lab.optimizers.matrix.roots import Root
from lab.optimizers.matrix.statistic import Statistic

Labels = Literal["true", "sampled", "exact"]

_LAYERS = {"of": "layers", "per": "example", "bias": "column"}  # (E g g^T, E a a^T) per layer

# name -> (its statistic, what stands around it)
POINTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "KFAC": (_LAYERS, {"damp": "root", "powers": (-1.0,)}),
    "KFC": (
        {"of": "layers", "per": "example", "bias": "kernel"},
        {"damp": "root", "powers": (-1.0,)},
    ),
    "EKFAC": ({**_LAYERS, "average": "mean"}, {"spectrum": "moment", "power": -1.0}),
    "FOOF": ({**_LAYERS, "average": "mean", "labels": "true"}, {"powers": (0.0, -1.0)}),
    "GNT": ({**_LAYERS, "average": "mean"}, {"powers": (-1.0, 0.0)}),  # 0: the factor I
    "TNT": ({"of": "modes"}, {"scale": "trace", "powers": (-1.0,)}),
    "ShampooEMA": ({"of": "modes", "average": "ema"}, {"scale": "none", "powers": None}),
    "GraftedShampoo": ({"of": "modes", "labels": "true", "average": "debiased"}, {"powers": None}),
    "KLShampoo": (
        {"of": "whitened", "labels": "true", "average": "mean"},
        {"scale": "none"},
    ),
    "VNShampoo": ({"of": "modes", "labels": "true"}, {"scale": "trace", "powers": (-0.5,)}),
}


def point(name: str, lr: Scalar, damping: Scalar, statistic: dict, around: dict) -> Any:
    """The composition of a row of POINTS, with further choices for its statistic and around it."""
    fixed, outside = POINTS[name]
    composition = EigenCorrected if "spectrum" in outside else Kronecker
    return composition(lr, damping, Statistic(**(fixed | statistic)), **(outside | around))


def point_of(optimizer: Any) -> str | None:
    """The name of the first row of POINTS whose choices an optimizer has; None without any."""
    if not isinstance(optimizer, (Kronecker, EigenCorrected)):
        return None
    for name, (fixed, outside) in POINTS.items():
        within = {key: getattr(optimizer.statistic, key) for key in fixed}
        around = {key: getattr(optimizer, key, None) for key in outside}
        if (within, around) == (fixed, outside):
            return name
    return None


def KFAC(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.95,
    momentum: Scalar = 0.9,
    *,
    labels: Labels = "sampled",
    scale: Literal["pi", "none"] = "pi",
    every: int = 20,
    sample_every: int = 1,
    warm: int = 0,
) -> Kronecker:
    """(G + sqrt(damping) / pi I)^-1 (m_W, m_b) (A + pi sqrt(damping) I)^-1

    A = E a a^T, G = E g g^T.

    (Martens & Grosse 2015.) a: a layer's input with a 1 for its bias; g: the gradient in its
    output, for labels drawn from the model. The paper averages with decay min(1 - 1/t, 0.95),
    splits the damping by pi, adapts it (Levenberg) and takes rate and momentum from a quadratic
    model; public code has pi = 1 (scale = "none"), a fixed damping, and a heavy ball. labels =
    "true" is the empirical Fisher matrix, "exact" one backward pass per output. With damping 0 it
    is invariant to affine maps of every layer's inputs.
    """
    averages = {"average": "mean", "beta2": beta2, "sample_every": sample_every, "warm": warm}
    statistic = {"labels": labels, **averages}
    around = {"momentum": momentum, "scale": scale, "every": every}
    return point("KFAC", lr, damping, statistic, around)


def KFC(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.95,
    momentum: Scalar = 0.9,
    *,
    labels: Labels = "sampled",
    scale: Literal["pi", "none"] = "pi",
    every: int = 20,
    sample_every: int = 1,
    warm: int = 0,
) -> Kronecker:
    """K-FAC with convolutions:  Gamma^-1 (m_K, m_b) Omega^-1, damped as K-FAC's factors are

    Gamma = E sum_t g_t g_t^T / T,  Omega = E sum_t a_t a_t^T over the T places of a patch a_t, with
    a 1 for the bias.

    (Grosse & Martens 2016.) F = Omega kron Gamma for a kernel as a matrix (out, in size^2) where
    (i) products of patches are independent of those of errors, (ii) both depend on how far two
    places are apart only, (iii) errors of different places are uncorrelated. With T = 1 only (i) is
    left, which is K-FAC's: a dense layer is a convolution with one place. Else as KFAC.
    """
    averages = {"average": "mean", "beta2": beta2, "sample_every": sample_every, "warm": warm}
    around = {"momentum": momentum, "scale": scale, "every": every}
    return point("KFC", lr, damping, {"labels": labels, **averages}, around)


def EKFAC(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.95,
    beta3: Scalar = 0.95,
    momentum: Scalar = 0.9,
    *,
    labels: Labels = "sampled",
    spectrum: Literal["moment", "product"] = "moment",
    every: int = 20,
    warm: int = 0,
) -> EigenCorrected:
    """K-FAC's eigenvectors with eigenvalues v = ema((Q_G^T g a^T Q_A)^2)

    (George et al. 2018.) damping is added to v; beta3 is that of v. spectrum = "product": v = lam_G
    lam_A^T, K-FAC with its damping added to the Kronecker product itself. v of the first step is
    that product.
    """
    statistic = {"labels": labels, "beta2": beta2, "warm": warm}
    around = {"spectrum": spectrum, "beta3": beta3, "momentum": momentum, "every": every}
    return point("EKFAC", lr, damping, statistic, around)


def FOOF(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.95,
    momentum: Scalar = 0.9,
    *,
    every: int = 20,
) -> Kronecker:
    """(m_W, m_b) (A + damping I)^-1,  A = E a a^T: K-FAC with G = I

    (Benzing 2022.) No label is read.
    """
    around = {"momentum": momentum, "every": every}
    return point("FOOF", lr, damping, {"beta2": beta2}, around)


def GNT(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.95,
    momentum: Scalar = 0.9,
    *,
    labels: Labels = "sampled",
    every: int = 20,
) -> Kronecker:
    """(G + damping I)^-1 (m_W, m_b),  G = E g g^T: K-FAC with A = I."""
    statistic = {"labels": labels, "beta2": beta2}
    around = {"momentum": momentum, "every": every}
    return point("GNT", lr, damping, statistic, around)


def TNT(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.9,
    momentum: Scalar = 0.9,
    *,
    labels: Literal["sampled", "true"] = "sampled",
    every: int = 20,
    sample_every: int = 1,
    warm: int = 0,
    root: Root = "exact",
) -> Kronecker:
    """U_j = c d_j H_j / tr H_j,  H_j = ema(S_(j) S_(j)^T);  m x_1 (U_1 + damping I)^-1 x_2 ...

    (Ren & Goldfarb 2021.) S: the gradient of the mean loss with labels drawn from the model, of any
    number of modes, weights and biases by themselves. S S^T is 1 / B of one example's, B the batch
    size: lr and damping here are lr B and damping B^(1/k) of `PerExampleTNT`. After a warm start
    the sample of the first step is drawn and left out, as the authors do. labels = "true": TNT-EF.
    """
    statistic = {"labels": labels, "beta2": beta2, "sample_every": sample_every, "warm": warm}
    around = {"momentum": momentum, "every": every, "root": root}
    return point("TNT", lr, damping, statistic | {"first": False}, around)


def PerExampleTNT(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.9,
    momentum: Scalar = 0.9,
    *,
    labels: Labels = "sampled",
    bias: Literal["own", "column"] = "own",
    every: int = 20,
    warm: int = 0,
) -> Kronecker:
    """TNT with H_j = ema of the mean over examples of their own S_(j) S_(j)^T

    In a dense layer E |a|^2 g g^T and E |g|^2 a a^T: K-FAC's factors weighted by the energy of the
    other side. The same mean as the batch's but for 1 / B, with the noise of B samples in place of
    one. bias = "column": (W, b) is one tensor.
    """
    statistic = {"labels": labels, "beta2": beta2, "per": "example", "bias": bias, "warm": warm}
    around = {"momentum": momentum, "every": every}
    return point("TNT", lr, damping, statistic, around)


def ShampooEMA(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.9,
    momentum: Scalar = 0.9,
    *,
    every: int = 20,
    sample_every: int = 1,
    early: bool = False,
    warm: int = 0,
    root: Root = "exact",
) -> Kronecker:
    """m x_1 (H_1 + damping I)^(-1/(2k)) x_2 ...,  H_j = ema(G_(j) G_(j)^T): Shampoo in TNT's paper

    (Ren & Goldfarb 2021.) `Shampoo` sums in place of the average. early: as in their convolutional
    runs. After a warm start the gradient of the first step is left out of H.
    """
    statistic = {"labels": "true", "beta2": beta2, "sample_every": sample_every, "warm": warm}
    around = {"momentum": momentum, "every": every, "early": early, "root": root}
    return point("ShampooEMA", lr, damping, statistic | {"first": False}, around)


def KLShampoo(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.95,
    momentum: Scalar = 0.9,
    *,
    q: float = 0.0,
    power: float = -0.5,
    every: int = 1,
) -> Kronecker:
    """L <- ema(G R^(q-1) G^T / tr R^q),  R <- ema(G^T L^(q-1) G / tr L^q);  L^power m R^power

    (Lin et al. 2025.) q = 0: the averages settle where the Gaussian with covariance L kron R fits
    best (KL divergence). q = 1/2 is PSGD's, q = 1 TNT's (von Neumann divergence), q = 2 the nearest
    Kronecker product. power = -1: natural gradient; -1/2: as AdaGrad.
    """
    real("KLShampoo.q", q, 0)
    root_power("KLShampoo.power", real("KLShampoo.power", power, 0))
    around = {"momentum": momentum, "powers": (power,), "every": every}
    return point("KLShampoo", lr, damping, {"beta2": beta2, "q": q}, around)


def VNShampoo(
    lr: Scalar,
    damping: Scalar,
    beta2: Scalar = 0.95,
    momentum: Scalar = 0.9,
    *,
    every: int = 1,
) -> Kronecker:
    """Shampoo with TNT's factors: (U_1 + damping I)^(-1/2) m (U_2 + damping I)^(-1/2)

    (Lin et al. 2025.) U_j: equal traces, of true gradients, the best fit in von Neumann divergence.
    """
    around = {"momentum": momentum, "every": every}
    return point("VNShampoo", lr, damping, {"beta2": beta2}, around)


def KBFGSL(
    lr: Scalar,
    damping: Scalar,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.9,
    beta3: Scalar = 0.9,
    *,
    memory: int = 100,
    warm: int = 0,
) -> KBFGS:
    """K-BFGS(L): H_g of every layer from its last `memory` pairs, by the two-loop recursion

    (Goldfarb, Ren & Bahamou 2020.) H_0 = I, not scaled by the pairs. Pairs are damped against the H
    of their own time, not the one that they are replayed in: repeated pairs with s = 0 shrink H
    along y without bound.
    """
    memory = count("KBFGSL.memory", memory)
    return KBFGS(lr, damping, beta1, beta2, beta3, memory=memory, warm=warm)
