"""Relations over many measurements of one instance, or over many instances: means, slopes,
thresholds, refutations.

Each has the members of `lab.claims.statements.Relation`; `formula` is what controls move: the exact
value of a mean, the exponent of a slope, the place of a threshold, the right side of a refuted
bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from lab.claims.formulas import all_rational, evaluate, names_in, text
from lab.claims.statements import Outcome, aligned, sides, worst


@dataclass(frozen=True)
class Within:
    """|left - right| <= z error: a sample's mean against an exact value.

    error: the standard error, measured like the mean; where a sample has no spread give it a floor,
    or the claim fails for an error of 0. Grade "statistical". The claims of a whole run are some
    thousand comparisons, so that z = 5 is passed by chance once in a thousand runs. Controls notice
    what is z errors away: draw enough for 2 %.
    """

    left: Any
    right: Any
    error: Any
    z: float
    because: str = "z = 5 is passed by chance with probability 6e-7"

    grade = "statistical"
    bound = False
    kind = "factor"

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.left, self.right, self.error)

    def text(self):
        return f"E {text(self.left)} = {text(self.right)}"

    def outcome(self, values, formula):
        """gap = |left - right| / error - z, of the worst entry; an error of 0 fails."""
        left, right = sides(self.left, formula, values)
        error = aligned(evaluate(self.error, values), left)
        with np.errstate(all="ignore"):
            score = np.abs(left - right) / error
        return worst(score - self.z, np.full(left.shape, np.nan), left, right)


@dataclass(frozen=True)
class Slope:
    """The least-squares slope of log y (R, K) against log x (R, K) is `right` to tol. NaN where a
    logarithm does not exist.

    tol: what corrections of the next order do to the slope over the range of x, not the scatter of
    instances. Constants in front do not matter, so a law c x^p needs an `equal` besides.
    """

    y: Any
    x: Any
    right: Any
    tol: float
    because: str

    grade = "numeric"
    bound = False
    kind = "exponent"

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.y, self.x, self.right)

    def text(self):
        return f"{text(self.y)} ~ {text(self.x)}^({text(self.right)})"

    def outcome(self, values, formula):
        """The fit is over the last axis, K >= 2 points; right is one exponent per instance, or one
        for all."""
        y, x = sides(self.y, self.x, values)
        with np.errstate(all="ignore"):
            log_x, log_y = np.log(x), np.log(y)
            # the slope of a least-squares line is cov(log x, log y) / var(log x)
            centred = log_x - log_x.mean(-1, keepdims=True)
            left = (centred * log_y).sum(-1) / (centred**2).sum(-1)
        # one exponent may serve all instances
        right = np.broadcast_to(evaluate(formula, values), left.shape)
        return Outcome(np.abs(left - right) - self.tol, np.full(left.shape, np.nan), left, right)


@dataclass(frozen=True)
class Threshold:
    """`stays` (a measured truth value) iff parameter < at. Measured on both sides, at (1 -+
    margin); no tightness.

    The parameter is an argument of the measurement that is not drawn: the machinery sets it. A
    margin is as small as the measurement can tell the sides apart: a rate 1 - margin has to show
    within the steps that are run. Both sides count, so a threshold that is a sufficient condition
    only is refuted. Claims have one threshold at most, whose value all other parts are measured at.
    """

    parameter: Any
    at: Any
    stays: Any
    margin: float
    because: str

    grade = "numeric"
    bound = False
    kind = "factor"

    @property
    def formula(self):
        return self.at

    def symbols(self):
        return names_in(self.parameter, self.at, self.stays)

    def text(self):
        return f"{text(self.stays)} iff {text(self.parameter)} < {text(self.at)}"

    def outcome(self, values, formula):
        """values: those below under their names, those above under name + " above"; gap 1 on the
        first side that is wrong."""
        below = evaluate(self.stays, values)
        above = evaluate(self.stays, {**values, str(self.stays): values[f"{self.stays} above"]})
        # both sides count: stable below, and not above
        wrong = ~(below.astype(bool) & ~above.astype(bool))
        return Outcome(
            np.where(wrong, 1.0, 0.0),
            np.full(len(wrong), np.nan),
            below.astype(float),
            above.astype(float),
        )


@dataclass(frozen=True)
class Refuted:
    """The relation, in the cited words, is false: some instance violates it, by more than `by` of
    its own gap.

    The instance that violates it most is the witness. "Refuted" needs somebody who is cited for the
    statement; otherwise the words are "counter-example to the natural generalisation". Hypotheses
    stand as for any part: a witness outside them would refute nothing.
    """

    relation: Any
    by: float = 0.0

    bound = False
    kind = "factor"

    grade = "numeric"

    def exact(self, values) -> bool:
        """Both sides are integers and fractions: then a violation by more than the relation's own
        slack, which is far above the rounding of one division, is none of rounding."""
        sides = (self.relation.left, self.relation.right)
        return all(all_rational(side, values) for side in sides)

    @property
    def because(self):
        return self.relation.because

    @property
    def formula(self):
        return self.relation.formula

    def symbols(self):
        return self.relation.symbols()

    def text(self):
        return f"NOT always {self.relation.text()}"

    def outcome(self, values, formula):
        """gap -violation: the best instance is the witness, the others may satisfy the relation."""
        inner = self.relation.outcome(values, formula)
        return inner._replace(gap=self.by - inner.gap)


def within(left, right, error, *, z: float = 5.0) -> Within:
    """left, a mean with this standard error, estimates right."""
    return Within(left, right, error, z)


def slope(y, x, exponent, *, tol: float, because: str) -> Slope:
    """y grows like x^exponent; y and x measured, (R, K), along the same K settings. tol: below
    0.05, by which controls move the exponent, less what the fit is off."""
    return Slope(y, x, sympy.sympify(exponent), tol, because)


def threshold(parameter, at, stays, *, margin: float = 1e-3, because: str) -> Threshold:
    """stays iff parameter < at. margin: relative, on both sides; because: why the measurement can
    tell these sides apart. The border itself is not measured."""
    return Threshold(parameter, at, stays, margin, because)


def refuted(relation, *, by: float = 0.0) -> Refuted:
    """A statement that is false, and an instance that shows it."""
    return Refuted(relation, by)
