"""lab list: what there is."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path


def do(options, rest) -> int:
    """lab list [--conventions]"""
    if options.conventions:
        from lab import conventions

        print(conventions.differences(), end="")
        return 0
    from lab import workshop
    from lab.claims import CLAIMS
    from lab.exact import EXACT
    from lab.objectives import OBJECTIVES
    from lab.optimizers import OPTIMIZERS

    for kind in ("experiments", "figures"):
        folder = options.root / kind
        found = workshop.files(folder) if folder.is_dir() else {}
        print(f"{kind} ({len(found)})" if found else f"{kind}: none here, use --from DIR")
        for name, path in found.items():
            print(f"  {name:28} {_first_line_of_file(path)}")
    print(f"claims ({len(CLAIMS)}), verified by: lab claims")
    for claim in CLAIMS.values():
        print(f"  {claim.id:44} {claim.line() if hasattr(claim, 'line') else claim.statement}")
    for kind, registry in (("optimizers", OPTIMIZERS), ("objectives", OBJECTIVES)):
        print(f"{kind} ({len(registry)})")
        for name, thing in registry.items():
            print(f"  {name:28} {_first_line(inspect.getdoc(thing))}")
    print(f"closed forms ({len(EXACT)})")
    for objective, optimizer in EXACT:
        print(f"  exact({objective.__name__}, {optimizer.__name__})")
    return 0


def _first_line(docstring: str | None) -> str:
    return (docstring or "").split("\n")[0]


def _first_line_of_file(path: Path) -> str:
    """Of the docstring of a Python file, read and not imported: figures would load matplotlib."""
    return _first_line(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))
