"""Residual networks of growing depth: h <- h + L^-alpha W_l tanh(h), and what one step does.

f = readout^T h_L, half squares, errors -y. Layer l sees the inputs tanh(h_(l-1)) and the output
gradient L^-alpha J_l, with J_(l-1) = J_l + L^-alpha tanh'(h_(l-1)) W_l^T J_l. All layers step at
one rate, small enough for h_L to move in proportion, and what is fitted is the power of L.

What is compared with: a step of size 1 in each of L layers, all in one direction, moves h_L by L^(1
- alpha). Methods differ by how their steps shrink with the errors, which have a factor L^-alpha.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lab.instruments.width import slope
from lab.thin import power_times

# layers that start at 0, and such as are drawn: these are right to 1 / L and scatter by the width,
# the others do neither
DEPTHS = {False: (8, 32), True: (16, 64)}
UNITS = {False: 24, True: 64}
SHARE = 0.1
# the largest entry of a step at the least depth: so small that h moves in proportion, and large
# enough for eight digits of a difference
LARGEST = 1e-8


class Seen(NamedTuple):
    """One layer: inputs and errors of n examples as columns over sqrt(n), and its gradient.

    h, j (m, n) and g (m, m), the sum over examples of error times input, the mean loss's gradient.
    """

    h: np.ndarray
    j: np.ndarray
    g: np.ndarray


Step = Callable[[Seen], np.ndarray]


def family(e_B: float) -> Step:
    """(B + r)^-e_B G (A + r)^-1, r a tenth of the trace: FOOF for e_B = 0, K-FAC for 1.

    r is a share of each factor's own trace, so that neither the size of the errors nor that of the
    inputs is seen by the damping.
    """

    def step(seen):
        """By the smaller Gram matrix on either side."""
        damping_B = SHARE * (seen.j**2).sum()
        damping_A = SHARE * (seen.h**2).sum()
        left = power_times(seen.j, seen.g, -e_B, damping_B)
        return power_times(seen.h, left.T, -1.0, damping_A).T

    return step


def shampoo(e: float) -> Step:
    """L^(-e/2) G R^(-e/2), pseudo-inverses: the singular values of G to the power 1 - 2 e.

    Singular values of rounding are left out: to a power below 0 they would be the largest.
    """

    def step(seen):
        u, s, vt = np.linalg.svd(seen.g)
        kept = s > 1e-10 * s[0]
        return (u[:, kept] * s[kept] ** (1 - 2 * e)) @ vt[kept]

    return step


def sign(seen: Seen) -> np.ndarray:
    """sign G"""
    return np.sign(seen.g)


def growth(
    alpha: float,
    step: Step,
    seed: int,
    examples: int,
    drawn: bool = False,
) -> float:
    """The slope in L of RMS(dh_L), one step at one rate; layers start at 0 or are drawn.

    Those of the lesser depth are sums of the deeper network's, as increments of one Brownian path:
    at alpha = 1/2 both then are nearly the same function, and a slope scatters a sixth as much. The
    rate is set at the lesser depth and is the same at both; f's own scale, and that of y, drop out
    of a slope.

    Returned is the fitted power of L from two depths: 0 means that a rate transfers in depth, a
    power p that it has to fall as L^-p.
    """
    rng = np.random.default_rng(seed)
    m = UNITS[drawn]
    depths = DEPTHS[drawn]
    x = rng.standard_normal((m, examples))
    y = rng.standard_normal(examples)
    # muP's scale of a head
    readout = rng.standard_normal(m) / m
    sizes = []
    rate = 0.0
    finest = drawn * rng.standard_normal((depths[-1], m, m)) / np.sqrt(m)
    for layers in depths:
        share = layers**-alpha
        together = depths[-1] // layers
        w = finest.reshape(layers, together, m, m).sum(1) / np.sqrt(together)
        path = passed(w, x, share)
        seen = layers_of(w, path, readout, y, share)
        steps = np.array([step(one) for one in seen])
        # one rate for both depths, by the first of them
        rate = rate or LARGEST / np.abs(steps).max()
        moved = passed(w - rate * steps, x, share)
        change = (moved[-1] - path[-1]) / rate
        sizes.append(np.sqrt((change**2).mean()))
    return slope(depths, sizes).value


def passed(w, x, share) -> list[np.ndarray]:
    """h_0 ... h_L, (m, n) each, columns of examples; w (L, m, m), share = L^-alpha.

    Layer by layer, without an activation at the end.
    """
    path = [x]
    for layer in w:
        h = path[-1]
        path.append(h + share * layer @ np.tanh(h))
    return path


def layers_of(
    w,
    path,
    readout,
    y,
    share,
) -> list[Seen]:
    """What every layer sees: f = readout^T h_L, errors -y, half squares.

    Backwards from J_L = readout in every column; answered from the first layer on.

    w (L, m, m), path from `passed`, readout (m,), y (n,). J_L is the derivative of f in h_L, by
    example.
    """
    n = len(y)
    j = np.repeat(readout[:, None], n, 1)
    found = []
    for layer, h in zip(w[::-1], path[-2::-1], strict=True):
        inputs = np.tanh(h) / np.sqrt(n)
        own = share * j / np.sqrt(n)
        gradient = -(own * y) @ inputs.T
        found.append(Seen(inputs, own, gradient))
        slope_of_tanh = 1 - np.tanh(h) ** 2
        j = j + share * slope_of_tanh * (layer.T @ j)
    return found[::-1]
