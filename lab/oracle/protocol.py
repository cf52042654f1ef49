"""What every oracle answers.

grad             gradient on the batch, like theta
loss             loss on the batch, (*r,)
hessian          Hessian on the batch, a Curvature
second_moment    E[g_B g_B^T] over fresh batches of this size, a Curvature (where the objective knows it)
curvature(labels)   Gauss-Newton / Fisher matrix; labels "exact" (expectation over the model's labels), "sampled" (drawn from the
                 model, from a generator of their own, or those that the batch carries), or "true" (the data's: empirical Fisher)
probe(like)      a Rademacher vector like theta (or like the point given), from that same generator
at(theta)        the oracle of another point on the same batch; TypeError for a batch drawn in law, without rows
in_variables(change, z)   this oracle in other variables, theta = change.back(z)

Whoever changes what an inner method sees (variables, penalty, momentum, recorded answers) hands it a view of an oracle: another
class with the same members. An oracle that lacks a member raises TypeError naming it.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from lab.arrays import Params
from lab.curvature import Curvature


class Oracle(Protocol):
    """See the module docstring."""

    @property
    def grad(self) -> Params: ...

    @property
    def loss(self) -> np.ndarray: ...

    @property
    def hessian(self) -> Curvature: ...

    @property
    def second_moment(self) -> Curvature: ...

    def curvature(self, labels: str = "exact") -> Curvature: ...

    def probe(self, like: Params | None = None) -> Params: ...

    def at(self, theta: Params) -> Oracle: ...

    def in_variables(self, change: Any, z: Params) -> Oracle: ...
