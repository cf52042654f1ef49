"""Every figure, drawn from its experiment at QUICK settings: the data behind the artists, labels,
layout, and the bytes of its files."""

import io
from functools import cache

import matplotlib
import numpy as np
import pytest
from files import FIGURES, ROOT, quick
from matplotlib.collections import QuadMesh
from matplotlib.image import AxesImage

from lab import workshop
from lab.workshop.files import lay_out
from lab.workshop.importing import import_file

each_figure = pytest.mark.parametrize("name", FIGURES)


def drawn(name):
    module = workshop.load(ROOT / "figures", name)
    data = {source: quick(source) for source in module.READS}
    return module.draw(data[module.READS[0]] if len(data) == 1 else data), [
        array for part in data.values() for array in part.values()
    ]


@cache
def laid_out(name):
    """The figure with its places, and the arrays it read, made once."""
    figure, arrays = drawn(name)
    lay_out(figure)
    return figure, arrays


def placed_as(figure, first):
    """The figure in the places of another one: computing them takes most of the time of a file."""
    figure.set_layout_engine(None)
    for ax, other in zip(figure.axes, first.axes, strict=True):
        ax.set_position(other.get_position(original=True))
    return figure


def written(figure, folder, name):
    """Bytes by suffix."""
    return {path.suffix: path.read_bytes() for path in workshop.save_figure(figure, folder, name)}


def png(figure):
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def panels(figure):
    """The axes that plot something: all but colour bars."""
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


@each_figure
def test_it_says_what_it_is(name):
    figure = laid_out(name)[0]
    captions = [text.get_text() for text in figure.texts if text.get_gid() == "caption"]
    assert len(captions) == 1
    assert "stand-in:" in captions[0].lower() or "reproduces" in captions[0].lower()
    for ax in panels(figure):
        assert ax.get_xlabel()
        assert ax.get_ylabel() or ax.get_subplotspec().colspan.start > 0
        assert ax.get_title(loc="left")
    for bar in set(figure.axes) - set(panels(figure)):
        assert bar.get_xlabel() or bar.get_ylabel()


@each_figure
def test_caption_legend_and_panels_do_not_overlap(name):
    assert_apart(laid_out(name)[0])


def assert_apart(figure):
    """Caption, legends of the whole figure, and panels, from below to above, none of them over the
    edge."""
    caption = next(text for text in figure.texts if text.get_gid() == "caption").get_window_extent()
    assert caption.x0 >= 0
    assert caption.y0 >= 0
    assert caption.x1 <= figure.bbox.width
    panels_of = [ax.get_tightbbox() for ax in figure.axes]
    above = panels_of + [legend.get_window_extent() for legend in figure.legends]
    assert all(box.y0 >= caption.y1 for box in above)
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
        assert all(panel.y0 >= box.y1 - 1 for panel in panels_of)


@each_figure
def test_lines_have_legends_and_theory_is_dashed_black(name):
    figure = laid_out(name)[0]
    for ax in panels(figure):
        named = [line for line in ax.lines if not line.get_label().startswith("_")]
        assert ax.lines or images(ax)
        assert len(named) < 2 or ax.get_legend() or figure.legends
        for line in ax.lines:
            is_theory = line.get_gid() == "theory"
            assert is_theory == ("theory" in line.get_label())
            assert is_theory == (line.get_color() == "black" and line.get_linestyle() == "--")


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
    figure, arrays = laid_out(name)
    for ax in panels(figure):
        for image in images(ax):
            shown = np.asarray(image.get_array())
            assert any(array.shape == shown.shape and (array == shown).all() for array in arrays), (
                ax.get_title(loc="left")
            )
        for line in ax.lines:
            x, y = line.get_data()
            across = [0, 1]
            assert list(x) == across or is_stored(x, arrays), (
                ax.get_title(loc="left"),
                line.get_label(),
            )
            assert list(y) == across or is_stored(y, arrays), (
                ax.get_title(loc="left"),
                line.get_label(),
            )


@pytest.mark.parametrize("lines", [1, 2, 4])
@pytest.mark.parametrize("rows", [0, 1, 3, 7])
@pytest.mark.parametrize("size", [0.9, 1.4])
def test_caption_and_legend_have_the_room_they_need(lines, rows, size):
    """Whatever the height of a line is: here letters of another size stand for another release of
    Matplotlib."""
    style = import_file(ROOT / "figures" / "style.py")
    with matplotlib.rc_context(
        {"legend.fontsize": 8 * size, "legend.title_fontsize": 9 * size, "axes.labelsize": 9 * size}
    ):
        figure, (ax, _) = style.panels(1, 2, 6)
        ax.set_xlabel("step")
        for k in range(2 * rows):
            ax.plot([0, 1], label=f"method {k}")
        style.foot(figure, "nine words " * (10 * lines), ax if rows else None, title="methods")
        figure.draw_without_rendering()
        assert_apart(figure)


@each_figure
def test_drawing_twice_gives_the_same_picture(name):
    """The same artists in the same order; that places and the PDF are the same too is asked of
    some figures below."""
    figure = laid_out(name)[0]
    again = placed_as(drawn(name)[0], figure)
    pictures = {png(figure), png(again)}
    assert len(pictures) == 1


def assert_same_files(name, folder):
    one = written(drawn(name)[0], folder, name)
    other = written(drawn(name)[0], folder, name)
    assert set(one) == {".png", ".pdf"}
    for suffix, first in one.items():
        assert first == other[suffix], suffix
        assert b"CreationDate" not in first


@pytest.mark.parametrize("name", FIGURES[::8])
def test_drawing_twice_gives_the_same_bytes(name, tmp_path):
    assert_same_files(name, tmp_path)


@pytest.mark.slow
@each_figure
def test_drawing_any_figure_twice_gives_the_same_bytes(name, tmp_path):
    assert_same_files(name, tmp_path)
