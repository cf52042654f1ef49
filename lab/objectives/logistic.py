"""Logistic regression on finite data, and the one-hot population with a diagonal G.

softplus(z) = log(1 + e^z) and sig(z) = 1 / (1 + e^-z), its derivative. Labels are 0 and 1; the loss
of a label y is softplus(z) - y z, the negative log-likelihood. Its derivatives by z are sig(z) - y,
between -1 and 1, and sig(z) sig(-z) <= 1/4, which does not depend on y: the Gauss-Newton matrix is
the Hessian, and without ridge the gradient is Lipschitz with at most max |x_j|^2 / 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from lab.checks import keep, nonnegative, positive, real, unit
from lab.curvature import Rows
from lab.linalg import matvec
from lab.objectives import logistic_minimum, minima
from lab.objectives.minima import Minimum
from lab.objectives.protocol import drawn_moment, empirical, is_given, start_vector
from lab.objectives.regression import design, mean_rows, pick


def softplus(z: np.ndarray) -> np.ndarray:
    """log(1 + e^z) = max(z, 0) + log(1 + e^-|z|), without overflow, right to 1e-15 relative.

    Twelve times faster than np.logaddexp.
    """
    size = np.abs(z)
    tail = np.log1p(np.exp(-size))
    return np.maximum(z, 0.0) + tail


@dataclass(frozen=True, eq=False)
class LogitsAt:
    """Loss and gradient of a mean of logistic losses, from one pass over the data.

    Rows x, labels y, and logits z (*r, m).

    The loss is not needed at most steps, the gradient at all: both wait until they are asked for.
    """

    x: np.ndarray
    y: np.ndarray
    theta: np.ndarray
    ridge: float
    z: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        penalty = self.ridge / 2 * (self.theta**2).sum(-1)
        losses = softplus(self.z) - self.y * self.z
        return losses.mean(-1) + penalty

    @cached_property
    def grad(self) -> np.ndarray:
        score = expit(self.z) - self.y
        return mean_rows(score, self.x) + self.ridge * self.theta


@dataclass(frozen=True, eq=False)
class Logistic:
    """f(theta) = mean_j [softplus(z_j) - y_j z_j] + ridge |theta|^2 / 2,  z_j = x_j^T theta

    x (m, n); y (m,) with entries 0 and 1; ridge >= 0. G = Hessian = mean_j w_j x_j x_j^T + ridge I,
    w_j = sig(z_j)(1 - sig(z_j)). Sampled and true labels replace w_j by (sig(z_j) - label)^2. A
    batch is an array of row indices (*r, B), drawn with replacement.

    With ridge = 0 and separable classes there is no minimum (`minimum` says so), and runs go on for
    ever. x without an intercept: add a column of ones, which the ridge then shrinks too. theta
    (*r, n). Start: 0, or standard normal. ValueError for labels other than 0 and 1, ridge < 0, or
    shapes that do not match.

    At theta = 0 every weight is 1/4. Where logits are large and wrong (|z| beyond 745) weights are
    0 in floating point and gradients are not: a method that divides by curvature has to say what
    it does there. Logistic(x, y, ridge=1e-3)
    """

    x: np.ndarray
    y: np.ndarray
    ridge: float = 0.0

    def __post_init__(self):
        x, y = design(self.x, self.y)
        if not np.isin(y, (0, 1)).all():
            raise ValueError(f"y has entries {np.unique(y)[:5]}: must be 0 or 1")
        nonnegative("ridge", real("ridge", self.ridge, 0))
        keep(self, x=x, y=y)

    @cached_property
    def minimum(self) -> Minimum:
        """The minimum with its certificate.

        ValueError when there is none: separable classes without ridge.
        """
        ridge = float(self.ridge)
        return logistic_minimum.logistic(self.x, self.y, ridge)

    @property
    def minimiser(self) -> np.ndarray:
        """(n,); the one of least norm where columns depend on each other."""
        return self.minimum.theta

    @property
    def lowest(self) -> float:
        """The loss of the minimiser."""
        return self.minimum.loss

    def start(self, runs=(), rng=None):
        return start_vector(self.x.shape[1], runs, rng, 0.0)

    def draw(self, rng, runs, size):
        if size is None:
            return None
        return rng.integers(len(self.x), size=(*runs, size))

    @property
    def examples(self) -> int:
        """The number of rows."""
        return len(self.x)

    def evaluate(self, theta, batch=None):
        x, y = pick(self.x, self.y, batch)
        # once, for the loss and the gradient
        z = matvec(x, theta)
        return LogitsAt(x, y, theta, self.ridge, z)

    def loss(self, theta, batch=None):
        return self.evaluate(theta, batch).loss

    def grad(self, theta, batch=None):
        return self.evaluate(theta, batch).grad

    def curvature(self, theta, batch, labels, rng):
        x, y = pick(self.x, self.y, batch)
        z = matvec(x, theta)
        # data labels unless others are asked for
        if is_given(labels):
            y = labels
        elif labels == "exact":
            # sig(-z), not 1 - sig(z): all digits where sig(z) is near 1
            weight = expit(z) * expit(-z)
            return Rows(x, weight, shift=self.ridge)
        elif labels == "sampled":
            y = rng.random(z.shape) < expit(z)
        score = expit(z) - y
        return Rows(x, score**2, score, shift=self.ridge)

    def hessian(self, theta, batch=None):
        return self.curvature(theta, batch, "exact", None)

    def second_moment(self, theta, size):
        """Every example's gradient contains the ridge term, unlike the rows of curvature "true"."""
        z = matvec(self.x, theta)
        score = expit(z) - self.y
        penalty = self.ridge * theta
        gradients = score[..., None] * self.x + penalty[..., None, :]
        return drawn_moment(empirical(gradients), self.grad(theta), size)


@dataclass(frozen=True, eq=False)
class OneHotLogistic:
    """f(theta) = sum_i pi_i [softplus(z_i) - q_i z_i],  z_i = a_i theta_i

    x = a_i e_i with probability pi_i, P(y = 1 | i) = q_i. G(theta) = diag(pi_i a_i^2 sig(z_i)(1 -
    sig(z_i))) = Hessian at every theta: the coordinate basis is the eigenbasis along the whole
    trajectory, which is what makes the instance clean. pi (n,) positive, normalised to sum 1; q in
    [0, 1]; a > 0; numbers or (n,). A batch is the pair of counts (draws of i, of those with y = 1),
    each (*r, n), and its size. (theory of Liu et al. 2025, section 2B; the instance is derived, not
    the paper's)

    Logits are independent problems with weights pi_i: a method that is coordinatewise solves n
    problems in one variable. With q_i = 0 or 1 theta_i goes to -+infinity. labels "sampled" draws
    one label for all examples of a feature. Start: all ones, or standard normal. ValueError for pi
    or a not > 0, q outside [0, 1]. OneHotLogistic(np.array([100.0, 1.0]))
    """

    pi: np.ndarray
    q: np.ndarray | float = 0.5
    a: np.ndarray | float = 1.0

    def __post_init__(self):
        pi = real("pi", self.pi, 1)
        positive("pi", pi)
        q = _per_logit("q", self.q, unit, pi.shape)
        a = _per_logit("a", self.a, positive, pi.shape)
        keep(self, pi=pi / pi.sum(), q=q, a=a)

    @cached_property
    def minimum(self) -> Minimum:
        """The minimum with its certificate. ValueError when there is none: some q_i is 0 or 1.

        In closed form: logits are independent of each other.
        """
        q = np.asarray(self.q)
        a = np.asarray(self.a)
        return minima.one_hot_logistic(self.pi, q, a)

    @property
    def minimiser(self) -> np.ndarray:
        """logit(q) / a, (n,)."""
        return self.minimum.theta

    @property
    def lowest(self) -> float:
        """The mean entropy of the labels."""
        return self.minimum.loss

    def start(self, runs=(), rng=None):
        return start_vector(len(self.pi), runs, rng, 1.0)

    def draw(self, rng, runs, size):
        if size is None:
            return None
        # the counts are sufficient: a batch costs O(n), whatever its size
        drawn = rng.multinomial(size, self.pi, size=runs or None)
        return drawn, rng.binomial(drawn, self.q), size

    def loss(self, theta, batch=None):
        z = self.a * theta
        p, ones = self._frequencies(batch)
        losses = p * softplus(z) - ones * z
        return losses.sum(-1)

    def grad(self, theta, batch=None):
        p, ones = self._frequencies(batch)
        z = self.a * theta
        return self.a * (p * expit(z) - ones)

    def curvature(self, theta, batch, labels, rng):
        z = self.a * theta
        p, ones = self._frequencies(batch)
        x = np.diag(self.a)
        n = len(self.pi)
        if labels == "exact":
            # Rows takes the mean over n rows; frequencies are their weights, times n
            return Rows(x, n * p * expit(z) * expit(-z))

        if labels == "sampled":
            # one label per feature, of all its examples in the batch
            ones = p * (rng.random(z.shape) < expit(z))
        score = p * expit(z) - ones
        zeros = p - ones
        of_ones = ones * expit(-z) ** 2
        # (sig - 1)^2 where the label is 1, sig^2 where it is 0
        squared = of_ones + zeros * expit(z) ** 2
        return Rows(x, n * squared, n * score)

    def hessian(self, theta, batch=None):
        return self.curvature(theta, batch, "exact", None)

    def second_moment(self, theta, size):
        per_example = self.curvature(theta, None, "true", None)
        return drawn_moment(per_example, self.grad(theta), size)

    def _frequencies(self, batch):
        """Frequency of each feature and of (feature, y = 1), (n,) or (*r, n)."""
        if batch is None:
            return self.pi, self.pi * self.q
        drawn, ones, size = batch
        return drawn / size, ones / size


def _per_logit(name, value, rule, shape):
    """A number or (n,) that obeys the rule, as (n,)."""
    value = real(name, value, (0, 1))
    rule(name, value)
    if value.ndim and value.shape != shape:
        raise ValueError(f"{name} has shape {value.shape}: must be a number or have shape {shape}")
    return np.broadcast_to(value, shape)
