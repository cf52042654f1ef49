"""Claims of a user's own Python file: `lab claims --from mine.py`.

The file is run, in a worker and never in the parent; only when that fails is it read as text, so
that its author learns which of its claims are not judged.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from lab.claims.contents import collect
from lab.workshop.importing import import_file
from lab.workshop.near import meant


def load(path: str | Path, ours: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of the file. ValueError when there is no such file, no claim in it, or one with
    an id of the lab's: a verdict must not be mistaken for that of another claim."""
    found = collect([import_file(Path(path))])
    if not found:
        raise ValueError(f"{path} defines no claim: decorate a function with lab.claims.claim")
    if taken := sorted(set(found) & set(ours)):
        raise ValueError(f"{path}: {taken[0]} is a claim of the lab: choose another id")
    return found


def select(ids, pattern: str) -> list[str]:
    """The ids that match a shell pattern. ValueError when none does."""
    chosen = [id for id in ids if fnmatch(id, pattern)]
    if not chosen:
        near = meant(pattern, ids)
        raise ValueError(f"no claim matches {pattern!r}; lab list claims names them{near}")
    return chosen


def declared(path: str | Path) -> list[str]:
    """The ids of the claims that a file declares, in order, read from its text without running it.

    Those written as @claim("topic/name", ...), whatever else the call says: this is for a file
    that fails to load, whose author is told which claims are not judged. [] for a file that can't
    be read or is no Python.
    """
    try:
        # bytes: the file says its encoding itself
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, ValueError, SyntaxError):
        return []

    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    decorators = [d for function in functions for d in function.decorator_list]
    calls = [d for d in decorators if isinstance(d, ast.Call) and _called(d) == "claim"]
    first = [call.args[0] for call in calls if call.args]
    return [x.value for x in first if isinstance(x, ast.Constant) and isinstance(x.value, str)]


def _called(call: ast.Call) -> str:
    """The last name of what is called: claim, of claim(...) and of claims.claim(...)."""
    return ast.unparse(call.func).rpartition(".")[2]
