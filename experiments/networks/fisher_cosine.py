"""How close are the directions of Kronecker-factored methods to the block natural gradient?

A network on the digits at half their resolution, in place of the 16 x 16 MNIST of Ren & Goldfarb
(2021). It follows the natural gradient of exact Fisher blocks; the others are asked at every step
where they would go.
"""

import numpy as np
from _halved import classifier

from lab.arrays import Layers, inner, layers
from lab.optimizers import (
    KFAC,
    SGD,
    TNT,
    Accompanied,
    Adam,
    BlockNaturalGradient,
    PerExampleTNT,
    ShampooEMA,
)
from lab.sentences import number
from lab.simulation import simulate

VERSION = 1
QUICK = {"width": 3, "depth": 2, "examples": 40, "batch": 10, "steps": 6, "seeds": 2}
UNITS = {
    "layers": "layer",
    "no unit": "cosine path middle late",
    "loss": "loss",
    "each its own": "shape",
}


def run(
    *,
    width: int = 12,
    depth: int = 4,
    examples: int = 1000,
    batch: int = 100,
    lr: float = 0.05,
    damping: float = 0.01,
    steps: int = 80,
    seeds: int = 2,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """cosine (M, L, K, S) of every method's direction with -(F + damping)^-1 g, F the averaged
    exact Fisher block of a layer and g the gradient in it with its bias, by layer and step; path
    (M, K, S) their mean over the layers between the first and the last, and late (M, L) the mean
    over seeds and the second half of the steps; middle (M, K) the median path. loss (K, S), on all
    examples, before every step.

    width, depth: of the hidden layers, tanh; lr, damping: of the leader. TNT damps every factor
    by sqrt(damping), with statistics of the batch by sqrt(damping / batch), its equivalent; K-FAC
    their product by damping, split by pi; no method has momentum.

    methods (M,), step (K,), layer (depth + 1,), shape (2,): width and depth. A cosine is not a
    speed: it says nothing about lengths, nor about what a method does on its own path, since all
    are asked on the leader's.
    """
    f = classifier(examples, (width,) * depth)
    starts, draws = np.random.default_rng(seed).spawn(2)
    theta = f.start((seeds,), starts)
    leader = BlockNaturalGradient(lr, damping)
    methods = followers(damping, batch)
    together = Accompanied(leader, tuple(methods.values()))
    wanted = {"loss": f.loss, "cosine": cosines}
    told = simulate(f, together, theta, steps=steps, batch=batch, rng=draws, record=wanted)
    # a step is in the state that it led to: there is none at the start, and after the last no loss
    # that one started from
    found = np.moveaxis(told["cosine"][1:], (0, 1), (2, 3))
    losses = told["loss"][:-1]
    # the input and the output layer have factors of other sizes
    inside = found[:, 1:-1].mean(1)
    half = found[:, :, steps // 2 :]
    return {
        "methods": np.array(list(methods)),
        "step": np.arange(steps),
        "layer": np.arange(1, depth + 2),
        "cosine": found,
        "path": inside,
        "middle": np.median(inside, axis=-1),
        "late": half.mean((2, 3)),
        "loss": losses,
        "shape": np.array([width, depth]),
        "batch": np.array(batch),
    }


def followers(damping: float, batch: int) -> dict:
    """The methods that are asked, at rate 1, without momentum and with roots at every step.

    Adam without beta1 is g / sqrt(v), so that no direction has memory but through second moments.
    TNT's damping is sqrt(damping) over sqrt(batch), since its factors are 1 / B of those of
    examples.

    Shampoo's damping is 1e-4: its statistic isn't the Fisher matrix, and no damping of the others
    corresponds to it.
    """
    root = np.sqrt(damping)
    alone = {"momentum": 0.0, "every": 1}
    return {
        "SGD": SGD(1.0),
        "Adam": Adam(1.0, beta1=0.0),
        "Shampoo": ShampooEMA(1.0, 1e-4, **alone),
        "TNT": TNT(1.0, root / np.sqrt(batch), **alone),
        "TNT, per example": PerExampleTNT(1.0, root, labels="exact", bias="column", **alone),
        "K-FAC": KFAC(1.0, damping, 0.9, labels="exact", **alone),
    }


def cosines(theta: Layers, state) -> np.ndarray:
    """The cosines of all methods with the leader at its last step, (S, M, L).

    state: of Accompanied, with the leader's step and those of the others.

    theta is not used: directions are in the state.
    """
    by_method = [cosine(other, state.leads) for other in state.would]
    return np.moveaxis(by_method, -1, 0)


def cosine(one: Layers, other: Layers) -> np.ndarray:
    """Of two steps, per layer with its bias, (L, S).

    A weight and its bias are one vector: that is the block of the Fisher matrix.
    """
    cosines = []
    for pair in layers(one):
        blocks = [pair.weight, pair.bias]
        product = sum(_dot(one[b], other[b]) for b in blocks)
        lengths = sum(_dot(one[b], one[b]) for b in blocks) * sum(
            _dot(other[b], other[b]) for b in blocks
        )
        cosines.append(product / np.sqrt(lengths))
    return np.array(cosines)


def _dot(x, y):
    """The inner product of blocks of S runs, (S,)."""
    runs = len(x)
    return inner(x.reshape(runs, -1), y.reshape(runs, -1))


def summary(data) -> str:
    """The cosines between first and last layer over the second half, and the loss there.

    The first and the last layer are left out; methods are told from the closest on.
    """
    late = data["late"][:, 1:-1].mean(1)
    order = np.argsort(-late, kind="stable")
    names = data["methods"]
    lines = [
        f"How close are directions to the block natural gradient, {len(data['step'])} steps, "
        f"{data['path'].shape[-1]} seeds?"
    ]
    for k in order:
        by_layer = data["late"][k, 1:-1]
        lines.append(
            f"{names[k]}: cosine {late[k]:.2f} in the second half, "
            f"{by_layer.min():.2f} to {by_layer.max():.2f} by inner layer."
        )
    first, last = np.median(data["loss"][[0, -1]], axis=-1)
    lines.append(f"The loss falls from {number(first)} to {number(last)} on the way.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
