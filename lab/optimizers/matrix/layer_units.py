"""What becomes of a Kronecker-factored method when the units of a network's activations change.

The activations of layer l are measured in other units, u_l times their numbers: W_l -> (u_l /
u_(l-1)) W_l is the same network where phi is positively homogeneous and there are no biases, and
half the squared error becomes u_L^2 times itself. Errors under labels of the model, whose noise
stays 1, become u_L / u_l times themselves, so that with c = u_(l-1) and s = u_l / u_L

    gradient  M -> u_L (c / s) M,    A -> c^2 A,    G -> s^-2 G

and the step must become u_L (s / c) times itself. With the data's labels s = u_l / u_L^2 and the
gradient is (c / s) M. Derived; every method is tested against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lab.optimizers.matrix.statistic import Statistic

# powers of c and s
Units = tuple[float, float]

OF_A: Units = (2, 0)
OF_G: Units = (0, -2)
# of any second moment of gradients
OF_MOMENT: Units = (2, -2)


class LayerUnits(NamedTuple):
    """Powers of (c, s), per layer, that lr and damping must be multiplied by for the same path, and
    of u_L for lr."""

    lr: Units
    damping: Units
    loss: float


def layer_units(
    statistic: Statistic,
    exponents: Sequence[float],
    damping: Units | None,
    scale: str = "none",
) -> LayerUnits | None:
    """Those of a method that multiplies m by the powers of the two factors (G, A) of a weight.

    damping: the units of what it is added to, None where there are none: then, and where a
    statistic is whitened from I, no damping makes the paths one, and the answer is None.
    """
    if damping is None or statistic.of == "whitened":
        return None
    total = np.array([1.0, -1.0])
    for factor, e in zip(factor_units(statistic, scale), exponents, strict=True):
        total += e * np.array(factor)
    c, s = np.array([-1.0, 1.0]) - total
    loss = 2.0 if statistic.labels == "true" else 0.0
    return LayerUnits((float(c), float(s)), damping, loss)


def factor_units(statistic: Statistic, scale: str) -> tuple[Units, Units]:
    """Of (G, A), or of the two modes of a second moment; equal traces share it out."""
    if statistic.of == "layers":
        return OF_G, OF_A
    if scale == "trace":
        return (1, -1), (1, -1)
    return OF_MOMENT, OF_MOMENT


def damping_units(
    factors: Sequence[Units],
    exponents: Sequence[float],
    scale: str,
    damp: str,
) -> Units | None:
    """Of a damping that is added to factors, None where they have several units.

    With pi the product of what is added has the units of A kron G, whatever those of A and G. A
    share of the largest eigenvalue has none.
    """
    if damp == "largest":
        return 0.0, 0.0
    active = {factor for factor, e in zip(factors, exponents, strict=True) if e}
    if scale == "pi":
        units = np.sum(factors, axis=0)
        power = 1.0 if damp == "root" else 0.5
    else:
        if len(active) > 1:
            return None
        units = np.array(next(iter(active)))
        power = 2.0 if damp == "root" else 1.0
    c, s = power * units
    return float(c), float(s)
