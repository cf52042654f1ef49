"""Which changes of the objective an optimizer does not see, over all that are registered.

Five changes: f -> c f (scale), sum_i f_i -> sum_i c_i f_i on a separable f (diagonal), and f(z) ->
f(Q z) with Q a permutation, signs or orthogonal (rotation). A method is blind to one if its path on
the changed problem, mapped back, is the path on the original. What a method declares in
`invariances` is measured here; that it does see a rotation unless it declares not to is measured
too, so that a method that ignores its gradients would not pass. What is compared are two runs of
twelve steps.
"""

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
    made = {name: bare(_moving(name)) for name in OPTIMIZERS}
    found = {k: m for k, m in made.items() if getattr(m, "scope", "vector") != "matrix"}
    # outside the hypothesis: three whose eps has the unit of a gradient
    with_eps = {f"{k}, eps = 0.1": with_(found[k], eps=0.1) for k in ("Adam", "RMSProp", "AdaGrad")}
    return found | with_eps


def _moving(name):
    """At a rate at which twelve steps show something: 0.05, and a first distance d0 of 1, for the
    methods that estimate their rate; from the usual 1e-6 they would hardly leave the start, and
    everything would look invariant.
    """
    given = defaults(name)
    rates = {"lr": 0.05, "d0": 1.0}
    return OPTIMIZERS[name](**(given | {key: rates[key] for key in rates.keys() & given.keys()}))


METHODS = _vector_methods()


@named
def without_units(method):
    """eps, damping and coupled decay are 0, where a method allows it

    Each of them has the unit of a gradient, of a curvature or of their quotient, and breaks the
    blindness to scale: the necessity of this hypothesis is shown by three methods with eps = 0.1.
    """
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
    # every method once; eight more draw method and problem
    instances=len(METHODS) + 8,
)
def table(method, problem):
    """A step that is homogeneous of degree 0 in the gradient does not see the scale. One that is
    computed coordinate by coordinate from ratios such as m_i / sqrt(v_i) does not see positive
    factors of single coordinates of g, an order or signs: numerator and denominator of each
    coordinate take the same factor. One that is a formula in vectors and matrices only, such as a
    step along g or along (sum g g^T)^(-1/2) g, does not see the basis. The converse part says that
    the others do see it: Adadelta, the slowest, moves by 1e-3 or more in twelve steps, most by 0.1
    and more, and 1e-4 is ten thousand times the tolerance of the first part.

    The tolerance 1e-8 is for full-matrix roots: the eigenvalues of a sum of squares have half of
    the digits of the gradients. Deviations are absolute, on starts of size 1.
    """
    optimizer = METHODS[method]
    found = [deviations(optimizer, seed=number) for number in problem.tolist()]
    blind = [max((f[k] for k in optimizer.invariances), default=0.0) for f in found]
    rotates = "rotation" in optimizer.invariances
    return {
        agreement: 1 - np.array(blind),
        seen: np.array([1.0 if rotates else f["rotation"] for f in found]),
    }
