"""Extremal functions: the objectives on which worst-case bounds are attained.

All are deterministic: a batch is None. They have no labels and no Gauss-Newton structure;
`curvature` is the Hessian whatever the labels, and it exists except on the kinks, where it is one
of the one-sided values.

Which bound each one attains is stated at the end of the file, where `worst_*` builds it; the bounds
are in lab.theory.worst_cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.checks import count, keep, nonnegative, positive, real
from lab.curvature import Dense, Diagonal, Spiked
from lab.objectives.protocol import start_vector


def _squared(g: np.ndarray) -> Spiked:
    """g g^T: the second moment of a gradient that does not depend on a batch."""
    nothing = Diagonal(np.zeros(g.shape[-1]))
    return Spiked(nothing, 0.0, g[..., None, :], g)


def _diagonal(h: np.ndarray) -> Dense:
    """h (*r, n), one curvature per coordinate: the functions are sums over coordinates."""
    identity = np.eye(h.shape[-1])
    return Dense(h[..., None] * identity)


@dataclass(frozen=True, eq=False)
class Huber:
    """f(theta) = L r^2 / 2 for r = |theta|_2 <= delta,  L delta (r - delta / 2) beyond

    Huber 1964, of the Euclidean norm. Convex and L-smooth, the gradient never longer than L delta,
    minimum 0 at 0. As delta -> infinity this is the quadratic L r^2 / 2. theta (*r, dims).
    ValueError unless smoothness and delta are > 0.
    """

    smoothness: float
    delta: float
    dims: int = 1

    labelled = False

    def __post_init__(self):
        positive("smoothness", self.smoothness)
        positive("delta", self.delta)
        count("dims", self.dims)

    def start(self, runs=(), rng=None):
        return start_vector(self.dims, runs, rng, 1.0)

    def draw(self, rng, runs, size):
        return None

    def loss(self, theta, batch=None):
        r = np.linalg.norm(theta, axis=-1)
        inside = np.minimum(r, self.delta)
        return self.smoothness * inside * (r - inside / 2)

    def grad(self, theta, batch=None):
        r = np.linalg.norm(theta, axis=-1, keepdims=True)
        # max(r, delta) is never 0: one formula for both pieces, and none divides by r = 0
        longer = np.maximum(r, self.delta)
        flat = self.delta / longer
        return self.smoothness * theta * flat

    def second_moment(self, theta, size):
        return _squared(self.grad(theta))

    def curvature(self, theta, batch, labels, rng):
        return self.hessian(theta, batch)

    def hessian(self, theta, batch=None):
        r = np.linalg.norm(theta, axis=-1)[..., None, None]
        longer = np.maximum(r, self.delta)
        pairs = theta[..., :, None] * theta[..., None, :]
        radial = np.where(r > self.delta, pairs / longer**2, 0.0)
        flat = self.delta / longer
        identity = np.eye(self.dims)
        across = identity - radial
        return Dense(self.smoothness * flat * across)


@dataclass(frozen=True, eq=False)
class PiecewiseQuadratic:
    """f(theta) = sum_i phi(theta_i),  phi'' = c_j between knots k_j < x < k_{j+1}

    phi' continuous, phi(0) = phi'(0) = 0. knots (K,) increasing, curvatures c (K + 1,), of any
    sign; theta (*r, dims). phi is max|c_j|-smooth, and convex when all c_j >= 0. ValueError unless
    the knots increase and there is one curvature more than knots. At a knot the curvature answered
    is that of its left side.
    """

    knots: np.ndarray
    curvatures: np.ndarray
    dims: int = 1

    labelled = False

    def __post_init__(self):
        knots = real("knots", self.knots, 1)
        c = real("curvatures", self.curvatures, 1)
        if len(c) != len(knots) + 1:
            raise ValueError(
                f"curvatures has {len(c)} entries: must have {len(knots) + 1}, one more than knots"
            )
        if (np.diff(knots) <= 0).any():
            raise ValueError(f"knots = {knots}: must increase")
        count("dims", self.dims)
        keep(self, knots=knots, curvatures=c)

    def start(self, runs=(), rng=None):
        return start_vector(self.dims, runs, rng, 1.0)

    def draw(self, rng, runs, size):
        return None

    def loss(self, theta, batch=None):
        near, far = self._pieces(theta)
        middle = (near + far) / 2
        lever = theta[..., None] - middle
        pieces = self.curvatures * (far - near) * lever
        return pieces.sum((-2, -1))

    def grad(self, theta, batch=None):
        near, far = self._pieces(theta)
        slopes = self.curvatures * (far - near)
        return slopes.sum(-1)

    def second_moment(self, theta, size):
        return _squared(self.grad(theta))

    def curvature(self, theta, batch, labels, rng):
        return self.hessian(theta, batch)

    def hessian(self, theta, batch=None):
        piece = np.searchsorted(self.knots, theta)
        return _diagonal(self.curvatures[piece])

    def _pieces(self, theta):
        """0 and theta clipped to every piece, (K + 1,) and (*r, dims, K + 1).

        phi(x) = integral from 0 to x of (x - s) phi''(s) ds.
        """
        low = np.append(-np.inf, self.knots)
        high = np.append(self.knots, np.inf)
        far = np.clip(theta[..., None], low, high)
        return np.clip(0.0, low, high), far


@dataclass(frozen=True, eq=False)
class MaxCoordinate:
    """f(theta) = M max(max_i theta_i, |theta|_2 - c)

    The worst function of the subgradient method, after Nemirovski. Convex and M-Lipschitz. Minimum
    -M R / sqrt(n) at -(R / sqrt n)(1, ..., 1), R = c / (1 + 1 / sqrt n). The subgradient answered
    is that of the first largest piece: a resisting oracle, which shows one new coordinate per step.
    theta (*r, dims). ValueError unless lipschitz > 0 and offset c >= 0.

    R is the distance of 0 to the minimiser, where `worst_nonsmooth` starts.
    """

    lipschitz: float
    offset: float
    dims: int = 1

    labelled = False

    def __post_init__(self):
        positive("lipschitz", self.lipschitz)
        nonnegative("offset", self.offset)
        count("dims", self.dims)

    @property
    def lowest(self) -> float:
        """-M c / (1 + sqrt n)."""
        share = self.offset / (1 + np.sqrt(self.dims))
        return -self.lipschitz * share

    def start(self, runs=(), rng=None):
        return start_vector(self.dims, runs, rng, 0.0)

    def draw(self, rng, runs, size):
        return None

    def loss(self, theta, batch=None):
        beyond = np.linalg.norm(theta, axis=-1) - self.offset
        return self.lipschitz * np.maximum(theta.max(-1), beyond)

    def grad(self, theta, batch=None):
        r, on_norm = self._norm(theta)
        # argmax answers the first: a coordinate that has not moved yet
        largest = theta.argmax(-1)
        first = np.eye(self.dims)[largest]
        return self.lipschitz * np.where(on_norm, theta / r, first)

    def second_moment(self, theta, size):
        return _squared(self.grad(theta))

    def curvature(self, theta, batch, labels, rng):
        return self.hessian(theta, batch)

    def hessian(self, theta, batch=None):
        r, on_norm = self._norm(theta)
        u = theta / r
        radial = u[..., :, None] * u[..., None, :]
        across = np.eye(self.dims) - radial
        h = across / r[..., None]
        curved = np.where(on_norm[..., None], h, 0.0)
        return Dense(self.lipschitz * curved)

    def _norm(self, theta):
        """|theta| (1 where it is 0), and whether the norm is the largest piece, both (*r, 1)."""
        r = np.linalg.norm(theta, axis=-1, keepdims=True)
        largest = theta.max(-1, keepdims=True)
        # a tie goes to the coordinates, which the resisting oracle shows
        on_norm = r - self.offset > largest
        return np.where(r > 0, r, 1.0), on_norm


def worst_huber_for_gap(
    travel: float,
    smoothness: float = 1.0,
    radius: float = 1.0,
) -> Huber:
    """delta = R / (2 c + 1): c delta of travel ends with gap L R^2 / (2 (2 c + 1)), started at R

    For a method that moves c delta in all while the gradient is constant. It is the Huber function
    with the largest such gap (derived: the gap is a concave parabola in delta).

    travel c >= 0; smoothness L, radius R > 0. For GD with step h / L and N steps, c = N h.
    """
    return Huber(smoothness, radius / (2 * travel + 1))


def worst_huber_for_gradient(
    travel: float,
    smoothness: float = 1.0,
    radius: float = 1.0,
) -> Huber:
    """delta = R / (c + 1): the iterate ends on the kink, the gradient still being L R / (c + 1).

    travel c >= 0: the method moves c delta while the gradient is constant; smoothness L, radius R >
    0.
    """
    return Huber(smoothness, radius / (travel + 1))


def worst_nonconvex(
    steps: int, smoothness: float = 1.0, gradient: float = 1.0
) -> tuple[PiecewiseQuadratic, np.ndarray]:
    """Objective and start on which GD with step 1 / L sees |g_k| = `gradient` for k = 0 ... N

    phi'' alternates between L and -L at half steps d / 2, d = gradient / L, so phi' dips from g to
    g / 2 and returns between iterates, the least decrease an L-smooth function allows: 3 g^2 / (4
    L) per step, and g^2 / (2 L) from the last iterate to the minimum.
    """
    positive("smoothness", smoothness)
    positive("gradient", gradient)
    d = gradient / smoothness
    # two knots per step, from d on; the start is half a step beyond the last one
    knots = d * (1 + np.arange(2 * count("steps", steps)) / 2)
    # L left of the first knot: the minimum, at 0, lies there
    odd = np.arange(2 * steps + 1) % 2
    signs = np.where(odd, -1.0, 1.0)
    start = np.array([d * (steps + 1)])
    return PiecewiseQuadratic(knots, smoothness * signs), start


def worst_nonsmooth(
    steps: int,
    lipschitz: float = 1.0,
    radius: float = 1.0,
) -> MaxCoordinate:
    """N + 1 coordinates, started at 0 at distance R from the minimiser

    N steps of R / (M sqrt(N + 1)) never go below f = 0.
    """
    n = count("steps", steps) + 1
    offset = radius * (1 + 1 / np.sqrt(n))
    return MaxCoordinate(lipschitz, offset, n)


def lessard_recht_packard(dims: int = 1) -> PiecewiseQuadratic:
    """phi' = 25 x (x < 1), x + 24 (1 <= x < 2), 25 x - 24 (x >= 2)

    1-strongly convex, 25-smooth (Lessard, Recht & Packard 2016, from memory). Heavy ball with the
    parameters that are optimal on quadratics, lr = 1 / 9 and beta = 4 / 9, cycles from theta = 3.3.
    """
    # L = 25, mu = 1: lr = 4 / (5 + 1)^2, beta = ((5 - 1) / (5 + 1))^2
    knots = np.array([1.0, 2.0])
    curvatures = np.array([25.0, 1.0, 25.0])
    return PiecewiseQuadratic(knots, curvatures, dims)
