"""Momentum with decay on quadratics in 60 digits: double roots, long horizons; and divergence."""

import mpmath
import numpy as np
import pytest
from exact_settings import INSTANCES, start

from lab.exact import exact
from lab.linalg import EPS
from lab.objectives import Quadratic
from lab.optimizers import L2, SGD, Ascent, HeavyBall, Momentum, Regularized
from lab.simulation import simulate


def affine_map(kind, a, beta, decay, share):
    """A step of the definition on (theta, memory, 1), lr times the gradient being a (theta - 1).

    memory: the last step without decay (heavy), or the sum of gradients (nesterov).
    """
    if kind == "heavy":
        memory = [-a, beta, a]
        theta = [1 - decay - share * a, share * beta, share * a]
    else:
        memory = [a, beta, -a]
        theta = [1 - decay - share * a * (1 + beta), -share * beta**2, share * a * (1 + beta)]
    return mpmath.matrix([theta, memory, [0, 0, 1]])


def double_roots(kind, beta, decay, share):
    """Values of share a at which the two roots of the recurrence meet; none where decay is so
    strong that a step ahead never has real ones.
    """
    keep = 1 - decay
    if kind == "heavy":
        return [(np.sqrt(keep) - np.sqrt(beta)) ** 2, (np.sqrt(keep) + np.sqrt(beta)) ** 2]
    square = keep * (1 + beta) - beta
    if square < 0:
        return []
    w = np.sqrt(square)
    return [((w - beta) / (1 + beta)) ** 2, ((w + beta) / (1 + beta)) ** 2]


FORMS = {
    "before": lambda r: (r, 1.0),
    "after": lambda r: (r, 1 - r),
    "prox": lambda r: (r / (1 + r), 1 / (1 + r)),
}


@pytest.mark.parametrize("t", [1, 2, 7, 1000, 10**6])
@pytest.mark.parametrize("r", [0.9, 0.3, 1e-6])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["heavy", "nesterov"])
def test_double_roots_with_decay(kind, form, r, t):
    """At, beside and far from double roots, in 60 digits, from 3 with its minimiser at 1.

    A power carries t eps. Rounding the coefficients by eps moves p, and with it y by A * A, the sum
    of A_s A_(t-s): at most t^2, and t / (1 - momentum)^2 where one root lies inside.
    """
    beta = 0.8
    decay, share = FORMS[form](r)
    lam = 0.7
    roots = double_roots(kind, beta, decay, share)
    near = [a * (1 + d) for a in roots for d in (0.0, 3e-16, -3e-16, 1e-9, -1e-9, 1e-4, -1e-4)]
    for root in [*near, 1e-7, 0.5]:
        lr = root / share / lam
        inner = SGD(lr, beta, nesterov=True) if kind == "nesterov" else HeavyBall(lr, beta)
        optimizer = Regularized(inner, L2(r), on="z", form=form, times="one")
        f = Quadratic([[lam]], linear=[lam])
        ours = exact(f, optimizer, np.array([3.0]), steps=np.array([t]))["theta"][0, 0]
        with mpmath.workdps(60):
            a = mpmath.mpf(lr) * mpmath.mpf(lam)
            exactly = FORMS[form](mpmath.mpf(r))
            matrix = affine_map(kind, a, mpmath.mpf(beta), *exactly)
            before = matrix ** (t - 1) * mpmath.matrix([3, 0, 1])
            now = matrix * before
            size = abs(now[0]) + abs(before[0]) + 3
        growth = min(t**2, t / (1 - beta) ** 2) + 10
        assert abs(ours - now[0]) <= 20 * EPS * growth * float(size), (root, float(now[0]))


DIVERGING = [
    SGD(3.9, momentum=0.6),
    SGD(9.0, momentum=0.6, dampening=0.5),
    SGD(2.1, momentum=0.6, nesterov=True),
    Momentum(SGD(9.0), 0.6, kind="ema"),
    Ascent(SGD(0.3, momentum=0.5)),
    Ascent(HeavyBall(0.3)),
    Regularized(SGD(2.3), L2(0.4), on="p"),
    Regularized(SGD(4.0, momentum=0.6), L2(0.2), on="z"),
    Regularized(HeavyBall(1.0), L2(4.5), on="z"),
    Regularized(SGD(60.0), L2(0.2), on="z", form="prox"),
]


@pytest.mark.parametrize("optimizer", DIVERGING, ids=repr)
def test_divergence_is_infinite_where_simulation_is(optimizer):
    """The loss leaves the range within a step of the simulated one, and stays out, never NaN."""
    f = INSTANCES[Quadratic]["loud"]
    theta = start(f, (2,))
    ours = exact(f, optimizer, theta, steps=8000)
    theirs = simulate(f, optimizer, theta, steps=8000)
    left = [np.isinf(run["loss"]).argmax(0) for run in (ours, theirs)]
    assert (left[1] > 0).all()
    assert (np.abs(left[0] - left[1]) <= 1).all()
    assert np.isinf(ours["loss"][left[0].max() :]).all()
    late = exact(f, optimizer, theta, steps=np.array([10**6]))
    assert np.isinf(late["loss"]).all()
    assert np.isinf(late["theta"]).all()
