"""Figures from stored results, for a page, with a caption written from the data.

A figure file has `READS`, `draw(data) -> Figure`, data being the arrays of the first experiment it
reads (or a dict of them by name when it reads several), and `caption(data) -> str`: what is drawn.
What the data show is said by the experiment, `summary(data) -> str`, and stands behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from lab.workshop import store
from lab.workshop.files import chosen, load, read, result_path, run, version
from lab.workshop.whole import written

FORMATS = ("png", "pdf", "svg")
CAPTIONS = ("below", "file", "none")
# nothing of the day, the machine or the release, so that a figure has the same bytes every time
DATELESS: Mapping[str, Mapping[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}


class Source(NamedTuple):
    """What a figure is drawn from: the arrays of every experiment it reads, and what distinguishes
    the run from that at the default settings, "-" and a key, in the names of files."""

    arrays: dict[str, dict[str, np.ndarray]]
    suffix: str = ""


def summary(module: ModuleType, arrays: Mapping[str, np.ndarray]) -> str:
    """What an experiment says about its result, "" for one that has no `summary`.

    summary(arrays) -> str: at most ten lines, the question first.
    """
    tell = getattr(module, "summary", None)
    return "" if tell is None else tell(arrays)


def told(root: Path, name: str, path: Path) -> str:
    """What the experiment of this name says about a stored result; "" without a summary."""
    arrays, _ = store.load(path, f"lab run {name}")
    return summary(load(root / "experiments", name), arrays)


def findings(text: str) -> str:
    """A summary without the question in its first line: what a caption needs.

    The first line asks; the answers follow, each of which becomes a sentence.
    """
    _, *answers = text.splitlines() or [""]
    sentences = [_sentence(answer) for answer in answers]
    return " ".join(sentences)


def _sentence(line: str) -> str:
    """With a capital, unless it begins with a symbol, "kappa = 3: ...", or with a claim's id.

    A symbol is a first word that "=" follows: Kappa would be another letter. An id has a slash.
    """
    words = line.split()
    if words[1:2] == ["="] or "/" in "".join(words[:1]):
        return line
    first = line[:1]
    return first.upper() + line[1:]


def draw(
    root: Path,
    name: str,
    words: Sequence[str] = (),
    *,
    result: Path | None = None,
    width: str = "page",
    caption: str = "below",
    formats: Sequence[str] = ("png", "pdf"),
) -> list[Path]:
    """Draw a figure of root/figures to root/figures/output, byte-identical every time.

    words: settings of the experiment that it reads, as on the command line; it is run when there is
    no result for them. result: the file of a stored run instead. width: column, page or slides.
    caption: below the panels, in a text file beside the figure, or none. Files are NAME.png, with a
    key for other settings and "-column" or "-slides" for another width.

    ValueError for settings of a figure that reads several experiments, an unknown width, caption or
    format, and a result of another experiment.
    """
    _one_of("caption", caption, CAPTIONS)
    for form in formats:
        _one_of("format", form, FORMATS)
    module = load(root / "figures", name)
    source = _source(root, module, words, result)
    # matplotlib takes a second to load, and only figures need it
    from lab import style

    with style.sized(width):
        figure, text = drawn(root, module, source)
        if caption == "below" and text:
            style.caption(figure, text)
        # last: labels break and ticks thin at the final size of the panels
        style.fit(figure)
        place = "" if width == "page" else f"-{width}"
        stem = f"{name}{source.suffix}{place}"
        folder = root / "figures" / "output"
        paths = save_figure(figure, folder, stem, formats)

    if caption == "file":
        written = _write_text(folder / f"{stem}.txt", text)
        paths.append(written)
    return paths


def drawn(root: Path, module: ModuleType, source: Source) -> tuple[Any, str]:
    """The figure without its caption, and the caption: what is drawn, and what the data show.

    data is the arrays of the one experiment that the figure reads, or a dict of them by name.
    """
    first = module.READS[0]
    data = source.arrays[first] if len(source.arrays) == 1 else source.arrays
    figure = module.draw(data)

    described = getattr(module, "caption", None)
    parts = [] if described is None else [" ".join(described(data).split())]
    for name, arrays in source.arrays.items():
        told = summary(load(root / "experiments", name), arrays)
        parts.append(findings(told))
    return figure, " ".join(part for part in parts if part)


def _one_of(name: str, given: str, known: Sequence[str]) -> None:
    """ValueError unless `given` is among the known, naming them."""
    if given not in known:
        raise ValueError(f"{name} = {given!r}: must be one of {', '.join(known)}")


def _source(root: Path, module: ModuleType, words, result) -> Source:
    """The arrays that the figure is asked to be drawn from.

    Results at the default settings are made when they are not there.
    """
    reads = module.READS
    if result is not None and words:
        raise ValueError(f"--result {result}: its settings are given, leave out {' '.join(words)}")
    if (result is not None or words) and len(reads) > 1:
        known = ", ".join(reads)
        raise ValueError(f"it reads {known}: run these and draw them at their defaults")
    if result is not None:
        return _of_file(result, reads[0])
    if words:
        return _of_settings(root, reads[0], words)

    results = root / "experiments" / "results"
    for name in reads:
        plain = results / f"{name}.npz"
        if not plain.exists():
            run(root, name)
    arrays = {name: read(root, name) for name in reads}
    return Source(arrays)


def _of_file(path: Path, name: str) -> Source:
    """A stored run, which may be of other settings or on other data.

    ValueError for a result of another experiment than the figure reads.
    """
    arrays, header = store.load(path, f"lab run {name}")
    if header["experiment"] != name:
        raise ValueError(f"{path} is a result of {header['experiment']}: the figure reads {name}")
    # a result that was renamed gives its own name to the figure
    plain = path.stem == name
    own = path.stem.removeprefix(f"{name}-")
    return Source({name: arrays}, "" if plain else f"-{own}")


def _of_settings(root: Path, name: str, words) -> Source:
    """The run with these settings, made if there is none.

    ValueError for a stored one of another VERSION: it is not remade, since somebody stored it.
    """
    module = load(root / "experiments", name)
    settings = chosen(name, module, words)
    path = result_path(root / "experiments", name, module, settings)
    if not path.exists():
        run(root, name, words)
    spelled = " ".join(words)
    remake = f"lab run {name} {spelled}"
    arrays, header = store.load(path, remake)

    expected = store.key(name, settings, version(module))
    if header["key"] != expected:
        raise ValueError(f"{path} is older than its experiment: {remake}")
    # "-" and the key, as in the name of the result
    suffix = path.stem.removeprefix(name)
    return Source({name: arrays}, suffix)


def save_figure(
    figure,
    folder: Path,
    name: str,
    formats: Sequence[str] = ("png", "pdf"),
) -> list[Path]:
    """Write a Matplotlib figure in each format, atomically, without dates or tool versions.

    folder is made when it is not there. PermissionError naming it when it can't be written to. A
    figure that is saved has no layout engine any more.
    """
    lay_out(figure)
    paths = []
    for form in formats:
        path = folder / f"{name}.{form}"
        store.folder_for(path)
        with written(path) as file:
            # through an open file, so that a figure is written whole or not at all
            figure.savefig(file, format=form, metadata=DATELESS[form])
        paths.append(path)
    return paths


def _write_text(path: Path, text: str) -> Path:
    """UTF-8, with a line break at the end."""
    store.folder_for(path)
    with written(path) as file:
        file.write(f"{text}\n".encode())
    return path


def lay_out(figure) -> None:
    """Compute the layout once, for all files.

    The last digits that the solver of constrained layout returns change from run to run, so
    positions are rounded to 1e-6 of the figure. Nothing is done to a figure without a layout
    engine: it has been laid out, or places its panels itself.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        return
    engine.execute(figure)
    figure.set_layout_engine(None)
    for ax in figure.axes:
        place = ax.get_position(original=True)
        ax.set_position([round(x, 6) for x in place.bounds])
