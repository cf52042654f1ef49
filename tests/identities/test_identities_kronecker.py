"""What the Kronecker-factored methods must satisfy among themselves, their limits, and the answers
defined for edge cases."""

import numpy as np
import pytest
from examples import flat, start
from layered_objectives import network
from streams import iterates, stream

from lab.arrays import Layers
from lab.linalg import polar_factor, symmetric_power
from lab.objectives import MLP
from lab.optimizers import (
    EKFAC,
    FOOF,
    KFAC,
    BlockNaturalGradient,
    GaussNewton,
    PerExampleTNT,
    Shampoo,
    example,
)
from lab.optimizers.matrix.damping import damped, equal_traces
from lab.optimizers.matrix.kronecker import Kronecker
from lab.optimizers.matrix.samples import Whole
from lab.optimizers.matrix.statistic import Statistic
from lab.oracle import Asked

RNG = np.random.default_rng(31)
# products of a few well-conditioned matrices: 1e-11 is a hundred times their rounding
CLOSE = {"rtol": 1e-11, "atol": 1e-12}


def first_step(optimizer, f, theta=None):
    theta = start(f) if theta is None else theta
    delta, _ = optimizer.step(optimizer.init(theta), Asked(f, theta), theta)
    return flat(delta)


def one_example(outputs=2):
    """A network of one example: its factors are what they are averages of."""
    return MLP(RNG.standard_normal((1, 2)), RNG.standard_normal((1, outputs)), (3,))


def spread(d, kappa):
    q = np.linalg.qr(RNG.standard_normal((d, d)))[0]
    return (q * np.geomspace(1, 1 / kappa, d)) @ q.T


def test_one_example_with_exact_labels():
    """K-FAC, TNT per example with joined biases, E-KFAC and the blocks themselves are the same, by
    their products as damping goes to 0 relative to the factors' own range."""
    f = one_example(1)
    settings = {"labels": "exact", "momentum": 0.0}
    blocks = first_step(BlockNaturalGradient(1.0, 1e-3), f)
    ekfac = first_step(EKFAC(1.0, 1e-3, **settings, spectrum="product"), f)
    moment = first_step(EKFAC(1.0, 1e-3, **settings), f)
    np.testing.assert_allclose(ekfac, blocks, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(moment, blocks, rtol=1e-9, atol=1e-9)
    tnt = first_step(PerExampleTNT(1.0, 0.01, beta2=0.0, bias="column", **settings), f)
    kfac = first_step(KFAC(1.0, 1e-4, **settings), f)
    np.testing.assert_allclose(tnt, kfac, **CLOSE)


def test_tnt_is_kfac_with_the_same_factors_and_pi():
    """(U_1 + eps)(U_2 + eps) = (M_1 + eps / pi)(M_2 / tau + pi eps), eps = sqrt(lam)."""
    m1 = spread(3, 20.0)
    m2 = spread(4, 30.0)
    m2 = m2 * np.trace(m1) / np.trace(m2)
    one, other = damped((m1, m2), 0.3, "trace", "each")
    g, a = damped((m1, m2 / np.trace(m1)), 0.09, "pi", "root")
    np.testing.assert_allclose(np.kron(one, other), np.kron(g, a), **CLOSE)


def test_equal_traces():
    """All mean eigenvalues agree, and the product has the trace that every factor had."""
    blocks = tuple(a / np.trace(a) * 2.7 for a in (spread(2, 5.0), spread(3, 9.0), spread(4, 7.0)))
    scaled = equal_traces(blocks)
    means = [np.trace(u) / len(u) for u in scaled]
    np.testing.assert_allclose(means, means[0], rtol=1e-14)
    np.testing.assert_allclose(np.prod([np.trace(u) for u in scaled]), 2.7, rtol=1e-13)
    # traces whose product overflows, and 0
    np.testing.assert_allclose(
        equal_traces(tuple(1e150 * a for a in blocks))[0], 1e50 * scaled[0], rtol=1e-12
    )
    assert (equal_traces((np.zeros((2, 2)), np.zeros((3, 3))))[1] == 0).all()


def test_a_separable_law_is_inverted_exactly():
    """If the second moment is U kron V, one undamped TNT direction is its inverse, Shampoo's with
    traces (VN) its inverse root."""
    u = spread(3, 10.0)
    v = spread(4, 20.0)
    moments = (u * np.trace(v), v * np.trace(u))
    g = RNG.standard_normal((3, 4))
    for power in (-1.0, -0.5):
        scaled = damped(moments, 0.0, "trace", "each")
        left, right = (symmetric_power(a, power) for a in scaled)
        expected = symmetric_power(u, power) @ g @ symmetric_power(v, power)
        np.testing.assert_allclose(left @ g @ right, expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("kind", ["vector", "matrix"])
def test_shampoo_sums_are_a_point(kind):
    """`Shampoo` is the composition with sums; of a vector, full-matrix AdaGrad."""
    theta, grads = stream((5,) if kind == "vector" else (3, 4))
    sums = Kronecker(0.1, 0.2, Statistic("modes", labels="true", average="sum"), powers=None)
    expected = iterates(Shampoo(0.1, 0.2), grads, theta)
    np.testing.assert_allclose(iterates(sums, grads, theta), expected, **CLOSE)
    if kind == "vector":
        total = 0.2 * np.eye(5)
        path = [theta]
        for g in grads:
            total = total + np.outer(g, g)
            path.append(path[-1] - 0.1 * symmetric_power(total, -0.5) @ g)
        np.testing.assert_allclose(expected, path, **CLOSE)


def test_the_first_undamped_step_is_polar():
    """From sums, pseudo-inverse powers; with damping s goes to s / sqrt(s^2 + damping)."""
    g = RNG.standard_normal((3, 4))
    sums = {"statistic": Statistic(labels="true", average="sum"), "powers": None}
    step = -iterates(Kronecker(1.0, 0.0, **sums), [g])[1]
    np.testing.assert_allclose(step, polar_factor(g), rtol=1e-10, atol=1e-11)
    u, s, vt = np.linalg.svd(g, full_matrices=False)
    step = -iterates(Kronecker(1.0, 0.2, **sums), [g])[1]
    np.testing.assert_allclose(step, (u * s / np.sqrt(s**2 + 0.2)) @ vt, rtol=1e-10, atol=1e-11)


def test_whitening_with_q_one_counts_traces_alone():
    """q = 1: S S^T / tr R, no matter what R is otherwise; q = 0: S R^-1 S^T / n."""
    s = RNG.standard_normal((3, 4))
    r = spread(4, 9.0)
    ones = (np.eye(3), r)
    np.testing.assert_allclose(Whole(2, s).whitened(ones, 1.0)[0], s @ s.T / np.trace(r), **CLOSE)
    np.testing.assert_allclose(
        Whole(2, s).whitened(ones, 0.0)[0], s @ np.linalg.inv(r) @ s.T / 4, **CLOSE
    )
    np.testing.assert_allclose(
        Whole(2, s).whitened(ones, 2.0)[0], s @ r @ s.T / np.trace(r @ r), **CLOSE
    )


def test_foof_is_kfac_with_one_factor():
    f = network()
    theta = start(f)
    a = f.curvature(theta, None, "true", None).layers[0].inputs
    a = np.column_stack([a, np.ones(len(a))])
    g = f.grad(theta)
    m = np.column_stack([g[0], g[1]])
    expected = -m @ np.linalg.inv(a.T @ a / len(a) + 0.3 * np.eye(3))
    delta, _ = FOOF(1.0, 0.3, momentum=0.0).step(FOOF(1.0, 0.3).init(theta), Asked(f, theta), theta)
    np.testing.assert_allclose(np.column_stack(delta.blocks[:2]), expected, **CLOSE)


def test_all_blocks_at_once_are_gauss_newton():
    """A network of one layer is one block."""
    f = MLP(RNG.standard_normal((6, 2)), np.array([0, 2, 1, 1, 0, 2]), loss="softmax")
    np.testing.assert_allclose(
        first_step(BlockNaturalGradient(0.5, 0.1), f),
        first_step(GaussNewton(0.5, 0.1), f),
        rtol=1e-9,
        atol=1e-11,
    )


@pytest.mark.parametrize("name", ["KFAC", "EKFAC", "PerExampleTNT", "KBFGS"])
def test_states_of_runs_do_not_mix(name):
    """A run that has diverged leaves the others alone."""
    f = network()
    one = start(f)
    theta = Layers([np.stack([x, np.full_like(x, np.inf)]) for x in one], one.orders, one.roles)
    method = example(name)
    with np.errstate(all="ignore"):
        delta, _ = method.step(method.init(theta), Asked(f, theta, seeds=()), theta)
    alone, _ = method.step(method.init(one), Asked(f, one), one)
    np.testing.assert_allclose(flat(delta)[0], flat(alone), rtol=1e-9, atol=1e-12)


def turned_psgd(q, other, samples):
    """Q - (E A A^T - E B B^T) Q / 2 |both|, A = Q S Q_2^T, B = V (Q kron Q_2)^-1, V ~ N(0, I)

    in expectation: PSGD's step on one of two factors (Li 2018).
    """
    a = q @ np.einsum("nij,kj,kl,nml->im", samples, other, other, samples) / len(samples) @ q.T
    b = np.linalg.inv(q @ q.T) * np.trace(np.linalg.inv(other @ other.T))
    return q - (a - b) @ q / (2 * np.linalg.norm(a + b, 2))


def test_psgd_settles_where_the_family_has_one_half():
    """P = Q^T Q = H^(-1/2) with H the fixed point of q = 1/2: PSGD with Kronecker factors has the
    family's direction at rest, but no average and no root: as an iteration it is no point of it."""
    samples = np.random.default_rng(8).standard_normal((9, 3, 4)) * np.geomspace(2, 0.5, 4)
    q, other = np.eye(3), np.eye(4)
    # linear convergence: what is left after so many is rounding
    for _ in range(400):
        q, other = turned_psgd(q, other, samples), turned_psgd(other, q, samples.swapaxes(1, 2))
    settled = [np.linalg.matrix_power(np.linalg.inv(x.T @ x), 2) for x in (q, other)]
    moments = [Whole(2, s).whitened(tuple(settled), 0.5) for s in samples]
    for mode, h in enumerate(settled):
        again = np.mean([m[mode] for m in moments], axis=0)
        np.testing.assert_allclose(again, h, rtol=1e-9, atol=1e-11 * np.abs(h).max())


def test_a_share_of_the_largest_eigenvalue_has_no_units():
    """Gradients in other units turn the step alike: a direction has no length here. A run that
    left the floating range leaves its neighbours alone, and a factor 0 stays 0."""
    factors = tuple(a @ a.swapaxes(-1, -2) for a in RNG.standard_normal((2, 2, 3, 3)))
    found = damped(factors, 0.1, "none", "largest")
    for h, x in zip(factors, found, strict=True):
        lam = np.linalg.eigvalsh(h)[:, -1, None, None]
        np.testing.assert_allclose(x, h + 0.1 * lam * np.eye(3), **CLOSE)
        np.testing.assert_allclose(damped((7 * h,), 0.1, "none", "largest")[0], 7 * x, **CLOSE)
    lost = np.stack([factors[0][0], np.full((3, 3), np.nan), np.zeros((3, 3))])
    kept = damped((lost,), 0.1, "none", "largest")[0]
    np.testing.assert_allclose(kept[0], found[0][0], **CLOSE)
    assert np.isnan(kept[1]).all()
    assert (kept[2] == 0).all()
    with pytest.raises(TypeError, match="damp = 'largest' with scale = 'pi'"):
        Kronecker(0.1, 0.1, scale="pi", damp="largest")
