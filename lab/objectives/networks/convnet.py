"""A small convolutional network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lab.checks import one_of, real, sizes
from lab.objectives.networks.activations import ACTIVATIONS
from lab.objectives.networks.convolution import Convolved
from lab.objectives.networks.losses import LOSSES
from lab.objectives.networks.network import Network
from lab.objectives.networks.stages import Activated, Dense


def ConvNet(
    x: np.ndarray,
    y: np.ndarray,
    shape: tuple[int, int, int],
    channels: Sequence[int] = (8, 16),
    *,
    size: int = 3,
    stride: int = 1,
    activation: str = "relu",
    loss: str = "softmax",
    gain: float = 1.0,
) -> Network:
    """Convolutions with kernels (out, in, size^2), each followed by phi, and one dense layer

    x (m, H W C), images with the channel last, shape = (H, W, C); channels: the outputs of each
    convolution; no padding, the same size and stride for all. y, activation, loss and gain as in
    MLP. ValueError for what does not fit, naming it.

    Every convolution takes size - 1 from both sides of the image (stride 1): 8 x 8 digits have 6 x
    6 and 4 x 4 places after two kernels of size 3, and the dense layer 256 inputs for 16 channels.
    Kernels are tensors with three modes. No pooling, no normalisation. Without channels it is
    softmax regression on the pixels.

        ConvNet(x, y, (8, 8, 1), channels=(8, 16))
    """
    x = real("x", x, 2)
    one_of("loss", loss, LOSSES)
    one_of("activation", activation, ACTIVATIONS)
    if len(shape) != 3 or x.shape[1] != np.prod(shape):
        raise ValueError(
            f"shape = {tuple(shape)}: must be (H, W, C) with H W C = {x.shape[1]}, a row of x"
        )

    stages: list = []
    height, width, depth = shape
    for outputs in sizes("channels", channels):
        convolved = Convolved((height, width, depth), outputs, size, stride)
        stages.append(convolved)
        stages.append(Activated(ACTIVATIONS[activation]))
        # the places of this one are the pixels of the next
        height, width = convolved.places
        depth = outputs
    targets = LOSSES[loss].targets(y)
    stages.append(Dense(height * width * depth, LOSSES[loss].outputs(targets)))
    return Network(x, y, tuple(stages), loss, gain)
