"""How much of its invariant box AdamW uses; past eta w = 1 it leaves the box.

Over the learning rate and the decay: the largest iterate over the size of the box.
"""

import _tightness

READS = ("tightness_decay_box",)


def draw(data):
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
