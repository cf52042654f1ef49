"""Networks of many widths: how far features move, what transfers, and which rule a method needs.

Of a layer with the role r, at the width M: weights start with the deviation M^-b_r, the rate is
eta M^-c_r and the damping rho M^-d_r. Everything here is a slope in log M of something measured:

    coordinate_check    RMS(dW_l h_(l-1)) with the table: slope 0 where features move as they should
    width_rule          the same with a rate that is fixed: the slope is the c that undoes it
    first_steps         that for methods whose c is derived, on drawn networks
    transfer            the best rate, or damping: slope 0 where one value serves all widths

    width_rule(Adam(lr=0.01)).table()["hidden"]      # Powers(b=0.5, c=1.0, d=1.0)
    width_rule(lambda W, batch: -np.sign(batch.grad)).table()["hidden"]     # b 0.5, c 1, d 0

Rates, dampings and starts follow a table through `Parameterized`; a `Study` holds the data, which
are the same for all widths.
"""

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
