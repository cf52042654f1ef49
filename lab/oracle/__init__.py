"""The oracle: everything an optimizer may ask about the objective at one point, on one batch.

Computed when asked, once.

`Asked` asks an objective; the views (lab.oracle.views) change what an inner method sees; `Answers`
replays a recording. Nothing here knows an optimizer.

    oracle = Asked(objective, theta)
    oracle.grad, oracle.curvature("exact").diag()     # of one forward pass where that is possible
"""

from lab.oracle.asked import Asked, Separate, evaluation, offered, unanswered
from lab.oracle.labels import LABELS, CommonRandom
from lab.oracle.protocol import Oracle
from lab.oracle.views import (
    Answers,
    InVariables,
    Negated,
    Once,
    Penalised,
    WithCurvature,
    WithGradient,
)

__all__ = [
    "LABELS",
    "Answers",
    "Asked",
    "CommonRandom",
    "InVariables",
    "Negated",
    "Once",
    "Oracle",
    "Penalised",
    "Separate",
    "WithCurvature",
    "WithGradient",
    "evaluation",
    "offered",
    "unanswered",
]
