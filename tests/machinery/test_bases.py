"""Bases and the paths between them."""

import numpy as np
import pytest
from examples import spd
from hypothesis import given
from hypothesis import strategies as st
from one_ulp import shaken
from scipy.linalg import expm, schur

from lab import geodesics
from lab.arrays import Layers
from lab.bases import (
    Kronecker,
    Orthogonal,
    PerLayer,
    coordinate,
    eigen,
    eigenvectors,
    kronecker_eigen,
    random,
)
from lab.geodesics import align, geodesic, rotation_log
from lab.linalg import hadamard
from lab.modes import vec

seeds = st.integers(0, 2**31)


def rotation(n, seed):
    """A random rotation: det = +1."""
    q = random(n, np.random.default_rng(seed)).q
    return q * np.where(np.arange(n) == 0, np.sign(np.linalg.det(q)), 1.0)


def plane(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@given(seeds, st.integers(1, 7))
def test_to_is_the_transpose_and_back_its_inverse(seed, n):
    q = random(n, np.random.default_rng(seed))
    x = np.random.default_rng(seed).standard_normal((2, 3, n))
    np.testing.assert_allclose(q.q.T @ q.q, np.eye(n), atol=1e-14 * n)
    np.testing.assert_allclose(q.to(x)[1, 2], q.q.T @ x[1, 2], atol=1e-14 * n)
    np.testing.assert_allclose(q.back(q.to(x)), x, atol=1e-14 * n)
    np.testing.assert_allclose(
        q.rows(x), q.to(x), atol=1e-14 * n
    )  # n products of numbers below 5: 5 n eps


def test_one_basis_per_run():
    rng = np.random.default_rng(0)
    stack = np.stack([random(4, rng).q for _ in range(3)])
    x = rng.standard_normal((3, 4))
    q = Orthogonal(stack)
    for k in range(3):
        np.testing.assert_allclose(q.to(x)[k], stack[k].T @ x[k], rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(q.rows(x)[k], x @ stack[k], rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(q.back(q.to(x)), x, atol=1e-14)


def test_haar_signs():
    """QR alone fixes the sign of a diagonal; a Haar basis has entries of either sign in the first
    column."""
    first = [random(3, np.random.default_rng(k)).q[0, 0] for k in range(40)]
    assert 8 <= sum(x > 0 for x in first) <= 32


@given(seeds)
def test_kronecker_is_the_kronecker_product_on_stacked_columns(seed):
    rng = np.random.default_rng(seed)
    b = random(3, rng).q
    a = random(2, rng).q
    w = rng.standard_normal((5, 3, 2))
    basis = Kronecker((b, a))
    for k in range(5):
        np.testing.assert_allclose(
            vec(basis.to(w))[k], np.kron(a, b).T @ w[k].T.ravel(), atol=1e-14
        )
    np.testing.assert_allclose(basis.back(basis.to(w)), w, atol=1e-14)


def test_kronecker_on_tensors_and_per_run():
    rng = np.random.default_rng(1)
    q = [random(d, rng).q for d in (2, 3, 4)]
    x = rng.standard_normal((5, 2, 3, 4))
    expected = np.einsum("rijk,ia,jb,kc->rabc", x, *q)
    np.testing.assert_allclose(Kronecker(tuple(q)).to(x), expected, atol=1e-14)
    np.testing.assert_allclose(Kronecker(tuple(q)).back(expected), x, atol=1e-13)
    stacks = tuple(np.stack([random(d, rng).q for _ in range(5)]) for d in (2, 3, 4))
    np.testing.assert_allclose(
        Kronecker(stacks).to(x), np.einsum("rijk,ria,rjb,rkc->rabc", x, *stacks), atol=1e-14
    )


def test_per_layer():
    rng = np.random.default_rng(1)
    q = random(2, rng)
    x = Layers([rng.standard_normal((5, 2, 2)), rng.standard_normal((5, 2))], (2, 1))
    basis = PerLayer((Kronecker((q.q, q.q)), q))
    np.testing.assert_allclose(basis.to(x)[0][3], q.q.T @ x[0][3] @ q.q, atol=1e-14)
    np.testing.assert_allclose(basis.back(basis.to(x))[1], x[1], atol=1e-14)
    assert basis.to(x).orders == basis.back(x).orders == (2, 1)


def test_eigenbases():
    h = spd(5)
    z = eigen(h).q.T @ h @ eigen(h).q
    # backward error of eigh and of two products of n terms: 3 n eps |h|
    rounding = 3 * len(h) * np.finfo(float).eps * np.linalg.norm(h, 2)
    np.testing.assert_allclose(z, np.diag(np.diag(z)), rtol=0, atol=rounding)
    assert (np.diff(np.diag(z)) < 0).all(), "decreasing"
    q = eigenvectors(np.stack([h, spd(5, 1)]))
    assert (np.take_along_axis(q, np.abs(q).argmax(-2, keepdims=True), -2) > 0).all()
    a = spd(3, 2)
    b = spd(2, 3)
    basis = kronecker_eigen(a, b)
    w = np.random.default_rng(0).standard_normal((2, 3))
    turned = basis.to(b @ basis.back(w) @ a)
    np.testing.assert_allclose(
        turned,
        np.outer(np.sort(np.linalg.eigvalsh(b))[::-1], np.sort(np.linalg.eigvalsh(a))[::-1]) * w,
        atol=1e-14,
    )
    np.testing.assert_array_equal(coordinate(3).q, np.eye(3))


@given(seeds, st.integers(1, 8))
def test_align_undoes_a_signed_permutation(seed, n):
    rng = np.random.default_rng(seed)
    q = random(n, rng).q
    np.testing.assert_array_equal(
        align(q[:, rng.permutation(n)] * rng.choice([-1.0, 1.0], n), q),
        q,
        err_msg="columns are moved and negated, not computed",
    )


@given(seeds, st.integers(1, 8))
def test_rotation_log(seed, n):
    r = rotation(n, seed)
    k = rotation_log(r)
    np.testing.assert_allclose(k, -k.T, atol=1e-12)
    np.testing.assert_allclose(expm(k), r, atol=1e-11)
    assert np.abs(np.linalg.eigvals(k).imag).max() <= np.pi + 1e-9


@pytest.mark.parametrize(
    "r",
    [
        -np.eye(2),
        -np.eye(4),
        np.diag([1.0, -1, 1, -1]),
        -plane(0.3),
        hadamard(4) @ np.diag([1, -1, 1, 1.0]),
    ],
)
def test_rotation_log_with_minus_one_eigenvalues(r):
    """Eigenvalues -1 come in pairs; the real part of a complex logarithm would lose them."""
    q = random(len(r), np.random.default_rng(3)).q
    for turned in (r, q @ r @ q.T):
        sign = np.linalg.det(turned)
        turned = turned * np.where(np.arange(len(r)) == 0, sign, 1.0) if sign < 0 else turned
        np.testing.assert_allclose(expm(rotation_log(turned)), turned, atol=1e-12)


def test_a_reflection_has_no_logarithm():
    with pytest.raises(ValueError, match="determinant -1"):
        rotation_log(np.diag([1.0, -1.0]))


@given(seeds, st.integers(2, 8), st.floats(0, 1))
def test_geodesic_starts_at_start_ends_at_end_and_moves_evenly(seed, n, s):
    rng = np.random.default_rng(seed)
    start = random(n, rng)
    end = random(n, rng)
    np.testing.assert_allclose(geodesic(start, end, 0.0).q, start.q, atol=1e-12)
    overlap = np.abs(geodesic(start, end, 1.0).q.T @ end.q)
    np.testing.assert_allclose(np.sort(overlap, axis=0)[-1], 1.0, atol=1e-11)
    np.testing.assert_allclose(np.sort(overlap, axis=0)[:-1], 0.0, atol=1e-6)
    half = geodesic(start, end, s / 2).q
    np.testing.assert_allclose(half @ start.q.T @ half, geodesic(start, end, s).q, atol=1e-10)


@pytest.mark.parametrize("angle", [0.1, 0.7, -0.7, 0.78])
def test_geodesic_in_the_plane_is_an_angle(angle):
    for s in (0.0, 0.25, 1.0):
        np.testing.assert_allclose(
            geodesic(coordinate(2), Orthogonal(plane(angle)), s).q, plane(s * angle), atol=1e-14
        )


def test_geodesic_takes_the_short_way_whatever_the_order_and_signs_of_the_columns():
    """Rotating by 0.9 > pi / 4 is rotating by 0.9 - pi / 2 and swapping the columns."""
    expected = plane(0.5 * (0.9 - np.pi / 2))
    for end in (plane(0.9), plane(0.9)[:, ::-1], plane(0.9) * [1, -1]):
        np.testing.assert_allclose(
            geodesic(coordinate(2), Orthogonal(end), 0.5).q, expected, atol=1e-14
        )


def test_geodesic_to_hadamard():
    start = coordinate(8)
    end = Orthogonal(hadamard(8))
    for s in (0.0, 0.3, 1.0):
        q = geodesic(start, end, s).q
        np.testing.assert_allclose(q.T @ q, np.eye(8), atol=1e-13)
    np.testing.assert_allclose(np.abs(geodesic(start, end, 1.0).q), 8**-0.5, atol=1e-13)


# --- the same on every machine


def half_turns():
    """Rotations with eigenvalues -1: alone, two pairs, beside others, and Hadamard's basis aligned
    to the coordinates."""
    q = rotation(6, 5)
    return [
        -np.eye(4),
        q @ np.diag([-1.0, -1, -1, -1, 1, 1]) @ q.T,
        align(hadamard(16), np.eye(16)),
    ]


@pytest.mark.parametrize("r", half_turns(), ids=["all", "four of six", "Hadamard"])
def test_the_logarithm_does_not_depend_on_the_choice_of_schur_vectors(r, monkeypatch):
    """Other coordinates give LAPACK's vectors other signs, another order, and other planes within
    an eigenspace of -1."""
    assert np.isclose(np.linalg.eigvals(r), -1).sum() >= 2
    expected = rotation_log(r)
    for seed in range(6):
        q = random(len(r), np.random.default_rng(seed)).q

        def other(x, output, q=q):
            t, z = schur(q.T @ x @ q, output=output)
            return t, q @ z

        with monkeypatch.context() as patch:
            patch.setattr(geodesics, "schur", other)
            # angles below pi differ by the rounding of three products; Hadamard's is the largest, n
            # = 16
            np.testing.assert_allclose(rotation_log(r), expected, atol=1e-12)


@pytest.mark.parametrize("n", [4, 16])
@pytest.mark.parametrize("s", [0.3, 1.0])
def test_the_path_to_hadamard_is_the_same_whatever_the_last_digits(n, s):
    """All inner products are equal: rounding must not choose the assignment, nor the column that is
    flipped, nor the planes."""
    start = coordinate(n)
    expected = geodesic(start, Orthogonal(hadamard(n)), s).q
    for seed in range(8):
        end = Orthogonal(shaken(hadamard(n) * (1 + 1e-15), seed))
        np.testing.assert_allclose(geodesic(start, end, s).q, expected, atol=1e-12)


def test_the_column_that_is_flipped_is_the_first_of_equals():
    """A reflection, aligned as it is, whose diagonal is 5/7 everywhere but for rounding."""
    mirror = np.eye(7) - 2 / 7 * np.ones((7, 7))
    expected = geodesic(coordinate(7), Orthogonal(mirror), 0.5).q
    for seed in range(8):
        end = Orthogonal(shaken(mirror, seed))
        np.testing.assert_allclose(geodesic(coordinate(7), end, 0.5).q, expected, atol=1e-12)


@given(seeds)
def test_a_tie_for_the_largest_entry_goes_to_the_first(seed):
    """Eigenvectors whose entries are all of one size: the first entry is the one that is
    positive."""
    q = hadamard(8)
    q = q[np.random.default_rng(seed).permutation(8)] * np.random.default_rng(seed).choice(
        [-1.0, 1.0], 8
    )
    found = eigenvectors(q @ np.diag(np.geomspace(8, 1, 8)) @ q.T)
    assert (found[0] > 0).all()
