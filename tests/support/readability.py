"""How densely the code is written, per folder: python tests/support/readability.py [ROOT]

nodes      syntax nodes per code line, docstrings apart (models of the field: 5.3 to 9.2)
tuples     share of the assignments that are `a, b = one, two`, more than two short literals
           (models: 0 to 4 %)
docstrings share of the written lines that are docstrings
comments   comment lines and trailing comments per 100 written lines
wide       lines of more than 100 columns
"""

import ast
import io
import sys
import tokenize
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 100
FOLDERS = ("lab", "experiments", "figures", "tests")


class Measured(NamedTuple):
    """Counts over one file or many: they add up."""

    nodes: int = 0
    code: int = 0
    docstrings: int = 0
    comments: int = 0
    assignments: int = 0
    tuples: int = 0
    wide: int = 0

    def plus(self, other):
        return Measured(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def density(self) -> float:
        return self.nodes / max(self.code, 1)


@cache
def measured(path: Path) -> Measured:
    """The counts of one file."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    docstrings = _docstrings(tree)
    inside = {id(node) for docstring in docstrings for node in ast.walk(docstring)}
    nodes = [node for node in ast.walk(tree) if id(node) not in inside]
    documented = {n for d in docstrings for n in range(d.lineno, d.end_lineno + 1)}

    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    alone = {t.start[0] for t in comments if t.line.lstrip().startswith("#")}
    written = {n for n, line in enumerate(text.splitlines(), 1) if line.strip()}
    assignments = [node for node in nodes if isinstance(node, ast.Assign)]

    return Measured(
        nodes=len(nodes),
        code=len(written - documented - alone),
        docstrings=len(written & documented),
        comments=len(comments),
        assignments=len(assignments),
        tuples=sum(_many_at_once(node) for node in assignments),
        wide=sum(len(line) > WIDTH for line in text.splitlines()),
    )


def _docstrings(tree):
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, owners) and node.body]
    first = [body[0] for body in bodies if isinstance(body[0], ast.Expr)]
    return [
        e for e in first if isinstance(e.value, ast.Constant) and isinstance(e.value.value, str)
    ]


def _many_at_once(assignment: ast.Assign) -> bool:
    """a, b = one, two: more than two at once, or more than names and literals."""
    value = assignment.value
    if not (isinstance(value, ast.Tuple) and isinstance(assignment.targets[0], ast.Tuple)):
        return False
    short = all(isinstance(e, (ast.Constant, ast.Name, ast.Attribute)) for e in value.elts)
    return len(value.elts) > 2 or not short


def per_folder(root: Path, tops: tuple[str, ...] = FOLDERS) -> dict[str, Measured]:
    """Folder -> counts: the folders of lab by themselves, and its loose modules together."""
    found: dict[str, Measured] = {}
    for top in tops:
        for path in sorted((root / top).rglob("*.py")):
            parts = path.relative_to(root).parts
            folder = "/".join(parts[:2]) if top == "lab" and len(parts) > 2 else top
            found[folder] = found.get(folder, Measured()).plus(measured(path))
    return found


def table(root: Path) -> str:
    """The lines that the script prints."""
    lines = [
        f"{'folder':22} {'lines':>6} {'nodes':>6} {'tuples':>7} {'docs':>6} {'comments':>9} "
        f"{'wide':>5}"
    ]
    folders = per_folder(root)
    total = Measured()
    for counts in folders.values():
        total = total.plus(counts)

    for folder, m in [*folders.items(), ("all", total)]:
        written = m.code + m.docstrings
        lines.append(
            f"{folder:22} {m.code:6d} {m.density:6.1f} {m.tuples / max(m.assignments, 1):7.1%} "
            f"{m.docstrings / written:6.1%} {m.comments / written:9.1%} {m.wide:5d}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
