"""How far are Kronecker products from the Fisher blocks of a network, during training?

TNT's, K-FAC's, the maximum-likelihood one and the nearest, by distance, by divergence and as
preconditioners; digits at half their resolution, exact labels.

The second of three layers of 8 units has a block of 8 (8 + 1) = 72 rows with its biases, small
enough to be formed exactly at every point of the training.
"""

import numpy as np
from _halved import classifier

from lab.arrays import each
from lab.optimizers import Adam
from lab.optimizers.matrix.samples import Outer, with_ones
from lab.progress import bar
from lab.sentences import number, span
from lab.simulation import simulate
from lab.theory.kronecker.approximations import (
    nearest_kronecker,
    tnt_factors,
    trace_power_factors,
)
from lab.theory.kronecker.divergences import log_det
from lab.theory.kronecker.moments import kronecker_product
from lab.theory.kronecker.quality import preconditioned_kappa

VERSION = 1
QUICK = {"width": 3, "depth": 2, "examples": 40, "steps": 6, "points": 3, "seeds": 1, "sweeps": 5}
UNITS = {
    "each its own": "shape",
    "no unit": "distance* divergence*",
    "loss": "loss",
}

MEASURES = ("distance", "divergence", "kappa")


def run(
    *,
    width: int = 8,
    depth: int = 3,
    examples: int = 400,
    lr: float = 0.01,
    damping: float = 0.01,
    steps: int = 200,
    points: int = 9,
    sweeps: int = 50,
    seeds: int = 2,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By approximation (A,), point of the training (K,) and seed (S,), in the second layer with its
    bias, F its exact Fisher block: distance (A, K, S), |F - A|_F / |F|_F; divergence (A, K, S),
    log-det of the damped ones over their size; kappa (A, K, S) of (A + damping)^-1 (F + damping),
    and of I in the last place of `names`; each with its median over seeds, X_median. loss (K, S).

    damping: times the mean of F's diagonal; lr, steps: of Adam on the full batch, tanh layers of
    this width and depth; points: of the training; sweeps: at most, for maximum likelihood.

    names (5,): TNT, K-FAC, likelihood, nearest, none; distance and divergence have four. step (K,),
    loss (K, S) at the same points. A small distance need not make a good preconditioner, nor the
    other way round: small eigenvalues decide the latter, and Frobenius norms don't see them.
    """
    f = classifier(examples, (width,) * depth)
    theta = f.start((seeds,), np.random.default_rng(seed))
    # from the start to the end, both included
    every = max(1, steps // (points - 1))
    record = {"theta": lambda theta: theta, "loss": f.loss}
    path = simulate(f, Adam(lr), theta, steps=steps, every=every, record=record)

    rows = []
    for k in bar(range(len(path.t))):
        at = each(lambda x, k=k: x[k], path["theta"])
        # the second: neither its inputs nor its outputs are the data's
        layer = f.curvature(at, None, "exact", None).layers[1]
        rows.append(compared(Outer(layer.errors, with_ones(layer.inputs)), damping, sweeps))

    found = {}
    for name in MEASURES:
        values = np.moveaxis(np.array([row[name] for row in rows]), 0, 1)
        found |= {name: values, f"{name}_median": np.median(values, axis=-1)}
    return found | {
        "names": np.array([*NAMES, "none"]),
        "step": path.t,
        "loss": path["loss"],
        "shape": np.array([width, depth, examples]),
    }


NAMES = ("TNT", "K-FAC", "likelihood", "nearest")


def compared(samples: Outer, damping: float, sweeps: int) -> dict[str, np.ndarray]:
    """Every measure of every approximation, (A, S).

    samples: errors and inputs with ones of S runs. A is the product of two factors, (o d, o d);
    TNT's are multiples of the partial traces; K-FAC's E g g^T and E a a^T; likelihood maximises
    that of normal rows, which needs a damped F, at most `sweeps` alternations; nearest is the first
    singular pair of the rearranged F. shift is the same number for all runs of a point, from the
    largest mean diagonal. log-det: tr - log det - D over D, 0 where both are equal.

    One layer of one small network: the order of the approximations may be another in a wider one,
    or for convolutions. The network is trained by Adam on the full batch, and none of the
    approximations is used on the way.
    """
    rows, m = samples.rows()
    c = rows.swapaxes(-1, -2) @ rows / m
    o, d = samples.g.shape[-1], samples.a.shape[-1]
    size = o * d
    scale = np.trace(c, axis1=-2, axis2=-1).max() / size
    shift = damping * scale
    damped = c + shift * np.eye(size)

    nearest = nearest_kronecker(c, (o, d))
    factors = [
        tnt_factors(c, (o, d)),
        samples.layers(),
        trace_power_factors(damped, (o, d), 0.0, sweeps),
        (nearest.left, nearest.right),
    ]
    products = [kronecker_product(pair) for pair in factors]
    norm = np.linalg.norm(c, axis=(-2, -1))
    distance = [np.linalg.norm(c - p, axis=(-2, -1)) / norm for p in products]
    divergence = [log_det(damped, p + shift * np.eye(size)) / size for p in products]
    identity = np.broadcast_to(np.eye(size), c.shape)
    # 1e6 I is far above every entry of F: descent without a preconditioner
    kappa = [preconditioned_kappa(c, p, shift) for p in (*products, 1e6 * identity)]
    return {
        "distance": np.array(distance),
        "divergence": np.array(divergence),
        "kappa": np.array(kappa),
    }


TITLES = {
    "distance": "Relative distance",
    "divergence": "Divergence per entry",
    "kappa": "Condition number when preconditioned",
}


def summary(data) -> str:
    """The order of the approximations at the end of training, by each measure.

    Medians over seeds; the last line compares distances along the whole way.

    The order is by the median at the end; values that are near each other are ordered all the same.

    Distances are relative to |F|_F; a divergence is per entry of the block, of which there are 72
    rows at the defaults; kappa is 1 for F itself.
    """
    first, last = np.median(data["loss"][[0, -1]], axis=-1)
    lines = [
        f"How far are Kronecker products from Fisher blocks, {data['step'][-1]} steps, loss "
        f"{number(first)} to {number(last)}?"
    ]
    for name, title in TITLES.items():
        values = data[f"{name}_median"][:, -1]
        order = np.argsort(values, kind="stable")
        told = ", ".join(f"{data['names'][k]} {number(values[k])}" for k in order)
        lines.append(f"{title} at the end: {told}.")
    away = data["distance_median"]
    lines.append(
        f"TNT is {span(*ends(away[0] / away[3]))} times as far as the nearest along the way, K-FAC "
        f"{span(*ends(away[1] / away[3]))} times."
    )
    return "\n".join(lines)


def ends(x) -> tuple[float, float]:
    """The least and the largest.

    Of an array of any shape.
    """
    return float(x.min()), float(x.max())


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
