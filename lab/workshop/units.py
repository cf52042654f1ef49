"""Units of stored arrays: those of an experiment, `UNITS`, and of names that mean the same in all.

    UNITS = {"loss": "first final *_loss", "no unit": "slope"}

A unit, and the arrays that have it, by name or pattern (as in fnmatch), with blanks between. What
an experiment names goes before COMMON. Units of quantities are words, since an experiment has its
problem's: "loss" is that of the objective's values, "gradient" loss per parameter, "learning rate"
whatever the method's rate has, which is parameter^2 / loss for GD and that of a parameter for Adam.
"no unit" is a pure number: a ratio, a power, a condition number, a probability.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import ModuleType

import numpy as np

COMMON = {
    "no unit": "kappa kappas kappa_median [!b]*_kappa beta beta1 beta2 betas",
    "steps": "steps *_steps step t *_t",
    "s": "seconds *_seconds elapsed",
    "examples": "batch batches *_batch *_batches examples *_examples",
    "dimensions": "dims *_dims",
    "runs": "seeds",
    "epochs": "epoch epochs",
    "neurons": "width widths *_width *_widths base bases encoder hidden",
    "position": "place *_place row which",
    "learning rate": "lr *_lr",
}
UNDECLARED = "unit not declared"
# what needs none
KINDS = {"U": "words", "b": "yes or no"}


def unit(module: ModuleType | None, name: str, array: np.ndarray) -> str:
    """The unit of a stored array, "words" or "yes or no" for what has none.

    module: the experiment, None where it is gone. UNDECLARED when neither it nor COMMON says one.
    """
    if array.dtype.kind in KINDS:
        return KINDS[array.dtype.kind]
    own = getattr(module, "UNITS", {})
    return named(own, name) or named(COMMON, name) or UNDECLARED


def named(units: Mapping[str, str], name: str) -> str:
    """The first unit among these whose names or patterns fit, "" for none."""
    for one, names in units.items():
        # with case: T and t may be two things
        if any(fnmatchcase(name, pattern) for pattern in names.split()):
            return one
    return ""
