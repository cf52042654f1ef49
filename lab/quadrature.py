"""Gaussian expectations of functions of sigmoid type, whatever the variance.

Half-lines in dyadic panels, and convolutions. A sigmoid of a N(0, v) variable has poles at a
distance O(1 / sqrt v) above 0, so rules with a fixed number of Gauss-Hermite nodes (80, say) are
wrong by a tenth at sqrt v = 40: their nodes jump over the step. Panels that halve towards 0 keep
every such pole at least one panel length away from each panel but the innermost, and 20
Gauss-Legendre nodes per panel then give full precision.

    half_normal     E f(Z) for even f, as nodes and weights      even, half_line    the same for U
    smoothed        E h(u + s Z), E h'(u + s Z)                  tail_moments       E sig(-t) Z^k

A convolution is split instead: a normal distribution function as steep as the sigmoid at 0 has a
closed form, and the rest is short-lived, so that panels are needed where |u + s z| is small only.

ValueError for a negative variance or deviation. NaN and inf are data, the runs that diverged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtr

from lab.checks import loops, real_array
from lab.domains import entries, not_negative, runs_fit, vector

REACH = 9.0  # density beyond 9 standard deviations: below 1e-18
TAIL = 38.0  # e^-38 is below machine precision
SLOPE = np.sqrt(np.pi / 8)  # ndtr(SLOPE u) has the derivative 1/4 of the sigmoid at 0
NODES = 20  # per dyadic panel
HALVINGS = 18  # of the half-line: features of 1e-5 standard deviations
POINT = 1e-150  # stands for a standard deviation of 0: its square still is a positive number


def panels(
    edges: np.ndarray,
    nodes: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Composite Gauss-Legendre rule between increasing edges (k,): nodes and weights, flat.

    nodes per panel; exact for polynomials of degree 2 nodes - 1 on every panel, which may differ
    from panel to panel. (nodes (k - 1),) each. ValueError unless the edges increase.
    """
    edges = vector("edges", edges)
    steps = np.diff(edges)
    if not (steps > 0).all():
        raise ValueError("edges: must be increasing")

    size = loops("nodes", nodes)
    x, w = np.polynomial.legendre.leggauss(size)
    low = edges[:-1, None]
    high = edges[1:, None]
    half = (high - low) / 2
    middle = (high + low) / 2
    points = middle + half * x
    weights = half * w
    return points.ravel(), weights.ravel()


def density(z: np.ndarray) -> np.ndarray:
    """The density of N(0, 1).

    exp(-z^2 / 2) / sqrt(2 pi). TypeError for complex numbers; 0 for infinite z.
    """
    z = real_array("z", z)
    exponent = -(z**2) / 2
    scale = np.sqrt(2 * np.pi)
    return np.exp(exponent) / scale


def half_normal(halvings: int = HALVINGS) -> tuple[np.ndarray, np.ndarray]:
    """Nodes z > 0 and weights with sum_k weight_k f(z_k) = E f(Z), Z ~ N(0, 1), for even f; (N,)

    Features of f at 0 are resolved down to a width of 2^-halvings or so. N = 20 (halvings + 1); the
    weights hold both sides and the density, and sum to 1 up to what is beyond 9.
    """
    last = loops("halvings", halvings)
    powers = np.arange(-last, 1)
    dyadic = 2.0**powers
    edges = REACH * np.append(0.0, dyadic)
    z, w = panels(edges, NODES)
    both_sides = 2 * w
    return z, both_sides * density(z)


# made once: nodes z > 0 and weights of the half-line
HALF, DENSITY = half_normal()
# of the overlap: its 2 * 38 units in twelve panels, each some six units of the logit wide
UNIT = np.linspace(0.0, 1.0, 13)
INNER, INNER_WEIGHT = panels(UNIT, 16)


def half_line(variance: np.ndarray) -> np.ndarray:
    """Nodes u > 0, (*r, N), with sum_k DENSITY_k f(u_k) = E f(U) for even f, U ~ N(0, variance)

    variance (*r,) >= 0. Features of f at 0 are resolved down to a width of 1e-5 standard
    deviations: full precision at 1e-5, six digits at 1e-6.
    """
    variance = not_negative("variance", variance)
    deviation = np.sqrt(variance)
    return deviation[..., None] * HALF


def even(
    f: Callable[[np.ndarray], np.ndarray],
    variance: np.ndarray,
) -> np.ndarray:
    """E f(U), U ~ N(0, variance), for an even function f; shape (*r,) of variance >= 0.

    f is called once, on (*r, N). f may grow, but by far slower than e^(z^2 / 2): what lies beyond 9
    standard deviations is left out. even(np.square, v) is v; of a function that is not even it is
    the expectation of f(|U|).
    """
    return f(half_line(variance)) @ DENSITY


class _Overlap(NamedTuple):
    """Where u + s Z is not saturated: |u + s z| <= TAIL and |z| <= REACH.

    z from low to low + width, all of the shape of u and s together.
    """

    u: np.ndarray
    s: np.ndarray
    low: np.ndarray
    width: np.ndarray

    def rule(self):
        """z, t = u + s z, and the weight times the density of z, node after node."""
        for node, share in zip(INNER, INNER_WEIGHT, strict=True):
            z = self.low + self.width * node
            t = self.u + self.s * z
            length = self.width * share
            weight = length * density(z)
            yield z, t, weight


def _overlap(u, s):
    """The part of [-REACH, REACH] in which |u + s z| <= TAIL; of width 0 where there is none."""
    s = np.maximum(s, POINT)
    to_low = -TAIL - u
    to_high = TAIL - u
    below = to_low / s
    above = to_high / s
    low = np.clip(below, -REACH, REACH)
    high = np.clip(above, -REACH, REACH)
    return _Overlap(u, s, low, high - low)


def smoothed(
    u: np.ndarray,
    s: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """E h(u + s Z) and E h'(u + s Z), h(u) = tanh(u/2) / 2 = sigmoid(u) - 1/2, Z ~ N(0, 1)

    s >= 0 broadcasts against u. h = [ndtr(a u) - 1/2] + remainder, a = sqrt(pi/8): the first part
    has the closed form ndtr(a u / sqrt(1 + a^2 s^2)) - 1/2, the remainder and h' decay like e^-|u|.
    s = 0 gives h(u) and h'(u). Odd and even in u.
    """
    u, s = _location_and_scale(u, s)
    overlap = _overlap(u, s)
    shape = overlap.low.shape
    mean = np.zeros(shape)
    slope = np.zeros(shape)
    for _, t, weight in overlap.rule():
        p = expit(t)
        remainder = p - ndtr(SLOPE * t)
        mean += weight * remainder
        derivative = p * expit(-t)
        slope += weight * derivative

    spread = _spread(overlap.s)
    closed = ndtr(SLOPE * u / spread)
    return mean + closed - 0.5, slope


def tail_moments(
    u: np.ndarray,
    s: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """E[sigmoid(-(u + s Z)) Z^k], k = 0, 1, 2, Z ~ N(0, 1): small values keep their digits

    s >= 0 broadcasts against u. The comparator of `smoothed` gives, with b = a / sqrt(1 + a^2 s^2)
    and by Stein's identity, ndtr(-b u), -s b phi(b u), ndtr(-b u) + s^2 b^3 u phi(b u), phi the
    density: E f Z = s E f', and E f Z^2 = E f + s^2 E f''. At s = 0 they are sig(-u), 0, sig(-u).
    """
    u, s = _location_and_scale(u, s)
    overlap = _overlap(u, s)
    shape = overlap.low.shape
    mean = np.zeros(shape)
    first = np.zeros(shape)
    second = np.zeros(shape)
    for z, t, weight in overlap.rule():
        comparator = ndtr(-SLOPE * t)
        remainder = expit(-t) - comparator
        part = weight * remainder
        mean += part
        first += part * z
        second += part * z**2

    # the comparator, in the coordinate v = b u
    s = overlap.s
    b = SLOPE / _spread(s)
    v = b * u
    bump = s * b * density(v)
    tail = ndtr(-v)
    curved = tail + bump * s * b * v

    return mean + tail, first - bump, second + curved


def _spread(s):
    """sqrt(1 + a^2 s^2): E ndtr(a (u + s Z)) = ndtr(a u / spread).

    ndtr(a t) is the probability that an independent Z' is below a t: Z' - a s Z is normal again.
    """
    a = SLOPE
    return np.sqrt(1 + (a * s) ** 2)


def _location_and_scale(u, s):
    """u and s as real arrays that broadcast; ValueError for s < 0. NaN is data, as everywhere."""
    u = entries("u", u, 0)
    s = not_negative("s", s)
    runs_fit("s", s.shape, u.shape)
    return u, s
