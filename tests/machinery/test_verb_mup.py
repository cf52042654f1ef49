"""The verb on widths: rules in numbers, tables that somebody printed, and what it refuses."""

import json

import numpy as np
import pytest

from lab.__main__ import main
from lab.instruments.width import judged, slope


def says(capsys, *words):
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_the_verb(capsys):
    told = json.loads(says(capsys, "mup", "SGD", "--width", 512, "--base", 64, "--lr", 2, "--json"))
    rates = {role: row["rate"] for role, row in told["roles"].items()}
    assert (rates["input"], rates["hidden"], rates["output"]) == (16.0, 2.0, 0.25)
    starts = {role: row["start"] for role, row in told["roles"].items()}
    assert (starts["input"], starts["output"]) == (1.0, 0.125)
    np.testing.assert_allclose(starts["hidden"], 8**-0.5)
    assert "hidden bias" in says(capsys, "mup", "torch:Muon")


def test_the_verb_judges(capsys, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("width,head,flat\n64,0.1484,1\n128,0.1215,\n256,0.0975,1\n", encoding="utf-8")
    told = json.loads(says(capsys, "mup", "--judge", path, "--json"))["columns"]
    assert told["head"]["verdict"] == "not as predicted"
    np.testing.assert_allclose(told["head"]["value"], -0.303, atol=1e-3)
    assert told["flat"] == {"value": 0.0, "low": None, "high": None, "verdict": "as predicted"}
    assert "not as predicted" in says(capsys, "mup", "--judge", path)
    assert judged(path, -0.3)["head"][1] == "as predicted"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("width,a\n1,2\n", "1 rows in 2 columns"),
        ("width\n1\n2\n", "2 rows in 1 columns"),
        ("width,a\n1,x\n2,1\n", "line 2: a = 'x' is no finite number"),
        ("width,a,note\n1,1,\n2,1,diverged\n", "line 3: note = 'diverged'"),
        ("width,a\n1,1\n2,nan\n", "line 3: a = 'nan'"),
        ("width,a\n1,1\n2,1e400\n", "line 3: a = '1e400'"),
        ("w,a\n1,1\n2,-1\n", "line 3: a = -1: must be > 0"),
        ("w,a\n0,1\n2,1\n", "line 2: w = 0: must be > 0"),
        ("w,\n1,x\n2,1\n", "column 2 = 'x'"),
        ("width,a\n64,1\n64,2\n", "a has no numbers at two different widths"),
        ("width,a,b\n64,1,\n128,2,1\n", "b has no numbers at two different widths"),
        ("width,a,a\n64,1,2\n128,2,1\n", "columns 2 and 3 have the same name 'a'"),
        ("64,1\n128,2\n256,4\n", "line 1 has numbers only"),
        # decimal commas and commas between cells
        ("width,a\n64,1,5\n128,2\n", "line 2 has 3 values, the header has 2"),
        ("width;a\n64;1,250\n128;2,125\n", "'1,250' may be 1.250 or 1250"),
    ],
)
def test_tables_that_are_none(tmp_path, text, said):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as refused:
        judged(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("order", [("width", "a", "b"), ("a", "b", "width"), ("b", "Width", "a")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("form", [",.", ";,", "\t.", ",.,"])
def test_one_table_in_other_words(tmp_path, order, encoding, form):
    """Whatever program wrote it: separator, decimal mark, byte order mark, order of the columns, a
    separator at the end of every line."""
    separator, mark, *end = form
    columns = {"width": [64, 128, 256], "a": [1.5, 3.25, 6.75], "b": ["", 0.5, 0.25]}
    lines = [order]
    for k in range(3):
        cells = [str(columns[name.casefold()][k]) for name in order]
        lines.append([cell.replace(".", mark) for cell in cells])
    path = tmp_path / "t.csv"
    text = "\n".join(separator.join([*line, *[""] * len(end)]) for line in lines)
    path.write_text(text, encoding=encoding)

    found = judged(path, 1.0)
    assert set(found) == {"a", "b"}
    np.testing.assert_allclose(found["a"][0], slope(columns["width"], columns["a"]))
    np.testing.assert_allclose(found["b"][0].value, -1.0)
    assert found["a"][1] == "as predicted"


def test_what_the_verb_refuses(capsys, tmp_path):
    for words, said in (
        (["mup"], "needs a METHOD"),
        (["mup", "Adamx"], "METHOD = 'Adamx'"),
        (["mup", "Newton"], "no rule was derived"),
        (["mup", "KFAC", "--width", "0"], "--width = 0"),
        (["mup", "KFAC", "--base", "0"], "--base = 0"),
        (["mup", "KFAC", "--lr", "nan"], "--lr = nan: must be finite"),
        (["mup", "KFAC", "--lr", "-1"], "--lr = -1: must be > 0"),
        (["mup", "torch:Foo"], "torch optimizer 'Foo' is not known"),
        (["mup", "--judge", str(tmp_path / "no.csv")], "no such file"),
        (["mup", "--judge", str(tmp_path)], "is a folder"),
        (["mup", "KFAC", "--judge", str(tmp_path)], "takes no METHOD"),
        (["mup", "--judge", str(tmp_path), "--expected", "nan"], "--expected = nan"),
    ):
        assert main(words) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--width", "12.5"], ["--check", "--measure"]])
def test_words_that_the_parser_refuses(capsys, words):
    with pytest.raises(SystemExit) as left:
        main(["mup", "Adam", *words])
    assert left.value.code == 2
    assert "error: argument" in capsys.readouterr().err.splitlines()[-1]


def test_narrower_than_the_base_and_a_base_of_one(capsys):
    """Powers of a ratio, below 1 as above."""
    for width, base in ((32, 128), (4, 1)):
        words = ("mup", "Adam", "--width", width, "--base", base, "--json")
        hidden = json.loads(says(capsys, *words))["roles"]["hidden"]
        np.testing.assert_allclose(hidden["rate"], base / width)
