"""Identities, limits and edge cases of moving bases and of SOAP."""

import numpy as np
import pytest
from examples import objectives, spd
from streams import iterates

from lab import bases
from lab.arrays import Layers
from lab.bases import Kronecker, Orthogonal, PerLayer, random
from lab.objectives import Quadratic
from lab.optimizers import (
    L2,
    SGD,
    SOAP,
    Adam,
    HeavyBall,
    InBasis,
    InMovingBasis,
    Muon,
    Nesterov,
    Regularized,
    ShampooEigenbasis,
    example,
)
from lab.optimizers.wrappers import moving_basis
from lab.optimizers.wrappers.moving_basis import power_step
from lab.simulation import replay, simulate

RNG = np.random.default_rng(17)
G = RNG.standard_normal((10, 4)) * np.geomspace(3, 0.2, 4)
SQUARE = RNG.standard_normal((8, 3, 3))


def test_a_moving_basis_is_invisible_to_rotation_invariant_methods():
    """State fields named in `vectors` are carried along: velocities and Nesterov's point."""
    f = objectives()["LeastSquares"]
    theta = np.linspace(-1, 1, 6)
    tracker = ShampooEigenbasis(0.7, 0.1, every=1, vectors_too=True)
    for inner in (SGD(0.05), HeavyBall(0.05, 0.8), Nesterov(0.05, 0.8), Muon(0.05, 0.8, 0.1)):
        plain, moving = (
            simulate(f, o, theta, steps=12, batch=3, record={"x": lambda x: x})
            for o in (inner, InMovingBasis(tracker, inner))
        )
        np.testing.assert_allclose(moving["x"], plain["x"], rtol=1e-9, atol=1e-11)


def test_a_basis_that_does_not_move_is_in_basis():
    f = Quadratic(spd(4), noise=0.3)
    q = random(4, RNG)
    theta = np.linspace(-1, 1, 4)
    still = ShampooEigenbasis(every=10**6, initial=((q.q,),), vectors_too=True)
    for inner in (example("Adam"), example("AdamW"), example("SophiaH"), example("AdaL")):
        fixed, moving = (
            simulate(f, o, theta, steps=8, batch=3, record={"x": lambda x: x})
            for o in (InBasis(q, inner), InMovingBasis(still, inner))
        )
        np.testing.assert_allclose(moving["x"], fixed["x"], rtol=1e-11, atol=1e-13)


def test_soap_with_identity_bases_is_adam_one_call_late():
    """Injected identity, never refreshed: eps-hat Adam that has not seen the first gradient;
    without debiasing, plain Adam."""
    eye = {"every": 10**6, "initial": ((np.eye(3), np.eye(3)),)}
    for debias in (True, False):
        late = iterates(SOAP(0.1, 0.5, 0.8, 0.1, debias=debias, **eye), SQUARE, np.ones((3, 3)))
        inner = Adam(0.1, 0.5, 0.8, 0.1, **({"eps_place": "hat"} if debias else {"debias": "none"}))
        decayed = Regularized(inner, L2(0.01), on="z", form="after")
        adam = iterates(decayed, SQUARE[1:], np.ones((3, 3)))
        np.testing.assert_array_equal(late[1], np.ones((3, 3)))
        np.testing.assert_allclose(late[1:], adam, rtol=1e-13)


def test_eps_hat_is_adam_with_a_growing_eps():
    """sqrt(c2) / c1 m / (sqrt v + eps_hat) = m_hat / (sqrt(v_hat) + eps_hat / sqrt(c2)): equal at
    eps = 0, different at eps = 0.1."""
    hat, plain = (iterates(o, G) for o in (Adam(0.1, eps=0.0, eps_place="hat"), Adam(0.1, eps=0.0)))
    np.testing.assert_allclose(hat, plain, rtol=1e-12)
    hat, plain = (iterates(o, G) for o in (Adam(0.1, eps=0.1, eps_place="hat"), Adam(0.1, eps=0.1)))
    assert np.abs(hat - plain).max() > 0.05


def test_soap_after_one_gradient_of_low_rank_is_not_determined():
    """The null space of the larger factor has no basis of its own (T-e): two injected bases that
    both diagonalise the first factors
    give different paths from the second step on. In a square full-rank problem they would not."""
    grads = RNG.standard_normal((6, 4, 2))
    left, _, right = np.linalg.svd(grads[0])
    turn = np.eye(4)
    turn[2:, 2:] = [[0.6, -0.8], [0.8, 0.6]]
    both = []
    for basis in (left, left @ turn):
        factor = basis.T @ grads[0] @ grads[0].T @ basis
        assert np.abs(factor - np.diag(np.diag(factor))).max() < 1e-13
        both.append(iterates(SOAP(0.1, factor_beta2=0.9, initial=((basis, right.T),)), grads))
    assert np.abs(both[0] - both[1])[1].max() == 0
    assert np.abs(both[0] - both[1]).max() > 1e-3


def test_soap_leaves_vectors_in_their_coordinates_unless_told_otherwise():
    optimizers = [SOAP(0.1, factor_beta2=0.9, every=1, vectors_too=on) for on in (False, True)]
    off, on = (iterates(o, G, np.ones(4)) for o in optimizers)
    adam = Regularized(Adam(0.1, 0.95, 0.95, eps_place="hat"), L2(0.01), on="z", form="after")
    np.testing.assert_allclose(off[1:], iterates(adam, G[1:], np.ones(4)), rtol=1e-12)
    assert np.abs(on - off).max() > 1e-3


def test_moving_basis_on_layers_is_one_basis_per_block():
    """Blocks do not mix: a matrix and a vector together move as each of them alone."""
    rng = np.random.default_rng(2)
    grads = [Layers([rng.standard_normal((3, 3)), rng.standard_normal(3)]) for _ in range(7)]
    optimizer = SOAP(0.1, eps=0.1, factor_beta2=0.8, damping=0.1, every=2, vectors_too=True)
    theta = Layers([np.ones((3, 3)), np.ones(3)])
    together = replay(optimizer, theta, grads)
    np.testing.assert_allclose(
        together[0], iterates(optimizer, [g[0] for g in grads], np.ones((3, 3))), rtol=1e-12
    )
    np.testing.assert_allclose(
        together[1], iterates(optimizer, [g[1] for g in grads], np.ones(3)), rtol=1e-12
    )
    tracker = optimizer.tracker
    state = tracker.update(tracker.init(theta), grads[0])
    basis = tracker.basis(state)
    assert isinstance(basis, PerLayer)
    assert [type(b) for b in basis.bases] == [Kronecker, Orthogonal]


def test_tracked_columns_continue_their_predecessors():
    """Eigenvectors are a fixed point of the refresh, columns in their places and with their signs,
    in whatever order their eigenvalues
    are and whatever signs QR chooses; near them, columns stay near."""
    q = random(4, RNG).q
    for lam in ([4.0, 3.0, 2.0, 1.0], [1.0, 5.0, 0.1, 2.0], [0.1, 0.2, 3.0, 1.0]):
        np.testing.assert_allclose(power_step(q @ np.diag(lam) @ q.T, q), q, atol=1e-13)
        near, _ = np.linalg.qr(q + 1e-4 * RNG.standard_normal((4, 4)))
        near = near * np.sign(np.diagonal(q.T @ near))
        assert np.abs(power_step(q @ np.diag(lam) @ q.T, near) - q).max() < 1e-2
    stack = np.stack([q, np.eye(4)])
    np.testing.assert_allclose(
        power_step(
            np.stack([q @ np.diag([1.0, 5.0, 0.1, 2.0]) @ q.T, np.diag([1.0, 2, 3, 4])]), stack
        ),
        stack,
        atol=1e-13,
    )


def test_nothing_is_verified_or_carried_while_the_basis_stands_still(monkeypatch):
    """25 gradients, the bases renewed at every tenth: three times, in both modes, after the
    coordinate basis of the start."""
    counted = {"verified": 0, "carried": 0}

    def counting(name, function):
        def call(*arguments):
            counted[name] += 1
            return function(*arguments)

        return call

    monkeypatch.setattr(bases, "orthogonal", counting("verified", bases.orthogonal))
    monkeypatch.setattr(moving_basis, "carried", counting("carried", moving_basis.carried))
    gradients = RNG.standard_normal((25, 3, 3))
    tracker = ShampooEigenbasis(0.8, every=10)
    replay(
        InMovingBasis(tracker, SGD(0.1)),
        Layers([np.ones((3, 3))]),
        [Layers([g]) for g in gradients],
    )
    assert counted["verified"] == 2 * (1 + 3)
    # once for the state, and once for each field that is not carried
    fields = len(SGD(0.1).init(np.ones(3)))
    assert 3 <= counted["carried"] <= 3 * (1 + fields)


def test_a_tracker_keeps_its_basis_when_a_run_leaves_the_floating_range():
    tracker = ShampooEigenbasis(0.9, every=1, vectors_too=True)
    first = tracker.update(tracker.init(np.zeros((2, 3))), RNG.standard_normal((2, 3)))
    with np.errstate(invalid="ignore"):
        second = tracker.update(first, np.array([[1.0, 2.0, 3.0], [np.inf, 0.0, 0.0]]))
    np.testing.assert_array_equal(
        second.bases[0][0][1], first.bases[0][0][1], err_msg="kept, not computed"
    )
    assert np.abs(second.bases[0][0][0] - first.bases[0][0][0]).max() > 1e-3


def test_moving_basis_refuses_a_basis_inside():
    with pytest.raises(TypeError, match="put the fixed basis outside"):
        InMovingBasis(ShampooEigenbasis(), InBasis(random(3, RNG), example("Adam")))
