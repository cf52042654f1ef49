"""Constants of the first step at infinite width: a ReLU network with one output in muP.

Derived, after the Grams of features and errors have been given their limits (arc-cosine kernels).
By push-through a step dW_l h is a combination of the errors J of the examples, with weights q that
depend on Grams only: as M grows these stop being random, and so does the length of the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.checks import loops, nonnegative, of_kind, real
from lab.domains import Numbers, in_range, last_axis, number, vector
from lab.linalg import symmetric_power
from lab.theory.mup.kernels import after_relu, gram, relu_kernel, step_kernel


class FirstStep(NamedTuple):
    """features (L - 1, k): lim RMS(dW_l h_(l-1)) at k points, layer by layer; output (k,): the
    change of f by the last layer."""

    features: np.ndarray
    output: np.ndarray


@dataclass(frozen=True)
class Family:
    """eta (B + rho tr B)^-e_B G (A + rho tr A)^-e_A: the Kronecker family with trace damping.

    (e_A, e_B): (0, 0) is SGD, (1, 0) FOOF, (1, 1) K-FAC; (1/2, 1/2) has the powers of M of Shampoo.
    rho >= 0; with rho = 0 powers are those of the range.
    """

    e_A: float = 1.0
    e_B: float = 1.0
    rho: float = 0.1
    eta: float = 1.0

    def __post_init__(self):
        number("e_A", self.e_A)
        number("e_B", self.e_B)
        number("rho", self.rho, nonnegative)
        number("eta", self.eta)


class _Pair(NamedTuple):
    """A Gram matrix among the n examples, and of them with the k points."""

    examples: np.ndarray
    between: np.ndarray


@in_range
def first_step(
    x: np.ndarray, y: np.ndarray, points: np.ndarray, family: Family = Family(), depth: int = 2
) -> FirstStep:
    """lim of the first step's moves on `depth` hidden layers, from f_0 = 0 (so chi = -y)

        q_l = eta (P_l / n + rho tr P_l / n)^-e_B diag(chi) (K_l / n + rho tr K_l / n)^-e_A k_l / n
        RMS(dW_l h)^2 -> q_l^T P_l q_l,   df -> (1 + rho)^-e_B chi (K_L / n + ...)^-e_A k_L / n

    x (n, d) examples with targets y (n,), points (k, d). Variances 1 / d, 2 / M, and 1 / M^2 at the
    head; half squares, mean over examples; rates eta M^-c with muP's c. K_l and P_l are the limits
    of h^T h / M (of x^T x in the first layer) and of M J^T J. Errors fall as M^(-1/2).
    """
    x = real("x", x, 2)
    y = vector("y", y)
    last_axis("y", y, len(x))
    points = real("points", points, 2)
    last_axis("points", points, x.shape[-1])
    of_kind("family", family, Family)
    depth = loops("depth", depth)

    inputs, slopes = _kernels(x, points, depth)
    errors = _errors(slopes)
    features = []
    for k, p in zip(inputs[:-1], errors, strict=True):
        q = _moved(family, k, p, -y)
        sizes = (q * (p @ q)).sum(0)
        # q^T P q >= 0, but for rounding where nothing moves
        features.append(np.sqrt(np.maximum(sizes, 0.0)))

    last = inputs[-1]
    seen = _damped_power(last.examples, family.rho, -family.e_A) @ last.between / len(x)
    scale = family.eta * (1 + family.rho) ** -family.e_B
    return FirstStep(np.array(features), scale * (-y @ seen))


def _kernels(x, points, depth):
    """(K_l with its points) for l = 1 ... L, and kappa_0 among the examples for l < L."""
    within = gram(x, x)
    across = gram(x, points)
    d = x.shape[-1]
    inputs = [_Pair(d * within.between, d * across.between)]
    slopes = []
    for _ in range(depth):
        slopes.append(step_kernel(within))
        inputs.append(_Pair(relu_kernel(within), relu_kernel(across)))
        within = after_relu(within)
        across = after_relu(across)
    return inputs, slopes


def _errors(slopes) -> list[np.ndarray]:
    """P_l for l < L: P_(L-1) = kappa_0, and P_l = 2 P_(l+1) o kappa_0 below."""
    # the head has entries 1 / M: J_(L-1) is the step of u times that, and M J^T J a mean of steps
    errors = [slopes[-1]]
    for slope in slopes[-2::-1]:
        errors.append(2 * errors[-1] * slope)
    return errors[::-1]


def _moved(family, k, p, chi):
    """q_l, (n, k): chi stands between the two powers, one number per example."""
    n = len(chi)
    outer = _damped_power(p, family.rho, -family.e_B)
    inner = _damped_power(k.examples, family.rho, -family.e_A)
    return family.eta * outer @ (chi[:, None] * (inner @ k.between)) / n


def _damped_power(
    gram_matrix,
    rho: Numbers,
    power: float,
):
    """(X / n + rho tr X / n)^power."""
    n = len(gram_matrix)
    normalised = gram_matrix / n
    shift = rho * np.trace(normalised)
    return symmetric_power(normalised + shift * np.eye(n), power)
