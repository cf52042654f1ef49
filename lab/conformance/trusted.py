"""Alterations of damping that follows a ratio: when it rises though no step was rejected.

That steps are rejected at all is a switch, see `fields`.

Levenberg's rule raises the damping where the ratio of the real fall to the predicted one is below
`bad` and lowers it above `good`; a program may move it at other ratios than the published.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

from lab.optimizers import Levenberg


def replaced(o: Any, good: float, bad: float) -> Any:
    """The Levenberg wrapper with these bounds; None for what is none (any more)."""
    return dataclasses.replace(o, good=good, bad=bad) if isinstance(o, Levenberg) else None


# above every ratio that a run has
_ALWAYS = 1e300

READINGS: dict[str, Callable[[Any], Any]] = {
    "the damping rises at every step, although the step was not rejected": partial(
        replaced, good=_ALWAYS, bad=_ALWAYS
    ),
    "the damping rises below rho = 1/4, although the step was not rejected": partial(
        replaced, good=0.25, bad=0.25
    ),
    "the damping rises below rho = 1/4 and stays below 3/4": partial(replaced, good=0.75, bad=0.25),
}
