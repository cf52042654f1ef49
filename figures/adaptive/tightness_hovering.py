"""How far below its edge Adam hovers, against both averaging constants.

Over 1 - beta2 and beta1: the median of the preconditioned sharpness over its edge.
"""

import _tightness

READS = ("tightness_hovering",)


def draw(data):
    return _tightness.draw(
        data,
        "Adam below its edge of stability",
        xlabel="$1 - \\beta_2$",
        ylabel="$\\beta_1$",
        xscale="log",
    )


def caption(data) -> str:
    return _tightness.caption(
        data,
        """Adam on a quadratic: the median of its preconditioned sharpness over the edge of
    stability, in the second half of 6000 steps; last digits, which differ between machines,
    change it a little.""",
    )
