"""The two-cycle of Adam on lam x^2 / 2, of the optimizer itself: how it decays, and its Jacobian.

`adam` is an optimizer with fields lr, beta1, beta2, eps and a state with t, m, v; hyper-parameters
may be sweeps (*r,). ValueError unless lam > 0 and there is a cycle, TypeError for another
optimizer.

On the cycle x_t = (-1)^t a, m alternates with it and v is constant, v = (lam a)^2.
lab.theory.two_cycle has the amplitude a and the eigenvalues of the Jacobian in closed form; here
nothing is known but the optimizer, which is what makes the two comparable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.arrays import sweep_shape
from lab.checks import able, loops, positive
from lab.domains import in_range, number
from lab.objectives import Quadratic
from lab.simulation import simulate
from lab.theory.two_cycle import amplitude

# debiasing is over: beta^LATE = 0 for every beta <= 1 - 1e-6
LATE = 10**9


@dataclass(frozen=True, eq=False)
class Started:
    """`inner` with these fields of its first state replaced: a run that begins in the middle.

    For runs that begin on an attractor. Fields that the state does not have are a ValueError of
    NamedTuple.
    """

    inner: Any
    fields: dict[str, Any]

    @property
    def needs(self):
        return self.inner.needs

    def init(self, theta):
        return self.inner.init(theta)._replace(**self.fields)

    def step(self, state, oracle, theta):
        return self.inner.step(state, oracle, theta)


@in_range
def deviations(
    adam,
    *,
    steps: int,
    lam: float = 1.0,
    kick: float = 1e-6,
) -> np.ndarray:
    """((-1)^t x_t - a) / a for t = 0 ... steps, (steps + 1, *r), of the optimizer itself

    Started on its cycle with x off by a factor 1 + kick. It decays like radius^t on a stable cycle.
    ValueError where the amplitude a is 0: there is no cycle.
    """
    a = _amplitude_of(adam, lam)
    off = 1 + number("kick", kick)
    m, v = _on_cycle(adam, a, lam)
    start = np.stack([a * off, m, v])
    points = _advance(adam, lam, loops("steps", steps, 0), start)

    # seen in the frame that flips along, the cycle stands still
    flips = (-1.0) ** np.arange(steps + 1)
    unflipped = points[:, 0] * flips.reshape(-1, *(1,) * a.ndim)
    return unflipped / a - 1


@in_range
def jacobian(
    adam,
    *,
    lam: float = 1.0,
    h: float = 1e-6,
) -> np.ndarray:
    """(*r, 3, 3): derivative of one step of the optimizer itself at its cycle

    In the flipped frame and the units a, lam a, (lam a)^2 of x, m, v. Central differences of width
    h > 0, error about h^2. ValueError where the amplitude a is 0.
    """
    a = _amplitude_of(adam, lam)
    h = number("h", h, positive)
    m, v = _on_cycle(adam, a, lam)
    size = lam * a
    scale = np.stack([a, size, size**2])
    centre = np.stack([a, m, v])
    # in the frame that flips with the cycle x and m change sign at every step, v does not
    flip = np.array([-1.0, -1.0, 1.0]).reshape(3, *(1,) * a.ndim)

    columns = []
    for k in range(3):
        push = np.zeros_like(centre)
        push[k] = h * scale[k]
        _, after = _advance(adam, lam, 1, centre + push)
        _, before = _advance(adam, lam, 1, centre - push)
        slope = (after - before) / (2 * h * scale)
        columns.append(flip * slope)
    by_row = np.stack(columns, 1)
    return np.moveaxis(by_row, (0, 1), (-2, -1))


def _amplitude_of(adam, lam):
    """TypeError for an optimizer without the four fields, ValueError for lam <= 0 or no cycle."""
    able("adam", adam, "init", "step")
    if not all(hasattr(adam, field) for field in ("lr", "beta1", "beta2", "eps")):
        raise TypeError(f"adam is a {type(adam).__name__}: must have lr, beta1, beta2 and eps")
    lam = number("lam", lam, positive)

    a = amplitude(adam.lr, adam.beta1, eps=adam.eps, lam=lam)
    if not (a > 0).all():
        raise ValueError("adam.eps is too large for its lr: there is no cycle, a must be > 0")
    return np.broadcast_to(a, sweep_shape(adam))


def _on_cycle(adam, a, lam):
    """m and v before a step from x = a.

    m = -(1 - beta1) / (1 + beta1) lam a, from m = beta1 (-m) + (1 - beta1) lam a with both signs
    flipped; v = (lam a)^2.
    """
    share = (1 - adam.beta1) / (1 + adam.beta1)
    m = -share * lam * a
    size = lam * a
    return m, size**2


def _advance(adam, lam, steps, point):
    """(steps + 1, 3, *r): x, m, v along the run of the optimizer from (x, m, v).

    point (3, *r): one coordinate per run, whose axis simulate needs is added and taken away here.
    """
    x, m, v = np.asarray(point)[..., None]
    series: dict[str, Callable] = {
        "x": lambda theta: theta[..., 0],
        "m": lambda theta, state: state.m[..., 0],
        "v": lambda theta, state: state.v[..., 0],
    }
    late = Started(adam, {"t": LATE, "m": m, "v": v})
    run = simulate(Quadratic(np.array([[lam]])), late, x, steps=steps, record=series)
    return np.stack([run["x"], run["m"], run["v"]], 1)
