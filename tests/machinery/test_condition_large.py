"""Thousands of columns: products and extreme eigenvalues say what decompositions say."""

import numpy as np
import pytest
from swept import slow

from lab.__main__ import main
from lab.instruments.condition import condition, fitted, models, report
from lab.instruments.condition.dense import few_columns
from lab.instruments.condition.large import treated_products
from lab.instruments.condition.many import many_columns
from lab.instruments.condition.treatments import Seen, treated
from lab.theory.conditioning import descent_steps, krylov
from lab.theory.conditioning.asking import answered, in_step, through
from lab.theory.conditioning.krylov import lanczos, quadrature, top

KAPPAS = ("kappa", "log_kaporin", "jacobi", "gn_half", "row_norm", "largest")


def example(rows, columns, seed=0):
    """Columns of many units and means, two of which nearly agree; and y."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((rows, columns))
    z[:, 3] = z[:, 2] + 0.1 * z[:, 3]
    y = z.sum(1) / np.sqrt(columns) + rng.standard_normal(rows)
    x = (z + rng.standard_normal(columns)) * 10 ** rng.uniform(-1, 1, columns)
    return x, y


@pytest.mark.parametrize("ridge", [0.0, 0.1])
@pytest.mark.parametrize("model", ["linear", "logistic"])
def test_as_few_columns(model, ridge):
    x, y = example(200, 30)
    y = y if model == "linear" else (y > 0) * 1.0
    fit = fitted(model, x, y, ridge)
    few = few_columns(x, fit, 1e-6, measure=True)
    many = many_columns(x, fit, 1e-6, measure=True)

    known = {row.name: row for row in few.rows}
    for row in many.rows:
        found = [getattr(row, name) for name in KAPPAS]
        right = [getattr(known[row.name], name) for name in KAPPAS]
        # Lanczos to 1e-5 at either end
        np.testing.assert_allclose(found, right, rtol=3e-5, err_msg=row.name)
        assert np.isnan([row.best, row.bound]).all()
    np.testing.assert_allclose(many.vif, few.vif, rtol=1e-9)
    assert many.pair == few.pair == (2, 3)
    assert many.correlation == pytest.approx(few.correlation)


def test_steps_as_few_columns():
    x, y = example(200, 30)
    fit = fitted("linear", x, y)
    few = {s.name: s for s in few_columns(x, fit, 1e-6, measure=True).steps}
    predicted = 0
    for s in many_columns(x, fit, 1e-6, measure=True).steps:
        for one, two in ((s.gd, few[s.name].gd), (s.ball, few[s.name].ball)):
            # 31 nodes are the whole spectrum; kappa is known to 2e-5, a step is a step
            if np.isfinite(one):
                predicted += 1
                np.testing.assert_allclose(one, two, rtol=1e-4, atol=1)
        # rounding decides the last steps of conjugate gradients
        if np.isfinite(s.cg):
            assert s.cg == pytest.approx(few[s.name].cg, rel=0.1, abs=2)
    assert predicted >= 4


def test_products_are_those_of_the_hessian():
    x, y = example(60, 8)
    fit = fitted("logistic", x, (y > 0) * 1.0, 0.2)
    products = treated_products(x, fit)
    compared = 0
    for t in treated(x, fit):
        if t.name not in products:
            continue
        h = Seen(fit, t, fit.ridge * t.xhat.var(0)).h
        made = products[t.name]
        v = np.random.default_rng(1).standard_normal(len(h))
        size = np.abs(h).max()
        (times,) = in_step(made.known.r, [made.times(v)])
        np.testing.assert_allclose(times, h @ v, rtol=1e-10, atol=1e-12 * size)
        d = np.geomspace(0.5, 2, len(v))
        (scaled,) = in_step(made.known.r, [made.scaled(d).times(v)])
        np.testing.assert_allclose(scaled, d * (h @ (d * v)), rtol=1e-10, atol=1e-12 * size)
        # the digits that a kappa of up to 1e4 leaves
        (solved,) = in_step(made.known.inverse, [made.solve(v)])
        np.testing.assert_allclose(h @ solved, v, atol=1e-9)
        np.testing.assert_allclose(made.diagonal(), np.diag(h), rtol=1e-12)
        np.testing.assert_allclose(made.rows(), np.linalg.norm(h, axis=1), rtol=1e-10)
        compared += 1
    assert compared == 5


@pytest.mark.parametrize("seed", range(8))
def test_dependent_columns_are_named(seed):
    """Whatever sign rounding gives to the last pivot."""
    x, y = example(100, 12, seed)
    x[:, 7] = 3 * x[:, 5] - 1
    found = many_columns(x, fitted("linear", x, y), 1e-6, measure=True)
    assert found.pair == (5, 7)
    assert np.isinf(found.vif).all()
    assert all(np.isinf(row.kappa) for row in found.rows)
    assert all(np.isnan(s.gd) for s in found.steps)


def test_gauss_quadrature():
    """k nodes are exact for polynomials of degree 2 k - 1, and GD's steps come out with few."""
    rng = np.random.default_rng(0)
    lam = np.geomspace(1e-2, 1, 400)
    b = rng.standard_normal(400)

    def rule(nodes):
        found = answered(lanczos(b, nodes), lambda v, _: lam * v)
        return quadrature(found.diagonal, found.beside)

    nodes, weights = rule(12)
    shares = b**2 / (b @ b)
    for degree in range(24):
        assert weights @ nodes**degree == pytest.approx(shares @ lam**degree, rel=1e-12)
    assert abs(weights @ nodes**40 / (shares @ lam**40) - 1) > 1e-12

    nodes, weights = rule(60)
    rate = 2 / (lam[0] + lam[-1])
    right = descent_steps(lam, shares, 1e-4)
    assert descent_steps(nodes, weights, 1e-4, rate) == pytest.approx(right, rel=0.01)


@pytest.mark.parametrize("size", [1, 2, 40, 300])
def test_the_largest_eigenvalue(size):
    """Of spectra that need restarts (a flat end), that end early, and of one entry."""
    rng = np.random.default_rng(size)
    q, _ = np.linalg.qr(rng.standard_normal((size, size)))
    for lam in (np.linspace(1, 2, size), np.geomspace(1e-3, 5, size), np.full(size, 3.0)):
        h = (q * lam) @ q.T
        value, vector = answered(top(size, 1e-6), lambda v, _, h=h: h @ v)
        # an eigenvalue is as near as the residual, and its own Rayleigh quotient to its square
        assert value == pytest.approx(lam[-1], rel=1e-6)
        np.testing.assert_allclose(h @ vector, value * vector, atol=2e-6 * value)


def test_no_extreme_is_an_error(monkeypatch):
    monkeypatch.setattr(krylov, "RESTARTS", 1)
    lam = np.linspace(1, 2, 3000)
    with pytest.raises(ArithmeticError, match="after 80 products"):
        answered(top(3000, 1e-12), lambda v, _: lam * v)


def test_runs_in_step_share_their_products():
    """Runs of different lengths, one through another matrix; every answer is its own."""
    rng = np.random.default_rng(3)
    r = rng.standard_normal((6, 6))
    r = r + r.T

    def power(v, k):
        for _ in range(k):
            v = yield v
        return v

    def scaled(v):
        return 2 * (yield v)

    v = rng.standard_normal((3, 6))
    runs = [power(v[0], 4), power(v[1], 0), through(power(v[2], 2), scaled)]
    products = np.linalg.matrix_power
    right = [products(r, 4) @ v[0], v[1], 4 * products(r, 2) @ v[2]]
    np.testing.assert_allclose(in_step(r, runs), right, rtol=1e-12)
    assert in_step(r, []) == []


def test_what_is_not_computed_is_named():
    x, y = example(40, 1001)
    found = condition(x, y, ridge=0.1, measure=False)
    told = " ".join(found.told)
    assert "Lanczos" in told
    assert "not computed at this size: the best diagonal and its certificate" in told
    assert {row.name for row in found.rows} == {"raw", "centred", "unit columns", "standardised"}


@pytest.mark.parametrize(
    ("shape", "model", "message"),
    [
        ((3, 5001), "linear", "5001 columns: at most 5000"),
        ((9, 600), "softmax", "600 columns make 1202 coefficients: at most 1000 of softmax"),
    ],
)
def test_too_large(shape, model, message):
    x = np.random.default_rng(0).standard_normal(shape)
    with pytest.raises(ValueError, match=message):
        condition(x, np.arange(shape[0]) % 3.0, model=model, ridge=1.0)


@pytest.mark.parametrize(
    ("shape", "most"),
    [((90, 40), 20), *slow(((5500, 5000), 1000))],
)
def test_the_command(shape, most, tmp_path, capsys, monkeypatch):
    """22 s of one core with 5,500 rows and 5,000 columns; the small one pretends to be many."""
    monkeypatch.setattr(report, "MOST", most)
    x, y = example(*shape)
    path = tmp_path / "wide.npz"
    np.savez(path, **{f"c{k}": column for k, column in enumerate(x.T)}, y=y)
    assert main(["condition", str(path), "--target", "y"]) == 0
    out = capsys.readouterr().out
    assert "by Lanczos" in out
    assert "correlations: c2, c3" in out


def test_newton_without_a_hessian(monkeypatch):
    """The optimum of many columns is found by products, and is that of Newton's method."""
    x, y = example(80, 12)
    labels = (y > 0) * 1.0
    right = fitted("logistic", x, labels, 0.05).curvatures
    monkeypatch.setattr(models, "MOST", 1)
    found = fitted("logistic", x, labels, 0.05).curvatures
    # both stop at a gradient of 1e-10, or where the rounding of the loss hides the decrease
    np.testing.assert_allclose(found, right, atol=1e-7)
