"""Networks of many widths: how far features move, what transfers, and which rule a method needs."""

from lab.instruments.width.compiler import Row, WidthRule, width_rule
from lab.instruments.width.coordinates import Coordinates, coordinate_check, order, predicted
from lab.instruments.width.first_steps import Measured, Net, derived_and_measured, first_steps
from lab.instruments.width.functions import Batch, FromFunction
from lab.instruments.width.judged import judged
from lab.instruments.width.known import known_rule
from lab.instruments.width.slopes import Slope, slope
from lab.instruments.width.study import Centred, Start, Study, powers, standard_study
from lab.instruments.width.transfer import Quality, Transfer, transfer

__all__ = [
    "Batch",
    "Centred",
    "Coordinates",
    "FromFunction",
    "Measured",
    "Net",
    "Quality",
    "Row",
    "Slope",
    "Start",
    "Study",
    "Transfer",
    "WidthRule",
    "coordinate_check",
    "derived_and_measured",
    "first_steps",
    "judged",
    "known_rule",
    "order",
    "powers",
    "predicted",
    "slope",
    "standard_study",
    "transfer",
    "width_rule",
]
