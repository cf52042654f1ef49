"""Every extra of pyproject is imported by something, and nothing else is."""

import re
import tomllib

from sources import ROOT, everywhere

# what a distribution is called when it is imported
IMPORTED = {"python-flint": "flint", "pytest-xdist": "xdist"}
# run as programs, or named to pytest, and so imported by nobody
PROGRAMS = {"ruff", "mypy", "build", "xdist"}


def imports():
    """The top-level names that any file of the project imports."""
    folders = ("lab", "experiments", "figures", "tests", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {name.split(".")[0] for path in files for name in everywhere(path)}


def test_every_extra_is_imported_by_something():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [need for needs in project["optional-dependencies"].values() for need in needs]
    names = {re.split(r"[\[<>=]", need)[0] for need in wanted}
    used = {IMPORTED.get(name, name) for name in names} - PROGRAMS
    assert used <= imports(), f"imported by nothing: {sorted(used - imports())}"
