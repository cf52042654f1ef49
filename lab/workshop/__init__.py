"""Experiments and figures as files, their settings, and results on disk.

A user's own folder with experiments/ and figures/ works like the lab's. Nothing here knows what an
experiment computes.

    path, seconds = workshop.run(root, "geodesic", ["--dims", "8"])     # settings as words
    arrays = workshop.read(root, "geodesic")                            # at the defaults
    workshop.draw(root, "geodesic", width="column")                     # the files written
"""

from lab.workshop.about import about_settings
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
    "about_settings",
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
