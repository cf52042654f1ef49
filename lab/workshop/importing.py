"""Importing a Python file by its path: experiments, figures, a user's own claims."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def import_file(path: Path, root: Path | None = None) -> ModuleType:
    """The module in a .py file. ValueError when there is no such file.

    While it loads, its own folder is importable, and root, the folder of which its folder is a
    room (None: it stands in no room): a figure in figures/bases/ imports `style` of figures/. Its
    name is dotted from there, figures.bases.geodesic. It is not put into sys.modules: two imports
    are two modules, and an edited file is read again.
    """
    whole = path.resolve()
    top = whole.parent if root is None else root.resolve()
    name = ".".join((top.name, *whole.relative_to(top).with_suffix("").parts))

    spec = importlib.util.spec_from_file_location(name, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ValueError(f"{path}: no such Python file")
    module = importlib.util.module_from_spec(spec)

    # its own folder first: what stands nearest is meant
    importable = list(dict.fromkeys([str(whole.parent), str(top)]))
    sys.path[:0] = importable
    try:
        spec.loader.exec_module(module)
    finally:
        for folder in importable:
            # what was there before stays, even where it is the same folder
            sys.path.remove(folder)
    return module
