"""The derived rule of width of an optimizer of the lab, through whatever is wrapped around it.

A rule is keyed by what a method divides by, not by its name: settings that change the power,
Adafactor's `relative` or Muon's shape, change the rule. Where nothing is known `lab mup --measure`
measures.
"""

from __future__ import annotations

from typing import Any

from sympy import Rational

from lab.optimizers.adaptive.adafactor import Adafactor
from lab.optimizers.matrix.muon import Muon
from lab.optimizers.matrix.points import point_of
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.clipped import Clipped
from lab.optimizers.wrappers.grafted import Grafted
from lab.optimizers.wrappers.hyperball import Hyperball
from lab.optimizers.wrappers.model_step import ModelStep
from lab.optimizers.wrappers.moving_basis import InMovingBasis
from lab.theory.mup import RULES, degree, entrywise, joined, kronecker, spectral, trust_ratio
from lab.theory.mup import Rule as WidthLaw


def known_rule(optimizer: Any) -> WidthLaw | None:
    """The derived rule of an optimizer, found inside its wrappers; None where none is known.

    Grafting takes the rule of what gives the length. On a sphere steps are relative to the weights,
    whatever is inside. Clipping does nothing to what does not see the size of gradients (degree 0);
    with the others it has no power of its own. Where a model chooses the rate, lr is none. Of a
    moving basis around Adam the rule is SOAP's, around anything else none. Any other wrapper has
    the rule of what it wraps.

    Decay, schedules and momentum have no power of the width of their own in a first step, so that
    their wrappers are looked through.
    """
    # the direction has no length of its own
    if isinstance(optimizer, Grafted):
        return known_rule(optimizer.magnitude)
    if isinstance(optimizer, InMovingBasis):
        # on one batch the basis is that of its gradient
        return RULES["SOAP"] if known_rule(optimizer.inner) is RULES["Adam"] else None
    # its model chooses the rate
    if isinstance(optimizer, ModelStep):
        return None
    # the direction alone is from inside
    if isinstance(optimizer, Hyperball):
        inside = known_rule(optimizer.inner)
        return None if inside is None else trust_ratio(inside)
    if isinstance(optimizer, Clipped):
        inside = known_rule(optimizer.inner)
        return inside if inside is not None and degree(inside) == 0 else None
    # what else is wrapped around changes no power of the width
    if hasattr(optimizer, "inner"):
        return known_rule(optimizer.inner)
    if isinstance(optimizer, Adafactor) and not optimizer.relative:
        return entrywise(0)
    if isinstance(optimizer, Muon):
        return _muon(optimizer)
    if isinstance(optimizer, ThinKronecker):
        family = kronecker(Rational(optimizer.e_A), Rational(optimizer.e_B))
        return family if optimizer.bias == "own" else joined(family)
    name = point_of(optimizer)
    if name == "TNT":
        return _tnt(optimizer)
    return RULES.get(name or type(optimizer).__name__)


def _tnt(optimizer) -> WidthLaw:
    """Of a batch or of examples; biases by themselves or as a column."""
    own = RULES["PerExampleTNT"]
    return own if optimizer.statistic.bias == "own" else joined(own)


def _muon(optimizer) -> WidthLaw | None:
    """By what the polar factor is multiplied; "columns" is of the transposed convention.

    The spectral rule with the largest side where an RMS is set, with the rows where the shape is
    "rows"; no other shape has a derived rule.

    None also for a `shape` that nobody derived: a wrong rule would be worse than none.
    """
    if optimizer.rms is not None:
        return spectral("largest")
    return spectral("rows") if optimizer.shape == "rows" else None
