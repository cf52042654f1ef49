"""Importing a Python file by its path: experiments, figures, a user's own claims."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def import_file(path: Path) -> ModuleType:
    """The module in a .py file, with its folder importable while it loads.

    ValueError when there is no such file.
    """
    spec = importlib.util.spec_from_file_location(f"{path.resolve().parent.name}.{path.stem}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ValueError(f"{path}: no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module
