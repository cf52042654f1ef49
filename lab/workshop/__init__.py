"""Experiments and figures as files, their settings, and results on disk."""

from lab.workshop.files import (
    chaotic,
    defaults,
    draw,
    files,
    load,
    names,
    notes,
    read,
    result_path,
    run,
    save_figure,
    timed,
)

__all__ = [
    "chaotic",
    "defaults",
    "draw",
    "files",
    "load",
    "names",
    "notes",
    "read",
    "result_path",
    "run",
    "save_figure",
    "timed",
]
