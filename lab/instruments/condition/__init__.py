"""How badly conditioned a table is, what each remedy buys, and what the best diagonal could.

`condition(x, y)` is the report, `verdict(report)` its two lines. Two ways to the same numbers: by
decompositions (`dense`, up to 1,000 coefficients) and by products (`large`, `many`).
"""

from lab.instruments.condition.models import MODELS, Model, fitted
from lab.instruments.condition.report import Report, condition
from lab.instruments.condition.steps import Steps
from lab.instruments.condition.verdicts import verdict

__all__ = ["MODELS", "Model", "Report", "Steps", "condition", "fitted", "verdict"]
