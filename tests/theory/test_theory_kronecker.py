"""Kronecker products of second moments against numbers without seeds, from two independent
computations."""

import numpy as np
import pytest

from lab.objectives import MLP
from lab.theory.kronecker import quality
from lab.theory.kronecker.approximations import (
    eigen_corrected,
    eigenbases,
    nearest_gap_bound,
    nearest_kronecker,
    tnt_factors,
    trace_power_factors,
)
from lab.theory.kronecker.damping import equal_average, per_sample_settings, pi_damped
from lab.theory.kronecker.divergences import (
    entropy,
    frobenius,
    log_det,
    mutual_information,
    trace_norm,
    trace_power_divergence,
    von_neumann,
)
from lab.theory.kronecker.moments import (
    kronecker_product,
    layer_factors,
    layer_moment,
    mode_moments,
    rearranged,
    transported,
)

DIMS = (3, 4)
# the numbers below are printed to ten digits or to the ones given
TEN = 1.5e-10
A = np.arange(1, 13.0)
T = np.arange(1, 21.0)[:, None]
Z = np.sin(A**2 + 3 * A * T + T)
C = Z.T @ Z / 20
SIZE = np.linalg.norm(C)
# sweeps after which the fixed points of this C rest
SWEEPS = 5000


def tnt(c, dims=DIMS):
    return kronecker_product(tnt_factors(c, dims))


def nearest(c):
    found = nearest_kronecker(c, DIMS)
    return kronecker_product([found.left, found.right])


def likelihood(c):
    return kronecker_product(trace_power_factors(c, DIMS, 0.0, SWEEPS))


METHODS = {"tnt": tnt, "nearest": nearest, "likelihood": likelihood}
FOUND = {name: method(C) for name, method in METHODS.items()}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("tnt", 0.5652650384), ("nearest", 0.5533934188), ("likelihood", 0.7040030307)],
)
def test_distance(name, wanted):
    assert frobenius(C, FOUND[name]) / SIZE == pytest.approx(wanted, abs=TEN)


def test_information_and_gap():
    assert np.trace(C) == pytest.approx(6.4671547292, abs=TEN)
    information = mutual_information(C, DIMS)
    assert information == pytest.approx(0.3279792651, abs=TEN)
    shares = trace_norm(C - FOUND["tnt"]) / np.trace(C)
    assert shares**2 / (2 * information) == pytest.approx(0.5755178, abs=1e-7)

    best = nearest_kronecker(C, DIMS)
    ratio = frobenius(C, FOUND["tnt"]) / best.distance
    assert ratio == pytest.approx(1.0214524048, abs=TEN)
    assert nearest_gap_bound(C, DIMS)[0] == pytest.approx(1.0563626196, abs=TEN)
    s = np.linalg.svd(rearranged(C, DIMS), compute_uv=False)
    assert best.gap == pytest.approx(s[0] - s[1])


def test_three_modes():
    dims = (2, 3, 2)
    assert mutual_information(C, dims) == pytest.approx(0.3365054913, abs=TEN)
    assert frobenius(C, tnt(C, dims)) / SIZE == pytest.approx(0.5757062281, abs=TEN)


def test_as_preconditioners():
    corrected = eigen_corrected(C, eigenbases(C, DIMS))
    share = frobenius(C, corrected) / frobenius(C, FOUND["tnt"])
    assert share == pytest.approx(0.8484869151, abs=TEN)

    wanted = {
        1979.117: np.eye(12),
        2019.295: np.diag(np.diag(C)),
        2489.059: corrected,
        2624.188: FOUND["tnt"],
        3546.740: FOUND["likelihood"],
        3759.755: FOUND["nearest"],
    }
    for kappa, approximation in wanted.items():
        found = quality.preconditioned_kappa(C, approximation, 0.0)
        assert found == pytest.approx(kappa, abs=1e-3)

    for name, cosine in (("tnt", 0.10526346), ("likelihood", 0.11869698)):
        found = quality.natural_cosine(C, FOUND[name], Z[0], 0.0)
        assert found == pytest.approx(cosine, abs=1e-8)


@pytest.mark.parametrize(
    ("name", "wanted"), [("tnt", 0.1811101), ("nearest", 0.2790130), ("likelihood", 0.0)]
)
def test_equivariance(name, wanted):
    maps = [np.eye(3) + 0.5 * np.eye(3, k=1), np.diag([1.0, 2.0, 3.0, 4.0])]
    moved = transported(FOUND[name], maps)
    found = METHODS[name](transported(C, maps))
    assert frobenius(found, moved) / np.linalg.norm(moved) == pytest.approx(wanted, abs=1e-7)


def test_direction():
    shift = [u + 0.1 * np.eye(len(u)) for u in tnt_factors(C, DIMS)]
    inverse = [np.linalg.inv(u) for u in shift]
    found = inverse[0] @ Z[0].reshape(3, 4) @ inverse[1]
    assert found[0, 0] == pytest.approx(-1.4499490143, abs=TEN)
    assert found[2, 3] == pytest.approx(-1.7502983233, abs=TEN)


def test_divergences_of_trace_powers():
    powers = (0.0, 0.5, 1.0, 2.0)
    points = [kronecker_product(trace_power_factors(C, DIMS, q, SWEEPS)) for q in powers]
    found = [[float(trace_power_divergence(C, s, q)) for s in points] for q in powers]
    wanted = [
        [3.894070, 4.018164, 4.138382, 5.184900],
        [35.079436, 34.896220, 34.921658, 35.352305],
        [10.592126, 10.261434, 10.238755, 10.383501],
        [-1.378675, -1.807277, -1.860017, -1.896317],
    ]
    np.testing.assert_allclose(found, wanted, atol=6e-7)
    # the fixed point of q is the best of the four for D_q
    np.testing.assert_array_equal(np.argmin(np.round(found, 6), 1), range(4))


def test_loewner_ratio_of_the_stream():
    g = Z.reshape(20, 3, 4)
    left = np.einsum("tai,tbi->ab", g, g) + 1e-3 * np.eye(3)
    right = np.einsum("tia,tib->ab", g, g) + 1e-3 * np.eye(4)
    roots = []
    for h in (left, right):
        lam, q = np.linalg.eigh(h)
        roots.append((q * np.sqrt(lam)) @ q.T)
    upper = kronecker_product(roots)
    for rank, wanted in ((3, 0.2265922494), (1, 0.6797111484)):
        lower = 1e-3 * np.eye(12) + Z.T @ Z / rank
        assert quality.pencil(lower, upper, 0.0)[-1] == pytest.approx(wanted, abs=TEN)


def entries(c, *shape):
    """sin(a^2 + c a), a = 1 ... in row-major order."""
    a = np.arange(1, np.prod(shape) + 1.0)
    return np.sin(a**2 + c * a).reshape(shape)


def test_layers_of_a_network():
    f = MLP(entries(1, 6, 4), np.arange(6) % 3, (3,), loss="softmax")
    blocks = [entries(2, 3, 4), entries(3, 3), entries(4, 3, 3), entries(5, 3)]
    theta = f.flatten.to(np.concatenate([block.ravel() for block in blocks]))
    curvature = f.curvature(theta, None, "exact", None)

    wanted = [
        (1.1645007968, 1.0238699694, 0.6455050471, 0.5163460725, 0.4541642592),
        (1.1962195947, 0.9706656649, 0.1557640049, 0.0981058233, 0.0799644033),
    ]
    for layer, numbers in zip(curvature.layers, wanted, strict=True):
        fisher, products = of_layer(layer)
        distances = [frobenius(fisher, s) / np.linalg.norm(fisher) for s in products]
        traces = [np.trace(fisher), np.trace(products[0]) / np.trace(fisher)]
        np.testing.assert_allclose([*traces, *distances], numbers, atol=TEN)

    fisher, products = of_layer(curvature.layers[0])
    damping = float(np.trace(fisher)) / (100 * len(fisher))
    candidates = [np.diag(np.diag(fisher)), *products]
    kappas = [quality.preconditioned_kappa(fisher, s, damping) for s in candidates]
    np.testing.assert_allclose(kappas, [790.863, 558.935, 737.109, 2243.234], atol=1e-3)
    lam = np.linalg.eigvalsh(fisher) + damping
    assert lam[-1] / lam[0] == pytest.approx(728.362, abs=1e-3)


def of_layer(layer):
    """The Fisher block of a layer with its bias, and its three Kronecker products."""
    m, c, o = layer.errors.shape
    g = layer.errors.reshape(m * c, o)
    a = np.repeat(np.concatenate([layer.inputs, np.ones((m, 1))], -1), c, 0)
    weight = np.full(m * c, 1 / m)
    fisher = layer_moment(g, a, weight)
    kfac = kronecker_product(layer_factors(g, a, weight))
    dims = (o, a.shape[-1])
    best = nearest_kronecker(fisher, dims)
    return fisher, [kfac, tnt(fisher, dims), kronecker_product([best.left, best.right])]


def test_everything_is_batched():
    stack = np.stack([C, 2 * C + np.eye(12)])
    for function in (
        lambda c: tnt(c),
        lambda c: mode_moments(c, DIMS)[1],
        lambda c: mutual_information(c, DIMS),
        lambda c: nearest_kronecker(c, DIMS).right,
        lambda c: nearest_gap_bound(c, DIMS)[1],
        lambda c: kronecker_product(trace_power_factors(c, DIMS, 0.5, 50)),
        lambda c: eigen_corrected(c, eigenbases(c, DIMS)),
        lambda c: von_neumann(c, tnt(c)),
        lambda c: log_det(c, tnt(c)),
        lambda c: quality.natural_cosine(c, tnt(c), Z[0], 0.1),
    ):
        each = [function(c) for c in stack]
        # sums in another order, of a matrix of condition number 2000
        np.testing.assert_allclose(function(stack), each, rtol=1e-9, atol=1e-12)


def test_edges():
    zero = np.zeros((4, 4))
    assert not tnt(zero, (2, 2)).any()
    assert mutual_information(zero, (2, 2)) == 0.0
    assert nearest_gap_bound(zero, (2, 2)) == (np.inf, np.inf)
    huge = tnt(1e150 * C)
    np.testing.assert_allclose(huge / 1e150, FOUND["tnt"], rtol=1e-9, atol=1e-12)
    # a direction of C that S has not
    thin = np.diag([1.0, 0.0])
    assert von_neumann(np.eye(2), thin) == np.inf
    assert von_neumann(thin, np.eye(2)) == pytest.approx(1.0)
    assert log_det(thin, np.eye(2)) == np.inf
    assert trace_power_divergence(np.eye(2), thin, 0.5) == np.inf
    assert entropy(np.eye(4) / 4) == pytest.approx(np.log(4))


def test_damping():
    left, right = np.diag([1.0, 3.0]), np.diag([4.0, 5.0, 9.0])
    one, two = equal_average(left, right)
    assert np.trace(one) / 2 == pytest.approx(np.trace(two) / 3)
    mine = kronecker_product([one + 0.3 * np.eye(2), two + 0.3 * np.eye(3)])
    theirs = kronecker_product(pi_damped(left, right, 0.09))
    np.testing.assert_allclose(mine, theirs)
    np.testing.assert_array_equal(pi_damped(0 * left, right, 0.09)[0], 0.3 * np.eye(2))
    assert per_sample_settings(0.1, 0.2, 16, 2) == pytest.approx((1.6, 0.8))


def test_layer_moments_by_loops():
    g, a, weight = entries(1, 5, 2), entries(2, 5, 3), np.array([0.1, 0.2, 0.3, 0.0, 0.4])
    rows = list(zip(weight, g, a, strict=True))
    wanted = sum(w * np.kron(np.outer(x, x), np.outer(y, y)) for w, x, y in rows)
    np.testing.assert_allclose(layer_moment(g, a, weight), wanted, atol=1e-14)
    # the weights sum to 1
    left, right = layer_factors(g, a, weight)
    np.testing.assert_allclose(left, sum(w * np.outer(x, x) for w, x, _ in rows))
    np.testing.assert_allclose(right, sum(w * np.outer(y, y) for w, _, y in rows))
    double = kronecker_product(layer_factors(g, a, 2 * weight))
    np.testing.assert_allclose(double, 2 * kronecker_product([left, right]))
