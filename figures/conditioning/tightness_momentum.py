"""How much worse than the best heavy ball is, against its step and its momentum.

In units of the best pair: 1 at (1, 1), below it elsewhere.
"""

import _tightness

READS = ("tightness_momentum",)


def draw(data):
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
