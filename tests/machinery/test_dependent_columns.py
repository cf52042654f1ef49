"""lab condition on columns that depend on each other: exactly, to nine digits, or many at once."""

import numpy as np
import pytest

from lab.instruments.condition import condition, verdict

RNG = np.random.default_rng(0)


def first_line(x, names):
    return verdict(condition(x, x[:, 0], names, measure=False))[0]


@pytest.mark.parametrize("model", ["linear", "logistic"])
def test_columns_that_add_up_are_no_number(model):
    """One indicator per category, in any units: singular, and not 1e31, which is rounding."""
    kinds = np.eye(3)[np.arange(60) % 3] * np.array([1.0, 1e3, 7.0])
    x = np.c_[kinds, RNG.standard_normal(60)]
    y = (RNG.random(60) > 0.5).astype(float)
    report = condition(x, y, tuple("abcd"), model=model, measure=False)
    names = ("raw", "centred", "standardised")
    assert all(np.isinf(report.row(name).kappa) for name in names)
    assert all(np.isinf(report.row(name).jacobi) for name in names)
    assert "Several columns depend on each other" in verdict(report)[0]
    assert "d" not in {report.columns[k] for k in report.pair}
    # one less, and there is a number
    assert condition(x[:, 1:], y, model=model, measure=False).row("standardised").kappa < 10


def test_inflation_beyond_the_digits_of_correlations():
    """1 - R_j^2 of a and a + t c is t^2 = 1e-18 times what b and the other leave of c and of a."""
    x = RNG.standard_normal((80, 3))
    t = 1e-9
    near = np.c_[x[:, 0], x[:, 1], x[:, 0] + t * x[:, 2]]
    # a coefficient of c is one over t: what is left of c is t times what the others leave
    exact = condition(np.c_[x[:, 0], x[:, 1], x[:, 2]], x[:, 0], measure=False)
    left = exact.vif[2] / x[:, 2].var() * x[:, 0].var() / t**2
    # (a + t c) is known to eps / t
    assert condition(near, x[:, 0], measure=False).vif[2] == pytest.approx(left, rel=1e-5)


def test_no_pair_is_blamed_for_many():
    """One factor in thirty columns, and a sum of four: no two columns by themselves are hard."""
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((400, 1)) + 0.5 * rng.standard_normal((400, 30))
    line = first_line(shared, tuple(f"c{k}" for k in range(30)))
    assert line.startswith("Several columns depend on each other, c")
    assert "drop or combine some" in line

    x = rng.standard_normal((400, 5))
    x[:, 4] = x[:, :4].sum(1) + 1e-2 * x[:, 4]
    assert "Several columns depend" in first_line(x, tuple("abcde"))
    # as what is left when the units are gone
    x[:, 0] *= 1e4
    second = verdict(condition(x, x[:, 1], tuple("abcde"), measure=False))[1]
    assert "what stays is correlation, of several columns, " in second.lower()
