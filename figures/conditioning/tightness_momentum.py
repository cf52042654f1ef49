"""How much worse than the best heavy ball is, against its step and its momentum."""

import _tightness

READS = ("tightness_momentum",)


def draw(data):
    return _tightness.draw(
        data,
        """Heavy ball on quadratics of condition number kappa: the best rate of all steps and
        momenta over the rate of this step and momentum.""",
        "rate of heavy ball",
        "step over the best step",
        "1 - β over the best 1 - β",
    )
