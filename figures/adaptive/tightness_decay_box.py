"""How much of its invariant box AdamW uses; past eta w = 1 it leaves the box.

Over the learning rate and the decay: the largest iterate over the size of the box.

The colour is the measured size over the bound: near 1 the gradients of an instance have driven the
iterate to the wall. Both axes are logarithmic, so that eta w = const is a straight line, and the
border eta w = 1 is one. A white cell outside the hatched part would refute the bound, and a dark
map would mean a box much too large.
"""

import _tightness

READS = ("tightness_decay_box",)


def draw(data):
    """used (Y, X) over decays and rates; both the iterate and the box have the units of theta."""
    return _tightness.draw(
        data,
        "AdamW's invariant box",
        xlabel="learning rate $\\eta$",
        ylabel="decoupled decay w",
        xscale="log",
        yscale="log",
    )


def caption(data) -> str:
    return _tightness.caption(
        data,
        """AdamW from 0 stays in a box, whatever the gradients: the largest iterate of 200 steps on
    random gradients over the size of the box.""",
    )
