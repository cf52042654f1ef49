"""Experiments and figures as files, their settings, and results on disk."""

from lab.workshop.drawing import draw, findings, save_figure, summary, told
from lab.workshop.files import (
    chaotic,
    defaults,
    files,
    load,
    names,
    notes,
    read,
    result_path,
    run,
    timed,
)

__all__ = [
    "chaotic",
    "defaults",
    "draw",
    "files",
    "findings",
    "load",
    "names",
    "notes",
    "read",
    "result_path",
    "run",
    "save_figure",
    "summary",
    "timed",
    "told",
]
