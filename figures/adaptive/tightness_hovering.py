"""How far below its edge Adam hovers, against both averaging constants.

Over 1 - beta2 and beta1: the median of the preconditioned sharpness over its edge.

The colour is the median over its edge: Adam hovers a few percent below. 1 - beta2 is logarithmic,
since it is the memory that matters; beta1 is linear. Cells are rough, as bursts are chaotic. A
white cell outside of the hatched part would refute that the median stays below the edge.
"""

import _tightness

READS = ("tightness_hovering",)


def draw(data):
    """used (Y, X) over beta1 and 1 - beta2; the sharpness is lr lam / sqrt(v), without a unit."""
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
