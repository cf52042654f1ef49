"""Experiments and figures as files: finding them, reading settings, running, storing, drawing.

An experiment file has `run(*, dims=20, seed=0) -> dict of arrays`, whose signature is its
configuration, `QUICK` (settings that finish in about a second), and optionally `VERSION` (raise it
when the meaning of the result changes). A figure file has `READS`, the experiments it needs, and
`draw(data) -> Figure`, data being the arrays of the first (or a dict of them by name when it reads
several).
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from lab.workshop import store
from lab.workshop.importing import import_file
from lab.workshop.settings import in_range, parse


def names(folder: Path) -> list[str]:
    """The experiments or figures of a folder. ValueError when there is no such folder."""
    if not folder.is_dir():
        raise ValueError(
            f"no folder {folder}: run this in a checkout of the lab, "
            "or name a folder of the same shape with --from DIR"
        )
    return sorted(p.stem for p in folder.glob("*.py") if p.stem not in ("style", "__init__"))


def load(folder: Path, name: str) -> ModuleType:
    """Import folder/name.py. ValueError naming the known ones when there is none."""
    if name not in names(folder):
        raise ValueError(
            f"no {folder.name[:-1]} called {name!r}; there is {', '.join(names(folder))}"
        )
    return import_file(folder / f"{name}.py")


def defaults(run) -> dict[str, Any]:
    """The settings of an experiment: its keyword arguments and their defaults."""
    parameters = inspect.signature(run).parameters
    return {name: p.default for name, p in parameters.items()}


def timed(module: ModuleType) -> frozenset[str]:
    """The arrays of an experiment that measure time, its TIMED.

    Everything else it returns is determined by its settings.
    """
    return frozenset(getattr(module, "TIMED", ()))


def chaotic(module: ModuleType) -> frozenset[str]:
    """The arrays of an experiment in which last digits grow until they are seen, its CHAOTIC.

    The same on one machine, not on two.
    """
    return frozenset(getattr(module, "CHAOTIC", ()))


def _version(module: ModuleType) -> int:
    """What an experiment says of the meaning of its result, its VERSION."""
    return getattr(module, "VERSION", 1)


def result_path(
    folder: Path,
    name: str,
    module: ModuleType,
    settings: Mapping[str, Any],
) -> Path:
    """experiments/results/NAME.npz for the default settings, NAME-KEY.npz for others."""
    stem = name
    if dict(settings) != defaults(module.run):
        stem += "-" + store.key(name, settings, _version(module))
    return folder / "results" / f"{stem}.npz"


def run(root: Path, name: str, words: Sequence[str] = ()) -> tuple[Path, float]:
    """Run an experiment of root/experiments and store its result: the file, the seconds it took.

    ValueError for settings out of range, and for a result with NaN (a diverged run is inf);
    PermissionError when the results' folder can't be written to.
    """
    folder = root / "experiments"
    module = load(folder, name)
    settings = parse(name, defaults(module.run), words)
    in_range(settings, defaults(module.run))
    path = result_path(folder, name, module, settings)
    store.may_write(path.parent)  # before the minutes that the experiment may take

    start = time.perf_counter()
    arrays = module.run(**settings)
    seconds = time.perf_counter() - start
    undefined = ", ".join(store.with_nan(arrays))
    if undefined:
        raise ValueError(
            f"{name} found NaN in {', '.join(undefined)}: "
            "its settings are out of the range where that is defined"
        )
    version = _version(module)
    return store.save(path, name, settings, arrays, seconds=seconds, version=version), seconds


def notes(path: Path) -> list[str]:
    """What a stored result has to say about its input, its array `notes`; most have none."""
    arrays, _ = store.load(path, "lab run")
    return [str(note) for note in arrays.get("notes", ())]


def read(root: Path, name: str) -> dict[str, Any]:
    """The stored arrays of an experiment at its default settings.

    ValueError when they are those of other defaults or another VERSION.
    """
    module = load(root / "experiments", name)
    path = root / "experiments" / "results" / f"{name}.npz"
    arrays, header = store.load(path, f"lab run {name}")
    if header.get("key") != store.key(name, defaults(module.run), _version(module)):
        raise ValueError(
            f"{path} is older than its experiment: settings or VERSION have changed; "
            f"remake it with: lab run {name}"
        )
    return arrays


def draw(root: Path, name: str) -> list[Path]:
    """Draw a figure of root/figures to root/figures/output, PNG and PDF, the same bytes every time.

    Experiments it reads that have no stored result are run first.
    """
    module = load(root / "figures", name)
    for source in module.READS:
        if not (root / "experiments" / "results" / f"{source}.npz").exists():
            run(root, source)
    data = {source: read(root, source) for source in module.READS}
    first = data[module.READS[0]]
    figure = module.draw(first if len(data) == 1 else data)
    return save_figure(figure, root / "figures" / "output", name)


def save_figure(figure, folder: Path, name: str) -> list[Path]:
    """Write a Matplotlib figure as PNG and PDF without dates or tool versions."""
    png = folder / f"{name}.png"
    pdf = folder / f"{name}.pdf"
    store.folder_for(png)
    _lay_out(figure)
    figure.savefig(png, metadata={"Software": None})
    figure.savefig(pdf, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return [png, pdf]


def _lay_out(figure) -> None:
    """Compute the layout once, for both files.

    The last digits that the solver of constrained layout returns change from run to run, so
    positions are rounded to 1e-6 of the figure.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        return
    engine.execute(figure)
    figure.set_layout_engine(None)
    for ax in figure.axes:
        bounds = ax.get_position(original=True).bounds
        ax.set_position([round(x, 6) for x in bounds])
