"""The source files of the project, parsed: what the tests of its style and architecture read."""

import ast
from pathlib import Path

from swept import over

import lab

PACKAGE = Path(lab.__file__).parent
ROOT = PACKAGE.parent
LAB = sorted(PACKAGE.rglob("*.py"))
FILES = LAB + sorted(
    p for folder in ("experiments", "figures", "tests") for p in (ROOT / folder).rglob("*.py")
)


class Parsed(dict):
    """The tree of a file, parsed when somebody asks for it."""

    def __missing__(self, path):
        self[path] = ast.parse(path.read_text(encoding="utf-8"))
        return self[path]


TREES = Parsed()


def name(path):
    return path.relative_to(ROOT).as_posix()


each_file = over(FILES)
each_lab_file = over(LAB)


def functions(path):
    return [node for node in ast.walk(TREES[path]) if isinstance(node, ast.FunctionDef)]


def imported(nodes):
    """Full names of all modules imported by these statements; `from a import b` gives a and a.b."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def everywhere(path):
    return imported(ast.walk(TREES[path]))
