"""Every figure, drawn from its experiment at QUICK settings: the data behind the artists, labels,
layout, letters and the bytes of its files."""

from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
import pytest
from files import FIGURES, ROOT, experiment, quick
from matplotlib.collections import QuadMesh
from matplotlib.image import AxesImage
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text

from lab import style, workshop
from lab.workshop.drawing import Source, drawn

# of the scope of this file: all tests of one figure follow each other, and one figure is in memory
each_figure = pytest.mark.parametrize("name", FIGURES, scope="module")
SMALLEST = 7.0  # pt

# of the last fifty formulas Matplotlib remembers how they are set; a figure with its caption has
# more, drawn several times in the same order, and the next one has many of them again
MathTextParser._parse_cached = lru_cache(maxsize=1000)(MathTextParser._parse_cached.__wrapped__)


@lru_cache(maxsize=1)
def finished(name, width="column"):
    """The figure with its caption, laid out for a page, the caption, and the arrays it read."""
    module = workshop.load(ROOT / "figures", name)
    data = {source: quick(source) for source in module.READS}
    with style.sized(width):
        figure, caption = drawn(ROOT, module, Source(data))
        style.caption(figure, caption)
        style.fit(figure)
    # labels that broke into lines have moved their panels
    figure.draw_without_rendering()
    return figure, caption, [array for part in data.values() for array in part.values()]


def panels(figure):
    """The axes that plot something: all but colour bars."""
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


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


# in a column all panels stand below each other: on a page and slides those with most in them
CROWDED = [
    ("adal_digits", "page"),
    ("conventions_matter", "page"),
    ("invariance_table", "slides"),
    ("phase_diagram", "page"),
    ("quadrants_full_batch", "slides"),
]
SLOW = [
    pytest.param(name, width, marks=pytest.mark.slow)
    for name in FIGURES
    for width in ("page", "slides")
    if (name, width) not in CROWDED
]


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


def images(ax):
    """Heat maps: images and colour meshes."""
    return [
        artist
        for artist in (*ax.images, *ax.collections)
        if isinstance(artist, (AxesImage, QuadMesh))
    ]


def is_stored(values, arrays):
    """Whether values stand in a stored array along one of its axes, from the start of it, or are
    one stored number repeated."""
    values = np.asarray(values, dtype=float)
    for array in arrays:
        if array.dtype.kind not in "fiu":
            continue
        if (values == values[0]).all() and (array == values[0]).any():
            return True
        for axis in range(array.ndim):
            rows = np.moveaxis(array, axis, -1)[..., : len(values)]
            if rows.shape[-1] == len(values) and (rows == values).all(-1).any():
                return True
    return False


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


TWICE = ("digits_quadrants", "invariance_table", "phase_diagram", "speed")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in TWICE else pytest.mark.slow) for n in FIGURES]
)
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
