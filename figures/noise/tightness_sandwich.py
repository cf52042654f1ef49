"""Where powers of the second moment of the gradients are bounded by powers of GN.

Over the power p and the batch size: the lower bound over the ratio. It holds for
-1 <= p <= 0, where powers reverse the order of matrices; the hatched part is outside of that.

The colour is the lower bound over the smallest ratio that was found: 1 is a bound that is attained.
The batch size is logarithmic, the power linear. The border at 0 and -1 is where taking powers stops
to reverse the order of matrices: white cells are expected beyond it, and one between would refute
the bound.
"""

import _tightness

READS = ("tightness_sandwich",)


def draw(data):
    """used (Y, X) over batch sizes and powers; the ratio is the smallest eigenvalue of a pencil."""
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
