"""The digits, and tables of the user's own."""

import numpy as np
import pytest

from lab.data import binary, digits, standardise, table

GOOD = "height,weight,sick\n1.5,60,0\n1.8,80,1\n\n1.7,75,1\n"


def written(tmp_path, text, name="people.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_digits():
    x, y = digits()
    assert x.shape == (1797, 64)
    assert (x.min(), x.max()) == (0, 16)
    np.testing.assert_array_equal(np.unique(y), np.arange(10))
    assert np.bincount(y.astype(int)).min() == 174


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
def test_csv(tmp_path, prefix):
    """Blank lines are skipped, and so is the byte order mark that spreadsheets write."""
    path = written(tmp_path, prefix + GOOD.encode())
    x, y, columns = table(path, "sick")
    assert columns == ("height", "weight")
    np.testing.assert_array_equal(x, [[1.5, 60], [1.8, 80], [1.7, 75]])
    np.testing.assert_array_equal(y, [0, 1, 1])
    np.testing.assert_array_equal(table(str(path), "height").y, [1.5, 1.8, 1.7])


def test_npz(tmp_path):
    path = tmp_path / "people.npz"
    np.savez(path, x=np.arange(6.0).reshape(3, 2), age=np.array([1, 2, 3]), y=np.array([True, False, True]))
    x, y, columns = table(path, "y")
    assert columns == ("x[0]", "x[1]", "age")
    np.testing.assert_array_equal(x, [[0, 1, 1], [2, 3, 2], [4, 5, 3]])
    np.testing.assert_array_equal(y, [1, 0, 1])
    assert table(path, "x[1]").y.tolist() == [1, 3, 5]


BAD = {
    "missing value": ("a,b\n1,2\n,3\n", "column 'a', data row 2 is missing or not finite: fill or drop it"),
    "infinite value": ("a,b\n1,2\n1,inf\n", "column 'b', data row 2 is missing or not finite"),
    "text": ("a,b\n1,two\n", "column 'b', data row 1 is 'two': must be a number"),
    "unknown target": ("a,c\n1,2\n", "has no column 'b'; it has a, c"),
    "no rows": ("a,b\n", "has no data rows"),
    "empty file": ("", "has no data rows"),
    "ragged": ("a,b\n1,2\n1,2,3\n", "data row 2 has 3 values, the header has 2"),
    "short row": ("a,b\n1\n", "data row 1 has 1 values, the header has 2"),
    "same name twice": ("a,b,a\n1,2,3\n", "two columns of the same name"),
    "only a target": ("b\n1\n", "no column besides the target 'b'"),
    "latin-1": ("h\xf6he,b\n1,2\n".encode("latin-1"), "is not a CSV file in UTF-8"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_csv_gets_one_clear_line(tmp_path, name):
    text, said = BAD[name]
    path = written(tmp_path, text)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        table(path, "b")
    message = str(caught.value)
    assert str(path) in message
    assert said in message
    assert "\n" not in message


def test_a_bad_npz(tmp_path):
    path = tmp_path / "people.npz"
    for arrays, said in (
        ({"b": np.array(["a"])}, "array 'b' has dtype <U1"),
        ({"b": np.ones(3), "x": np.ones(2)}, "one row per example"),
        ({"b": np.float64(3)}, "one row per example"),
        ({"b": 1j * np.ones(2)}, "dtype complex128"),
        ({"b": np.ones(0)}, "has no data rows"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=said):
            table(path, "b")
    path.write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(ValueError, match=r"people\.npz is not a readable NPZ file of numbers"):
        table(path, "b")
    with pytest.raises(ValueError, match=r"none\.csv: no such file"):
        table(tmp_path / "none.csv", "b")


def test_standardise():
    x = np.random.default_rng(0).standard_normal((20, 3)) * [1, 10, 100] + 5
    z = standardise(x)
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-14)
    np.testing.assert_allclose(z.std(0), 1, rtol=1e-14)
    with pytest.raises(ValueError, match=r"x has constant columns, which carry no information: drop 1$"):
        standardise(np.array([[1.0, 2.0], [3.0, 2.0]]))
    with pytest.raises(ValueError, match=r"my\.csv has constant columns, .* drop 'a', 'c'$"):
        standardise(np.array([[0.1, 1.0, 0.3], [0.1, 2.0, 0.3], [0.1, 2.0, 0.3]]), "my.csv", ("a", "b", "c"))


def test_binary():
    np.testing.assert_array_equal(binary(np.array([3.0, 7.0, 3.0])), [0, 1, 0])
    for y, found in ((np.ones(4), "one value"), (np.arange(3.0), "3 distinct values")):
        with pytest.raises(ValueError, match=f"target has {found}: logistic regression needs exactly two classes"):
            binary(y)
