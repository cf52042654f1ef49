"""What a person is told of an experiment before it runs: by `lab run NAME --help` and `lab show
NAME` alike."""

from __future__ import annotations

import inspect
from types import ModuleType

from lab.workshop.files import about_full, defaults
from lab.workshop.settings import allowed


def about_settings(module: ModuleType) -> str:
    """Settings with their defaults and the values they may take, the long run if there is one, and
    what they mean and what is stored: the docstring of `run`.

    A list stands as one would type it, with commas.
    """
    lines = ["settings"]
    for name, default in defaults(module.run).items():
        shown = default
        if isinstance(default, tuple):
            shown = ",".join(map(str, default))
        lines.append(f"  --{name} {shown}   ({allowed(name, default)})")
    if about := about_full(module):
        lines.append(about)

    meaning = inspect.getdoc(module.run)
    if meaning:
        lines += ["", "what they mean, and what is stored"]
        lines += [f"  {line}".rstrip() for line in meaning.splitlines()]
    return "\n".join(lines)
