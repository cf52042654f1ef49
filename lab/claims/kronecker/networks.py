"""Small networks whose layers the claims compare: K-FAC's product against a Fisher block, a Hessian
against a product, one run against a transformed one.

Two dense layers d-2-o. Blocks are ordered weight, bias, weight, bias, a weight (o, d) row-major, so
that a layer's Fisher block is E[g g^T kron a a^T], g its back-propagated errors and a its inputs,
with a 1 behind them where there is a bias.
"""

from __future__ import annotations

import numpy as np

from lab.arrays import Layers
from lab.claims import named
from lab.claims.kronecker.drawn import unit
from lab.objectives import MLP
from lab.objectives.networks.network import Network
from lab.simulation import simulate
from lab.theory.kronecker.moments import kronecker_product, layer_factors, layer_moment


def network(
    x,
    y,
    loss,
    activation,
    theta,
    *,
    biases=True,
) -> tuple[Network, Layers]:
    """A network d-2-o on the rows of x (N, d) with the weights in theta, as many as it needs.

    Labels: y (N, o) itself for half_mse, its signs for bce, the classes 0, 1, 0, 1, ... for
    softmax.
    """
    classes = np.arange(len(y)) % 2
    targets = {
        "half_mse": y,
        "bce": (y > 0) * 1.0,
        "softmax": classes,
    }
    f = MLP(
        x,
        targets[loss],
        (2,),
        activation=activation,
        loss=loss,
        biases=biases,
    )
    flatten = f.flatten
    # theta holds more numbers than a small network needs
    count = sum(np.prod(shape) for shape in flatten.shapes)
    return f, flatten.to(theta[:count])


def rows_of(
    f,
    theta,
    layer,
    labels="exact",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors g (M, o), inputs a (M, d), with a 1 for a bias, and weights (M,) of one layer.

    With labels "exact" there are c rows for each of N examples, one per output or class, M = N c,
    scaled so that sum_c g g^T is the mean over the model's labels: weights are 1 / N, not 1 / M.

    layer: 0 or 1, counted from the input.
    """
    factors = f.curvature(theta, None, labels, None).layers[layer]
    m, c, _ = factors.errors.shape
    inputs = factors.inputs
    if any(role.kind == "bias" for role in f.roles):
        ones = np.ones((m, 1))
        # the bias is the last column of a weight
        inputs = np.concatenate([inputs, ones], -1)

    errors = factors.errors.reshape(m * c, -1)
    every = np.repeat(inputs, c, axis=0)
    shares = np.full(m * c, 1 / m)
    return errors, every, shares


# of what `start` draws: units of tanh are not saturated
SIZE = 0.7


@named
def definite(loss, x, y, theta):
    """A and G of both layers have condition numbers below 1e4 at the start"""
    worst = []
    for rows, targets, at in zip(x, y, SIZE * theta, strict=True):
        f, weights = network(rows, targets, loss, "tanh", at)
        factors = [one for layer in (0, 1) for one in layer_factors(*rows_of(f, weights, layer))]
        worst.append(max(np.linalg.cond(one) for one in factors))
    return np.array(worst) < 1e4


@named
def energy_weighted(g, a, w):
    """sum w |a|^2 g g^T kron sum w |g|^2 a a^T / (sum w |a|^2 |g|^2)^2"""
    of_errors = (g**2).sum(-1)
    of_inputs = (a**2).sum(-1)
    left = np.einsum("rn,rna,rnb->rab", w * of_inputs, g, g)
    right = np.einsum("rn,rna,rnb->rab", w * of_errors, a, a)
    total = (w * of_errors * of_inputs).sum(-1)
    return kronecker_product([left, right]) / total[:, None, None] ** 2


@named
def factor_traces(g, a, w):
    """sum w |g|^2 times sum w |a|^2"""
    energy = (w * (g**2).sum(-1)).sum(-1)
    return energy * (w * (a**2).sum(-1)).sum(-1)


def both(
    f,
    theta,
    layer,
    labels,
) -> tuple[np.ndarray, np.ndarray]:
    """E g g^T kron E a a^T and E[g g^T kron a a^T] of a layer, each over its trace, (D, D).

    Shares of the trace, so that one absolute tolerance serves every scale of weights.
    """
    rows = rows_of(f, theta, layer, labels)
    factors = kronecker_product(layer_factors(*rows))
    block = layer_moment(*rows)
    return unit(factors[None])[0], unit(block[None])[0]


def outputs_after(f, method, theta) -> np.ndarray:
    """Outputs (N, o) after three full-batch steps of the method: what a change of variables must
    leave alone, whatever it does to the weights.

    f and theta without a run axis; the method is used as it is, with its rate and damping.
    """
    # three: a difference compounds, and rounding does not yet
    run = simulate(f, method, theta, steps=3, record={"theta": lambda at: at})
    last = [block[-1] for block in run["theta"]]
    end = Layers(last, [2, 1, 2, 1], f.roles)
    return f.evaluate(end).curvature("exact", None).layers[-1].outputs


def hessian_of(f, theta) -> np.ndarray:
    """The Hessian (12, 12) of a network 2-2-2, from its action on the twelve unit vectors.

    The weight (2, 2) of the first layer comes first, then its bias (2,): rows 0 ... 3 and 4, 5. The
    block of a bias is the Hessian in the layer's outputs.
    """
    flatten = f.flatten
    action = f.hessian(theta)
    columns = []
    for e in np.eye(12):
        moved = action.times(flatten.to(e))
        columns.append(flatten.back(moved))
    return np.array(columns)


@named
def linear(activation):
    """the network is linear"""
    return activation == "linear"


@named
def gaussian(loss):
    """the loss is half-MSE"""
    return loss == "half_mse"


@named
def expected(labels):
    """labels are the model's, averaged exactly"""
    return labels == "exact"
