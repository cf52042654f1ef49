"""How far below its edge Adam hovers, against both averaging constants."""

import _tightness

READS = ("tightness_hovering",)


def draw(data):
    return _tightness.draw(
        data,
        """Adam on a quadratic: the median of its preconditioned sharpness over the edge of
        stability, in the second half of 6000 steps. Last digits, which differ between machines,
        change it a little.""",
        "Adam below its edge of stability",
        "1 - β2",
        "β1",
        xscale="log",
    )
