"""The digits, and tables of the user's own that are read rightly. What is refused:
test_malformed_tables.py."""

import csv

import numpy as np
import pytest
from dialects import in_dialect, written
from malformed import drawn, text
from malformed_npz import npz

from lab.data import Source, binary, digits, examples, standardise, table
from lab.data.names import as_words, split_names

# why bits may be compared: a decimal number is read as the float that was written
READ = "a number read is the number written"
GOOD = "height,weight,sick\n1.5,60,0\n1.8,80,1\n\n1.7,75,1\n"


def test_digits():
    x, y = digits()
    assert x.shape == (1797, 64)
    assert (x.min(), x.max()) == (0, 16)
    np.testing.assert_array_equal(np.unique(y), np.arange(10))
    assert np.bincount(y.astype(int)).min() == 174


def test_csv(tmp_path):
    """Blank lines are skipped."""
    found = table(written(tmp_path, GOOD), "sick")
    assert found.columns == ("height", "weight")
    np.testing.assert_array_equal(found.x, [[1.5, 60], [1.8, 80], [1.7, 75]])
    np.testing.assert_array_equal(found.y, [0, 1, 1])
    assert found.notes == found.classes == ()
    np.testing.assert_array_equal(table(str(written(tmp_path, GOOD)), "height").y, [1.5, 1.8, 1.7])


DIALECTS = {
    "comma": {},
    "semicolon": {"delimiter": ";"},
    "tab": {"delimiter": "\t"},
    "bar": {"delimiter": "|"},
    "semicolon, decimal comma": {"delimiter": ";", "mark": ","},
    "tab, decimal comma": {"delimiter": "\t", "mark": ","},
    "quoted decimal comma": {"mark": ","},
    "everything quoted": {"quoting": csv.QUOTE_ALL},
    "carriage returns": {"lineterminator": "\r\n"},
    "old carriage returns": {"lineterminator": "\r", "quoting": csv.QUOTE_ALL},
    "byte order mark": {"encoding": "utf-8-sig"},
    "utf-16": {"encoding": "utf-16", "delimiter": "\t"},
    "gzip": {"compressed": True},
    "gzip, semicolon, decimal comma, mark": {
        "compressed": True,
        "delimiter": ";",
        "mark": ",",
        "encoding": "utf-8-sig",
    },
    "rows of separators at the end": {"tail": ",,,\n"},
    "spaces": {"space": " "},
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("seed", range(3))
def test_a_table_is_the_same_in_every_dialect(tmp_path, dialect, seed):
    rng = np.random.default_rng(seed)
    numbers = rng.standard_normal((30, 4)) * 10.0 ** rng.integers(-20, 20, size=(30, 4))
    path = written(tmp_path, in_dialect(["a", "b, b", "c\nc", "y"], numbers, **DIALECTS[dialect]))
    found = table(path, "y")
    assert found.columns == ("a", "b, b", "c c")
    np.testing.assert_array_equal(np.column_stack([found.x, found.y]), numbers, err_msg=READ)
    said = " ".join(found.notes)
    assert ("separated by" in said) == (DIALECTS[dialect].get("delimiter", ",") != ",")
    assert ("decimal comma" in said) == (DIALECTS[dialect].get("mark") == ",")


@pytest.mark.parametrize("absent", ["", " ", "NA", "?", "null", "nan", "None", "n/a"])
def test_missing_rows_are_left_out_when_asked(tmp_path, absent):
    rng = np.random.default_rng(0)
    cells = drawn(rng)
    whole = np.array(cells).astype(float)
    cells[3][1] = cells[7][0] = cells[7][3] = absent
    found = table(written(tmp_path, text(cells)), "grade", missing="drop")
    np.testing.assert_array_equal(
        np.column_stack([found.x, found.y]), np.delete(whole, [3, 7], axis=0), err_msg=READ
    )
    assert found.notes == (
        "rows left out: missing values in 2 of 24 rows ('width' 1; 'depth' 1; 'grade' 1)",
    )
    without = table(tmp_path / "people.csv", "grade", drop=("width", "depth"), missing="drop")
    assert without.x.shape == (23, 1)


def test_missing_everywhere_or_an_unknown_answer(tmp_path):
    cells = [["NA", "1", "2", "0"], ["1", "NA", "3", "1"]]
    path = written(tmp_path, text(cells))
    with pytest.raises(ValueError, match="no row is complete, drop columns with --drop"):
        table(path, "grade", missing="drop")
    with pytest.raises(ValueError, match="missing = 'mean': must be one of 'refuse', 'drop'"):
        table(path, "grade", missing="mean")


def test_features_and_drop(tmp_path):
    path = written(tmp_path, text(drawn(np.random.default_rng(0))))
    assert table(path, "grade", features=("mass", "width")).columns == ("mass", "width")
    assert table(path, "grade", drop=("depth",)).columns == ("width", "mass")
    for settings, said in (
        ({"features": ("mas",)}, r"no column 'mas' \(features\); it has width, depth, mass, grade"),
        ({"drop": ("mas",)}, r"no column 'mas' \(drop\)"),
        ({"features": ("mass", "grade")}, "features = 'grade': is the target"),
        ({"drop": ("grade",)}, "drop = 'grade': is the target"),
        ({"features": ("mass",), "drop": ("mass",)}, "features and drop both name 'mass'"),
        ({"drop": ("mass", "width", "depth")}, "no column besides the target 'grade'"),
    ):
        with pytest.raises(ValueError, match=said):
            table(path, "grade", **settings)


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    """Words, a constant and a hole: the first two are left out by one answer."""
    cells = [["red", "7", "2", "0"], ["green", "7", "NA", "1"], ["blue", "7", "4", "1"]]
    path = written(tmp_path, text(cells))
    with pytest.raises(ValueError, match=r"is text .*; .* is constant \(7, .*--drop \w+,\w+$"):
        table(path, "grade")


def test_a_named_constant_is_used(tmp_path):
    """An intercept is a constant that is meant."""
    cells = [[*row[:2], "1", row[3]] for row in drawn(np.random.default_rng(0))]
    assert table(written(tmp_path, text(cells)), "grade", features=("width", "mass")).x[0, 1] == 1


def test_names_as_one_word():
    for names in (("a", "b"), ("a, b", "c"), ('he said "x"', "y z")):
        word = as_words(names)
        assert split_names(word.strip("'")) == names
    assert split_names("") == ()
    assert split_names(" a , b") == ("a", "b")


def test_a_frame_without_names(tmp_path):
    """0, 1, 2, ... in the first line are names."""
    cells = drawn(np.random.default_rng(0))
    assert table(written(tmp_path, text(cells, "0123")), "3").columns == ("0", "1", "2")


def test_npz(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((12, 2))
    age = rng.integers(90, size=12)
    y = np.arange(12) % 2 == 1
    path = written(tmp_path, npz(x=x, age=age, y=y), "people.npz")
    found = table(path, "y")
    assert found.columns == ("x[0]", "x[1]", "age")
    np.testing.assert_array_equal(found.x, np.column_stack([x, age]), err_msg=READ)
    np.testing.assert_array_equal(found.y, y, err_msg=READ)
    np.testing.assert_array_equal(table(path, "x[1]").y, x[:, 1], err_msg=READ)
    assert table(path, "y", drop=("x",)).columns == ("age",)
    assert table(path, "y", drop=("x[0]",)).columns == ("x[1]", "age")


Y = np.arange(12) % 2


@pytest.mark.parametrize(
    "y", [Y, Y[:, None], np.array([["no"], ["yes"]] * 6), np.array([False, True] * 6)]
)
def test_npz_targets(tmp_path, y):
    found = table(
        written(tmp_path, npz(X=np.random.default_rng(0).standard_normal((12, 3)), y=y), "t.npz"),
        "y",
    )
    np.testing.assert_array_equal(found.y, np.arange(12) % 2)
    assert found.x.shape == (12, 3)


def test_npz_parts(tmp_path):
    """Stacked, or the one that the target names."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 3))
    y = rng.integers(2, size=20)
    path = written(
        tmp_path, npz(x_test=x[:8], y_test=y[:8, None], x_train=x[8:], y_train=y[8:, None]), "t.npz"
    )
    whole = table(path, "y")
    np.testing.assert_array_equal(
        np.column_stack([whole.x, whole.y]), np.column_stack([x, y]), err_msg=READ
    )
    assert whole.notes == ("the parts test and train are stacked",)
    train = table(path, "y_train")
    np.testing.assert_array_equal(
        np.column_stack([train.x, train.y]), np.column_stack([x, y])[8:], err_msg=READ
    )
    assert train.notes == ("only the part 'train' is used",)


def test_standardise():
    x = np.random.default_rng(0).standard_normal((20, 3)) * [1, 10, 100] + 5
    z = standardise(x)
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-14)
    np.testing.assert_allclose(z.std(0), 1, rtol=1e-14)
    with pytest.raises(
        ValueError, match=r"x has constant columns, which carry no information: drop 1$"
    ):
        standardise(np.array([[1.0, 2.0], [3.0, 2.0]]))
    with pytest.raises(ValueError, match=r"my\.csv has constant columns, .* drop a,c$"):
        standardise(
            np.array([[0.1, 1.0, 0.3], [0.1, 2.0, 0.3], [0.1, 2.0, 0.3]]), "my.csv", ("a", "b", "c")
        )


def test_binary():
    np.testing.assert_array_equal(binary(np.array([3.0, 7.0, 3.0])), [0, 1, 0])
    for y, found in ((np.ones(4), "one value"), (np.arange(3.0), "3 distinct values")):
        with pytest.raises(
            ValueError, match=f"target has {found}: logistic regression needs exactly two classes"
        ):
            binary(y)


def test_examples(tmp_path):
    cells = [
        ["NA" if k == 2 else row[0], row[1], row[2], "ab"[k % 2]]
        for k, row in enumerate(drawn(np.random.default_rng(0)))
    ]
    path = str(written(tmp_path, text(cells, separator=";")))
    found = examples(
        Source(path, "grade", missing="drop", drop="depth", rows=20), standardised=False
    )
    np.testing.assert_array_equal(
        found.x, np.delete(np.array(cells), 2, axis=0)[:20, [0, 2]].astype(float), err_msg=READ
    )
    np.testing.assert_array_equal(found.y, np.delete(np.arange(24) % 2, 2)[:20], err_msg=READ)
    assert [note.split()[0] for note in found.notes] == ["separated", "rows", "'grade':"]
    np.testing.assert_allclose(
        examples(Source(path, "grade", features="mass"), standardised=True).x.std(), 1, rtol=1e-14
    )


def test_examples_of_the_digits():
    assert examples(Source(), standardised=True).x.shape == (1797, 61)
    assert examples(Source(target="3"), standardised=True).y.sum() == 183
    for source, said in (
        (Source(target="12"), "target = '12': must be a digit"),
        (Source(features="a"), "features = 'a': the digits have no named columns"),
        (Source(drop="a"), "drop = 'a': the digits have no named columns"),
        (Source(rows=1), "even against odd digits has one value"),
    ):
        with pytest.raises(ValueError, match=said):
            examples(source, standardised=True)
