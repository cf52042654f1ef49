"""Malformed requests to simulate, replay, exact and tune: refused where the user called, with the
parameter named and the valid range told.

One table: the call, the exception, and what its message must say. A message is one line.
"""

import dataclasses

import numpy as np
import pytest
from examples import spd
from refusals import refused

from lab.arrays import Layers
from lab.bases import coordinate
from lab.exact import exact
from lab.instruments.tuning import tune
from lab.maps import Flatten
from lab.objectives import Quadratic, Reparameterised
from lab.optimizers import SGD, Adam, InBasis
from lab.simulation import replay, simulate

NAN = np.nan
F = Quadratic(spd(3))
ONES = np.ones(3)
LAYERED = Reparameterised(Quadratic(spd(5)), Flatten(((2,), (3,))))
BLOCKS = Layers([np.ones(2), np.ones(3)])

CASES = {
    # simulate
    "steps a float": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2.0),
        ValueError,
        "steps = 2.0: must be an integer >= 0",
    ),
    "steps negative": (
        lambda: simulate(F, SGD(0.1), ONES, steps=-1),
        ValueError,
        "steps = -1: must be an integer >= 0",
    ),
    "every": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2, every=0),
        ValueError,
        "every = 0: must be an integer >= 1",
    ),
    "batch": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2, batch=0),
        ValueError,
        "batch = 0: must be an integer >= 1",
    ),
    "batch a float": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2, batch=1.5),
        ValueError,
        "batch = 1.5: must be an integer >= 1",
    ),
    "rng": (
        lambda: simulate(F, SGD(0.1), ONES, steps=2, rng=-1),
        ValueError,
        "rng = -1: must be an integer >= 0",
    ),
    "theta of wrong dimension": (
        lambda: simulate(F, SGD(0.1), np.ones(2), steps=2),
        ValueError,
        "last axis must be 3, the dimension of Quad",
    ),
    "theta a number": (
        lambda: simulate(F, SGD(0.1), 1.0, steps=2),
        ValueError,
        "theta has shape (): its last axis must be 3",
    ),
    "theta NaN": (
        lambda: simulate(F, SGD(0.1), [1, NAN, 1], steps=2),
        ValueError,
        "theta[1] = nan: must be finite",
    ),
    "theta complex": (
        lambda: simulate(F, SGD(0.1), 1j * ONES, steps=2),
        TypeError,
        "theta has dtype complex128",
    ),
    "Layers for a vector": (
        lambda: simulate(F, SGD(0.1), BLOCKS, steps=2),
        TypeError,
        "theta is Layers: Quadratic takes ndarray",
    ),
    "a vector for Layers": (
        lambda: simulate(LAYERED, SGD(0.1), np.ones(5), steps=2),
        TypeError,
        "theta is ndarray: Reparameterised takes Layers",
    ),
    "Layers of wrong shapes": (
        lambda: simulate(LAYERED, SGD(0.1), Layers([np.ones(3), np.ones(2)]), steps=2),
        ValueError,
        "theta has blocks [(3,), (2,)]: must be [(2,), (3,)]",
    ),
    "Layers with different runs": (
        lambda: simulate(
            LAYERED, SGD(0.1), Layers([np.ones((4, 2)), np.ones((5, 3))], (1, 1)), steps=2
        ),
        ValueError,
        "theta has blocks with run axes (4,) and (5,): must be the same for all",
    ),
    "Layers NaN": (
        lambda: simulate(LAYERED, SGD(0.1), NAN * BLOCKS, steps=2),
        ValueError,
        "theta[0] = nan: must be finite",
    ),
    "Layers complex": (
        lambda: Layers([1j * ONES]),
        TypeError,
        "block 0 has dtype complex128: must be real numbers",
    ),
    "sweeps that do not broadcast": (
        lambda: simulate(F, Adam(lr=np.ones(2), beta1=np.full(3, 0.5)), ONES, steps=2),
        ValueError,
        "hyper-parameters of shapes lr (2,), beta1 (3,) do not broadcast",
    ),
    "sweep and seeds that do not broadcast": (
        lambda: simulate(F, Adam(lr=np.ones(2)), np.ones((4, 3)), steps=2),
        ValueError,
        "hyper-parameters sweep over runs (2,), theta has runs (4,)",
    ),
    "swapped arguments": (
        lambda: simulate(SGD(0.1), F, ONES, steps=2),
        TypeError,
        "objective is of type SGD",
    ),
    "an optimizer class": (
        lambda: simulate(F, Adam, ONES, steps=2),
        TypeError,
        "optimizer is the class Adam: must be an instance",
    ),
    "a basis of wrong size": (
        lambda: simulate(F, InBasis(coordinate(4), SGD(0.1)), ONES, steps=2),
        ValueError,
        "must be 4, the size of the bas",
    ),
    "no second moment": (
        lambda: needs_second_moment(),
        TypeError,
        "Slope has no second_moment: this optimizer can't run on it",
    ),
    # replay
    "replay gradients": (
        lambda: replay(SGD(0.1), ONES, np.ones((4, 2))),
        ValueError,
        "gradients[0] has shape (2,): its last axis must be 3",
    ),
    "replay numbers": (
        lambda: replay(SGD(0.1), ONES, np.ones(4)),
        ValueError,
        "gradients[0] has shape (): its last axis must be 3",
    ),
    "replay NaN": (
        lambda: replay(SGD(0.1), ONES, [ONES, ONES * NAN]),
        ValueError,
        "gradients[1][0] = nan: must be finite",
    ),
    "replay complex": (
        lambda: replay(SGD(0.1), ONES, [1j * ONES]),
        TypeError,
        "gradients[0] has dtype complex128",
    ),
    "replay theta": (
        lambda: replay(SGD(0.1), NAN * ONES, [ONES]),
        ValueError,
        "theta[0] = nan: must be finite",
    ),
    "replay kinds": (
        lambda: replay(SGD(0.1), BLOCKS, [ONES]),
        TypeError,
        "gradients[0] is ndarray, theta Layers",
    ),
    "replay class": (lambda: replay(SGD, ONES, [ONES]), TypeError, "optimizer is the class SGD"),
    # exact
    "exact of an unknown pair": (
        lambda: exact(LAYERED, Adam(0.1), BLOCKS, steps=2),
        TypeError,
        "no closed form for (Reparameterised, Adam)",
    ),
    # tune
    "tune grid": (
        lambda: tune(F, SGD(0.1), [0.1, 0.0], theta=ONES, steps=2),
        ValueError,
        "grid = 0: must be > 0",
    ),
    "tune empty grid": (
        lambda: tune(F, SGD(0.1), [], theta=ONES, steps=2),
        ValueError,
        "grid is empty",
    ),
    "tune target": (
        lambda: tune(F, SGD(0.1), [0.1], NAN, theta=ONES, steps=2),
        ValueError,
        "target = nan: must be finite",
    ),
    "tune theta": (
        lambda: tune(F, SGD(0.1), [0.1], theta=BLOCKS, steps=2),
        TypeError,
        "theta is Layers: Quadratic takes ndarray",
    ),
    "tune without lr": (
        lambda: tune(F, NoRate(), [0.1], theta=ONES, steps=2),
        TypeError,
        "there is no lr in NoRate; there is nothing to set",
    ),
    "tune class": (
        lambda: tune(F, SGD, [0.1], theta=ONES, steps=2),
        TypeError,
        "optimizer is the class SGD",
    ),
}


@dataclasses.dataclass(frozen=True)
class NoRate:
    """A method without learning rate."""

    def init(self, theta):
        return ()

    def step(self, s, oracle, theta):
        return -theta, s


class Slope:
    """f = sum_i theta_i: the least an objective must have."""

    def start(self, runs=(), rng=None):
        return np.ones((*runs, 3))

    def draw(self, rng, runs, size):
        return None

    def loss(self, theta, batch=None):
        return theta.sum(-1)

    def grad(self, theta, batch=None):
        return np.ones_like(theta)


def needs_second_moment():
    """A method that asks for what the objective does not offer."""

    class Asks(NoRate):
        def step(self, s, oracle, theta):
            return oracle.second_moment, s

    simulate(Slope(), Asks(), ONES, steps=1)


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(name):
    refused(*CASES[name])
