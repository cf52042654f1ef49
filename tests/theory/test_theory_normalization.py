"""Conditioning of normalised inputs: golden numbers, closed forms against matrices written out."""

import numpy as np
import pytest

from lab.claims.normalization.neurons import of_batchnorm, of_weightnorm
from lab.linalg import kappa, kappa_gram
from lab.theory import normalization_witnesses as witnesses
from lab.theory.bnp import bnp_preconditioner, bnp_size, bnp_variance
from lab.theory.conditioning import jacobi_hurts, shift_bound
from lab.theory.hidden_data import (
    centred,
    covariance,
    extended,
    layer_normalised,
    mean,
    neuron_hessian,
    rms_normalised,
    standardised,
    whitened,
)
from lab.theory.normalization import (
    batchnorm_hessian,
    centred_kappa,
    extended_moment,
    mahalanobis,
    range_kappa,
    uncentred_bound,
    weightnorm_hessian,
)

RNG = np.random.default_rng(3)
H = RNG.standard_normal((2, 9, 3)) * [0.3, 1.0, 4.0] + [2.0, 0.0, -1.0]
S = RNG.random((2, 9)) + 0.1


def test_moments_by_loops():
    for h, s, mu, c in zip(H, S, mean(H, S), covariance(H, S), strict=True):
        total = s.sum()
        by_hand = sum(weight * x for weight, x in zip(s, h, strict=True)) / total
        spread = sum(w * np.outer(x - by_hand, x - by_hand) for w, x in zip(s, h, strict=True))
        np.testing.assert_allclose(mu, by_hand, rtol=1e-13)
        np.testing.assert_allclose(c, spread / total, rtol=1e-12)


def test_the_hessian_by_loops():
    for h, s, found in zip(H, S, neuron_hessian(H, S), strict=True):
        rows = [np.append(1.0, x) for x in h]
        by_hand = sum(w * np.outer(x, x) for w, x in zip(s, rows, strict=True)) / 9
        np.testing.assert_allclose(found, by_hand, rtol=1e-12)


def test_the_moment_is_the_hessian():
    s = S / S.mean(-1, keepdims=True)
    found = extended_moment(mean(H, s), covariance(H, s))
    np.testing.assert_allclose(found, neuron_hessian(H, s), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("change", "moments"), [(standardised, "unit diagonal"), (whitened, "identity")]
)
def test_what_is_left_of_the_moments(change, moments):
    c = covariance(change(H))
    diagonal = np.einsum("rii->ri", c)
    np.testing.assert_allclose(diagonal, 1, rtol=1e-10)
    np.testing.assert_allclose(mean(change(H)), 0, atol=1e-12)
    if moments == "identity":
        np.testing.assert_allclose(c, np.broadcast_to(np.eye(3), c.shape), atol=1e-10)


def test_layer_normalisation_by_loops():
    for x, found in zip(H[0], layer_normalised(H[0]), strict=True):
        size = np.sqrt(sum((a - x.mean()) ** 2 for a in x) / 3)
        np.testing.assert_allclose(found, (x - x.mean()) / size, rtol=1e-12)
    for x, found in zip(H[0], rms_normalised(H[0]), strict=True):
        np.testing.assert_allclose(found, x / np.sqrt(sum(a * a for a in x) / 3), rtol=1e-12)


def test_groups_are_layers_of_their_own():
    h = RNG.standard_normal((5, 6))
    pair = np.concatenate([layer_normalised(h[:, :3]), layer_normalised(h[:, 3:])], -1)
    np.testing.assert_allclose(layer_normalised(h, 2), pair, rtol=1e-12)


def test_golden_numbers():
    h, s = witnesses.saturated_outlier()
    assert kappa(neuron_hessian(h, s)) == pytest.approx(1.0000505, rel=1e-7)
    assert kappa(neuron_hessian(centred(h), s)) == pytest.approx(169.887264, rel=1e-8)

    raw = kappa(extended_moment(np.array([30.0]), np.eye(1)))
    assert (round(float(raw)), round(float(shift_bound(30.0)))) == (813602, 3602)
    assert kappa(extended_moment(np.array([0.0]), np.eye(1))) == pytest.approx(1.0, rel=1e-14)

    # as many digits as are printed
    tolerance = {"rel": 5e-6}
    across, along = (witnesses.ring(9.0 * np.array(v)) for v in ((1, -1, 1, -1), (1, 1, 1, 1)))
    for h, layer in ((across, 1927.8186), (along, 1.29414)):
        normalised = extended(layer_normalised(h))
        assert np.sqrt(kappa_gram(extended(h))) == pytest.approx(325.996932, **tolerance)
        assert np.sqrt(range_kappa(normalised, 4)) == pytest.approx(layer, **tolerance)
        assert kappa_gram(extended(standardised(h))) == pytest.approx(1.0, rel=1e-12)


def test_the_equality_family_of_centring():
    """mu across both extreme eigenvectors, lam_min < 1 < lam_max: centring changes nothing."""
    c = np.diag([4.0, 0.09, 1.0])
    equal, worse = (kappa(extended_moment(np.array([0, 0, t]), c)) for t in (1.0, 2.0))
    assert equal == pytest.approx(400 / 9, rel=1e-10)
    assert worse == pytest.approx(64.8, rel=1e-3)
    assert centred_kappa(c) == pytest.approx(400 / 9, rel=1e-12)


def test_the_bias_has_length_one_after_centring():
    assert centred_kappa(np.diag([4.0, 9.0])) == pytest.approx(9.0)
    assert centred_kappa(np.diag([0.1, 0.2])) == pytest.approx(10.0)


def test_singular_covariances():
    c = np.diag([1.0, 0.0])
    assert mahalanobis(np.array([2.0, 0.0]), c) == pytest.approx(2.0)
    assert mahalanobis(np.array([0.0, 1e-3]), c) == np.inf
    assert uncentred_bound(np.array([2.0, 0.0]), c) == np.inf
    assert centred_kappa(c) == np.inf


def test_a_gain_that_is_too_large_was_claimed_once():
    """|mu|^2 times the squared Mahalanobis length is no lower bound of what centring gains."""
    mu, c = np.array([0.0, 10.0]), np.diag([1e-4, 1.0])
    gain = kappa(extended_moment(mu, c)) / centred_kappa(c)
    assert gain < 110 < 1e4 == pytest.approx(mahalanobis(mu, c) ** 2 * 100)


def test_sandwich():
    """kappa of the Hessian is at most kappa(S) times that of the moments, for positive s."""
    bound = S.max(-1) / S.min(-1) * kappa_gram(extended(H))
    assert (kappa(neuron_hessian(H, S)) <= bound).all()
    after = kappa(neuron_hessian(whitened(H), S))
    assert (after <= S.max(-1) / S.min(-1) * (1 + 1e-9)).all()


def test_scaling_and_repeated_variables():
    c = jacobi_hurts(6, 1e6, 1e-3)
    h = witnesses.with_covariance(c)
    np.testing.assert_allclose(covariance(h), c, rtol=1e-7)
    worse = kappa_gram(extended(standardised(h))) / kappa_gram(extended(h))
    assert worse == pytest.approx(3.0, rel=0.02)

    same = witnesses.repeated_variable(5, 8)
    largest = np.linalg.norm(extended(standardised(same)), 2) ** 2 / 8
    assert (largest, bnp_size(5, 8)) == (pytest.approx(5.0), 1.0)


def test_layer_norm_without_full_rank():
    rows = witnesses.nearly_constant_rows(1e-3)
    across = rows - rows.mean(-1, keepdims=True)
    assert range_kappa(rows, 2) == pytest.approx(1.0, rel=1e-9)
    assert range_kappa(across, 2) == pytest.approx(1 + 1e6, rel=1e-6)


def test_hessians_of_normalised_neurons():
    """At the minimum, where the weight is C^-1 cov(h, y) and cov(u, y) is 1."""
    c = covariance(H[0])
    w = np.array([0.5, -1.0, 0.3])
    size = w @ c @ w
    data = witnesses.with_covariance(c)
    measured = of_batchnorm(data, data @ w / np.sqrt(size), w, 1.7, 0.0)
    np.testing.assert_allclose(batchnorm_hessian(c, w, 1.7 / size), measured, rtol=1e-8, atol=1e-9)

    # differences at distance 1e-5
    found = weightnorm_hessian(c, w, 0.6)
    np.testing.assert_allclose(found, of_weightnorm(c, w, 0.6), atol=1e-7 * np.abs(c).max())


def test_bnp_in_matrices():
    mu, c = mean(H)[0], covariance(H)[0]
    v = bnp_variance(np.diag(c), 0.1, 0.01)
    np.testing.assert_allclose(v, np.diag(c) + 0.1 * c.max() + 0.01, rtol=1e-13)
    inverse = np.linalg.inv(extended_moment(mu, np.diag(v)))
    np.testing.assert_allclose(bnp_preconditioner(mu, v), inverse, rtol=1e-10, atol=1e-12)
    assert bnp_size(400, 50) == 8.0


def test_spreads_beyond_eps1_are_not_repaired():
    v = bnp_variance(np.array([1e6, 1.0, 0.5, 1e-9]))
    e = 1e-2 + 1e-4 / 1e6
    assert v.max() / v.min() == pytest.approx((1 + e) / e, rel=1e-6)


def test_constant_examples_and_variables_are_refused():
    with pytest.raises(ValueError, match="standard deviation of h"):
        standardised(np.ones((4, 2)))
    with pytest.raises(ValueError, match="standard deviation of an example of h"):
        layer_normalised(np.ones((4, 2)))
    with pytest.raises(ValueError, match="singular covariance"):
        whitened(H[0, :3])
    with pytest.raises(ValueError, match="groups = 2: must divide the 3"):
        layer_normalised(H, 2)
