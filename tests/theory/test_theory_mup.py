"""Exponents in the width against the tables in print and those derived by hand; limits in numbers
against sums over units and against each other."""

import numpy as np
import pytest
from sympy import Rational, symbols

from lab.linalg import symmetric_power
from lab.theory.mup import (
    PLACES,
    RULES,
    Family,
    Gram,
    Rule,
    blocked,
    critical_rate,
    degree,
    diagonal,
    effective_kernel,
    eigenbasis,
    entrywise,
    exponents,
    first_step,
    gain,
    grafted,
    gram,
    kernel_ridge,
    kick_power,
    kronecker,
    logit_power,
    moves,
    nngp,
    ratio_powers,
    relu_kernel,
    residual_power,
    scales,
    shampoo,
    shrinkage,
    spectral,
    step_kernel,
    unnormalised,
)

e_A, e_B, e, b_L = symbols("e_A e_B e b_L")
HALF = Rational(1, 2)

# (input, hidden, output): c of muP, by hand
BY_HAND = {
    "SGD": (-1, 0, 1),
    "Shampoo": (-HALF, 0, HALF),
    "KFAC": (0, 0, 0),
    "FOOF": (-1, -1, 0),
    "GNT": (0, 1, 1),
    "Adam": (0, 1, 1),
    "DiagonalGN": (1, 2, 1),
    "SophiaG": (0, 1, 1),
    "Adafactor": (0, HALF, 0),
    "LARS": (0, HALF, 0),
    "LAMB": (0, HALF, 0),
    "GraftedShampoo": (0, 1, 1),
    "EKFAC": (0, 0, 0),
    "KBFGS": (-1, -1, 0),
    "Muon": (0, 0, HALF),
}
RULES_BY_HAND = {
    "polar": (spectral(), (-HALF, 0, HALF)),
    "ratio": (spectral("ratio"), (0, 0, 0)),
    "largest": (spectral("largest"), (0, HALF, 1)),
    "entries": (spectral("entries"), (0, 1, 1)),
    "square root of the diagonal": (diagonal(HALF), (0, 1, 1)),
    "degree 1/2": (entrywise(HALF), (-HALF, HALF, 1)),
    "grafted on SGD": (grafted(kronecker(0, 0)), (-1, 0, 1)),
    "Shampoo with square roots": (shampoo(1), (0, 0, 0)),
    "TNT without its traces": (unnormalised(), (1, 0, -1)),
    "Adafactor of absolute steps": (entrywise(0), (0, 1, 1)),
    "Shampoo in blocks of 8": (blocked(), (0, 1, 1)),
    "Shampoo in blocks of sqrt(M)": (blocked(HALF, HALF), (-HALF / 2, HALF, 3 * HALF / 2)),
    "eigenvectors of L": (eigenbasis(right=False), (-HALF, HALF, 1)),
    "eigenvectors of R": (eigenbasis(left=False), (0, HALF, HALF)),
    "eigenvectors of neither": (eigenbasis(False, False), (0, 1, 1)),
    "Shampoo in one block": (blocked(HALF, 1), (-HALF, 0, HALF)),
}


def rates(table):
    return tuple(table.rows[place].c for place in PLACES)


@pytest.mark.parametrize("name", BY_HAND)
def test_rates_of_methods(name):
    assert rates(exponents(name)) == BY_HAND[name]
    assert rates(exponents(RULES[name])) == BY_HAND[name]


@pytest.mark.parametrize("name", RULES_BY_HAND)
def test_rates_of_rules(name):
    rule, expected = RULES_BY_HAND[name]
    assert rates(exponents(rule)) == expected


def test_the_family():
    table = exponents("kronecker", e_A=e_A, e_B=e_B)
    assert rates(table) == (e_B - 1, e_B - e_A, 1 - e_A)
    assert rates(exponents("shampoo", e=e)) == (e - 1, 0, 1 - e)
    assert [table.rows[place].b for place in PLACES] == [0, HALF, 1]
    assert [table.rows[f"{place} bias"].c for place in PLACES] == [e_B - 1, e_B - 1, 0]


def test_lazy_and_standard():
    lazy = exponents("kronecker", "lazy", e_A=e_A, e_B=e_B)
    assert rates(lazy) == (0, 1 - e_A, 1 - e_A)
    assert [lazy.rows[place].b for place in PLACES] == [0, HALF, HALF]
    assert rates(exponents("Adam", "lazy")) == (HALF, 3 * HALF, 1)

    standard = exponents("kronecker", "SP", e_A=e_A, e_B=e_B)
    assert rates(standard) == (0, 0, 0)
    moved = moves(standard)
    assert [moved[place] for place in PLACES] == [-HALF, HALF - e_A, 1 - e_A]
    adam = moves(exponents("Adam", "SP"))
    assert [adam[place] for place in PLACES] == [0, 1, 1]


def test_dampings_follow_the_head():
    table = exponents("kronecker", e_A=e_A, e_B=e_B, b_L=b_L)
    assert [table.rows[place].d["A"] for place in PLACES] == [0, -1, -1]
    assert [table.rows[place].d["B"] for place in PLACES] == [2 * b_L - 1, 2 * b_L - 1, 0]
    both = exponents("shampoo", e=e, b_L=b_L)
    assert [both.rows[place].d["L"] for place in PLACES] == [2 * b_L - 1, 2 * b_L - 2, -1]
    assert [exponents("Adam").rows[place].d["eps"] for place in PLACES] == [1, 1, 0]
    assert [exponents("DiagonalGN").rows[place].d["eps"] for place in PLACES] == [2, 2, 0]
    assert [exponents("SophiaG").rows[place].d["gamma"] for place in PLACES] == [-1, -1, 0]


def test_laws():
    family = kronecker(e_A, e_B)
    assert gain(family, b_L)["hidden"].equals(e_B * (2 * b_L - 1) - e_A)
    assert gain(RULES["KFAC"]) == {"input": 1, "hidden": 0, "output": -1}
    assert residual_power(family) == 1
    assert residual_power(kronecker(e_A, e_B, "loss")).equals(1 - 2 * e_B)
    assert residual_power(shampoo(e)).equals(1 - 2 * e)
    assert kick_power(family).equals(2 - 2 * e_B)
    assert kick_power(shampoo(e)).equals(2 - 2 * e)
    assert [degree(r) for r in (RULES["SGD"], RULES["KFAC"], RULES["Adam"])] == [1, 1, 0]
    assert logit_power(exponents("KFAC", b_L=b_L)) == 0


def test_heuristic_dampings():
    assert ratio_powers("pi") == {"input": (1, 0), "hidden": (0, 0), "output": (-1, 0)}
    standard = ratio_powers("pi", HALF)
    assert standard == {"input": (HALF, -HALF), "hidden": (-HALF, -HALF), "output": (-1, 0)}
    assert ratio_powers("printed")["input"] == (HALF, HALF)
    assert ratio_powers("absolute")["hidden"] == (-1, 1)
    assert set(ratio_powers("trace").values()) == {(0, 0)}


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: exponents("Adamx"), ValueError, "method = 'Adamx'"),
        (lambda: exponents("Adam", "muQ"), ValueError, "parameterization = 'muQ'"),
        (lambda: exponents("kronecker", e_A=1), TypeError, "needs e_A and e_B"),
        (lambda: exponents("Adam", e=1), TypeError, "Adam has no exponents"),
        (lambda: exponents("Adam", a={"middle": 1}), ValueError, "'middle'"),
        (lambda: scales("middle"), ValueError, "role = 'middle'"),
        (lambda: spectral("big"), ValueError, "scale = 'big'"),
        (lambda: ratio_powers("sqrt"), ValueError, "kind = 'sqrt'"),
        (lambda: nngp(np.eye(2), np.eye(2), 0), ValueError, "depth = 0"),
        (lambda: Family(rho=-1.0), ValueError, "rho = -1"),
        (lambda: kernel_ridge(np.eye(2), np.eye(2), np.ones(2), -1.0), ValueError, "ridge = -1"),
        (lambda: shrinkage(np.eye(2), -1.0), ValueError, "rho = -1"),
        (lambda: effective_kernel([], [], 0.1), ValueError, "at least one"),
        (lambda: effective_kernel([np.eye(2)], [np.eye(3)], 0.1), ValueError, "multiple of 2"),
    ],
)
def test_malformed(call, error, said):
    with pytest.raises(error, match=said.replace("(", r"\(")):
        call()


def test_a_rule_of_ones_own():
    normalised = Rule(lambda s: (s.fan_in + s.fan_out) / 2)
    assert rates(exponents(normalised)) == (0, 1, 1)


RNG = np.random.default_rng(3)
X = RNG.standard_normal((5, 6))


def test_arc_cosine_kernels_are_means_over_units():
    w = RNG.standard_normal((400_000, 6)) / np.sqrt(6)
    u = X[:2] @ w.T
    v = X[2:4] @ w.T
    k = gram(X[:2], X[2:4])
    # means of 4e5 numbers of size 1: five standard errors are 0.008
    relu = np.maximum(u, 0) @ np.maximum(v, 0).T / len(w)
    np.testing.assert_allclose(relu_kernel(k), relu, atol=8e-3)
    np.testing.assert_allclose(step_kernel(k), (u > 0) * 1.0 @ (v > 0).T / len(w), atol=8e-3)


def test_nngp_keeps_lengths_and_a_zero_input():
    k = nngp(X, X, 3)
    np.testing.assert_allclose(np.diag(k), (X**2).sum(1) / 6 / 2, rtol=1e-12)
    assert (relu_kernel(Gram(np.zeros(1), np.zeros((1, 1)), np.ones(1))) == 0).all()


def test_kernel_ridge_interpolates_and_fades():
    k = nngp(X, X, 2)
    y = np.arange(5.0)
    np.testing.assert_allclose(kernel_ridge(k, k, y, 0.0), y, atol=1e-9)
    faded = kernel_ridge(k, k, y, 1e6)
    np.testing.assert_allclose(faded, k @ y / 5e6, rtol=1e-5)


def test_first_step_of_sgd_is_the_tangent_kernel():
    """With e_A = e_B = 0 the layers' moves are plain sums, written out."""
    y = np.array([1.0, -0.5, 0.3, 0.7, -1.0])
    found = first_step(X, y, X[:1], Family(0.0, 0.0, 0.1, 0.5), 1)
    k0 = gram(X, X)
    slopes = step_kernel(k0)
    q = -0.5 * y * (X @ X[0]) / 5
    np.testing.assert_allclose(found.features[0, 0], np.sqrt(q @ slopes @ q), rtol=1e-12)
    np.testing.assert_allclose(found.output, -0.5 * y @ relu_kernel(k0)[:, :1] / 5, rtol=1e-12)


def test_first_step_with_factors_is_the_bracket():
    """q = (P / n + rho tr)^-e_B diag(chi) (K / n + rho tr)^-e_A k / n, from matrices."""
    y = np.array([1.0, -0.5, 0.3, 0.7, -1.0])
    found = first_step(X, y, X[:1], Family(0.5, 1.0, 0.1), 1)
    slopes = step_kernel(gram(X, X))
    k = X @ X.T

    def damped(x):
        return x / 5 + 0.1 * np.trace(x) / 5 * np.eye(5)

    inner = symmetric_power(damped(k), -0.5) @ k[:, 0] / 5
    q = symmetric_power(damped(slopes), -1.0) @ (-y * inner)
    np.testing.assert_allclose(found.features[0, 0], np.sqrt(q @ slopes @ q), rtol=1e-10)


def test_effective_kernel_of_two_orthogonal_examples():
    """K = J = I, n = 2: S = 1 / (1 + 2 rho), and K_eff = 2 S^2 I."""
    kernel = effective_kernel([np.eye(2)], [np.eye(2)], 0.5)
    np.testing.assert_allclose(kernel, 2 / 4 * np.eye(2))


def test_shrinkage_is_the_damped_quotient():
    x = X @ X.T + np.eye(5)
    shift = 0.3 * np.trace(x)
    direct = x @ symmetric_power(x + shift * np.eye(5), -1.0)
    np.testing.assert_allclose(shrinkage(x, 0.3), direct, atol=1e-12)
    assert (shrinkage(np.zeros((2, 2)), 0.0) == 0).all()


def test_critical_rate_of_one_example():
    ones = [np.array([[2.0]])] * 3
    kernel = effective_kernel(ones, ones, 0.5)
    np.testing.assert_allclose(kernel, 3 / 1.5**2)
    np.testing.assert_allclose(critical_rate(kernel), 2 * 1.5**2 / 3)
    with_biases = effective_kernel(ones, ones, 0.5, biases=(0, 2))
    np.testing.assert_allclose(with_biases, 3 / 1.5**2 + 2 / 1.5)
    assert critical_rate(np.zeros((2, 2))) == np.inf


def test_several_outputs():
    """n = 1, C = 2, J^T J = I: S_B = I / (1 + 2 rho), S_A = 1 / (1 + rho)."""
    kernel = effective_kernel([np.array([[3.0]])], [np.eye(2)], 0.5)
    np.testing.assert_allclose(kernel, np.eye(2) / (2.0 * 1.5))


def test_dampings_of_blocks():
    """b_in b_out / d_out^2, of blocks of M^s."""
    s = symbols("s")
    rows = exponents(blocked(HALF, s)).rows
    expected = (2 - s, 2 - 2 * s, -s)
    for place, d in zip(PLACES, expected, strict=True):
        assert (rows[place].d["L"] - d).expand() == 0
        assert rows[place].d["R"] == rows[place].d["L"]


def test_a_bias_keeps_its_coordinates():
    """SOAP turns matrices only: of its biases it is Adam."""
    for rule in (eigenbasis(), eigenbasis(left=False)):
        rows = exponents(rule).rows
        assert [rows[f"{place} bias"].c for place in PLACES] == [0, 0, 0]


def test_tables_are_solved_for_once(monkeypatch):
    """And who has one may set b_L without changing that of others."""
    first = exponents("PerExampleTNT")
    monkeypatch.setattr("lab.theory.mup.tables.solve", None)
    assert exponents("PerExampleTNT", b_L=2).rows["output"].b == 2
    assert exponents("PerExampleTNT").rows == first.rows
    # the same conditions under another name
    assert exponents(kronecker(1, 1)).rows["output"].b == 1
