"""Every first-order optimizer against a naive version for one number, written from its paper and
sharing no code with the lab.

A reference is a generator: it receives the gradients and all hyper-parameters, and yields x after
every step. It knows every switch.
"""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from examples import optimizers, switches
from references_first_order import COORDINATES, VECTORS

from lab.optimizers import OPTIMIZERS, hyperparameters
from lab.simulation import replay

EVERY = optimizers()
KNOWN = COORDINATES | VECTORS


def method(name):
    """The registered method of a variant: "Adam(hat)" is one of Adam."""
    return name.split("(")[0]


RNG = np.random.default_rng(17)
G = RNG.standard_normal((40, 4)) * np.array([1.0, 0.3, 2.0, 0.05]) + np.array([0.3, 0.0, -1.0, 0.1])
G[[20, 33]] = [[0.0, 1.0, 0.0, -2.0], [0.3, 0.0, -0.1, 0.0]]  # sign(0) = 0
START = np.array([0.5, -1.0, 2.0, 0.25])
NAMES = [name for name in EVERY if method(name) in KNOWN]


@pytest.mark.parametrize("name", NAMES)
def test_reference(name):
    """40 steps of well-conditioned arithmetic: equal to a few units of the last digit."""
    optimizer = EVERY[name]
    hyper = SimpleNamespace(**hyperparameters(optimizer))
    reference = KNOWN[method(name)]
    if method(name) in VECTORS:
        expected = np.array(list(reference(START.tolist(), G.tolist(), hyper)))
    else:
        expected = np.stack(
            [list(reference(START[i].item(), G[:, i].tolist(), hyper)) for i in range(4)], -1
        )
    np.testing.assert_allclose(replay(optimizer, START, G)[1:], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", KNOWN)
def test_every_switch_is_turned(name):
    """Each bool and each text of each method has all its values among the instances compared
    above."""
    seen = [
        hyperparameters(optimizer) for other, optimizer in EVERY.items() if method(other) == name
    ]
    for field, values in switches(OPTIMIZERS[name]).items():
        assert {hyper[field] for hyper in seen} == set(values), field


REFERENCES = {name: partial(test_reference, name) for name in COORDINATES | VECTORS}
