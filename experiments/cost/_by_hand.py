"""Adam on a quadratic written by hand in numpy, and what no numpy avoids: a part of rivals. A case
is its Sweep."""

from collections.abc import Callable

import numpy as np


def numpy_sweep(case) -> Callable[[], np.ndarray]:
    """What one would write by hand for this problem: every array is allocated once, the loss shares
    the product of the gradient."""
    beta1, beta2, eps = 0.9, 0.999, 1e-8
    lr = case.lr[:, None]

    def work():
        theta = np.tile(case.theta, (len(lr), 1))
        m, v, g, s = (np.zeros_like(theta) for _ in range(4))
        losses = []
        for t in range(1, case.steps + 1):
            case.times(theta, out=g)
            if case.often or t == 1:
                losses.append(np.einsum("ri,ri->r", theta, g) / 2)
            m *= beta1
            np.multiply(g, 1 - beta1, out=s)
            m += s
            v *= beta2
            g *= g
            g *= 1 - beta2
            v += g
            np.divide(v, 1 - beta2**t, out=s)
            np.sqrt(s, out=s)
            s += eps
            np.divide(m, s, out=s)
            s *= lr / (1 - beta1**t)
            theta -= s
        losses.append(np.einsum("ri,ri->r", theta, case.times(theta)) / 2)
        return np.array(losses)

    return work


def floor(case) -> Callable[[], None]:
    """What no implementation in numpy avoids: a gradient, a root and a quotient per step."""
    theta = np.tile(case.theta, (len(case.lr), 1))
    g = np.empty_like(theta)
    s = np.empty_like(theta)

    def work():
        for _ in range(case.steps):
            case.times(theta, out=g)
            np.sqrt(np.abs(theta, out=s), out=s)
            np.divide(g, s, out=s)

    return work
