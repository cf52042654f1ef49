"""How much worse than the best heavy ball is, against its step and its momentum.

In units of the best pair: 1 at (1, 1), below it elsewhere.

The colour is the best rate over that of the step and momentum of the cell, both of which are in
units of the best pair: linear, since the pair is of order 1 from its optimum. A cell above 1 would
be a pair that beats the best, and refute it; how fast the colour darkens says how exact tuning has
to be.
"""

import _tightness

READS = ("tightness_momentum",)


def draw(data):
    """used (Y, X) over momentum and step, in units of the best pair; rates have no unit."""
    return _tightness.draw(
        data,
        "rate of heavy ball",
        xlabel="step over the best step",
        ylabel="$1 - \\beta$ over the best $1 - \\beta$",
    )


def caption(data) -> str:
    return _tightness.caption(
        data,
        """Heavy ball on quadratics of condition number kappa: the best rate of all steps and
    momenta over the rate of this step and momentum.""",
    )
