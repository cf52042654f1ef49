"""The ready-made instances have the properties their recipes promise."""

import numpy as np

from lab.objectives.instances import block_instance, many_logits, minimal_block_instance, two_logits
from lab.optimizers import SignSGD
from lab.simulation import simulate


def test_block_instance():
    f, theta, active = block_instance(blocks=3, size=4, smallest=0.1, largest=2.0)
    np.testing.assert_allclose(np.diag(f.h), 1.0, rtol=1e-14)
    np.testing.assert_allclose(active, np.geomspace(0.1, 2.0, 3), rtol=1e-14)
    blocks = theta.reshape(3, 4)
    np.testing.assert_allclose((f.h @ theta).reshape(3, 4), active[:, None] * blocks, atol=1e-14)
    heights = np.abs(blocks)
    np.testing.assert_allclose(heights, heights[:, :1] * np.ones((1, 4)), rtol=1e-14)
    assert ((heights >= 0.3) & (heights <= 1.0)).all()
    again = block_instance(blocks=3, size=4, smallest=0.1, largest=2.0)
    other = block_instance(8, 3, 4, 0.1, 2.0)
    np.testing.assert_array_equal(theta, again.theta, err_msg="the same call twice")
    assert (theta != other.theta).any()


def test_minimal_block_instance():
    """Sign descent with lr = 1 solves it in one step; kappa = (1 + a) / (1 - a)."""
    f, theta, active = minimal_block_instance(0.9)
    np.testing.assert_allclose(np.linalg.eigvalsh(f.h), [0.1, 0.1, 1.9, 1.9], rtol=1e-12)
    np.testing.assert_allclose(active, [1.9, 0.1])
    np.testing.assert_allclose(f.h @ theta, [1.9, 1.9, 0.1, -0.1], rtol=1e-12)
    np.testing.assert_array_equal(simulate(f, SignSGD(1.0), theta, steps=1).final, 0.0)


def test_logit_instances():
    f, theta, active = two_logits()
    np.testing.assert_allclose(f.pi, [100 / 101, 1 / 101], rtol=1e-15)
    np.testing.assert_array_equal(theta, [8, 1])
    np.testing.assert_array_equal(theta, active, err_msg="the same array")
    f, theta, _ = many_logits(5, 4.0, 16.0)
    np.testing.assert_allclose(f.pi / f.pi[-1], [16, 8, 4, 2, 1], rtol=1e-13)
    np.testing.assert_array_equal(theta, [-4, -2, 0, 2, 4])
    np.testing.assert_array_equal(f.q, 0.5)
    np.testing.assert_allclose(f.grad(np.zeros(5)), 0.0, atol=1e-16)
