"""How a library's weight_decay stands around a method.

Without decay the method itself is the entry.
"""

from __future__ import annotations

from typing import Literal

from lab.arrays import Scalar
from lab.optimizers import L2, Optimizer, Regularized
from lab.optimizers.pieces import off


def coupled(method: Optimizer, weight_decay: Scalar) -> Optimizer:
    """weight_decay theta is added to the gradient.

    For an adaptive method this decay is divided with the gradient: large gradients shield from it.
    """
    # no wrapper around nothing: the entry then is the method itself
    return method if off(weight_decay) else Regularized(method, L2(weight_decay), on="p")


def decoupled(
    method: Optimizer, weight_decay: Scalar, times: Literal["lr", "schedule", "one"] = "lr"
) -> Optimizer:
    """weight_decay theta is taken from theta beside the step, times the learning rate unless told
    otherwise.

    times: as in Regularized; "schedule" is the paper's form of AdamW.
    """
    if off(weight_decay):
        return method
    return Regularized(method, L2(weight_decay), on="z", times=times)


def decayed(method: Optimizer, weight_decay: Scalar, apart: bool) -> Optimizer:
    """Decoupled where the library's switch says so, else coupled."""
    return decoupled(method, weight_decay) if apart else coupled(method, weight_decay)
