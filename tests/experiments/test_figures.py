"""Every figure, drawn from its experiment at QUICK settings: the data behind the artists, labels,
layout, letters and the bytes of its files."""

import re
from itertools import chain, combinations, pairwise

import numpy as np
import pytest
from files import FIGURES, ROOT, experiment, quick, sampled
from finished import finished, images, is_stored, numbers_of, panels
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from swept import slow

from lab import style, workshop
from lab.workshop.drawing import Source, drawn

# of the scope of this file: the tests of one figure follow each other, and only one is in memory
each_figure = pytest.mark.parametrize("name", sampled(FIGURES, every=12), scope="module")
SMALLEST = 7.0  # pt


@each_figure
def test_it_says_what_it_is(name):
    figure, caption, _ = finished(name)
    assert [text.get_gid() for text in figure.texts].count("caption") == 1
    assert "our own experiment" in caption.lower() or "reproduces" in caption.lower()
    assert "stand-in" not in caption.lower()
    for ax in panels(figure):
        assert ax.get_xlabel()
        assert ax.get_ylabel()
        assert ax.get_title(loc="left")
    for bar in set(figure.axes) - set(panels(figure)):
        assert bar.get_xlabel() or bar.get_ylabel()


@each_figure
def test_its_caption_ends_with_what_the_data_show(name):
    """Word by word the summaries of the experiments it reads, without their question."""
    _, caption, _ = finished(name)
    reads = workshop.load(ROOT / "figures", name).READS
    told = [workshop.findings(experiment(read).summary(quick(read))) for read in reads]
    assert caption.endswith(" ".join(told))
    assert all(told)


# in a column all panels stand below each other: on a page and slides one with many of them
CROWDED = [("quadrants_full_batch", "slides")]
WIDER = [(name, width) for name in FIGURES for width in ("page", "slides")]
SLOW = slow(*(case for case in WIDER if case not in CROWDED))


@each_figure
def test_nothing_overlaps_and_no_letter_is_too_small(name):
    assert_legible(name, "column")


@pytest.mark.parametrize(("name", "width"), [*CROWDED, *SLOW])
def test_so_on_wider_pages(name, width):
    assert_legible(name, width)


def assert_legible(name, width):
    figure, _, _ = finished(name, width)
    assert figure.get_figwidth() == style.PAGES[width].width
    assert_apart(figure)
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            assert text.get_fontsize() >= SMALLEST, text.get_text()
    for ax in panels(figure):
        # the title may end where the figure does, the label of an axis with its panel or a little
        # later
        assert ax._left_title.get_window_extent().x1 <= figure.bbox.width + 1
        high = ax.yaxis.label.get_window_extent().height
        assert high <= 1.3 * ax.get_window_extent().height, ax.get_ylabel()


def assert_apart(figure):
    """Panels, legend, table and caption one below the other, none of them over the edge."""
    caption = next(text for text in figure.texts if text.get_gid() == "caption")
    table = [text for text in figure.texts if text.get_gid() == "table"]
    blocks = [[ax.get_tightbbox() for ax in figure.axes]]
    blocks += [[legend.get_window_extent()] for legend in figure.legends]
    blocks += [[cell.get_window_extent() for cell in table]] if table else []
    blocks += [[caption.get_window_extent()]]

    for above, below in pairwise(blocks):
        # a pixel of rounding
        assert min(box.y0 for box in above) >= max(box.y1 for box in below) - 1
    for box in chain(*blocks[1:]):
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= figure.bbox.width + 1


@each_figure
def test_cells_of_its_table_do_not_touch(name):
    figure, _, _ = finished(name)
    cells = [text.get_window_extent() for text in figure.texts if text.get_gid() == "table"]
    for k, one in enumerate(cells):
        for other in cells[k + 1 :]:
            beside = one.x1 <= other.x0 or other.x1 <= one.x0
            above = one.y1 <= other.y0 + 2 or other.y1 <= one.y0 + 2
            assert beside or above


@each_figure
def test_lines_have_legends_and_theory_is_dashed_black(name):
    figure, _, _ = finished(name)
    for ax in panels(figure):
        named = [line for line in ax.lines if not line.get_label().startswith("_")]
        assert ax.lines or images(ax)
        assert len(named) < 2 or ax.get_legend() or figure.legends
        for line in ax.lines:
            is_theory = line.get_gid() == "theory"
            assert is_theory == ("theory" in line.get_label())
            assert is_theory == (line.get_color() == "black" and line.get_linestyle() == "--")


@each_figure
def test_legends_carry_names_and_no_results(name):
    """Numbers of more than three digits are results, and stand in a table."""
    figure, _, _ = finished(name)
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    for text in (entry.get_text() for legend in legends for entry in legend.get_texts()):
        assert "|" not in text.replace("|x", "").replace("|^", ""), text
        assert "steps" not in text, text


@each_figure
def test_bands_say_what_they_are(name):
    figure, caption, _ = finished(name)
    shades = [a for ax in panels(figure) for a in ax.collections if a.get_gid() == "band"]
    named = [a.get_label() for ax in panels(figure) for a in ax.collections]
    if shades:
        assert [label for label in named if "seeds" in label], "what is the band?"
    runs = [line for ax in panels(figure) for line in ax.lines if line.get_gid() == "run"]
    if runs:
        assert "run" in caption or "start" in caption or "round" in caption


@each_figure
def test_methods_look_the_same_in_every_figure(name):
    """Whatever is called as a method is drawn as one; a point has no line."""
    figure, _, _ = finished(name)
    looks = {one.label: one for one in style.METHODS.values()} | dict(style.METHODS)
    for line in (line for ax in panels(figure) for line in ax.lines):
        if line.get_gid() == "measured" and line.get_label() in looks:
            look = looks[line.get_label()]
            assert line.get_marker() == look.marker, look.label
            assert line.get_color() == look.colour, look.label


@each_figure
def test_words_do_not_stand_on_each_other(name):
    figure, _, _ = finished(name)
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    # also those beyond the ends, which are not seen
    numbers = {id(text) for axis in axes for text in axis.get_majorticklabels()}
    numbers |= {id(text) for axis in axes for text in axis.get_minorticklabels()}
    words = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in numbers
    ]
    boxes = [text.get_window_extent() for text in words]
    for (one, a), (other, b) in combinations(zip(words, boxes, strict=True), 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        # boxes are a little larger than letters
        assert wide <= 1 or high <= 2, (one.get_text(), other.get_text())


@each_figure
def test_axes_have_two_numbers_and_none_on_another(name):
    figure, _, _ = finished(name)
    for axis, texts in numbers_of(figure):
        title = axis.axes.get_title(loc="left")
        assert len(texts) > 1, title
        if any(text.get_rotation() for text in texts):
            continue
        # a name below some numbers is wider than its number
        boxes = [text.get_window_extent() for text in texts if "\n" not in text.get_text()]
        for a, b in combinations(boxes, 2):
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert wide <= 0 or high <= 1, title


@each_figure
def test_legends_stand_beside_the_curves(name):
    """Those inside of a panel hide no point that is plotted."""
    figure, _, _ = finished(name)
    for ax in panels(figure):
        legend = ax.get_legend()
        lines = [line for line in ax.lines if line.get_transform() == ax.transData]
        if legend is None:
            continue
        box = legend.get_window_extent()
        for line in lines:
            places = np.column_stack([np.asarray(x, dtype=float) for x in line.get_data()])
            x, y = ax.transData.transform(places).T
            inside = (box.x0 < x) & (x < box.x1) & (box.y0 < y) & (y < box.y1)
            assert not inside.any(), (ax.get_title(loc="left"), line.get_label())


@each_figure
def test_legends_in_a_panel_name_theory_last(name):
    figure, _, _ = finished(name)
    for legend in (ax.get_legend() for ax in panels(figure) if ax.get_legend()):
        theory = ["theory" in text.get_text() for text in legend.get_texts()]
        assert theory == sorted(theory), theory


@each_figure
def test_words_in_a_panel_have_an_edge_unlike_their_letters(name):
    """An edge of their own colour closes the holes of letters."""
    figure, _, _ = finished(name)
    for text in figure.findobj(Text):
        for edge in text.get_path_effects() or ():
            letters = np.array(to_rgb(text.get_color()))
            around = np.array(to_rgb(edge._gc["foreground"]))
            # a third of the way from black to white
            assert abs(letters.mean() - around.mean()) > 1 / 3, text.get_text()


@each_figure
def test_several_legends_say_of_which_panels_they_are(name):
    figure, _, _ = finished(name)
    titles = [legend.get_title().get_text() for legend in figure.legends]
    assert len(titles) < 2 or all("(" in title for title in titles), titles


@each_figure
def test_symbols_are_no_words(name):
    figure, _, _ = finished(name)
    for text in figure.findobj(Text):
        words = re.sub(r"\$[^$]*\$", "", text.get_text())
        found = re.search(r"\b(kappa|beta[12]?|lam|eps|sqrt)\b|\^", words)
        assert not found, text.get_text()


@each_figure
def test_it_plots_what_the_experiment_returned(name):
    figure, _, arrays = finished(name)
    for ax in panels(figure):
        for image in images(ax):
            shown = np.asarray(image.get_array())
            assert any(array.shape == shown.shape and (array == shown).all() for array in arrays), (
                ax.get_title(loc="left")
            )
        for line in ax.lines:
            if line.get_gid() == "reference":
                continue  # levels, and marks at the edge of a panel
            for values in line.get_data():
                assert list(values) == [0, 1] or is_stored(values, arrays), (
                    ax.get_title(loc="left"),
                    line.get_label(),
                )


TWICE = ("invariance_table",)


@pytest.mark.parametrize("name", [*TWICE, *slow(*(name for name in FIGURES if name not in TWICE))])
def test_drawing_twice_gives_the_same_bytes(name, tmp_path):
    """Of the format whose date and ids would differ: with bars, cells, letters and tables."""
    files = []
    for k in (0, 1):
        module = workshop.load(ROOT / "figures", name)
        data = {source: quick(source) for source in module.READS}
        figure, _ = drawn(ROOT, module, Source(data))
        files.append(workshop.save_figure(figure, tmp_path / str(k), name, ("pdf",))[0])
    first, again = (path.read_bytes() for path in files)
    assert first == again
    assert b"CreationDate" not in first
