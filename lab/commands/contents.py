"""The names of what the lab has, read from its source: importing it all takes seconds.

`lab list` answers in a tenth of a second. A test compares these names with those of the imported
registries.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

DECLARED = re.compile(r'\bclaim\(\s*"([a-z0-9-]+/[a-z0-9-]+)"')
SOLVED = re.compile(r"@solves\(\s*(\w+),\s*(\w+)")


def claims() -> list[str]:
    """The ids of the lab's claims, by topic. Those of lab.claims itself are examples."""
    found = []
    for path in PACKAGE.glob("claims/*/*.py"):
        text = path.read_text(encoding="utf-8")
        found += DECLARED.findall(text)
    return sorted(found)


def optimizers() -> list[str]:
    """The names of the registry of optimizers, in its order."""
    return _keys("optimizers/registry.py", "OPTIMIZERS")


def wrappers() -> list[str]:
    """The names of what wraps an optimizer."""
    return _keys("optimizers/__init__.py", "WRAPPERS")


def objectives() -> list[str]:
    """The names of the registry of objectives, in its order."""
    return _keys("objectives/__init__.py", "OBJECTIVES")


def closed_forms() -> list[str]:
    """The pairs (objective, optimizer) that lab.exact solves, as "(Quadratic, SGD)", sorted."""
    found = []
    for path in PACKAGE.glob("exact/*.py"):
        text = path.read_text(encoding="utf-8")
        for f, method in SOLVED.findall(text):
            found.append(f"({f}, {method})")
    return sorted(found)


def in_files(folder: Path) -> list[str]:
    """The experiments or figures of a folder that may not be there: [] then."""
    from lab import workshop

    return workshop.names(folder) if folder.is_dir() else []


def _keys(file: str, registry: str) -> list[str]:
    """The keys of a dictionary that is written out in a file of the lab.

    ValueError when the dictionary is not there.
    """
    path = PACKAGE / file
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        target: ast.expr
        if isinstance(node, ast.Assign):
            target = node.targets[0]
        elif isinstance(node, ast.AnnAssign):
            target = node.target
        else:
            continue
        named = isinstance(target, ast.Name) and target.id == registry
        if named and isinstance(node.value, ast.Dict):
            keys = filter(None, node.value.keys)
            return [ast.literal_eval(key) for key in keys]
    raise ValueError(f"{path} has no {registry}: this installation of the lab is damaged")
