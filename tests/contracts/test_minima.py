"""Minima and their certificates: random problems with a minimum, without one, of deficient rank,
and badly scaled."""

from fractions import Fraction

import numpy as np
import pytest

from lab.curvature import Diagonal
from lab.linalg import solve_symmetric
from lab.objectives import LeastSquares, Logistic, OneHotLogistic, Quadratic
from lab.objectives.logistic_minimum import separating
from lab.optimizers import Backtracking, Newton
from lab.simulation import simulate

EPS = np.finfo(float).eps


def labelled(rng, m=60, n=4, noise=1.5):
    """Overlapping classes: with this noise a plane between them has probability below 1e-6 (and the
    test would notice)."""
    x = rng.standard_normal((m, n))
    y = x @ rng.standard_normal(n) + noise * np.sqrt(n) * rng.standard_normal(m) > 0
    return x, y.astype(float)


def units(rng, n, decades=8):
    """Scales of columns, up to 10^+-decades."""
    return 10.0 ** rng.uniform(-decades, decades, n)


def loss_at(f, rng, count=200):
    """Losses in a neighbourhood of the minimum, near and far."""
    m = f.minimum
    size = 10.0 ** rng.uniform(-6, 1, (count, 1))
    return f.loss(
        m.theta
        + size
        * np.maximum(np.abs(m.theta), 1e-3 * np.abs(m.theta).max())
        * rng.standard_normal((count, len(m.theta)))
    )


def spans(rng, m=40, n=5, rank=3):
    """Features of deficient rank."""
    return rng.standard_normal((m, rank)) @ rng.standard_normal((rank, n))


def problems(rng):
    """Every kind of problem with a minimum, with plain and with bad units."""
    x, y = labelled(rng)
    deficient = spans(rng, len(y))
    target = rng.standard_normal(len(y))
    scale = units(rng, 4)
    h = x.T @ x
    return {
        "logistic": Logistic(x, y),
        "logistic, badly scaled": Logistic(x * scale, y),
        "logistic, shifted": Logistic(
            np.column_stack([x, 1.7e9 + 1e5 * rng.standard_normal(len(y))]), y
        ),
        "logistic, ridge": Logistic(x * units(rng, 4, 2), y, 1e-3),
        "logistic, deficient": Logistic(deficient, y),
        "least squares": LeastSquares(x, target),
        "least squares, badly scaled": LeastSquares(x * scale, target),
        "least squares, deficient": LeastSquares(deficient, target),
        "quadratic": Quadratic(h, rng.standard_normal(4)),
        "quadratic, badly scaled": Quadratic(
            scale[:, None] * h * scale, rng.standard_normal(4) * scale
        ),
        "quadratic, deficient": Quadratic(deficient.T @ deficient, deficient.T @ target),
        "one-hot": OneHotLogistic(
            rng.random(5) + 0.1, rng.uniform(0.05, 0.95, 5), rng.random(5) + 0.5
        ),
    }


KINDS = list(problems(np.random.default_rng(0)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_nothing_lies_below_the_lowest_loss(kind, seed):
    """Up to the rounding of a loss: a mean of m terms, each right to some eps of its parts."""
    rng = np.random.default_rng(seed)
    f = problems(rng)[kind]
    m = f.minimum
    others = loss_at(f, rng)
    size = np.abs(f.loss(np.zeros_like(m.theta))) + np.abs(m.loss)
    if isinstance(f, Quadratic):
        size += (
            np.abs(m.theta) @ np.abs(f.h) @ np.abs(m.theta)
        )  # the terms of the product, which cancel
    assert m.gap <= 100 * EPS * size
    assert others.min() >= m.loss - 100 * EPS * size
    assert m.loss == pytest.approx(float(f.loss(m.theta)), abs=100 * EPS * size)
    assert 0 < m.curvature <= len(m.theta)  # the trace: all of it on one direction at most
    np.testing.assert_array_equal(f.minimiser, m.theta, err_msg="the same minimum, kept")
    assert f.lowest == m.loss


@pytest.mark.parametrize("kind", KINDS)
def test_newton_with_a_line_search_finds_no_less(kind):
    """Independent of how the minimum was found."""
    for seed in range(3):
        f = problems(np.random.default_rng(seed))[kind]
        path = simulate(f, Backtracking(Newton()), f.start(), steps=30)["loss"]
        size = np.abs(path[0]) + np.abs(f.lowest)
        assert path.min() >= f.lowest - 100 * EPS * size
        assert path[-1] <= f.lowest + 1e-9 * size


@pytest.mark.parametrize("seed", range(10))
def test_units_of_the_columns_change_no_minimum(seed):
    """theta in units s is theta / s. The units are powers of two, so that both problems have the
    same digits before they are solved."""
    rng = np.random.default_rng(seed)
    x, y = labelled(rng)
    s = 2.0 ** rng.integers(-60, 60, 4)
    h = x.T @ x
    pairs = (
        (Logistic(x, y), Logistic(x * s, y)),
        (LeastSquares(x, y), LeastSquares(x * s, y)),
        (Quadratic(h, y[:4]), Quadratic(s[:, None] * h * s, s * y[:4])),
    )
    for f, g in pairs:
        np.testing.assert_allclose(
            g.minimiser * s, f.minimiser, rtol=1e-9, atol=1e-9 * np.abs(f.minimiser).max()
        )
        assert g.lowest == pytest.approx(f.lowest, rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_of_many_minima_the_shortest(seed):
    """On features of rank 3 in 5 columns, also in units that differ a thousandfold: orthogonal to
    what the features do not see."""
    rng = np.random.default_rng(seed)
    x = spans(rng) * units(rng, 5, 1.5)
    y = (rng.random(40) < 0.5).astype(float)
    _, s, v = np.linalg.svd(x)
    null, tolerance = (
        v[3:],
        100 * EPS * (s[0] / s[2]) ** 2,
    )  # the null space of x^T x, which has the squared condition
    for f in (Logistic(x, y), LeastSquares(x, y), Quadratic(x.T @ x, x.T @ y)):
        theta = f.minimiser
        np.testing.assert_allclose(null @ theta, 0, atol=tolerance * np.linalg.norm(theta))
        np.testing.assert_allclose(
            f.grad(theta), 0, atol=tolerance * np.linalg.norm(f.grad(np.zeros(5)))
        )


def separable(rng, kind, m=20, n=3):
    """Features and labels that a plane through 0 divides: with room, up to equality, or in units
    that differ much."""
    d = rng.standard_normal(n)
    x = rng.standard_normal((m, n))
    if kind == "touching":  # half lie on the plane, exactly, with labels of both kinds
        d = np.array([1, 2, -1])
        x = rng.integers(-9, 10, (m, n))
        x[: m // 2] = rng.integers(-9, 10, (m // 2, 2)) @ [[2, -1, 0], [1, 0, 1]]
        x = x.astype(float)
    y = (x @ d > 0).astype(float)
    if kind == "one column":
        x = rng.standard_normal((m, n))
        y = (np.arange(m) % 2).astype(float)
        x[:, 0] = np.where(y == 1, rng.random(m) < 0.5, 0.0)  # an indicator that only one class has
    if kind == "touching":
        y[: m // 2] = np.arange(m // 2) % 2
    return (x * units(rng, n, 4) if kind == "units" else x), y


@pytest.mark.parametrize("kind", ["with room", "touching", "one column", "units", "wide"])
@pytest.mark.parametrize("seed", range(8))
def test_separable_classes_have_no_minimum(kind, seed):
    rng = np.random.default_rng(seed)
    x, y = separable(rng, kind, *((8, 20) if kind == "wide" else ()))
    with pytest.raises(
        ValueError, match=r"the two classes are separable: .* has no minimum; set ridge > 0"
    ):
        _ = Logistic(x, y).minimum

    d = separating(x, y)
    margins = (2 * y - 1) * (x @ d)
    assert margins.min() >= -1e-8 * margins.max()
    assert margins.max() > 0
    f = Logistic(x, y, 1e-3)
    assert (f.loss(rng.standard_normal((50, x.shape[1]))) >= f.lowest).all()


@pytest.mark.parametrize("seed", range(20))
def test_separability_against_every_sign_of_a_grid(seed):
    """In two dimensions the plane only turns: exact arithmetic on small integers tries the normals
    of all examples, and both between."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 5, (int(rng.integers(4, 9)), 2))
    y = rng.integers(0, 2, len(x))
    rows = [(int(a) * s, int(b) * s) for (a, b), s in zip(x, 2 * y - 1, strict=True)]
    normals = [(-b, a) for a, b in rows] + [(b, -a) for a, b in rows]
    between = [(Fraction(p + q), Fraction(r + t)) for p, r in normals for q, t in normals]
    sides = [[a * p + b * q for a, b in rows] for p, q in (*rows, *between)]
    expected = any(min(side) >= 0 and max(side) > 0 for side in sides)
    assert (separating(x.astype(float), y.astype(float)) is not None) == expected

    f = Logistic(x.astype(float), y.astype(float))
    if expected:
        with pytest.raises(ValueError, match="separable"):
            _ = f.lowest
    else:
        np.testing.assert_allclose(f.grad(f.minimiser), 0, atol=1e-7)


def test_no_feature_tells():
    """On exclusive or, theta = 0 is the minimum."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    f = Logistic((x - 0.5) * 2, np.array([0.0, 1.0, 1.0, 0.0]))
    np.testing.assert_allclose(f.minimiser, 0, atol=1e-15)
    assert f.lowest == pytest.approx(np.log(2), rel=1e-15)


def test_a_quadratic_without_a_lower_bound():
    for h in (np.diag([1.0, 0.0]), np.array([[1.0, 1.0], [1.0, 1.0]]), np.diag([1e17, 0.0])):
        with pytest.raises(ValueError, match="outside the range of h: f has no minimum"):
            _ = Quadratic(h, [1.0, 2.0]).lowest


def test_a_certain_label_has_no_minimum():
    with pytest.raises(
        ValueError, match=r"q\[1\] = 1: the loss has no minimum, it falls for ever along theta\[1\]"
    ):
        _ = OneHotLogistic(np.ones(3), np.array([0.5, 1.0, 0.2])).lowest


@pytest.mark.parametrize("seed", range(10))
def test_no_definite_direction_is_dropped(seed):
    """A^-1 b on S C S, C of condition below 100 or so and S over sixty decades, for a stack;
    relative to each coordinate's own size."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3, 40, 5))
    c = x.swapaxes(-1, -2) @ x
    s = 10.0 ** rng.uniform(-30, 30, (3, 5))
    z = rng.standard_normal((3, 5))
    solved = solve_symmetric(s[..., :, None] * c * s[..., None, :], s * (c @ z[..., None])[..., 0])
    np.testing.assert_allclose(solved * s, z, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        simulate(Quadratic(np.diag(s[0] ** 2)), Newton(), np.ones(5), steps=1).final, 0, atol=1e-14
    )


@pytest.mark.parametrize("seed", range(10))
def test_the_pseudo_inverse_of_a_badly_scaled_singular_matrix(seed):
    """Against its definition: A x is the projection of g on the range of A, and x lies in that
    range. Units over four decades."""
    rng = np.random.default_rng(seed)
    x = spans(rng) * units(rng, 5, 2)
    a = x.T @ x
    g = rng.standard_normal(5)
    rows = np.linalg.qr(x.T, mode="reduced")[0] if len(x) < 3 else np.linalg.svd(x)[2][:3]
    solved = solve_symmetric(a, g)
    np.testing.assert_allclose(rows.T @ (rows @ solved), solved, atol=1e-9 * np.abs(solved).max())
    np.testing.assert_allclose(a @ solved, rows.T @ (rows @ g), atol=1e-9 * np.abs(g).max())


def test_a_diagonal_drops_zeros_only():
    """Also 1e-40 beside 1e40."""
    np.testing.assert_allclose(
        Diagonal(np.array([1e40, 1e-40, 0.0])).solve(np.array([1e40, 1e-40, 3.0])),
        [1, 1, 0],
        rtol=1e-15,
    )
