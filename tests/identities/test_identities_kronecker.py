"""What the Kronecker-factored methods must satisfy among themselves, their limits, and the answers
defined for edge cases."""

from types import SimpleNamespace

import numpy as np
import pytest
from examples import flat, start
from layered_objectives import network
from refusals import refused
from streams import iterates, stream

from lab.arrays import Layers, inner
from lab.linalg import polar_factor, symmetric_power
from lab.objectives import MLP, LeastSquares, Quadratic
from lab.optimizers import (
    EKFAC,
    FOOF,
    KFAC,
    TNT,
    BlockNaturalGradient,
    GaussNewton,
    KLShampoo,
    Levenberg,
    PerExampleTNT,
    Shampoo,
    ShampooEMA,
    VNShampoo,
    example,
)
from lab.optimizers.matrix.damping import balance, damped, equal_traces
from lab.optimizers.matrix.kronecker import Kronecker, refreshes
from lab.optimizers.matrix.points import POINTS, point, point_of
from lab.optimizers.matrix.quasi_newton import curved, double_damped, no_pairs, times, updated
from lab.optimizers.matrix.roots import cholesky_inverse, coupled_newton
from lab.optimizers.matrix.samples import Many, Outer, Whole
from lab.optimizers.matrix.statistic import Statistic
from lab.oracle import Asked
from lab.simulation import replay, simulate

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
    m1, m2 = spread(3, 20.0), spread(4, 30.0)
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
    u, v = spread(3, 10.0), spread(4, 20.0)
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
        total, path = 0.2 * np.eye(5), [theta]
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
    s, r = RNG.standard_normal((3, 4)), spread(4, 9.0)
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


@pytest.mark.parametrize("name", ["KFAC", "KBFGS"])
def test_states_of_runs_do_not_mix(name):
    """A run that has diverged leaves the others alone."""
    f = network()
    one = start(f)
    together = Layers([np.stack([x, np.full_like(x, np.inf)]) for x in one], one.orders, one.roles)
    method = example(name)
    settings = {"steps": 4, "record": {"theta": flat}}
    alone = simulate(f, method, one, **settings)["theta"]
    state, theta = method.init(together), together
    for _ in range(4):
        with np.errstate(all="ignore"):
            delta, state = method.step(state, Asked(f, theta, seeds=()), theta)
            theta = theta + delta
    assert np.isfinite(flat(theta)[0]).all()
    assert name == "KFAC" or np.allclose(flat(theta)[0], alone[-1], rtol=1e-9)


# --- edge cases with defined answers


def test_no_gradient_at_all():
    """All traces 0: P = damping^-1 per mode, and 0 without damping."""
    zero, g = np.zeros((2, 3)), RNG.standard_normal((2, 3))
    means = [SimpleNamespace(mean=lambda: Layers([zero]))]
    for damping, expected in ((0.5, -4.0 * g), (0.0, 0.0 * g)):
        method = TNT(1.0, damping, momentum=0.0)
        path = replay(method, Layers([zero]), [Layers([g])], curvatures=means)[0]
        np.testing.assert_allclose(path[1], expected, rtol=1e-14)
    for method in (ShampooEMA, VNShampoo, KLShampoo):
        assert (iterates(method(1.0, 0.0), [zero, zero]) == 0).all()
    assert balance((np.zeros((2, 2)), np.eye(3))) == 1
    assert balance((np.eye(2), np.zeros((3, 3)))) == 1


def test_a_singular_factor_without_damping():
    """Powers on the range by eigenvalues; by Cholesky's method an error that says what to do."""
    g = np.outer([1.0, 2.0], [1.0, 0.0, -1.0])
    path = iterates(VNShampoo(1.0, 0.0, momentum=0.0), [g])
    assert np.isfinite(path).all()
    assert np.linalg.matrix_rank(path[1]) == 1
    tnt = {"curvatures": [SimpleNamespace(mean=lambda: Layers([g]))]}
    refused(
        lambda: iterates(TNT(1.0, 0.0, root="cholesky"), [g], **tnt),
        ValueError,
        "a factor of size 2 is singular: damping must be > 0 for root = 'cholesky'",
    )


def test_modes_of_size_one_are_kept():
    """A 1 x d block has the factor c beside M, and the powers of a matrix."""
    g = RNG.standard_normal((1, 4))
    c = np.sqrt((g**2).sum() / 4)
    means = [SimpleNamespace(mean=lambda: Layers([g]))]
    step = iterates(TNT(1.0, 0.1, beta2=0.0, momentum=0.0), [g], curvatures=means)[1]
    expected = -g / (c + 0.1) @ np.linalg.inv(g.T @ g / c + 0.1 * np.eye(4))
    np.testing.assert_allclose(step, expected, rtol=1e-10)
    grads = RNG.standard_normal((3, 1, 4))
    as_vector = iterates(Shampoo(1.0, 0.1), grads[:, 0])[-1]
    as_matrix = iterates(Shampoo(1.0, 0.1), grads)[-1][0]
    assert np.abs(as_vector - as_matrix).max() > 1e-2


def test_overflow_is_data():
    """Gradients whose squares overflow end one run, without a warning that stops it."""
    theta, grads = stream((2, 3))
    with np.errstate(over="ignore", invalid="ignore"):
        path = iterates(example("TNT"), 1e200 * grads, theta, curvatures=_of(1e200 * grads))
    assert not np.isfinite(path[-1]).any()


def _of(grads):
    return [SimpleNamespace(mean=lambda g=g: Layers([g])) for g in grads]


@pytest.mark.parametrize(
    "name", ["KFAC", "EKFAC", "PerExampleTNT", "KBFGS", "BlockNaturalGradient"]
)
def test_a_batch_of_one(name):
    f = network()
    run = simulate(f, example(name), start(f), steps=4, batch=1)
    assert np.isfinite(run["loss"]).all()


def test_blocks_of_no_dense_layer():
    """Scales and shifts: raw momentum for K-FAC and K-BFGS, factors of their own by modes."""
    x, y = RNG.standard_normal((6, 2)), RNG.standard_normal((6, 2))
    f = MLP(x, y, (3,), normalised="layer")
    theta = start(f)
    others = [b for b, role in enumerate(theta.roles) if role.kind in ("scale", "shift")]
    g = f.grad(theta)
    for name in ("KFAC", "KBFGS", "EKFAC"):
        method = example(name)
        delta, _ = method.step(method.init(theta), Asked(f, theta), theta)
        share = 0.5 if name == "KBFGS" else 1.0
        for b in others:
            np.testing.assert_allclose(delta[b], -0.07 * share * g[b], rtol=1e-13)
    for name in ("PerExampleTNT", "BlockNaturalGradient"):
        method = example(name)
        delta, state = method.step(method.init(theta), Asked(f, theta), theta)
        assert all(np.abs(delta[b] + 0.07 * g[b]).max() > 1e-4 for b in others)
        np.testing.assert_allclose(
            flat(method.metric(state).times(delta)), -0.07 * flat(g), rtol=1e-9, atol=1e-12
        )


# --- statistics


def test_samples_of_a_layer_written_out():
    """Outer products and the tensors that they stand for have the same moments."""
    g, a = RNG.standard_normal((5, 2, 3)), RNG.standard_normal((5, 4))
    outer = Outer(g, a)
    many = Many(2, g[..., :, None] * a[:, None, None, :])
    bases = tuple(np.linalg.qr(RNG.standard_normal((d, d)))[0] for d in (3, 4))
    for one, other in zip(outer.grams(), many.grams(), strict=True):
        np.testing.assert_allclose(one, other, **CLOSE)
    np.testing.assert_allclose(outer.squares(bases), many.squares(bases), **CLOSE)
    np.testing.assert_allclose(outer.rows()[0], many.rows()[0], **CLOSE)
    assert outer.rows()[1] == many.rows()[1] == 5


def test_roots_stand_still_with_their_factors(monkeypatch):
    """Five steps with roots every three: two refreshes, of two layers' two factors."""
    calls = []
    module = "lab.optimizers.matrix.kronecker.matrix_power"
    monkeypatch.setattr(module, lambda a, *rest: calls.append(1) or np.linalg.inv(a))
    f = network()
    theta = start(f)
    simulate(f, KFAC(0.1, 0.3, every=3, sample_every=3), theta, steps=5)
    assert len(calls) == 2 * 2 * 2


def test_refreshes():
    assert [i for i in range(9) if refreshes(i, 1, 4, True)] == [0, 1, 2, 3, 4, 8]
    assert [i for i in range(9) if refreshes(i, 2, 4, True)] == [0, 2, 4, 8]
    assert [i for i in range(9) if refreshes(i, 1, 4, False)] == [0, 4, 8]


def test_averages():
    """ "mean" is the running mean until 1 / n falls to 1 - beta2; "debiased" divides by 1 -
    beta2^n."""
    grads = RNG.standard_normal((3, 2))
    outer = [np.outer(g, g) for g in grads]

    def factor(average):
        statistic = Statistic(labels="true", average=average, beta2=0.5)
        s = statistic.start(grads[0])
        for t, g in enumerate(grads):
            samples = statistic.take(SimpleNamespace(grad=g), grads[0], t)
            s = statistic.updated(s, samples, t, grads[0], 0.0)
        return statistic.current(s, grads[0])[0][0]

    ema = 0.125 * outer[0] + 0.25 * outer[1] + 0.5 * outer[2]
    np.testing.assert_allclose(factor("ema"), ema, rtol=1e-14)
    np.testing.assert_allclose(factor("debiased"), ema / 0.875, rtol=1e-14)
    np.testing.assert_allclose(factor("sum"), sum(outer), rtol=1e-14)
    mean = 0.25 * outer[0] + 0.25 * outer[1] + 0.5 * outer[2]
    np.testing.assert_allclose(factor("mean"), mean, rtol=1e-14)


@pytest.mark.parametrize("name", POINTS)
def test_points_know_their_names(name):
    assert point_of(point(name, 0.1, 0.2, {}, {})) == name
    assert point_of(Quadratic(np.eye(2))) is None


def test_what_does_not_go_together():
    refused(lambda: Statistic("layers"), TypeError, "Statistic.of = 'layers'")
    refused(lambda: Statistic("whitened", "example"), TypeError, "only per = 'batch'")
    refused(lambda: Statistic(labels="exact"), TypeError, "Statistic.labels = 'exact'")
    refused(lambda: Kronecker(1.0, 0.1, powers=(0.5,)), ValueError, "Kronecker.powers = (0.5,)")
    refused(lambda: Kronecker(1.0, 0.1, powers=()), ValueError, "Kronecker.powers = ()")
    newton = {"powers": (-0.4,), "root": "newton"}
    refused(lambda: Kronecker(1.0, 0.1, **newton), ValueError, "takes -1 / p integer")
    refused(lambda: Kronecker(1.0, 0.1, powers=None, root="cholesky"), ValueError, "is for -1")
    two = Kronecker(1.0, 0.1, Statistic(labels="true"), powers=(-0.5, -1.0))
    refused(lambda: iterates(two, np.ones((1, 3))), TypeError, "a tensor has 1 factors")
    pi = Kronecker(1.0, 0.1, Statistic(labels="true"), scale="pi")
    refused(lambda: iterates(pi, np.ones((1, 3))), TypeError, "there are 1 factors")
    joined = Kronecker(1.0, 0.1, Statistic(labels="true", bias="column"))
    refused(lambda: iterates(joined, np.ones((1, 3))), TypeError, "theta is one vector")


# --- roots


@pytest.mark.parametrize("p", [1, 2, 4, 6])
def test_the_coupled_iteration(p):
    """Relative spectral error at most n tol / p, the bound of its stop."""
    for kappa in (3.0, 1e3, 1e6):
        a = spread(6, kappa)
        exact = symmetric_power(a, -1 / p)
        error = np.linalg.norm(coupled_newton(a, p) @ np.linalg.inv(exact) - np.eye(6), 2)
        assert error < 6 * 1e-6 / p


def test_the_stop_of_the_coupled_iteration():
    """On the Gram matrix of a flat gradient the largest entry grows at the first step though the
    norm falls: the authors' stop returns the start, z^(1/p) I."""
    a = np.full((4, 4), 0.25) + 1e-3 * np.eye(4)
    exact = symmetric_power(a, -0.25)
    np.testing.assert_allclose(coupled_newton(a, 4), exact, rtol=0, atol=1e-5)
    z = 2.5 / np.linalg.norm(a)
    np.testing.assert_allclose(coupled_newton(a, 4, growth="max"), z**0.25 * np.eye(4), rtol=1e-14)
    other = np.array([[0.2, -0.37], [-0.37, 0.7]])
    np.testing.assert_allclose(
        coupled_newton(other, 2) @ other @ coupled_newton(other, 2), np.eye(2), atol=1e-5
    )


def test_roots_of_stacks():
    """Every matrix of a stack stops by itself; 0 stays 0, one number is one, NaN is data."""
    stack = np.stack([spread(4, 5.0), spread(4, 1e4), np.zeros((4, 4)), np.full((4, 4), np.nan)])
    found = coupled_newton(stack, 2)
    for one, alone in zip(found[:2], stack[:2], strict=True):
        np.testing.assert_allclose(one, coupled_newton(alone, 2), rtol=1e-13)
    assert (found[2] == 0).all()
    assert np.isnan(found[3]).all()
    np.testing.assert_allclose(coupled_newton(np.array([[4.0]]), 2), [[0.5]], rtol=1e-6)
    inverse = cholesky_inverse(stack[[0, 3]])
    np.testing.assert_allclose(inverse[0] @ stack[0], np.eye(4), atol=1e-13)
    assert np.isnan(inverse[1]).all()


# --- quasi-Newton updates


def test_double_damping_guarantees():
    """s . y >= mu1 y . H y and >= mu2 s . s afterwards, for mu2 beyond 1 too; untouched where both
    hold."""
    s, y = RNG.standard_normal((2, 400, 3))
    h = np.stack([spread(3, 20.0) for _ in range(400)])
    for mu2 in (0.3, 1.7):
        a, b = double_damped(h, s, y, 0.2, mu2)
        bhb = inner(b, times(h, b))
        assert (inner(a, b) >= mu2 * inner(a, a) * (1 - 1e-12)).all()
        first, _ = double_damped(h, s, y, 0.2, 0.0)
        assert (inner(first, y) >= 0.2 * inner(y, times(h, y)) * (1 - 1e-12)).all()
        if mu2 < 1:
            bound = np.maximum(1 / 0.2, np.linalg.norm(h, 2, axis=(-2, -1)) / mu2)
            assert (bhb <= bound * inner(a, b) * (1 + 1e-12)).all()
    a, b = double_damped(np.eye(3), y, y, 0.2, 0.3)
    np.testing.assert_array_equal(a, y)
    np.testing.assert_array_equal(b, y)


def test_edges_of_double_damping():
    h, u, zero = spread(3, 4.0), np.array([1.0, 2.0, -1.0]), np.zeros(3)
    s, y = double_damped(h, u, zero, 0.2, 0.5)
    np.testing.assert_array_equal(s, u)
    np.testing.assert_allclose(y, 0.5 * u)
    s, y = double_damped(h, zero, u, 0.2, 1e-9)
    np.testing.assert_allclose(s, 0.2 * h @ u, rtol=1e-14)
    np.testing.assert_array_equal(y, u)
    s, y = double_damped(np.eye(3), u, u, 0.2, 1.7)
    np.testing.assert_allclose(y, 1.7 * u)


def test_the_gate():
    """Too little curvature, negative curvature and NaN do not update; each run by itself."""
    s = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [np.nan, 0.0]])
    y = np.array([[1.0, 0.0], [1e-5, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    kept = curved(s, y, 1e-4, np.ones(4))
    assert kept.tolist() == [True, False, False, False]
    h = np.stack([np.eye(2)] * 4)
    with np.errstate(invalid="ignore"):
        moved = updated(h, s, y + 1.0, kept)
    np.testing.assert_array_equal(moved[1:], h[1:])
    assert np.abs(moved[0] - h[0]).max() > 0.1
    pairs = updated(no_pairs((4,), 2, 2), s, y, kept)
    assert (pairs.rho[:, -1] != 0).tolist() == kept.tolist()


def test_pairs_are_the_matrix_until_they_are_forgotten():
    """H+ y = s; the two-loop product of all pairs is the dense matrix; of a memory, the last."""
    dense, remembered, short = np.eye(4), no_pairs((), 5, 4), no_pairs((), 2, 4)
    pairs = []
    for _ in range(5):
        s = RNG.standard_normal(4)
        y = s + 0.3 * RNG.standard_normal(4)
        pairs.append((s, y))
        dense = updated(dense, s, y, np.array(True))
        remembered = updated(remembered, s, y, np.array(True))
        short = updated(short, s, y, np.array(True))
    np.testing.assert_allclose(dense @ y, s, rtol=1e-11)
    x = RNG.standard_normal(4)
    np.testing.assert_allclose(times(remembered, x), dense @ x, rtol=1e-10)
    last = np.eye(4)
    for s, y in pairs[-2:]:
        last = updated(last, s, y, np.array(True))
    np.testing.assert_allclose(times(short, x), last @ x, rtol=1e-11)


def test_kbfgs_counts_what_it_skips():
    """Without any change of the outputs there is no pair to learn from."""
    f = network()
    theta = start(f)
    still = example("KBFGS", lr=1e-30, damping=0.0)
    _, state = still.step(still.init(theta), Asked(f, theta), theta)
    assert [side.skipped[1] for side in state.sides] == [1.0, 1.0]
    assert all((side.hg == np.eye(len(side.hg))).all() for side in state.sides)


# --- damping that adapts


def levenberg(f, damping, lr=1.0):
    method = Levenberg(GaussNewton(lr, damping), every=1)
    theta = np.array([1.0, -2.0])
    _, state = method.step(method.init(theta), Asked(f, theta), theta)
    return float(state.factor), float(state.rho)


def test_levenberg():
    """On a quadratic the model is exact but for its damping, and rho = 1; where the loss is flatter
    than its model the damping rises."""
    f = LeastSquares(np.diag([2.0, 1.0]), np.zeros(2))
    factor, rho = levenberg(f, 1e-6)
    assert (factor, round(rho, 4)) == (0.95, 1.0)
    # told = -lr |g|^2 / L (1 - lr / 2) and actual the same without damping: a long step told right
    factor, rho = levenberg(f, 1e-6, lr=1.9)
    assert (factor, round(rho, 4)) == (0.95, 1.0)
    # f = log cosh is flatter far out than its Fisher matrix at 0 says
    far = MLP(np.array([[1.0]]), np.array([1.0]), loss="bce", biases=False)
    theta = Layers([np.array([[-9.0]])], roles=far.start().roles)
    method = Levenberg(GaussNewton(1.0, 0.0), every=1)
    _, state = method.step(method.init(theta), Asked(far, theta), theta)
    assert float(state.rho) < 0.25
    assert float(state.factor) == pytest.approx(1 / 0.95)
    refused(lambda: Levenberg(example("SGD")), TypeError, "there is no damping in SGD")
