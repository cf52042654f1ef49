"""lab draw: of settings, of stored runs, for pages, with captions below, in a file or left out;
whole files or none."""

import pytest

from lab import style, workshop
from lab.__main__ import main
from lab.style.panels import lines as broken
from lab.workshop import drawing

EXPERIMENT = '''"""How fast?"""

import numpy as np

QUICK = {}


def run(*, dims=3):
    return {"x": np.arange(1.0, dims + 1)}


def summary(data):
    return f"How fast?\\nas fast as {len(data['x'])}."
'''
FIGURE = '''"""A made-up figure."""

from lab import style

READS = ("speed",)


def draw(data):
    figure, (ax,) = style.panels(1, 1)
    style.curve(ax, "GD", data["x"], data["x"])
    style.legend(figure, ax)
    return figure


def caption(data):
    return "A line."
'''


@pytest.fixture
def root(tmp_path):
    for folder, text in (("experiments", EXPERIMENT), ("figures", FIGURE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "speed.py").write_text(text, encoding="utf-8")
    return tmp_path


def names(paths):
    return [path.name for path in paths]


def captions(root):
    return (root / "figures" / "output" / "speed.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", ["kappa = 3", "adam/non-convergence, at most 1", ""])
def test_symbols_and_claims_have_no_capital_at_the_start_of_a_sentence(line):
    told = workshop.findings(f"How fast?\n{line}\nas fast.")
    assert told == f"{line} As fast."


def test_a_run_says_what_it_found(root, capsys):
    assert main(["run", "speed", "--dims", "5", "--from", str(root)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1:] == ["How fast?", "as fast as 5."]


def test_a_figure_of_other_settings_has_a_name_of_its_own(root, capsys):
    plain = workshop.draw(root, "speed", formats=("png",))
    other = workshop.draw(root, "speed", ["--dims", "5"], formats=("png",), caption="file")
    assert names(plain) == ["speed.png"]
    result = next((root / "experiments" / "results").glob("speed-*.npz"))
    assert names(other) == [f"{result.stem}.png", f"{result.stem}.txt"]
    assert other[1].read_text(encoding="utf-8") == "A line. As fast as 5.\n"

    again = workshop.draw(root, "speed", result=result, formats=("png",), caption="file")
    assert again == other
    words = ["draw", "speed", "--dims", "5", "--format", "svg", "--from", str(root)]
    assert main(words) == 0
    assert capsys.readouterr().out.strip().endswith(f"{result.stem}.svg")


def test_captions_below_in_a_file_and_left_out(root):
    heights = {}
    for kind in drawing.CAPTIONS:
        paths = workshop.draw(root, "speed", caption=kind, formats=("svg",))
        assert ("speed.txt" in names(paths)) == (kind == "file")
        text = paths[0].read_text(encoding="utf-8")
        heights[kind] = float(text.split('height="')[1].split("pt")[0])
    assert captions(root) == "A line. As fast as 3.\n"
    assert heights["below"] > heights["none"] == heights["file"]


@pytest.mark.parametrize("width", style.PAGES)
def test_figures_are_as_wide_as_their_page(root, width):
    path = workshop.draw(root, "speed", width=width, formats=("svg",))[0]
    assert path.name == ("speed.svg" if width == "page" else f"speed-{width}.svg")
    points = float(path.read_text(encoding="utf-8").split('width="')[1].split("pt")[0])
    assert points == pytest.approx(72 * style.PAGES[width].width, abs=0.01)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--width", "poster"], "width = 'poster': must be one of column, page, slides"),
        (["--caption", "above"], "caption = 'above': must be one of below, file, none"),
        (["--format", "png,gif"], "format = 'gif': must be one of png, pdf, svg"),
        (["--dimz", "3"], "speed has no setting 'dimz'"),
        (["--result", "none.npz"], "none.npz does not exist"),
        (["--result", "x.npz", "--dims", "3"], "--result x.npz: its settings are given"),
    ],
)
def test_what_cannot_be_drawn_is_said(root, words, said, capsys):
    assert main(["draw", "speed", "--from", str(root), *words]) == 2
    assert said in capsys.readouterr().err
    assert not list((root / "figures").glob("output/*"))


def test_a_result_of_another_experiment_is_refused(root):
    (root / "experiments" / "slow.py").write_text(EXPERIMENT, encoding="utf-8")
    path, _ = workshop.run(root, "slow")
    with pytest.raises(ValueError, match=r"is a result of slow: the figure reads speed"):
        workshop.draw(root, "speed", result=path)


def test_a_result_older_than_its_experiment_is_refused(root):
    workshop.draw(root, "speed", ["--dims", "5"], formats=("svg",))
    newer = EXPERIMENT.replace("QUICK = {}", "QUICK = {}\nVERSION = 2")
    result = next((root / "experiments" / "results").glob("speed-*.npz"))
    (root / "experiments" / "speed.py").write_text(newer, encoding="utf-8")
    paths = workshop.draw(root, "speed", ["--dims", "5"], formats=("svg",))
    assert paths[0].stem != result.stem, "the key of a result contains the version"


def test_a_figure_that_fails_leaves_the_old_one(root, monkeypatch):
    """Half a file never takes the place of a whole one, and no temporary stays."""
    path = workshop.draw(root, "speed", formats=("png",))[0]
    whole = path.read_bytes()

    def half(self, file, **_):
        file.write(whole[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", half)
    with pytest.raises(OSError, match="No space left"):
        workshop.draw(root, "speed", formats=("png",))
    assert path.read_bytes() == whole
    assert names((root / "figures" / "output").iterdir()) == ["speed.png"]


def test_an_experiment_without_a_summary_says_nothing(root, capsys):
    silent = EXPERIMENT.split("def summary")[0]
    (root / "experiments" / "speed.py").write_text(silent, encoding="utf-8")
    assert main(["run", "speed", "--from", str(root)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    workshop.draw(root, "speed", caption="file", formats=("svg",))
    assert captions(root) == "A line.\n"


def test_long_labels_are_broken_and_short_ones_are_not():
    with style.sized("column"):
        figure, (ax,) = style.panels(1, 1)
        ax.set(xlabel="short", ylabel="a label that is longer than its axis is high " * 2)
        ax.plot([1, 2])
        style.fit(figure)
    figure.draw_without_rendering()
    assert ax.get_xlabel() == "short"
    assert ax.get_ylabel().count("\n") >= 1
    assert ax.yaxis.label.get_window_extent().height <= ax.get_window_extent().height


def test_a_formula_is_not_broken():
    text = r"word; $a b c d e f = \frac{1}{2} + \theta$; word"
    lines = broken(text.replace(";", ""), 6)
    assert lines == text.split("; ")
    assert all(line.count("$") % 2 == 0 for line in lines)
    assert max(len(line) for line in lines) < 60
