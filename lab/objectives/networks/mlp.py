"""Fully connected networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lab.checks import one_of, real, sizes, switch
from lab.objectives.networks.activations import ACTIVATIONS
from lab.objectives.networks.losses import LOSSES
from lab.objectives.networks.network import Network
from lab.objectives.networks.normalisation import Affine, Normalised
from lab.objectives.networks.stages import Activated, Dense


def MLP(
    x: np.ndarray,
    y: np.ndarray,
    hidden: Sequence[int] = (),
    *,
    activation: str | Sequence[str] = "tanh",
    loss: str = "half_mse",
    biases: bool = True,
    normalised: str | None = None,
    gain: float = 1.0,
) -> Network:
    """z = W_L a_{L-1} + b_L,  a_l = phi_l(W_l a_{l-1} + b_l),  a_0 = x

    x (m, d); y (m, o), (m,) for one output, or class numbers (m,) for "softmax". hidden: the widths
    of the hidden layers; without any this is linear, logistic or softmax regression. activation:
    "linear", "relu", "tanh", "sigmoid", "softplus", "gelu" (h Phi(h)), one for all hidden layers or
    one for each. loss: "half_mse", "mse", "bce" or "softmax", summed over outputs, mean over
    examples. normalised: None, "batch" or "layer": a_l = phi_l(scale norm(h_l) + shift), see
    `normalisation`. gain: see Network.start. ValueError for what does not fit, naming it.

    theta: W_1 (n_1, d), b_1 (n_1,), with normalisation then scale and shift (n_1,), W_2 and so on,
    as Layers with roles. In front of a batch normalisation a bias does nothing: its derivative is
    0. Without hidden layers and with one output "bce" is Logistic with an intercept.

        MLP(x, y, (32, 32), activation="relu", loss="softmax")
    """
    x = real("x", x, 2)
    one_of("loss", loss, LOSSES)
    switch("biases", biases)
    widths = sizes("hidden", hidden)
    # "relu" is a sequence of letters as well: a name is asked for first
    names = [activation] * len(widths) if isinstance(activation, str) else list(activation)
    if len(names) != len(widths):
        raise ValueError(
            f"activation = {names}: needs one per hidden layer, there are {len(widths)}"
        )

    targets = LOSSES[loss].targets(y)
    ends = [x.shape[1], *widths]
    stages: list = []
    for k, name in enumerate(names):
        one_of(f"activation[{k}]", name, ACTIVATIONS)
        stages.append(Dense(ends[k], ends[k + 1], biases))
        stages += _normalisation(normalised, ends[k + 1])
        stages.append(Activated(ACTIVATIONS[name]))
    stages.append(Dense(ends[-1], LOSSES[loss].outputs(targets), biases))
    return Network(x, y, tuple(stages), loss, gain)


def _normalisation(normalised, width):
    """The stages of one normalisation, none for None."""
    if normalised is None:
        return []
    statistics = {"batch": "examples", "layer": "units"}
    one_of("normalised", normalised, statistics)
    # x - mean is 0, and so would be everything behind it
    if normalised == "layer" and width < 2:
        raise ValueError("normalised = 'layer': a hidden layer of width 1 has no variance")
    return [Normalised(statistics[normalised]), Affine(width)]
