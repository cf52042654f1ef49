"""Where powers of the second moment of the gradients are bounded by powers of GN.

Over the power p and the batch size: the lower bound over the ratio. It holds for
-1 <= p <= 0, where powers reverse the order of matrices; the hatched part is outside of that.
"""

import _tightness

READS = ("tightness_sandwich",)


def draw(data):
    return _tightness.draw(
        data,
        "second moment against GN",
        xlabel="power p",
        ylabel="batch size B",
        yscale="log",
    )


def caption(data) -> str:
    return _tightness.caption(
        data,
        """Second moment of mini-batch gradients to the power p against the matrix of GN to that
    power: the lower bound on their ratio over the ratio, in the plane.""",
    )
