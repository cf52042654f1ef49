"""Runs worked through in cache blocks take the steps that they take together."""

import numpy as np
import pytest
from examples import optimizers, spd

import lab.blocks
from lab.bases import Orthogonal, random
from lab.blocks import separable
from lab.objectives import Quadratic
from lab.optimizers import SGD, Adam, Geometric, InBasis, Scheduled, SophiaH
from lab.simulation import simulate

F = Quadratic(spd(6), linear=np.linspace(-1, 1, 6))
RNG = np.random.default_rng(2)
# what a problem of one vector does not answer
OWN = {"probe", "factors", "patches"}
OPTIMIZERS = {name: method for name, method in optimizers().items() if not method.needs & OWN}


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of five runs of six numbers."""
    monkeypatch.setattr(lab.blocks, "BLOCK_BYTES", 5 * 6 * 8)


def together(f, method, theta, **settings):
    """The same run, kept in one block by a record."""
    return simulate(f, method, theta, record={"loss": f.loss}, **settings)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_blocks_change_nothing(name):
    """Two sweeps and a seed axis: 3 x 4 x 2 runs, 24 = 4 * 5 + 4, so that blocks cut through every
    axis."""
    from lab.optimizers import lr_of, with_

    method = OPTIMIZERS[name]
    theta = RNG.standard_normal((2, 6))
    method = with_(method, lr=lr_of(method) * np.linspace(0.5, 1.2, 12).reshape(3, 4, 1))
    one = simulate(F, method, theta, steps=7)
    other = together(F, method, theta, steps=7)
    assert one["loss"].shape == (8, 3, 4, 2)
    # the same products with other numbers of rows: BLAS may add in another order, seven steps
    np.testing.assert_allclose(one["loss"], other["loss"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(one.final, other.final, rtol=1e-10, atol=1e-12)


@pytest.mark.usefixtures("small_blocks")
def test_what_is_worked_through_in_blocks():
    theta = np.ones(6)
    rates = np.full(12, 0.1)
    turned = random(6, RNG)
    per_run = Orthogonal(np.stack([random(6, RNG).q for _ in range(12)]))
    assert separable(Adam(rates), theta, (12,))
    assert separable(Scheduled(Geometric(0.9), InBasis(turned, Adam(rates))), theta, (12,))
    assert not separable(Adam(rates[:2]), theta, (2,))
    assert not separable(Adam(0.1), theta, ())
    assert not separable(SophiaH(rates), theta, (12,))
    assert not separable(InBasis(per_run, SGD(rates)), theta, (12,))


@pytest.mark.usefixtures("small_blocks")
def test_a_basis_per_run_is_not_cut():
    bases = Orthogonal(np.stack([random(6, RNG).q for _ in range(12)]))
    method = InBasis(bases, Adam(np.linspace(0.01, 0.1, 12)))
    one = simulate(F, method, np.ones(6), steps=4)["loss"]
    for run in range(12):
        single = InBasis(Orthogonal(bases.q[run]), Adam(np.linspace(0.01, 0.1, 12)[run]))
        alone = simulate(F, single, np.ones(6), steps=4)["loss"]
        np.testing.assert_allclose(one[:, run], alone, rtol=1e-11)
