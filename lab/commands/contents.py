"""The names of what the lab has, read from its source: importing it all takes seconds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

DECLARED = re.compile(r'\bclaim\(\s*"([a-z0-9-]+/[a-z0-9-]+)"')
SOLVED = re.compile(r"@solves\(\s*(\w+),\s*(\w+)")


def claims() -> list[str]:
    """The ids of the lab's claims, by topic. Those of lab.claims itself are examples."""
    rooms = sorted((PACKAGE / "claims").glob("*/*.py"))
    texts = [path.read_text(encoding="utf-8") for path in rooms]
    found = [id for text in texts for id in DECLARED.findall(text)]
    return sorted(found)


def optimizers() -> list[str]:
    """The names of the registry of optimizers, in its order."""
    return _keys(PACKAGE / "optimizers" / "registry.py", "OPTIMIZERS")


def wrappers() -> list[str]:
    """The names of what wraps an optimizer."""
    return _keys(PACKAGE / "optimizers" / "__init__.py", "WRAPPERS")


def objectives() -> list[str]:
    """The names of the registry of objectives, in its order."""
    return _keys(PACKAGE / "objectives" / "__init__.py", "OBJECTIVES")


def closed_forms() -> list[str]:
    """The pairs (objective, optimizer) that lab.exact solves."""
    found = []
    for path in sorted((PACKAGE / "exact").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        found += [f"({f}, {method})" for f, method in SOLVED.findall(text)]
    return found


def in_files(folder: Path) -> list[str]:
    """The experiments or figures of a folder that may not be there."""
    from lab import workshop

    return workshop.names(folder) if folder.is_dir() else []


def _keys(path: Path, registry: str) -> list[str]:
    """The keys of a dictionary that is written out in a file."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        named = [target.id for target in targets if isinstance(target, ast.Name)]
        value = getattr(node, "value", None)
        if registry in named and isinstance(value, ast.Dict):
            return [ast.literal_eval(key) for key in value.keys if key is not None]
    raise ValueError(f"{path} has no {registry}: this installation of the lab is damaged")
