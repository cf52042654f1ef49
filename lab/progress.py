"""Progress bars of whatever takes longer than two seconds: in a terminal and in a notebook."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from tqdm import tqdm

# the command line sets it for --quiet; processes that it starts inherit it
QUIET = "LAB_QUIET"


def bar(
    things: Iterable,
    total: int | None = None,
) -> tqdm:
    """The things one by one, with a bar on stderr that is gone afterwards.

    total: how many, where len does not say. Nothing is drawn in the first two seconds, when QUIET
    is set in the environment, or where nobody looks: no terminal and no notebook.
    """
    return tqdm(things, total=total, delay=2, disable=not shown(), leave=False)


def shown() -> bool:
    """Whether somebody looks at stderr, and did not ask for quiet."""
    if os.environ.get(QUIET):
        return False
    # a notebook's stderr is no terminal, and shows a bar all the same
    notebook = "ipykernel" in sys.modules
    return notebook or sys.stderr.isatty()


def tell(line: str) -> None:
    """Print a line above a bar."""
    tqdm.write(line)
