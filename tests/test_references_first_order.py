"""Every first-order optimizer against a naive version for one number, written from its paper and sharing no code with the lab.

A reference is a generator: it receives the gradients and all hyper-parameters, and yields x after every step. It knows every switch.
"""

import dataclasses
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from examples import optimizers
from references_first_order import COORDINATES, VECTORS

from lab.simulation import replay

EVERY = optimizers()
RNG = np.random.default_rng(17)
G = RNG.standard_normal((40, 4)) * np.array([1.0, 0.3, 2.0, 0.05]) + np.array([0.3, 0.0, -1.0, 0.1])
G[[20, 33]] = [[0.0, 1.0, 0.0, -2.0], [0.3, 0.0, -0.1, 0.0]]  # sign(0) = 0
START = np.array([0.5, -1.0, 2.0, 0.25])
NAMES = [name for name, optimizer in EVERY.items() if type(optimizer).__name__ in COORDINATES | VECTORS]


@pytest.mark.parametrize("name", NAMES)
def test_reference(name):
    """40 steps of well-conditioned arithmetic: equal to a few units of the last digit."""
    optimizer = EVERY[name]
    cls, hyper = type(optimizer).__name__, SimpleNamespace(**vars(optimizer))
    if cls in VECTORS:
        expected = np.array(list(VECTORS[cls](START.tolist(), G.tolist(), hyper)))
    else:
        expected = np.stack([list(COORDINATES[cls](START[i].item(), G[:, i].tolist(), hyper)) for i in range(4)], -1)
    np.testing.assert_allclose(replay(optimizer, START, G)[1:], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("cls", sorted({type(EVERY[name]) for name in NAMES}, key=lambda cls: cls.__name__))
def test_every_switch_is_turned(cls):
    """Each bool of each optimizer has both values among the instances compared above."""
    for field in dataclasses.fields(cls):
        if isinstance(field.default, bool):
            assert {getattr(optimizer, field.name) for optimizer in EVERY.values() if type(optimizer) is cls} == {True, False}, field.name


REFERENCES = {name: partial(test_reference, name) for name in COORDINATES | VECTORS}
