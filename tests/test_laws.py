"""Laws that relate optimizers, bases and objectives."""

import dataclasses

import numpy as np
import pytest
from examples import flat, layered, objectives, optimizers, spd, start

from lab.arrays import scalars
from lab.bases import Kronecker, Orthogonal, PerLayer, random
from lab.objectives import Quadratic, Reparameterised
from lab.optimizers import InBasis, with_lr
from lab.simulation import simulate

OPTIMIZERS = optimizers()
each_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)
Q = random(6, np.random.default_rng(11))


def path(objective, optimizer, theta, *, steps=6, batch=None):
    return simulate(objective, optimizer, theta, steps=steps, batch=batch, record={"theta": flat})["theta"]


@each_optimizer
@pytest.mark.parametrize("objective", ["Quadratic", "LeastSquares", "Logistic", "OneHotLogistic"])
def test_in_basis_is_reparameterised(name, objective):
    """InBasis(Q, opt) on f equals opt on f(Q z), full batch and mini-batch."""
    f, theta = objectives()[objective], start(objectives()[objective])
    for batch in (None, 4):
        rotated = path(f, InBasis(Q, OPTIMIZERS[name]), theta, batch=batch)
        moved = path(Reparameterised(f, Q), OPTIMIZERS[name], Q.to(theta), batch=batch)
        np.testing.assert_allclose(rotated, Q.back(moved), rtol=1e-9, atol=1e-11)


@each_optimizer
def test_in_basis_on_layers(name):
    """The same law with a basis per block: a Kronecker basis for the matrix and the tensor."""
    rng, f = np.random.default_rng(2), layered()
    q2, q3 = random(2, rng).q, random(3, rng).q
    basis = PerLayer((Kronecker((q2, q3)), Orthogonal(q2), Kronecker((q2, q3, q2.T))))
    matrix = np.zeros((20, 20))
    matrix[:6, :6], matrix[6:8, 6:8], matrix[8:, 8:] = np.kron(q2, q3), q2, np.kron(np.kron(q2, q3), q2.T)
    theta, turned = start(f), Orthogonal(matrix)
    rotated = path(f, InBasis(basis, OPTIMIZERS[name]), theta)
    moved = path(Reparameterised(f.f, turned), OPTIMIZERS[name], turned.to(flat(theta)))
    np.testing.assert_allclose(rotated, turned.back(moved), rtol=1e-9, atol=1e-11)


@each_optimizer
def test_units(name):
    """theta -> theta / c, loss -> s loss, each hyper-parameter rescaled by its declared units: the path is the same."""
    c, s, h = 3.0, 7.0, spd(6)
    optimizer, theta = OPTIMIZERS[name], start(Quadratic(h))
    units = optimizer.units
    changes = {}
    for field, value in scalars(optimizer):
        a, b = units.get(field, (0, 0))
        changes[field] = value * c**-a * s**b
    reference = path(Quadratic(h), optimizer, theta)
    rescaled = path(Quadratic(s * c**2 * h), dataclasses.replace(optimizer, **changes), theta / c)
    np.testing.assert_allclose(c * rescaled, reference, rtol=1e-9, atol=1e-11)


INVARIANT = {"SGD", "HeavyBall", "Nesterov", "AcceleratedGradient", "OGM", "GaussNewton", "Newton"}


@each_optimizer
def test_rotation_invariance(name):
    """Exactly the Euclidean and full-matrix methods don't see a basis."""
    f = objectives()["LeastSquares"]
    theta = start(f)
    seen = np.abs(path(f, InBasis(Q, OPTIMIZERS[name]), theta) - path(f, OPTIMIZERS[name], theta)).max()
    assert (seen < 1e-10) if name in INVARIANT else (seen > 1e-3)


def test_with_lr_reaches_inside_wrappers():
    wrapped = InBasis(Q, InBasis(Q, OPTIMIZERS["Adam"]))
    assert with_lr(wrapped, 0.5).inner.inner.lr == 0.5
    assert wrapped.inner.inner.lr == OPTIMIZERS["Adam"].lr
