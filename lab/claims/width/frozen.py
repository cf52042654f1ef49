"""Deep linear networks whose head is frozen, at the limit of infinite width already."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers
from lab.objectives.networks import MLP, Network
from lab.simulation import simulate

INPUTS = 3


class Frozen(NamedTuple):
    """The network, its start, and X (m, d) and y (m,)."""

    network: Network
    theta: Layers
    x: np.ndarray
    y: np.ndarray

    @property
    def kernel(self) -> np.ndarray:
        """K = X X^T / d"""
        return self.x @ self.x.T / INPUTS


def frozen(width: int, layers: int, seed: int, head: float = 0.0) -> Frozen:
    """L linear layers of orthogonal weights, h^T h = M K in every layer, and a head of the length
    M^(-1/2) that is orthogonal to all features, so that f_0 = 0; `head` tilts it towards them."""
    rng = np.random.default_rng(int(seed))
    x = rng.standard_normal((5, INPUTS))
    y = rng.standard_normal(5)
    turns = [np.linalg.qr(rng.standard_normal((width, width)))[0] for _ in range(layers)]
    blocks = [turns[0][:, :INPUTS] * np.sqrt(width / INPUTS), *turns[1:]]
    # the first INPUTS columns carry the features, the next is free
    through = np.eye(width)[:, : INPUTS + 1] if layers == 0 else turns[0][:, : INPUTS + 1]
    for w in turns[1:]:
        through = w @ through
    direction = through[:, INPUTS] + head * through[:, 0]
    readout = direction / np.linalg.norm(direction) / np.sqrt(width)

    network = MLP(x, y, (width,) * layers, activation="linear", biases=False)
    like: Any = network.start()
    theta = Layers([*blocks, readout[None, :]], like.orders, like.roles)
    return Frozen(network, theta, x, y)


def changed(net: Frozen, optimizer: Any, factors: tuple[float, float], rate: float) -> np.ndarray:
    """(f - f_0) / rate at the examples after one step, the head at rest.

    factors: what multiplies the rates of the first and of the other layers.
    """
    step: Any = simulate(net.network, optimizer, net.theta, steps=1).final - net.theta
    blocks = [rate * factors[min(layer, 1)] * x for layer, x in enumerate(step)]
    blocks[-1] = 0 * blocks[-1]
    moved = net.theta + Layers(blocks, net.theta.orders, net.theta.roles)
    start = net.network.evaluate(net.theta).z
    return (net.network.evaluate(moved).z - start)[:, 0] / rate
