"""What the columns of a table are taken for: features, classes, or what is no feature."""

import numpy as np
import pytest
from dialects import in_dialect, written
from malformed import drawn, text

from lab.data import table
from lab.data.columns import chance_of_order, constant

# why bits may be compared: a decimal number is read as the float that was written
READ = "a number read is the number written"

WORDS = [
    ("False", "True"),
    ("false", "true"),
    ("no", "yes"),
    ("benign", "malignant"),
    ("<=50K", ">50K"),
    ("A1", "B 2"),
]


@pytest.mark.parametrize("words", WORDS)
def test_two_words_are_two_classes(tmp_path, words):
    cells = [[*row[:3], words[int(row[3])]] for row in drawn(np.random.default_rng(0))]
    path = written(tmp_path, text(cells))
    found = table(path, "grade")
    np.testing.assert_array_equal(found.y, np.arange(24) % 2)
    assert found.classes == words
    assert found.notes == (f"'grade': {words[0]!r} = 0, {words[1]!r} = 1",)
    feature = table(path, "mass")
    np.testing.assert_array_equal(feature.x[:, 2], np.arange(24) % 2)
    assert feature.notes == found.notes
    assert feature.classes == ()


def test_more_words_are_more_classes(tmp_path):
    cells = [
        [*row[:3], ["low", "middle", "high"][k % 3]]
        for k, row in enumerate(drawn(np.random.default_rng(0)))
    ]
    found = table(written(tmp_path, text(cells)), "grade")
    assert found.classes == ("high", "low", "middle")
    np.testing.assert_array_equal(found.y[:4], [1, 2, 0, 1])


def index(m):
    return list(range(m))


NO_FEATURES = {
    "an index": ("", index),
    "an id": ("patient_id", lambda m: [17 * k + 1000 for k in range(m)]),
    "in the order of the rows": ("dose", lambda m: [0.5 * k**1.5 for k in range(m)]),
    "a unix time": ("stamp", lambda m: [1_700_000_000 + 3600 * (k * 7 % m) for k in range(m)]),
    "a date": ("day", lambda m: [f"2024-{k % 12 + 1:02d}-{k % 28 + 1:02d}" for k in range(m)]),
    "empty": ("", lambda m: [""] * m),
}


@pytest.mark.parametrize("what", NO_FEATURES)
@pytest.mark.parametrize("seed", range(4))
def test_what_is_no_feature_is_left_out_and_said(tmp_path, what, seed):
    rng = np.random.default_rng(seed)
    name, make = NO_FEATURES[what]
    cells = drawn(rng)
    at = int(rng.integers(4))
    names = ["width", "depth", "mass", "grade"]
    names.insert(at, name)
    full = [[*row[:at], str(value), *row[at:]] for row, value in zip(cells, make(24), strict=True)]
    found = table(written(tmp_path, text(full, names)), "grade")
    assert found.columns == ("width", "depth", "mass")
    np.testing.assert_array_equal(found.x, np.array(cells)[:, :3].astype(float), err_msg=READ)
    called = repr(name) if name else f"column {at + 1}"
    assert found.notes == (
        f"left out, since they are no features unless --features names them: {called} ({what})",
    )


@pytest.mark.parametrize(
    "values",
    [
        lambda rng, m: 1000 + rng.permutation(m),
        lambda rng, m: np.arange(m)[::-1] - 5,
        lambda rng, m: 1_500_000_000_000 + rng.integers(10**9, size=m),
        lambda rng, m: np.sort(rng.standard_normal(m)),
        lambda rng, m: np.repeat(np.arange(4), m // 4),
    ],
)
def test_numbers_that_tell_of_the_rows(tmp_path, values):
    rng = np.random.default_rng(0)
    names = ["width", "depth", "mass", "grade", "k"]
    cells = [[*row, str(k)] for row, k in zip(drawn(rng), values(rng, 24), strict=True)]
    path = written(tmp_path, text(cells, names))
    assert table(path, "grade").columns == ("width", "depth", "mass")
    named = table(path, "grade", features=("k", "mass"))
    assert named.columns == ("k", "mass")
    assert named.notes == ()
    np.testing.assert_array_equal(named.x, np.array(cells)[:, [4, 2]].astype(float), err_msg=READ)


@pytest.mark.parametrize("seed", range(20))
def test_random_columns_are_features(tmp_path, seed):
    """Continuous, counted, rounded, two-valued, money: none is taken for an index, a time or a
    constant."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(12, 60))
    columns = [
        rng.standard_normal(m),
        rng.poisson(30, m),
        rng.integers(18, 90, m),
        rng.random(m) < 0.5,
        rng.integers(2000, 9_000_000, m),
    ]
    numbers = np.column_stack(
        [*columns, 101325 + 1e-6 * rng.standard_normal(m), np.arange(m) % 2]
    ).astype(float)
    found = table(written(tmp_path, in_dialect("abcdefy", numbers)), "y")
    assert found.columns == tuple("abcdef")
    assert found.notes == ()


def test_the_chance_of_an_order():
    """2 / m! without ties, 2 / C(m, k) for two values; 1 for a constant."""
    assert chance_of_order(np.arange(5.0)) == pytest.approx(2 / 120, rel=1e-12)
    assert chance_of_order(np.repeat([0.0, 1.0], [3, 2])) == pytest.approx(2 / 10, rel=1e-12)
    assert chance_of_order(np.ones(5)) == 1


def test_constant_is_judged_by_the_size_of_the_column():
    """Ten thousand units in the last place are more than rounding, three are not, at every size."""
    steps = np.random.default_rng(0).permutation(40) / 39
    for size in 10.0 ** np.arange(-300, 300, 50):
        few, many = (size * (1 + ulps * np.finfo(float).eps * steps) for ulps in (3, 1e4))
        np.testing.assert_array_equal(constant(np.column_stack([few, many])), [True, False])
    np.testing.assert_array_equal(constant(np.zeros((4, 1))), [True])
