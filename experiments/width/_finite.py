"""Why a slope of `coordinate_check` may differ from its power of M: parts of that experiment.

Two reasons that the rules name and the first step cannot show. A bias that is a column of its
weights has the input 1 beside h: with R = (H^T H + n rho)^-1, the step of the column is that of R
over 1 + s, s = 1^T R 1 ~ 1 / M (Sherman and Morrison), so that it is slow to reach its power. And
K-BFGS starts as FOOF, whose rates are ~ M below the output; along the pairs that H_g has learned it
is ~ M itself, up to damping^(-1/2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.instruments.width import Study, coordinate_check, slope
from lab.instruments.width.methods import scaled
from lab.optimizers.protocol import lr_of, of_inner, with_
from lab.sentences import signed

# times lower than a rate whose first move is 0.05: no width is near its edge in a few steps
SLOW = 25.0


@dataclass(frozen=True)
class Held:
    """K-BFGS whose H_g stays as it started, I: all else as in `inner`."""

    inner: Any

    needs = of_inner("needs")
    matrices = of_inner("matrices")
    units = of_inner("units")
    vectors = of_inner("vectors")

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, s, oracle, theta):
        delta, state = self.inner.step(s, oracle, theta)
        pairs = zip(state.sides, s.sides, strict=True)
        sides = tuple(new._replace(hg=old.hg) for new, old in pairs)
        return delta, state._replace(sides=sides)


def beside(h: np.ndarray, rho: Any = 0.0) -> np.ndarray:
    """s = 1^T (H^T H + n rho)^-1 1 of features h (*r, n, M), with which the input 1 competes."""
    n = h.shape[-2]
    gram = h @ np.swapaxes(h, -1, -2)
    shift = n * np.asarray(rho)[..., None, None] * np.eye(n)
    return np.linalg.inv(gram + shift).sum((-1, -2))


def column(study: Study, table) -> np.ndarray:
    """s (W, S) of the last features, undamped, at the start of every width; damping lowers it.

    A pass of the network at the start; inf where features of the examples are not independent.
    """
    found = []
    for width in study.widths:
        start = study.at(width, table)
        last = start.network.evaluate(start.theta).points[-1]
        found.append(beside(last.x))
    return np.array(found)


def later(as_is: np.ndarray, optimizer, study: Study, steps: int) -> np.ndarray:
    """(3, L) slopes of the whole change of every layer after `steps` steps of K-BFGS in muP: as it
    is, which is known, at a rate SLOW times lower, and at that with H_g held; inf of what
    diverged."""
    table = scaled("KBFGS", "muP")
    slow = with_(optimizer, lr=lr_of(optimizer) / SLOW)
    found = [as_is]
    for one in (slow, Held(slow)):
        seen = coordinate_check(one, table, study, steps=(steps,))
        layers = np.moveaxis(seen.totals[-1], -1, 0)
        found.append([slope(study.widths, layer).value for layer in layers])
    return np.nan_to_num(np.array(found), nan=np.inf)


def of_columns(data) -> str:
    """What the input 1 beside h does to output biases that are columns, at these widths."""
    moved = data["slope"][1, data["columns"], -1]
    widths = data["widths"]
    s = data["beside"]
    alone = slope(widths, 1 / (1 + s)).value
    return (
        f"Those of {len(moved)} are a column that A divides, whose steps are their power of M "
        f"over 1 + s, s = {s[0]:.2g} at width {widths[0]} and {s[-1]:.2g} at {widths[-1]} without "
        f"damping: that alone has the slope {signed(alone)}, and their output biases have "
        f"{signed(moved.min())} to {signed(moved.max())}."
    )


def of_secants(data) -> str:
    """Why K-BFGS does not stay flat, from runs at another rate and without learned pairs."""
    as_is, slow, held = (max(slopes, key=abs) for slopes in data["later"])
    return (
        f"K-BFGS after {data['steps']} steps in muP: {signed(as_is)} where it is farthest, "
        f"{signed(slow)} at a rate {SLOW:g} times lower, {signed(held)} at that one with H_g held "
        "at I, which is what its rates are derived for."
    )
