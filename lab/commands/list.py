"""lab list: what there is, by name; lab list KIND: a line on each.

lab list                     # all names, without importing what they name
lab list optimizers          # a formula each
lab list conventions         # what differs where, as Markdown
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path

from lab.commands import contents

WIDTH = 100


def do(options, rest) -> int:
    """lab list [KIND]

    Without KIND only names, read from the source; with it first lines of docstrings, which are
    formulas.

    Names alone come at once, because nothing is imported for them; a line on each needs what it
    names.
    """
    if options.kind is not None:
        KINDS[options.kind](options.root)
        return 0

    # read from the source: nothing is imported for names
    named = {
        "experiments": contents.in_files(options.root / "experiments"),
        "figures": contents.in_files(options.root / "figures"),
        "claims": contents.claims(),
        "optimizers": contents.optimizers(),
        "wrappers": contents.wrappers(),
        "objectives": contents.objectives(),
        "closed-forms": contents.closed_forms(),
    }
    for kind, names in named.items():
        if not names:
            print(f"{kind}: none here, use --from DIR")
            continue
        print(f"{kind} ({len(names)})")
        print(_folded(names))
    # the two ways on
    print("\nlab list KIND has a line on each, lab show NAME all about one")
    return 0


def _folded(names: list[str]) -> str:
    """Names with commas, on lines of WIDTH; a name is not broken.

    A pair of closed forms has a blank inside, which must not be where a line ends.
    """
    # a character that no name has holds names together while lines are broken
    joined = ", ".join(name.replace(" ", "\0") for name in names)
    lines = textwrap.wrap(joined, WIDTH - 2, break_on_hyphens=False, break_long_words=False)
    return "\n".join(f"  {line}" for line in lines).replace("\0", " ")


def _files(kind: str):
    """Prints the experiments or figures of a folder: name and first line of the file.

    Read, not imported: what does not import is listed all the same.
    """

    def told(root: Path) -> None:
        from lab import workshop

        for name, path in workshop.files(root / kind).items():
            print(f"{name:28} {_first_line_of_file(path)}")

    return told


def _claims(root: Path) -> None:
    """Id and statement in one line, in the order of the registry."""
    from lab.claims import CLAIMS

    for claim in CLAIMS.values():
        print(f"{claim.id:44} {claim.line()}")


def _optimizers(root: Path) -> None:
    """Name and formula."""
    from lab.optimizers import OPTIMIZERS

    _registry(OPTIMIZERS)


def _wrappers(root: Path) -> None:
    """Name and what each does to the method inside."""
    from lab.optimizers import WRAPPERS

    _registry(WRAPPERS)


def _objectives(root: Path) -> None:
    """Name and formula."""
    from lab.objectives import OBJECTIVES

    _registry(OBJECTIVES)


def _registry(things) -> None:
    """The first line of each docstring, which is a formula or says what the thing does.

    Registered names, not classes: SOAP is a function that composes one.
    """
    for name, thing in things.items():
        print(f"{name:28} {_first_line(inspect.getdoc(thing))}")


def _closed_forms(root: Path) -> None:
    """As one would call them."""
    from lab.exact import EXACT

    for objective, optimizer in EXACT:
        print(f"exact({objective.__name__}, {optimizer.__name__})")


def _deviations(root: Path) -> None:
    """The table of how optimizers of other libraries differ from the published methods."""
    from lab.conformance.deviations import table

    print(table(), end="")


def _conventions(root: Path) -> None:
    """The Markdown table of differences."""
    from lab import conventions

    print(conventions.differences(), end="")


KINDS = {
    "experiments": _files("experiments"),
    "figures": _files("figures"),
    "claims": _claims,
    "optimizers": _optimizers,
    "wrappers": _wrappers,
    "objectives": _objectives,
    "closed-forms": _closed_forms,
    "conventions": _conventions,
    "deviations": _deviations,
}


def _first_line(docstring: str | None) -> str:
    """The first line; empty for what has no docstring."""
    return (docstring or "").split("\n")[0]


def _first_line_of_file(path: Path) -> str:
    """Of the docstring of a Python file, read and not imported: figures would load matplotlib.

    A file that does not parse is an error of Python's, with its line.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return _first_line(ast.get_docstring(tree))
