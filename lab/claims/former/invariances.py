"""The table of invariances, over every registered optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, at_least, at_most, every
from lab.instruments.invariances import bare, deviations
from lab.optimizers import OPTIMIZERS, hyperparameters, with_


@claim(
    "invariance/table",
    paper="zhang2021",
    statement="a method is blind to the changes it declares (scale, diagonal, permutation, sign, rotation), and else sees rotations",
    source="derived: homogeneity of the updates; measured",
    assumes="eps, damping and coupled decay 0 where allowed; vector parameters; methods of matrices excluded",
    evidence="numeric",
    control={"eps": 0.1},
)
def table(eps: float = 0.0) -> Check:
    """12 steps on quadratics. Rounding: full-matrix roots lose half of the digits. eps: with eps > 0 adaptive methods see the scale."""
    blind, seen = [], []
    for factory in OPTIMIZERS.values():
        optimizer: Any = bare(factory(lr=0.05))
        if getattr(optimizer, "scope", "vector") == "matrix":
            continue
        if eps and "eps" in hyperparameters(optimizer):
            optimizer = with_(optimizer, eps=eps)
        found = deviations(optimizer)
        blind += [found[k] for k in optimizer.invariances]
        seen += [found["rotation"]] if "rotation" not in optimizer.invariances else []
    return every(
        at_most(np.array(blind), 1e-8, what="largest deviation under a declared change"),
        at_least(np.array(seen), 1e-4, what="smallest deviation under a rotation that is not declared"),
    )
