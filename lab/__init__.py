"""A numerical lab for theorems about optimizers: simulate, solve exactly, and assert.

    path = simulate(Quadratic(h), Adam(lr=np.logspace(-4, 0, 1000)), start, steps=300)

An objective, an optimizer and a start give a `Trajectory`; where there is a closed form,
`lab.exact.exact` gives it without a step. `judge` tells whether a claim of yours holds.
lab.objectives and lab.optimizers have what there is, lab.theory numbers without running anything,
lab.instruments what runs and measures: tuning, comparison, coordinate checks. lab.claims begins
with how to write a claim, lab.conventions with how to get the optimizer of a library, lab.testing
with how to check your own, lab.style with how to draw. README.md has examples that run.

Public names are imported when first used, so that the command line starts fast. Every registered
optimizer and objective is one of them.

    from lab import Adam, Quadratic, simulate
    run = simulate(Quadratic([[2.0, 0.0], [0.0, 1.0]]), Adam(lr=0.1), [1.0, 1.0], steps=50)
    run["loss"]                                    # (51,)

The same with exact (lab.exact) where there is a closed form; compare and tune put methods beside
each other; judge(CLAIMS["adam/noise-floor"]) verifies a claim. `lab list` says what there is.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "lab.arrays": ("Layers", "PerBlock", "Role", "each", "inner"),
    "lab.bases": (
        "Kronecker",
        "Orthogonal",
        "PerLayer",
        "coordinate",
        "eigen",
        "kronecker_eigen",
    ),
    "lab.batches": ("Batch", "Drawn", "Epochs", "FullBatch", "Recorded"),
    "lab.claims": ("CLAIMS", "claim", "judge"),
    "lab.exact": ("EXACT",),
    "lab.geodesics": ("geodesic",),
    "lab.instruments.comparison": ("compare",),
    "lab.instruments.tuning": ("tune",),
    "lab.maps": ("Elementwise", "Flatten", "Linear", "StandardisedInputs"),
    "lab.simulation": ("replay", "simulate"),
    "lab.trajectory": ("Trajectory",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

# packages that are a name of `lab` themselves: found before the registries are loaded
_PACKAGES = ("style",)

# packages whose public names, the registered methods and problems among them, are all names of
# `lab`
_REGISTRIES = ("lab.optimizers", "lab.objectives")


def __getattr__(name: str) -> Any:
    """A public name, or a module of this package. AttributeError for anything else."""
    if name == "__all__":  # of `from lab import *`
        return __dir__()
    if name in _PACKAGES:
        return importlib.import_module(f"lab.{name}")
    if name in _MODULE_OF:
        return getattr(importlib.import_module(_MODULE_OF[name]), name)
    if not name.startswith("_"):
        # lab.conventions without an import of its own; asked before the registries, which are slow
        if importlib.util.find_spec(f"lab.{name}"):
            return importlib.import_module(f"lab.{name}")
        for package in map(importlib.import_module, _REGISTRIES):
            if name in package.__all__:
                return getattr(package, name)
    raise AttributeError(f"module 'lab' has no attribute {name!r}")


def __dir__() -> list[str]:
    """All public names, sorted: what `from lab import *` imports."""
    registered = [n for package in _REGISTRIES for n in importlib.import_module(package).__all__]
    return sorted({"__version__", *_MODULE_OF, *registered})
