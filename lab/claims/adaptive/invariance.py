"""Which changes of the objective an optimizer does not see, over all that are registered."""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import Rational

from lab.claims import at_least, choice, claim, derived, equal, integers, named, symbols
from lab.instruments.invariances import bare, deviations
from lab.optimizers import OPTIMIZERS, defaults, with_

method, problem, agreement, seen = symbols("method problem agreement seen")


def _vector_methods() -> dict[str, Any]:
    """Name -> optimizer without units of loss, of those that run on vectors; and three with eps."""
    made = {name: bare(OPTIMIZERS[name](**(defaults(name) | {"lr": 0.05}))) for name in OPTIMIZERS}
    found = {k: m for k, m in made.items() if getattr(m, "scope", "vector") != "matrix"}
    with_eps = {f"{k}, eps = 0.1": with_(found[k], eps=0.1) for k in ("Adam", "RMSProp", "AdaGrad")}
    return found | with_eps


METHODS = _vector_methods()


@named
def without_units(method):
    """eps, damping and coupled decay are 0, where a method allows it"""
    return "eps" not in method


@claim(
    "invariance/table",
    over={method: choice(*METHODS), problem: integers(0, 10**6)},
    assuming=[without_units(method)],
    says={
        "blind": equal(
            agreement, 1, atol=1e-8, because="full-matrix roots lose half of the digits"
        ),
        "sees rotations": at_least(seen, Rational(1, 10**4)),
    },
    where={
        agreement: "1 - the largest deviation of 12 steps under a change that the method declares"
        " not to see, of scale, diagonal, permutation, sign and rotation; mapped back",
        seen: "the deviation under a rotation; 1 for methods that declare it",
    },
    cites=derived("homogeneity of the updates; quadratics in six dimensions drawn by `problem`"),
    instances=len(METHODS) + 8,
)
def table(method, problem):
    """A step that is homogeneous of degree 0 in the gradient does not see the scale, coordinatewise
    ones not the diagonal, and formulas in vectors and matrices not the basis."""
    optimizer = METHODS[method]
    found = [deviations(optimizer, seed=number) for number in problem.tolist()]
    blind = [max((f[k] for k in optimizer.invariances), default=0.0) for f in found]
    rotates = "rotation" in optimizer.invariances
    return {
        agreement: 1 - np.array(blind),
        seen: np.array([1.0 if rotates else f["rotation"] for f in found]),
    }
