"""What every oracle answers.

Whoever changes what an inner method sees (variables, penalty, momentum, recorded answers) hands it
a view of an oracle: another class with the same members. An oracle that lacks a member raises
TypeError naming it.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from lab.arrays import Params
from lab.curvature import Curvature


class Oracle(Protocol):
    """What an optimizer may ask about the objective at one point, on one batch."""

    @property
    def grad(self) -> Params:
        """The gradient on the batch, like theta."""
        ...

    @property
    def loss(self) -> np.ndarray:
        """The loss on the batch, (*r,)."""
        ...

    @property
    def hessian(self) -> Curvature:
        """The Hessian on the batch."""
        ...

    @property
    def second_moment(self) -> Curvature:
        """E[g_B g_B^T] over fresh batches of this size, where the objective knows it."""
        ...

    def curvature(self, labels: str = "exact") -> Curvature:
        """The Gauss-Newton / Fisher matrix on the batch.

        labels: "exact", the expectation over the model's labels; "sampled", drawn from the model,
        by a generator of their own, or those that the batch carries; "true", the data's: the
        empirical Fisher matrix.
        """
        ...

    def probe(self, like: Params | None = None) -> Params:
        """A Rademacher vector like theta, or like the point given, from that same generator."""
        ...

    def at(self, theta: Params) -> Oracle:
        """The oracle of another point on the same batch.

        TypeError for a batch drawn in law, without rows.
        """
        ...

    def in_variables(self, change: Any, z: Params) -> Oracle:
        """This oracle in other variables, theta = change.back(z)."""
        ...
