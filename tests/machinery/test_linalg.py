"""Linear algebra on matrices and stacks."""

import numpy as np
import pytest
from examples import spd
from hypothesis import given
from hypothesis import strategies as st

from lab.linalg import (
    blockdiag,
    hadamard,
    kappa,
    kappa_gram,
    matvec,
    solve_symmetric,
    symmetric_power,
)
from lab.modes import gram, multiply_modes, unfold, unvec, vec

RNG = np.random.default_rng(0)
STACK = np.stack([spd(4, k) for k in range(3)])


def test_matvec():
    x = RNG.standard_normal((3, 4))
    m = RNG.standard_normal((5, 4))
    np.testing.assert_allclose(matvec(m, x), [m @ v for v in x], rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(
        matvec(STACK, x), [h @ v for h, v in zip(STACK, x, strict=True)], rtol=1e-13, atol=1e-14
    )


@pytest.mark.parametrize("power", [-1.0, -0.5, 0.5, 2.0])
def test_symmetric_power(power):
    """Relative to |H^p|; kappa = 50 costs less than two of sixteen digits."""
    for h, raised in zip(STACK, symmetric_power(STACK, power), strict=True):
        np.testing.assert_allclose(raised, raised.T, rtol=1e-12, atol=1e-12)
        half = symmetric_power(h, power / 2)
        np.testing.assert_allclose(half @ half, raised, atol=1e-12 * np.abs(raised).max())
    np.testing.assert_allclose(symmetric_power(STACK, -1.0), np.linalg.inv(STACK), atol=1e-11)


def test_powers_and_solutions_live_on_the_range():
    h = np.diag([4.0, 0.0])
    np.testing.assert_allclose(symmetric_power(h, -0.5), np.diag([0.5, 0.0]))
    np.testing.assert_allclose(
        symmetric_power(np.diag([4.0, 0.1]), -0.5, floor=0.1), np.diag([0.5, 0.0])
    )
    np.testing.assert_allclose(solve_symmetric(h, np.array([2.0, 3.0])), [0.5, 0.0])
    q = np.linalg.qr(RNG.standard_normal((2, 2)))[0]
    np.testing.assert_allclose(
        solve_symmetric(q @ h @ q.T, q @ [2.0, 3.0]), q @ [0.5, 0.0], atol=1e-15
    )


def test_solve_symmetric():
    g = RNG.standard_normal((3, 4))
    damping = np.array([[0.0], [0.3], [2.0]])
    solved = solve_symmetric(STACK, g, damping)
    for k in range(3):
        np.testing.assert_allclose(
            solved[k], np.linalg.solve(STACK[k] + damping[k] * np.eye(4), g[k]), rtol=1e-12
        )
    np.testing.assert_allclose(
        solve_symmetric(STACK[0], g, 0.7),
        np.linalg.solve(STACK[0] + 0.7 * np.eye(4), g.T).T,
        rtol=1e-12,
    )
    indefinite = np.diag([1.0, -2.0])
    np.testing.assert_allclose(solve_symmetric(indefinite, np.ones(2)), [1.0, -0.5])


def test_a_diverged_run_does_not_disturb_the_others():
    h = np.stack([np.eye(2), np.full((2, 2), np.inf)])
    solved = solve_symmetric(h, np.ones((2, 2)))
    np.testing.assert_allclose(solved, [[1, 1], [np.nan, np.nan]], rtol=1e-14)  # condition number 1


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**31))
def test_vec_stacks_columns(out, into, seed):
    """(A kron B) vec(W) = vec(B W A^T)."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((into, into))
    b = rng.standard_normal((out, out))
    w = rng.standard_normal((2, out, into))
    np.testing.assert_array_equal(
        vec(w)[1], w[1].flatten(order="F"), err_msg="entries in another order"
    )
    np.testing.assert_array_equal(unvec(vec(w), (out, into)), w, err_msg="entries in another order")
    np.testing.assert_allclose(
        vec(w)[0] @ np.kron(a, b).T, vec(b @ w @ a.T)[0], rtol=1e-10, atol=1e-12
    )


def test_kappa():
    np.testing.assert_allclose(kappa(STACK), 50.0, rtol=1e-12)
    a = np.diag([1e8, 1.0])
    assert kappa_gram(a) == pytest.approx(1e16, rel=1e-12)
    np.testing.assert_allclose(kappa_gram(np.stack([a, 3 * a])), 1e16, rtol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 8])
def test_hadamard(n):
    q = hadamard(n)
    np.testing.assert_allclose(q @ q, np.eye(n), atol=1e-15)
    np.testing.assert_allclose(np.abs(q), n**-0.5, rtol=1e-15)
    np.testing.assert_array_equal(q, q.T, err_msg="equal up to sign before one division")


@pytest.mark.parametrize("n", [0, -2, 3, 12])
def test_hadamard_needs_a_power_of_two(n):
    with pytest.raises(ValueError, match=f"n = {n}: must be a power of two"):
        hadamard(n)


def test_blockdiag():
    np.testing.assert_array_equal(
        blockdiag([[[1.0]], np.array([[2.0, 3.0], [4.0, 5.0]])]), [[1, 0, 0], [0, 2, 3], [0, 4, 5]]
    )


def test_unfold_gram_and_multiply_modes():
    """Against einsum, with run axes, on a 3-mode tensor with distinct sizes."""
    x = RNG.standard_normal((2, 3, 4, 5))
    letters = "ijk"
    for mode in range(3):
        other = letters.replace(letters[mode], "z")
        np.testing.assert_allclose(
            gram(x, mode, 3), np.einsum(f"r{letters},r{other}->r{letters[mode]}z", x, x), atol=1e-13
        )
        assert unfold(x, mode, 3).shape == (2, x.shape[1 + mode], 60 // x.shape[1 + mode])
    factors = [RNG.standard_normal((2, d, d)) for d in (3, 4, 5)]
    np.testing.assert_allclose(
        multiply_modes(x, factors), np.einsum("rijk,ria,rjb,rkc->rabc", x, *factors), atol=1e-13
    )
    np.testing.assert_allclose(unfold(x, 1, 3)[0], np.stack([x[0, :, j].ravel() for j in range(4)]))


def test_symmetric_power_of_a_diverged_run_is_nan():
    h = np.stack([np.diag([4.0, 0.0]), np.full((2, 2), np.inf)])
    np.testing.assert_allclose(symmetric_power(h, -0.5)[0], np.diag([0.5, 0.0]))
    assert np.isnan(symmetric_power(h, -0.5)[1]).all()
