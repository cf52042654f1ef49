"""How badly a table is conditioned, what each remedy buys, and the best any diagonal could do."""

from lab.instruments.condition.models import MODELS, Model, fitted
from lab.instruments.condition.report import Report, condition
from lab.instruments.condition.steps import Steps
from lab.instruments.condition.verdicts import verdict

__all__ = ["MODELS", "Model", "Report", "Steps", "condition", "fitted", "verdict"]
