"""Every extra of pyproject is imported by something, and nothing else is."""

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
# what a distribution is called when it is imported
IMPORTED = {"python-flint": "flint", "pytest-xdist": "xdist"}
# run as programs, or named to pytest, and so imported by nobody
PROGRAMS = {"ruff", "mypy", "build", "xdist"}


def imports():
    """The top-level names that any file of the project imports."""
    found = set()
    for folder in ("lab", "experiments", "figures", "tests", ".ci"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.split(".")[0])
    return found


def test_every_extra_is_imported_by_something():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [need for needs in project["optional-dependencies"].values() for need in needs]
    names = {re.split(r"[\[<>=]", need)[0] for need in wanted}
    used = {IMPORTED.get(name, name) for name in names} - PROGRAMS
    assert used <= imports(), f"imported by nothing: {sorted(used - imports())}"
