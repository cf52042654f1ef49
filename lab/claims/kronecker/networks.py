"""Small networks whose layers the claims compare."""

from __future__ import annotations

import numpy as np

from lab.arrays import Layers
from lab.claims.kronecker.drawn import unit
from lab.objectives import MLP
from lab.objectives.networks.network import Network
from lab.simulation import simulate
from lab.theory.kronecker.moments import kronecker_product, layer_factors, layer_moment


def network(x, y, loss, activation, theta, *, biases=True) -> tuple[Network, Layers]:
    """A network d-2-o on the rows of x with the weights in theta, as many as it needs."""
    classes = np.arange(len(y)) % 2
    targets = {"half_mse": y, "bce": (y > 0) * 1.0, "softmax": classes}
    f = MLP(x, targets[loss], (2,), activation=activation, loss=loss, biases=biases)
    return f, f.flatten.to(theta[: sum(np.prod(s) for s in f.flatten.shapes)])


def rows_of(f, theta, layer, labels="exact") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors g (N, o), inputs with a 1 for a bias a (N, d), and weights (N,) of one layer."""
    factors = f.curvature(theta, None, labels, None).layers[layer]
    m, c, _ = factors.errors.shape
    inputs = factors.inputs
    if any(role.kind == "bias" for role in f.roles):
        inputs = np.concatenate([inputs, np.ones((m, 1))], -1)
    every = np.repeat(inputs, c, axis=0)
    return factors.errors.reshape(m * c, -1), every, np.full(m * c, 1 / m)


def both(f, theta, layer, labels) -> tuple[np.ndarray, np.ndarray]:
    """K-FAC's product and the Fisher block of a layer, each over its trace."""
    rows = rows_of(f, theta, layer, labels)
    factors = kronecker_product(layer_factors(*rows))
    return unit(factors[None])[0], unit(layer_moment(*rows)[None])[0]


def outputs_after(f, method, theta) -> np.ndarray:
    """Outputs (N, o) after three steps."""
    run = simulate(f, method, theta, steps=3, record={"theta": lambda at: at})
    end = Layers([block[-1] for block in run["theta"]], [2, 1, 2, 1], f.roles)
    return f.evaluate(end).curvature("exact", None).layers[-1].outputs


def hessian_of(f, theta) -> np.ndarray:
    """(12, 12): the weight (2, 2) and the bias (2,) of the first layer come first."""
    action = f.hessian(theta)
    columns = [f.flatten.back(action.times(f.flatten.to(e))) for e in np.eye(12)]
    return np.array(columns)
