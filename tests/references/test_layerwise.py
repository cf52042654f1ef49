"""What only methods with a norm per tensor do."""

import numpy as np
import pytest

from lab.arrays import Layers, block_norm
from lab.optimizers import LAMB, LARS, NovoGrad
from lab.simulation import replay

RNG = np.random.default_rng(41)
BLOCKS = Layers(
    [RNG.standard_normal((2, 3)), RNG.standard_normal(4), RNG.standard_normal((2, 2, 2))]
)
GRADIENTS = [Layers([RNG.standard_normal(x.shape) for x in BLOCKS]) for _ in range(5)]


def test_a_norm_per_block():
    norms = block_norm(BLOCKS)
    assert [x.shape for x in norms] == [(1, 1), (1,), (1, 1, 1)]
    np.testing.assert_allclose(
        [x.item() for x in norms], [np.sqrt((x**2).sum()) for x in BLOCKS], rtol=1e-15
    )
    runs = block_norm(np.arange(12.0).reshape(2, 2, 3))
    np.testing.assert_allclose(runs[1, 0], np.sqrt(6.0**2 + 7**2 + 8**2))


@pytest.mark.parametrize(
    "optimizer",
    [
        LAMB(0.07, 0.5, 0.8, 0.1),
        LARS(0.07, 0.6, 0.3, 0.1, 0.2),
        NovoGrad(0.07, 0.5, 0.8, 0.1, 0.0, 0.2),
    ],
)
def test_each_tensor_moves_as_if_it_were_alone(optimizer):
    together = replay(optimizer, BLOCKS, GRADIENTS)
    for k, block in enumerate(BLOCKS):
        alone = replay(optimizer, block.ravel(), [g[k].ravel() for g in GRADIENTS])
        np.testing.assert_allclose(together[k].reshape(6, -1), alone, rtol=1e-13, atol=1e-15)


def test_lamb_debiases():
    """On a constant gradient Adam's direction is sign(g) from the first step; the decay weighs
    against it."""
    g = np.array([1.0, -2.0, 0.5])
    theta = np.array([1.0, 1.0, -2.0])
    u = np.sign(g) + 0.3 * theta
    step = replay(LAMB(0.1, eps=0.0, weight_decay=0.3), theta, g[None])[1] - theta
    np.testing.assert_allclose(
        step, -0.1 * np.linalg.norm(theta) / np.linalg.norm(u) * u, rtol=1e-13
    )


@pytest.mark.parametrize("optimizer", [LAMB(0.1), LARS(0.1)])
def test_a_tensor_at_zero_starts_to_move(optimizer):
    """|theta| = 0 would freeze it; by convention the ratio is 1 there."""
    g = np.array([[0.3, -0.4]])
    step = replay(optimizer, np.zeros(2), g)[1]
    np.testing.assert_allclose(
        step, -0.1 * (np.sign(g[0]) if isinstance(optimizer, LAMB) else g[0]), rtol=1e-4
    )
