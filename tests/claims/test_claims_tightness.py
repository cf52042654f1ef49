"""Maps of tightness: the claim's own expressions over a grid, its hypotheses as border, and what is
measured where."""

from dataclasses import replace

import numpy as np
import pytest
from sympy import Rational

from lab.claims import at_least, at_most, between, choice, claim, derived, equal, let, symbols
from lab.claims.spaces import vector
from lab.claims.tightness import described, tightness

x, y, z, n, v, double, size = symbols("x y z n v double size")
SPACE = {
    n: choice(1, 2),
    x: between(0, 4),
    y: between(1, 3),
    z: between(0.25, 1),
    v: vector(2, -1, 1),
    double: let(2 * x),
}
BOX = {"x": np.array([0.5, 1.0, 2.0]), "y": np.array([1.0, 2.0])}


def made(relation=None, assuming=(double < 3, z <= 0.5), measure=None):
    """size = x y z <= x y / 2, for z <= 1/2."""
    return claim(
        "own/claim",
        over=SPACE,
        assuming=assuming,
        says={"law": relation or at_most(size, x * y / 2)},
        where={size: "measured"},
        cites=derived("here"),
    )(measure or (lambda x, y, z: {size: x * y * z}))


def test_the_map_is_the_claims_own_ratio():
    found = tightness(made(), "law", BOX, fixed={"z": 0.3})
    np.testing.assert_array_equal(found.x, BOX["x"])
    np.testing.assert_array_equal(found.y, BOX["y"])
    np.testing.assert_allclose(found.used, np.full((2, 3), 0.6))
    np.testing.assert_array_equal(found.inside, [[True, True, False]] * 2)
    assert found.border == ("double < 3",)
    assert (found.id, found.part, found.says) == ("own/claim", "law", "size <= x*y/2")
    assert found.ratio == "measured / bound"


def test_rows_are_y_and_columns_x():
    found = tightness(made(at_most(size, x + 10 * y)), "law", BOX, fixed={"z": 0.5})
    expected = [[a * b / 2 / (a + 10 * b) for a in BOX["x"]] for b in BOX["y"]]
    np.testing.assert_allclose(found.used, expected)
    # the worst is inside: x = 2 has more, but is out
    np.testing.assert_allclose(found.worst, [1.0, 2.0, 1 / 21])
    assert "x = 1, y = 2, z = 0.5" in found.at


def test_a_constant_of_the_formula_moves_the_map():
    """Nothing is typed again: 2 % more in the claim are 2 % less here."""
    plain = tightness(made(), "law", BOX, fixed={"z": 0.3})
    moved = made(at_most(size, Rational(102, 100) * x * y / 2))
    np.testing.assert_allclose(
        tightness(moved, "law", BOX, fixed={"z": 0.3}).used * 1.02, plain.used
    )


def test_a_lower_bound_is_divided_by_what_is_measured():
    lower = made(at_least(size, x * y / 4), assuming=())
    found = tightness(lower, "law", BOX, fixed={"z": 0.5})
    np.testing.assert_allclose(found.used, 0.5)
    assert found.ratio == "bound / measured"
    assert found.border == ()
    assert found.inside.all()


def test_hypotheses_about_other_symbols_always_hold():
    """z is drawn up to 1, where the bound fails by 2, but only z <= 1/2 counts."""
    found = tightness(made(), "law", BOX, draws=64)
    assert found.used.max() <= 1 + 1e-12
    assert found.used.min() > 0.9


def test_what_fails_inside_or_outside_is_not_mixed():
    """A cell with an instance inside shows such instances only, another one those outside."""
    c = made(assuming=(x + z <= 2,))
    found = tightness(c, "law", {"x": np.array([1.4, 3.0]), "y": np.array([1.0])}, draws=64)
    np.testing.assert_array_equal(found.inside, [[True, False]])
    assert 1.1 < found.used[0, 0] <= 1.2
    np.testing.assert_allclose(found.used[0, 1], 2.0)


def test_more_than_twice_is_cut_and_vacuous_or_undefined_is_nothing():
    box = {"x": np.array([0.0, 1.0, 2.0, 3.0]), "y": np.array([1.0])}

    def measure(x):
        return {size: np.where(x == 2, np.nan, np.where(x == 3, np.inf, 100.0))}

    found = tightness(made(at_most(size, x), (x <= 3,), measure), "law", box)
    np.testing.assert_array_equal(found.used, [[0.0, 2.0, 0.0, 2.0]])


def test_instances_are_the_same_in_every_cell():
    # v is at most (10, 10), 99 no corner
    c = made(at_most(size, 99), (), lambda x, v: {size: v[:, 0] + v.prod(-1) * (x < 9)})
    found = tightness(c, "law", BOX, fixed={"n": 1, "z": 0.5}, draws=6)
    assert (found.used == found.used[0, 0]).all()
    again = tightness(c, "law", BOX, fixed={"n": 1, "z": 0.5}, draws=6)
    assert (again.used == found.used).all()
    more = tightness(c, "law", BOX, fixed={"n": 1, "z": 0.5}, draws=80)
    assert (more.used >= found.used).all()

    inner = made(at_most(size, 9), (), lambda z: {size: np.sin(50 * z)})
    seeds = [tightness(inner, "law", BOX, draws=20, seed=seed).used[0, 0] for seed in (0, 1)]
    assert seeds[0] != seeds[1]


def test_symbols_that_are_measured_together_can_be_axes_and_fixed():
    c = made(at_most(size, 2), (), lambda n, z: {size: n * z})
    box = {"n": [1, 2], "y": [1.0, 2.0]}
    np.testing.assert_allclose(tightness(c, "law", box, fixed={"z": 1.0}).used, [[0.5, 1.0]] * 2)
    found = tightness(c, "law", {"z": [0.5], "y": [1.0]}, fixed={"n": 2})
    np.testing.assert_allclose(found.used, 0.5)


def test_the_worst_of_equals_is_the_first_whatever_rounding_says():
    def measure(x, y, z):
        return {size: x * y / 2 * (1 + 1e-15 * y)}

    found = tightness(made(measure=measure), "law", BOX)
    np.testing.assert_array_equal(found.worst[:2], [0.5, 1.0])


def test_what_an_experiment_stores():
    arrays = tightness(made(), "law", BOX).arrays()
    assert all(isinstance(a, np.ndarray) for a in arrays.values())
    assert arrays["border"].tolist() == ["double < 3"]


@pytest.mark.parametrize(
    ("excess", "words"), [(1e-9, "is not seen to fail"), (1e-3, "fails in 2 of 2 cells")]
)
def test_what_is_missed_by_rounding_has_not_failed(excess, words):
    """Outside of the hypothesis the bound is attained, but for a part in 1e9 or in 1e3."""

    def measure(x, y, z):
        return {size: x * y / 2 * (1 + excess * (x > 1.5))}

    arrays = tightness(made(measure=measure), "law", BOX).arrays()
    assert words in described("How far?", arrays)
    assert (arrays["used"] > arrays["limit"]).any() == ("fails" in words)


@pytest.mark.parametrize(
    ("part", "box", "fixed", "words"),
    [
        ("none", BOX, {}, "own/claim has no part 'none'; it has law"),
        ("law", {"x": [1.0]}, {}, "box names x: must name two symbols"),
        ("law", BOX, {"w": 1}, "own/claim draws no w; it draws n, x, y, z, v, double"),
        ("law", BOX, {"v": 1}, "own/claim: v is not drawn as one number"),
        ("law", BOX, {"double": 1}, "own/claim: double is not drawn as one number"),
        ("law", {"x": [9.0], "y": [1.0]}, {}, r"own/claim: x = 9\.0: must be in \[0, 4\]"),
        ("law", {"x": [3.0], "y": [1.0]}, {}, "no instance of the box satisfies all hypotheses"),
    ],
)
def test_what_makes_no_map_is_refused(part, box, fixed, words):
    with pytest.raises(ValueError, match=words):
        tightness(made(), part, box, fixed=fixed)


def test_an_equality_has_no_tightness():
    c = replace(made(), says={"law": equal(size, x * y * z, rtol=1e-9, because="rounding")})
    with pytest.raises(ValueError, match=r"law: size = x\*y\*z is no bound, it has no tightness"):
        tightness(c, "law", BOX)
    with pytest.raises(ValueError, match="draws = 0: must be an integer >= 1"):
        tightness(made(), "law", BOX, draws=0)
