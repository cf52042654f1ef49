"""The two-cycle of Adam on lam x^2 / 2: x jumps between a and -a for ever.

Every coordinate of a diagonal quadratic does it alone. b1, b2: Adam's beta1, beta2, in [0, 1).
Debiasing is over (t -> infinity). All results derived: on x_t = (-1)^t a the squared gradient is
constant, so v = (lam a)^2 whatever b2 is, m_t = (1 - b1) / (1 + b1) g_t, and
2 a = lr (1 - b1) / (1 + b1) lam a / (lam a + eps).

`adam` below is an optimizer with fields lr, beta1, beta2, eps and a state with t, m, v;
hyper-parameters may be sweeps (*r,). ValueError unless lr, lam > 0, eps >= 0, TypeError for another
optimizer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.arrays import Scalar, lift, sweep_shape
from lab.checks import able, count, fraction, nonnegative, positive, unit
from lab.domains import in_range, number, numbers, together

# debiasing is over: beta^LATE = 0 for every beta <= 1 - 1e-6
LATE = 10**9


class Gradient(NamedTuple):
    """The oracle: a gradient and nothing else."""

    grad: np.ndarray


@in_range
def amplitude(
    lr: Scalar,
    beta1: Scalar,
    *,
    eps: Scalar = 0.0,
    lam: Scalar = 1.0,
) -> Scalar:
    """a = lr (1 - b1) / (2 (1 + b1)) - eps / lam, for every b2; 0 when a <= 0

    Adam on lam x^2 / 2 has the exact cycle x = +-a. On it v = (lam a)^2 and m = (1 - b1) / (1 +
    b1) g, so the preconditioned sharpness is the edge 2 (1 + b1) / ((1 - b1) lr).
    """
    lr, beta1, eps, lam = together(lr=lr, beta1=beta1, eps=eps, lam=lam)
    positive("lr", lr)
    fraction("beta1", beta1)
    nonnegative("eps", eps)
    positive("lam", lam)
    return np.maximum(lr * (1 - beta1) / (2 * (1 + beta1)) - eps / lam, 0.0)


@in_range
def polynomial(beta1: Scalar, beta2: Scalar) -> np.ndarray:
    """Coefficients (*r, 4) of z^3 + (1 - b1 - 3 b2) z^2 + (3 b1 + b2 - b1 b2) z - b1 b2

    The two-cycle at eps = 0, linearised in the frame that flips the sign of x and m at every step.
    """
    b1, b2 = np.broadcast_arrays(*together(beta1=beta1, beta2=beta2))
    fraction("beta1", b1)
    fraction("beta2", b2)
    square = 1 - b1 - 3 * b2
    linear = 3 * b1 + b2 - b1 * b2
    return np.stack([np.ones_like(b1), square, linear, -b1 * b2], -1)


@in_range
def radius(beta1: Scalar, beta2: Scalar) -> np.ndarray:
    """The largest |root| of polynomial, (*r,): the cycle is linearly stable iff it is < 1."""
    c = polynomial(beta1, beta2)
    companion = np.zeros((*c.shape[:-1], 3, 3))
    companion[..., 0, :] = -c[..., 1:]
    companion[..., 1, 0] = 1
    companion[..., 2, 1] = 1
    return np.abs(np.linalg.eigvals(companion)).max(-1)


@in_range
def critical_beta1(beta2: Scalar) -> Scalar:
    """b1 = [3 (1 + b2) - sqrt(9 (1 + b2)^2 - 4 b2)] / (2 b2): the cycle is stable below it

    The root of 1 - 3 b1 (1 + b2) + b1^2 b2. .171659 at b2 = .999; limit 3 - 2 sqrt 2 as b2 -> 1,
    and 1/3 as b2 -> 0. 0 <= b2 <= 1. Written without the cancellation at small b2.
    """
    beta2 = numbers("beta2", beta2)
    unit("beta2", beta2)
    s = 3 * (1 + beta2)
    return 2 / (s + np.sqrt(s**2 - 4 * beta2))


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
    kick = numbers("kick", kick, 0)
    m, v = _on_cycle(adam, a, lam)
    start = np.stack([a * (1 + kick), m, v])
    points = _advance(adam, lam, count("steps", steps, 0), start)

    flips = (-1.0) ** np.arange(steps + 1)
    shape = (-1,) + (1,) * a.ndim
    return points[:, 0] * flips.reshape(shape) / a - 1


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
    scale = np.stack([a, lam * a, (lam * a) ** 2])
    centre = np.stack([a, m, v])
    flip = np.array([-1.0, -1.0, 1.0]).reshape((3,) + (1,) * a.ndim)

    columns = []
    for k in range(3):
        push = np.zeros_like(centre)
        push[k] = h * scale[k]
        after = _advance(adam, lam, 1, centre + push)[1]
        before = _advance(adam, lam, 1, centre - push)[1]
        columns.append(flip * (after - before) / (2 * h * scale))
    return np.moveaxis(np.stack(columns, 1), (0, 1), (-2, -1))


def _amplitude_of(adam, lam):
    able("adam", adam, "init", "step")
    if not all(hasattr(adam, field) for field in ("lr", "beta1", "beta2", "eps")):
        raise TypeError(f"adam is a {type(adam).__name__}: must have lr, beta1, beta2 and eps")
    lam = number("lam", lam, positive)

    a = amplitude(adam.lr, adam.beta1, eps=adam.eps, lam=lam)
    if not (a > 0).all():
        raise ValueError("adam.eps is too large for its lr: there is no cycle, a must be > 0")
    return np.broadcast_to(a, sweep_shape(adam))


def _on_cycle(adam, a, lam):
    """m and v before a step from x = a."""
    m = -(1 - adam.beta1) / (1 + adam.beta1) * lam * a
    return m, (lam * a) ** 2


def _advance(adam, lam, steps, point):
    """(steps + 1, 3, *r): x, m, v along the run of the optimizer from (x, m, v)."""
    x, m, v = point[..., None]
    adam = lift(adam, x)
    state = adam.init(x)._replace(t=LATE, m=m, v=v)
    path = [point]
    for _ in range(steps):
        delta, state = adam.step(state, Gradient(lam * x), x)
        x = x + delta
        path.append(np.stack([x, state.m, state.v])[..., 0])
    return np.stack(path)
