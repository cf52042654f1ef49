"""Identities, limits and edge cases of Adafactor, Muon, Shampoo, SOAP, Sophia, AdaHessian and AdaL."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from examples import loud, objectives, spd

from lab.arrays import Layers, each_tensor, like, per_matrix, tensors
from lab.bases import Kronecker, Orthogonal, PerLayer, random
from lab.curvature import Dense
from lab.linalg import gram, multiply_modes, newton_schulz, polar_factor, symmetric_power, unfold
from lab.objectives import Logistic, Quadratic
from lab.optimizers import (
    SGD,
    Adafactor,
    AdaGrad,
    AdaHessian,
    AdaL,
    Adam,
    AdamW,
    Decayed,
    HeavyBall,
    InBasis,
    InMovingBasis,
    Muon,
    Nesterov,
    Shampoo,
    ShampooEigenbasis,
    SignSGD,
    SophiaG,
    SophiaH,
    soap,
)
from lab.optimizers.moving_basis import power_step
from lab.optimizers.spectral import QUINTIC
from lab.oracle import Oracle
from lab.simulation import replay, simulate

RNG = np.random.default_rng(17)
G = RNG.standard_normal((10, 4)) * np.geomspace(3, 0.2, 4)
SQUARE = RNG.standard_normal((8, 3, 3))


def path(optimizer, grads, theta=None, **answers):
    """Our iterates on a gradient sequence: vectors, or one matrix as Layers."""
    grads = np.asarray(grads)
    theta = np.zeros(grads.shape[1:]) if theta is None else theta
    if grads.ndim == 2:
        return replay(optimizer, theta, grads, **answers)
    return replay(optimizer, Layers([theta]), [Layers([g]) for g in grads], **answers)[0]


# Adafactor


def test_adafactor_of_rank_one_squares_is_unfactored():
    """g^2 of rank one, with the same factors at every step: R C / mean(R) is V itself. eps = 0, or the sum has rank two."""
    row, column = RNG.uniform(0.5, 2, 4), RNG.uniform(0.5, 2, 3)
    grads = RNG.choice([-1.0, 1.0], (8, 4, 3)) * np.outer(row, column) * RNG.uniform(0.5, 2, (8, 1, 1))
    factored, plain = (path(Adafactor(eps=0.0, least=least), grads, np.ones((4, 3))) for least in (1, 9))
    np.testing.assert_allclose(factored, plain, rtol=1e-12)
    generic = [path(Adafactor(eps=0.0, least=least), RNG.standard_normal((8, 4, 3)), np.ones((4, 3))) for least in (1, 9)]
    assert np.abs(generic[0] - generic[1]).max() > 1e-3


def test_adafactor_is_permutation_equivariant():
    grads, theta = RNG.standard_normal((8, 4, 3)), RNG.standard_normal((4, 3))
    rows, columns = RNG.permutation(4), RNG.permutation(3)
    for optimizer in (loud(Adafactor), loud(Adafactor, eps_mode="floor"), loud(Adafactor, axes="largest")):
        moved = path(optimizer, grads[:, rows][:, :, columns], theta[rows][:, columns])
        np.testing.assert_allclose(moved, path(optimizer, grads, theta)[:, rows][:, :, columns], rtol=1e-12, atol=1e-14)


def test_adafactor_eps_decides_the_fate_of_tiny_gradients():
    """torch's eps1 = None is the machine epsilon: a gradient below it moves its matrix less. In float32 it would be 1.2e-7."""
    g = np.full((1, 2, 2), 1e-9)
    double, single = (path(Adafactor(0.1, eps=eps, eps_mode="floor"), g, np.ones((2, 2)))[1, 0, 0] for eps in (2.2e-16, 1.2e-7))
    assert double == pytest.approx(0.9, abs=1e-3)
    assert single > 0.999
    assert path(Adafactor(0.1, eps=0.0), 0 * g, np.ones((2, 2)))[1, 0, 0] == 1.0


def test_adafactor_first_step_has_the_size_of_the_parameters():
    """Unclipped, beta2_1 = 0, eps = 0: u = sign(g) for a vector, times max(floor, rms(theta)) min(lr, 1)."""
    theta = np.array([3.0, -1.0, 2.0, 0.5])
    np.testing.assert_allclose(
        path(Adafactor(0.1, eps=0.0, clip=None), G[:1], theta)[1], theta - 0.1 * math.sqrt(14.25 / 4) * np.sign(G[0])
    )


def test_adafactor_of_a_vector_sees_no_scales():
    """eps = 0, no relative step: neither the scale of the loss nor that of single coordinates matters; clipping acts on rms(u)."""
    optimizer = Adafactor(0.1, eps=0.0, relative=False)
    np.testing.assert_allclose(path(optimizer, 7.3 * G), path(optimizer, G), atol=1e-14)
    np.testing.assert_allclose(path(optimizer, G * np.geomspace(0.1, 9, 4)), path(optimizer, G), atol=1e-14)


# Muon and Shampoo


def test_the_quintic_of_muon():
    """After five iterations: maximum 1.2024, minimum over [0.05, 1] 0.6818, slope a^5 at 0, and 0.0015 already goes above 0.68."""
    s = np.linspace(0, 1, 400_001)[1:]
    image = newton_schulz(s[:, None, None], QUINTIC, 5)[:, 0, 0]
    assert image.max() == pytest.approx(1.202369, abs=1e-6)
    assert image[s >= 0.05].min() == pytest.approx(0.681831, abs=1e-6)
    assert newton_schulz(np.array([[1e-9]]), QUINTIC, 5)[0, 0] / 1e-9 == pytest.approx(3.4445**5, rel=1e-6)
    assert s[np.argmax(image > 0.68)] == pytest.approx(0.0015, abs=5e-5)


def test_cubic_iteration_converges_to_the_polar_factor():
    for shape in ((4, 3), (3, 4), (5, 3, 3)):
        x = RNG.standard_normal(shape)
        x = x / np.sqrt((x**2).sum((-1, -2), keepdims=True))
        np.testing.assert_allclose(newton_schulz(x, (1.5, -0.5, 0.0), 60), polar_factor(x), atol=1e-12)
    cubic = Muon(0.1, eps=0.0, iterations=60, coefficients=(1.5, -0.5, 0.0))
    np.testing.assert_allclose(path(cubic, SQUARE), path(dataclasses.replace(cubic, orthogonalise="svd"), SQUARE), atol=1e-11)


def test_polar_factor():
    """Orthonormal on the short side, positive inner product with X, zero on the null space, NaN where X left the floating range."""
    x = RNG.standard_normal((5, 3))
    u = polar_factor(x)
    np.testing.assert_allclose(u.T @ u, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(u.T @ x, (u.T @ x).T, atol=1e-14)
    assert np.linalg.eigvalsh(u.T @ x)[0] > 0
    np.testing.assert_allclose(polar_factor(np.outer([3.0, 4.0], [0.0, 2.0])), np.outer([0.6, 0.8], [0.0, 1.0]), atol=1e-14)
    assert np.isnan(polar_factor(np.array([[np.inf, 1.0], [0.0, 1.0]]))).all()


@pytest.mark.parametrize("kind", [{}, {"average": "debiased"}, {"nesterov": False}, {"orthogonalise": "svd"}])
def test_muon_is_scale_invariant(kind):
    np.testing.assert_allclose(path(Muon(0.1, eps=0.0, **kind), 7.3 * SQUARE), path(Muon(0.1, eps=0.0, **kind), SQUARE), atol=1e-12)


def test_the_two_ways_to_write_muons_nesterov_direction():
    """beta m + (1 - beta) g with an average, g + beta B with a sum B = m / (1 - beta): parallel, and the iteration is scale invariant."""
    muon, beta, b, x = Muon(0.1, 0.8, 0.0), 0.8, 0.0, np.zeros((3, 3))
    for k, g in enumerate(SQUARE):
        b = beta * b + g
        u = g + beta * b
        x = x - 0.1 * newton_schulz(u / np.linalg.norm(u), QUINTIC, 5)
        np.testing.assert_allclose(path(muon, SQUARE)[k + 1], x, atol=1e-12)


def test_muon_zero_gradient_stands_still():
    assert not path(Muon(0.1, eps=0.0), np.zeros((2, 3, 3))).any()


def test_shampoo_on_a_vector_is_full_matrix_adagrad():
    x, total = np.zeros(4), 0.3 * np.eye(4)
    for k, g in enumerate(G):
        total = total + np.outer(g, g)
        lam, q = np.linalg.eigh(total)
        x = x - 0.1 * q @ ((q.T @ g) / np.sqrt(lam))
        np.testing.assert_allclose(path(Shampoo(0.1, 0.3), G)[k + 1], x, rtol=1e-11, atol=1e-13)


def test_shampoos_first_step_is_the_polar_factor():
    """L^(-1/4) G R^(-1/4) = U V^T when eps = 0; also for a rectangular G, by pseudo-inverse roots. Diagonal G: sign descent."""
    for g in (SQUARE[0], RNG.standard_normal((2, 4))):
        np.testing.assert_allclose(path(Shampoo(1.0, 0.0), g[None])[1], -polar_factor(g), atol=1e-10)
    np.testing.assert_allclose(path(Shampoo(1.0, 0.0), np.diag([3.0, -0.2, 1.0])[None])[1], -np.diag([1.0, -1.0, 1.0]), atol=1e-12)


def test_shampoo_of_one_column_per_step_is_adagrad():
    """Diagonal gradients diag(d_t): L = R = diag(sum d^2), so the diagonal moves as AdaGrad does."""
    found = path(Shampoo(0.1, 0.0), np.array([np.diag(g) for g in G]))
    np.testing.assert_allclose(np.diagonal(found, axis1=1, axis2=2), path(AdaGrad(0.1, eps=0.0), G), rtol=1e-11, atol=1e-13)


MATRIX_METHODS = {
    "Muon": Muon(0.1, 0.8, 0.1, 0.2),
    "Muon, optax": Muon(0.1, 0.8, 0.1, 0.2, average="debiased", shape="columns"),
    "Shampoo": Shampoo(0.1, 0.2),
    "SOAP": soap(0.1, eps=0.1, weight_decay=0.2, tracker=ShampooEigenbasis(0.8, every=2)),
}


@pytest.mark.parametrize("name", MATRIX_METHODS)
def test_rotation_equivariance_on_both_sides(name):
    """G -> P G Q rotates the path; Adafactor's does not."""
    p, q, theta = random(3, RNG).q, random(3, RNG).q, RNG.standard_normal((3, 3))
    moved = path(MATRIX_METHODS[name], p @ SQUARE @ q, p @ theta @ q)
    np.testing.assert_allclose(moved, p @ path(MATRIX_METHODS[name], SQUARE, theta) @ q, atol=1e-10)
    other = path(Adafactor(0.1), p @ SQUARE @ q, p @ theta @ q) - p @ path(Adafactor(0.1), SQUARE, theta) @ q
    assert np.abs(other).max() > 1e-3


# Moving bases and SOAP


def test_a_moving_basis_is_invisible_to_rotation_invariant_methods():
    """State fields named in `vectors` are carried along: velocities and Nesterov's point."""
    f, theta = objectives()["LeastSquares"], np.linspace(-1, 1, 6)
    tracker = ShampooEigenbasis(0.7, 0.1, every=1, vectors_too=True)
    for inner in (SGD(0.05), HeavyBall(0.05, 0.8), Nesterov(0.05, 0.8), Muon(0.05, 0.8, 0.1)):
        plain, moving = (
            simulate(f, o, theta, steps=12, batch=3, record={"x": lambda x: x}) for o in (inner, InMovingBasis(tracker, inner))
        )
        np.testing.assert_allclose(moving["x"], plain["x"], rtol=1e-9, atol=1e-11)


def test_a_basis_that_does_not_move_is_in_basis():
    f, q, theta = Quadratic(spd(4), noise=0.3), random(4, RNG), np.linspace(-1, 1, 4)
    still = ShampooEigenbasis(every=10**6, initial=((q.q,),), vectors_too=True)
    for inner in (loud(Adam), loud(AdamW), loud(SophiaH), loud(AdaL)):
        fixed, moving = (
            simulate(f, o, theta, steps=8, batch=3, record={"x": lambda x: x}) for o in (InBasis(q, inner), InMovingBasis(still, inner))
        )
        np.testing.assert_allclose(moving["x"], fixed["x"], rtol=1e-11, atol=1e-13)


def test_soap_with_identity_bases_is_adam_one_call_late():
    """Injected identity, never refreshed: eps-hat Adam that has not seen the first gradient."""
    eye = ShampooEigenbasis(every=10**6, initial=((np.eye(3), np.eye(3)),))
    late = path(soap(0.1, beta1=0.5, beta2=0.8, eps=0.1, tracker=eye), SQUARE, np.ones((3, 3)))
    adam = path(Decayed(Adam(0.1, 0.5, 0.8, 0.1, eps_hat=True), 0.01), SQUARE[1:], np.ones((3, 3)))
    np.testing.assert_array_equal(late[1], np.ones((3, 3)))
    np.testing.assert_allclose(late[1:], adam, rtol=1e-13)


def test_eps_hat_is_adam_with_a_growing_eps():
    """sqrt(c2) / c1 m / (sqrt v + eps_hat) = m_hat / (sqrt(v_hat) + eps_hat / sqrt(c2)): equal at eps = 0, different at eps = 0.1."""
    hat, plain = (path(o, G) for o in (Adam(0.1, eps=0.0, eps_hat=True), Adam(0.1, eps=0.0)))
    np.testing.assert_allclose(hat, plain, rtol=1e-12)
    hat, plain = (path(o, G) for o in (Adam(0.1, eps=0.1, eps_hat=True), Adam(0.1, eps=0.1)))
    assert np.abs(hat - plain).max() > 0.05


def test_soap_after_one_gradient_of_low_rank_is_not_determined():
    """The null space of the larger factor has no basis of its own (T-e): two injected bases that both diagonalise the first factors
    give different paths from the second step on. In a square full-rank problem they would not."""
    grads = RNG.standard_normal((6, 4, 2))
    left, _, right = np.linalg.svd(grads[0])
    turn = np.eye(4)
    turn[2:, 2:] = [[0.6, -0.8], [0.8, 0.6]]
    both = []
    for basis in (left, left @ turn):
        factor = basis.T @ grads[0] @ grads[0].T @ basis
        assert np.abs(factor - np.diag(np.diag(factor))).max() < 1e-13
        both.append(path(soap(0.1, tracker=ShampooEigenbasis(0.9, initial=((basis, right.T),))), grads))
    assert np.abs(both[0] - both[1])[1].max() == 0
    assert np.abs(both[0] - both[1]).max() > 1e-3


def test_soap_leaves_vectors_in_their_coordinates_unless_told_otherwise():
    optimizers = [soap(0.1, tracker=ShampooEigenbasis(0.9, every=1, vectors_too=on)) for on in (False, True)]
    off, on = (path(o, G, np.ones(4)) for o in optimizers)
    np.testing.assert_allclose(off[1:], path(Decayed(Adam(0.1, 0.95, 0.95, eps_hat=True), 0.01), G[1:], np.ones(4)), rtol=1e-12)
    assert np.abs(on - off).max() > 1e-3


def test_moving_basis_on_layers_is_one_basis_per_block():
    """Blocks do not mix: a matrix and a vector together move as each of them alone."""
    rng = np.random.default_rng(2)
    grads = [Layers([rng.standard_normal((3, 3)), rng.standard_normal(3)]) for _ in range(7)]
    optimizer = soap(0.1, eps=0.1, tracker=ShampooEigenbasis(0.8, 0.1, every=2, vectors_too=True))
    theta = Layers([np.ones((3, 3)), np.ones(3)])
    together = replay(optimizer, theta, grads)
    np.testing.assert_allclose(together[0], path(optimizer, [g[0] for g in grads], np.ones((3, 3))), rtol=1e-12)
    np.testing.assert_allclose(together[1], path(optimizer, [g[1] for g in grads], np.ones(3)), rtol=1e-12)
    tracker = optimizer.tracker
    state = tracker.update(tracker.init(theta), grads[0])
    basis = tracker.basis(state)
    assert isinstance(basis, PerLayer)
    assert [type(b) for b in basis.bases] == [Kronecker, Orthogonal]


def test_tracked_columns_continue_their_predecessors():
    """Eigenvectors are a fixed point of the refresh, columns in their places and with their signs, in whatever order their eigenvalues
    are and whatever signs QR chooses; near them, columns stay near."""
    q = random(4, RNG).q
    for lam in ([4.0, 3.0, 2.0, 1.0], [1.0, 5.0, 0.1, 2.0], [0.1, 0.2, 3.0, 1.0]):
        np.testing.assert_allclose(power_step(q @ np.diag(lam) @ q.T, q), q, atol=1e-13)
        near, _ = np.linalg.qr(q + 1e-4 * RNG.standard_normal((4, 4)))
        near = near * np.sign(np.diagonal(q.T @ near))
        assert np.abs(power_step(q @ np.diag(lam) @ q.T, near) - q).max() < 1e-2
    stack = np.stack([q, np.eye(4)])
    np.testing.assert_allclose(
        power_step(np.stack([q @ np.diag([1.0, 5.0, 0.1, 2.0]) @ q.T, np.diag([1.0, 2, 3, 4])]), stack), stack, atol=1e-13
    )


def test_a_tracker_keeps_its_basis_when_a_run_leaves_the_floating_range():
    tracker = ShampooEigenbasis(0.9, every=1, vectors_too=True)
    first = tracker.update(tracker.init(np.zeros((2, 3))), RNG.standard_normal((2, 3)))
    with np.errstate(invalid="ignore"):
        second = tracker.update(first, np.array([[1.0, 2.0, 3.0], [np.inf, 0.0, 0.0]]))
    np.testing.assert_array_equal(second.bases[0][0][1], first.bases[0][0][1])
    assert np.abs(second.bases[0][0][0] - first.bases[0][0][0]).max() > 1e-3


def test_moving_basis_refuses_a_basis_inside():
    with pytest.raises(TypeError, match="put the fixed basis outside"):
        InMovingBasis(ShampooEigenbasis(), InBasis(random(3, RNG), loud(Adam)))


# Sophia and AdaHessian


def constant_hessian(h, steps):
    return {"hessian": [Dense(h)] * steps, "probes": RNG.choice([-1.0, 1.0], (steps, len(h)))}


def test_sophia_without_curvature_is_sign_descent():
    """h = 0 and tiny eps: every entry is clipped to 1."""
    sign = path(SignSGD(0.1), G)
    for optimizer in (SophiaH(0.1, 0.0, weight_decay=0.0), SophiaH(0.1, 0.0, weight_decay=0.0, debias=True, eps_added=True)):
        np.testing.assert_allclose(path(optimizer, G, **constant_hessian(np.zeros((4, 4)), 10)), sign, atol=1e-14)


def test_sophia_and_adahessian_are_newton_on_a_diagonal_quadratic():
    """No averaging, no clipping, gamma = 1: one step from anywhere to the minimum; Rademacher probes are exact there."""
    f, theta = Quadratic(np.diag([4.0, 1.0, 0.1])), np.array([1.0, -2.0, 30.0])
    sophia = SophiaH(1.0, 0.0, 0.0, 1.0, weight_decay=0.0, clip=None)
    for optimizer in (sophia, AdaHessian(1.0, 0.0, 0.0, 0.0)):
        assert simulate(f, optimizer, theta, steps=1)["loss"][-1] < 1e-28


def test_optax_sophia_starts_with_sign_descent():
    """It uses the curvature of the previous refresh, 0 at the first step, whatever the curvature is (T-e); the paper's form does not."""
    huge = constant_hessian(1e6 * np.eye(4), 1)
    late, paper = (
        path(SophiaH(0.1, 0.5, 0.5, 1.0, weight_decay=0.0, debias=True, refresh_after=late), G[:1], **huge)[1] for late in (True, False)
    )
    np.testing.assert_allclose(late, -0.1 * np.sign(G[0]), rtol=1e-14)
    assert np.abs(paper).max() < 1e-5


def test_sophia_scale_degrees():
    """Loss times c: the Hutchinson form does not see it (degree 0); the unclipped Bartlett step, whose h is quadratic, shrinks like 1/c."""
    c, h = 7.3, spd(4)
    sampled = RNG.standard_normal((10, 4))
    small = {"weight_decay": 0.0, "eps": 1e-300, "clip": None}
    answers = constant_hessian(h, 10)
    scaled = answers | {"hessian": [Dense(c * h)] * 10}
    optimizer = SophiaH(0.1, **(small | {"clip": 1.0}))
    np.testing.assert_allclose(path(optimizer, c * G, **scaled), path(optimizer, G, **answers), rtol=1e-11)
    one, many = ({"curvatures": [SimpleNamespace(mean=lambda g=s * g: g) for g in sampled]} for s in (1.0, c))
    np.testing.assert_allclose(path(SophiaG(0.1, **small), c * G, **many), path(SophiaG(0.1, **small), G, **one) / c, rtol=1e-11)


def test_a_wrong_batch_size_rescales_gamma_silently():
    """The trap of the authors' bs (T-e): B and gamma only enter as a product when nothing is clipped by eps."""
    sampled = {"curvatures": [SimpleNamespace(mean=lambda g=g: g) for g in RNG.standard_normal((10, 4))]}
    settings = {"weight_decay": 0.0, "eps": 1e-300, "clip": None}
    one, other = SophiaG(0.1, gamma=0.5, batch=8.0, **settings), SophiaG(0.1, gamma=2.0, batch=2.0, **settings)
    np.testing.assert_allclose(path(one, G, **sampled), path(other, G, **sampled), rtol=1e-12)
    assert np.abs(path(one, G, **sampled) - path(dataclasses.replace(one, batch=2.0), G, **sampled)).max() > 1e-3


def test_sophia_keeps_its_curvature_between_refreshes():
    """every = 4 on a path whose curvature changes: only steps 1, 5, 9 read it."""
    diagonals = RNG.uniform(0.5, 2, (10, 4))
    altered = diagonals.copy()
    altered[[1, 2, 3, 5, 6, 7, 9]] *= 100
    optimizer = SophiaH(0.1, 0.5, 0.5, 10.0, 0.1, every=4)
    found = [path(optimizer, G, hessian=[Dense(np.diag(d)) for d in table], probes=np.ones((10, 4))) for table in (diagonals, altered)]
    np.testing.assert_array_equal(*found)
    altered[8] *= 100
    assert np.abs(path(optimizer, G, hessian=[Dense(np.diag(d)) for d in altered], probes=np.ones((10, 4))) - found[0]).max() > 1e-3


def test_adahessian_fed_the_gradient_is_adam():
    """D := |g|: a Hessian diag(g) and a probe of ones. With decay: AdamW. power = 0: momentum divided by 1 + eps."""
    answers = {"hessian": [Dense(np.diag(g)) for g in G], "probes": np.ones((10, 4))}
    np.testing.assert_allclose(path(AdaHessian(0.1, eps=0.1), G, **answers), path(Adam(0.1, eps=0.1), G), rtol=1e-13)
    decayed = path(AdaHessian(0.1, eps=0.1, weight_decay=0.3), G, np.ones(4), **answers)
    np.testing.assert_allclose(decayed, path(AdamW(0.1, eps=0.1, weight_decay=0.3), G, np.ones(4)), rtol=1e-13)
    flat = path(AdaHessian(0.1, 0.0, 0.9, 1.0, power=0.0), G, **answers)
    np.testing.assert_allclose(flat, path(SGD(0.05), G), rtol=1e-13)


def test_adahessian_scale_degree_is_one_minus_k():
    answers, c = constant_hessian(spd(4), 10), 7.3
    scaled = answers | {"hessian": [Dense(c * spd(4))] * 10}
    for k in (1.0, 0.6, 0.0):
        optimizer = AdaHessian(0.1, eps=0.0, power=-k)
        np.testing.assert_allclose(path(optimizer, c * G, **scaled), c ** (1 - k) * path(optimizer, G, **answers), rtol=1e-11)


# Probes and sampled labels under sweeps


def test_a_sweep_shares_probes_and_labels_and_seeds_do_not():
    """theta (3 rates, 2 seeds, n): probes and labels differ between seeds and agree between rates."""
    f = Logistic(RNG.standard_normal((9, 4)), np.zeros(9))
    theta = np.broadcast_to(RNG.standard_normal(4), (3, 2, 4))
    oracle = Oracle(f, theta, rng=np.random.default_rng(0), seeds=(2,))
    for drawn in (oracle.probe(), oracle.curvature("sampled").mean()):
        assert drawn.shape == theta.shape
        np.testing.assert_array_equal(drawn[0], drawn[2])
        assert np.abs(drawn[:, 0] - drawn[:, 1]).max() > 1e-3


# Arrays and linear algebra


def test_unfold_gram_and_multiply_modes():
    """Against einsum, with run axes, on a 3-mode tensor with distinct sizes."""
    x = RNG.standard_normal((2, 3, 4, 5))
    letters = "ijk"
    for mode in range(3):
        other = letters.replace(letters[mode], "z")
        np.testing.assert_allclose(gram(x, mode, 3), np.einsum(f"r{letters},r{other}->r{letters[mode]}z", x, x), atol=1e-13)
        assert unfold(x, mode, 3).shape == (2, x.shape[1 + mode], 60 // x.shape[1 + mode])
    factors = [RNG.standard_normal((2, d, d)) for d in (3, 4, 5)]
    np.testing.assert_allclose(multiply_modes(x, factors), np.einsum("rijk,ria,rjb,rkc->rabc", x, *factors), atol=1e-13)
    np.testing.assert_allclose(unfold(x, 1, 3)[0], np.stack([x[0, :, j].ravel() for j in range(4)]))


def test_tensors_carry_their_order():
    theta = Layers([np.ones((2, 3, 4)), np.ones((2, 5))], (2, 1))
    assert [k for k, *_ in tensors(theta)] == [2, 1]
    np.testing.assert_array_equal(each_tensor(lambda k, x: k * x, theta)[0], 2 * theta[0])
    assert each_tensor(lambda k, x: k * x, np.ones(3)).tolist() == [1, 1, 1]
    assert like(np.ones(3), [np.zeros(3)]).shape == (3,)
    assert per_matrix(np.ones((2, 1, 1, 1)), 3).shape == (2, 1, 1)
    assert per_matrix(np.ones((2, 1)), 1).shape == (2, 1, 1)
    assert per_matrix(0.5, 3) == 0.5


def test_symmetric_power_of_a_diverged_run_is_nan():
    h = np.stack([np.diag([4.0, 0.0]), np.full((2, 2), np.inf)])
    np.testing.assert_allclose(symmetric_power(h, -0.5)[0], np.diag([0.5, 0.0]))
    assert np.isnan(symmetric_power(h, -0.5)[1]).all()


def test_diverging_runs_are_data():
    """Matrix methods on a run that leaves the floating range: inf in the series, and the other run of the batch is not disturbed."""
    f, theta = Quadratic(spd(4)), np.stack([np.ones(4), np.full(4, 1e200)])
    optimizers = MATRIX_METHODS | {"SOAP": soap(1e3, tracker=ShampooEigenbasis(0.8, 0.1, 1, ((np.eye(4),),), True))}
    for name, optimizer in optimizers.items():
        both = simulate(f, optimizer, theta, steps=6)["loss"]
        np.testing.assert_allclose(both[:, 0], simulate(f, optimizer, theta[0], steps=6)["loss"], rtol=1e-9, err_msg=name)
        assert not np.isnan(both).any()


BAD = {
    Adafactor: [{"power": 0.5}, {"clip": 0.0}, {"eps_mode": "inside"}, {"axes": "first"}, {"least": 0}, {"floor": -1.0}],
    Muon: [
        {"iterations": 0},
        {"coefficients": (1.0, 2.0)},
        {"shape": "square"},
        {"average": "sum"},
        {"orthogonalise": "qr"},
        {"rms": 0.0},
    ],
    Shampoo: [{"eps": -1.0}, {"lr": 0.0}],
    SophiaH: [{"gamma": 0.0}, {"eps": 0.0}, {"every": 0}, {"clip": -1.0}],
    SophiaG: [{"batch": 0.0}, {"beta1": 1.0}],
    AdaHessian: [{"power": 1.0}, {"eps": -1.0}],
    AdaL: [{"factor": "l2"}, {"eps_mode": "inside"}, {"schedule": "linear"}, {"norm_scope": "row"}, {"exponent": 0.0}, {"beta2": 1.5}],
    ShampooEigenbasis: [{"every": 0}, {"beta": 1.0}, {"damping": -1.0}],
}


@pytest.mark.parametrize(("cls", "wrong"), [(cls, wrong) for cls, cases in BAD.items() for wrong in cases])
def test_bad_hyper_parameters_are_named(cls, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"{cls.__name__}\.{name}"):
        loud(cls, **wrong)
