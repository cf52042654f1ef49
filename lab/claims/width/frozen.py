"""Deep linear networks whose head is frozen, at the limit of infinite width already.

L linear layers W_L ... W_1 and a readout that rests. With orthogonal weights every layer has the
Gram matrix M K, K = X X^T / d, exactly; with f_0 = 0 the change of two layers at once, which
carries a factor f_0, is 0. So f moves in proportion to the rate, at any width, as it does at M =
inf.
"""

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
    """L >= 1 linear layers of orthogonal weights, h^T h = M K in every layer, and a head of the
    length M^(-1/2) that is orthogonal to all features, so that f_0 = 0; `head` tilts it towards
    them, and f_0 is not 0.

    Five normal examples of INPUTS variables. width > INPUTS: the head needs a direction of its own.
    """
    rng = np.random.default_rng(int(seed))
    x = rng.standard_normal((5, INPUTS))
    y = rng.standard_normal(5)
    turns = []
    for _ in range(layers):
        square = rng.standard_normal((width, width))
        turns.append(np.linalg.qr(square)[0])
    first, *others = turns

    # the first INPUTS columns carry the features, the next is free
    through = first[:, : INPUTS + 1]
    for w in others:
        through = w @ through
    direction = through[:, INPUTS] + head * through[:, 0]
    # muP's head: entries of size 1 / M, length M^(-1/2)
    readout = direction / np.linalg.norm(direction) / np.sqrt(width)
    scaled = first[:, :INPUTS] * np.sqrt(width / INPUTS)

    network = MLP(x, y, (width,) * layers, activation="linear", biases=False)
    like: Any = network.start()
    blocks = [scaled, *others, readout[None, :]]
    theta = Layers(blocks, like.orders, like.roles)
    return Frozen(network, theta, x, y)


def changed(
    net: Frozen,
    optimizer: Any,
    factors: tuple[float, float],
    rate: float,
) -> np.ndarray:
    """(f - f_0) / rate (m,) at the examples after one step, the head at rest.

    optimizer: at the rate 1. factors: what multiplies the rates of the first and of the other
    layers.
    """
    theta = net.theta
    step: Any = simulate(net.network, optimizer, theta, steps=1).final - theta
    blocks = []
    for layer, x in enumerate(step):
        # the first layer has its own rate
        factor = factors[min(layer, 1)]
        blocks.append(rate * factor * x)
    blocks[-1] = 0 * blocks[-1]

    moved = theta + Layers(blocks, theta.orders, theta.roles)
    start = net.network.evaluate(theta).z
    end = net.network.evaluate(moved).z
    return (end - start)[:, 0] / rate


def optimum(y, q) -> float:
    """y^T q / |q|^2: where |y - eta q|^2 is least, 0 / 0 for q = 0."""
    return float(y @ q / (q @ q))


def closed(net, layers, rho) -> list[float]:
    """The best rates of gradient descent, the polar factor, K-FAC and signs, of y and K alone.

    Every layer adds the same q to df = eta q: K y / m; K y / sqrt(y^T K y); S y / (1 + rho), S = K
    (K + rho tr K)^-1; for signs 2 K y / (pi sqrt(y^T K y)) from a hidden layer, in the mean over
    normal numbers, and sqrt(2 / pi) X sign(X^T y) / d from the first.
    """
    k = net.kernel
    y = net.y
    size = y @ k @ y
    seen = k @ y
    ridge = rho * np.trace(k) * np.eye(len(k))
    damped = np.linalg.solve(k + ridge, seen)

    of_input = net.x @ np.sign(net.x.T @ y) / INPUTS
    of_hidden = 2 * seen / (np.pi * np.sqrt(size))
    of_signs = (layers - 1) * of_hidden + np.sqrt(2 / np.pi) * of_input
    return [
        len(y) / layers * size / (seen @ seen),
        size**1.5 / (layers * seen @ seen),
        (1 + rho) * (y @ damped) / (layers * damped @ damped),
        optimum(y, of_signs),
    ]
