"""Four quadrants on a table of examples: full batch or mini-batch, coordinates or eigenbasis.

Binary logistic regression, every method tuned on as many rates and on the same batches. The
eigenbasis is that of the Gauss-Newton matrix at the start, theta = 0.

In the eigenbasis the preconditioners that are diagonal there see the curvature's eigenvalues; in
coordinates they see its diagonal. The eigenbasis stays fixed, although the curvature moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.bases import eigen
from lab.checks import count, nonnegative
from lab.domains import number
from lab.instruments.comparison import compare
from lab.objectives import Logistic
from lab.optimizers import SGD, Adam, DiagonalGN, HeavyBall, SignSGD
from lab.spectra import geometric

QUADRANTS = ("full_coordinate", "full_eigenbasis", "mini_coordinate", "mini_eigenbasis")
LEVELS = (0.1, 0.5, 0.9)
# above the stability limit at the start by a factor of ten: the loss flattens later
FACTOR = 20.0
DECADES = 1e3


def quadrants(
    x: np.ndarray,
    y: np.ndarray,
    *,
    ridge: float = 1e-2,
    damping: float = 0.1,
    steps: int = 150,
    every: int = 5,
    batch: int = 32,
    rates: int = 16,
    seeds: int = 8,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Per quadrant of QUADRANTS, QUADRANT_key: the arrays of `compare`.

    The loss is the excess over the minimum relative to that at the start. Mini-batch runs are on
    batches that did not choose the rate: `runs` (M, K, seeds), and of them `loss` (M, 3, K) the
    10 %, 50 % and 90 % quantiles. x (m, n) features, y
    (m,) 0 or 1; ridge >= 0; damping >= 0, relative to the mean of the curvature's diagonal; every:
    steps between recorded ones; rates: as many per method; seeds: of the mini-batch runs.
    ValueError for a loss without a minimum: separable classes and ridge = 0.
    """
    damping = number("damping", damping, nonnegative)
    count("seeds", seeds)
    in_coordinates = Logistic(x, y, ridge)
    start = in_coordinates.start()
    # theta = 0: every probability is 1/2, and G = X^T X / 4m + ridge I
    h = in_coordinates.hessian(start)
    q = eigen(h.dense())
    lowest, scale = bounds(in_coordinates)

    found: dict[str, np.ndarray] = {}
    features = {"coordinate": in_coordinates.x, "eigenbasis": q.rows(x)}
    for basis, columns in features.items():
        f = Logistic(columns, y, ridge)
        protocol: dict[str, Any] = {
            "steps": steps,
            "every": every,
            "record": excess(f, lowest, scale),
        }
        table = methods(f, rates, damping)

        full = compare(f, table, theta=f.start(), **protocol)
        starts = f.start((seeds,))
        # one seed chooses the rates, the next one reports them
        mini = compare(f, table, theta=starts, batch=batch, rng=seed, **protocol)
        fresh: dict[str, Any] = {"theta": starts, "batch": batch, "rng": seed + 1, **protocol}
        mini |= reported(f, table, mini["lr"], **fresh)
        for key, value in full.items():
            found[f"full_{basis}_{key}"] = value
        for key, value in mini.items():
            found[f"mini_{basis}_{key}"] = value
    return found


def reported(f: Logistic, table: dict, lr: np.ndarray, **protocol) -> dict[str, np.ndarray]:
    """Every method at its rate, on mini-batches of its own: those that chose the rate flatter it.

    protocol: of `compare`.

    A rate chosen on the batches that it is then reported on is chosen partly for their luck.
    """
    chosen = {}
    for k, (name, (optimizer, _)) in enumerate(table.items()):
        chosen[name] = (optimizer, lr[k : k + 1])
    runs = compare(f, chosen, **protocol)["loss"]
    levels = np.quantile(runs, LEVELS, axis=-1, method="inverted_cdf")
    median = levels[1]
    return {
        "runs": runs,
        "loss": levels.swapaxes(0, 1),
        "final": median[:, -1],
    }


def bounds(f: Logistic) -> tuple[float, float]:
    """The least loss, and how much the start exceeds it; the same in every orthonormal basis.

    ValueError when there is no minimum, or when it is the start, up to the rounding of a mean of m
    losses.

    Both are computed in float64: below m eps of the loss the excess is rounding.
    """
    lowest = f.lowest
    at_start = float(f.loss(f.start()))
    rounding = len(f.x) * np.finfo(float).eps * at_start
    if at_start - lowest <= rounding:
        raise ValueError(
            "theta = 0 is the minimum: no feature tells the two classes apart, "
            "and there is nothing to compare"
        )
    return lowest, at_start - lowest


def excess(f: Logistic, lowest: float, scale: float) -> dict:
    """The record theta -> (f(theta) - min f) / (f(0) - min f)."""
    return {"loss": lambda theta: (f.loss(theta) - lowest) / scale}


def methods(f: Logistic, rates: int, damping: float) -> dict:
    """Method -> optimizer and grid: as many rates for each, over three decades.

    Up to ten times 2 / lam_max(P G) at the start, P the preconditioner there (the loss flattens
    later, so larger rates can be stable; a tenth of it for heavy ball, whose momentum 0.9
    multiplies its rate by ten); for Adam and sign descent, whose rate is a distance, up to 1 /
    sqrt(lam_max).

    Returned as name -> (optimizer with lr = 1, rates (L,)), as `compare` takes them; the names are
    those of lab.style.looks.
    """
    g = f.hessian(f.start()).dense()
    d = np.diag(g)
    one = np.ones_like(d)
    shape = geometric(rates, DECADES)
    damping = damping * float(d.mean())

    def below(scale, factor=FACTOR):
        root = np.sqrt(scale)
        preconditioned = g * np.outer(root, root)
        top = np.linalg.eigvalsh(preconditioned)[-1]
        return factor / top * shape

    distance = np.sqrt(below(one, 1.0)[0]) * shape
    return {
        "GD": (SGD(1.0), below(one)),
        "GN^-1": (DiagonalGN(1.0), below(1 / d)),
        "GN^-1/2": (DiagonalGN(1.0, power=-0.5), below(1 / np.sqrt(d))),
        "damped GN^-1": (DiagonalGN(1.0, damping=damping), below(1 / (d + damping))),
        "heavy ball": (HeavyBall(1.0, 0.9), below(one, 3.8)),  # 2 (1 + 0.9)
        "Adam": (Adam(1.0, 0.9, 0.95), distance),
        "sign": (SignSGD(1.0), distance),
    }
