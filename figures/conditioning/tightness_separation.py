"""How sharp the number of steps is that GN^-1 needs on two logits.

Over the logits M of the frequent and m of the rare input: the lower bound over the steps taken.
"""

import _tightness

READS = ("tightness_separation",)


def draw(data):
    return _tightness.draw(
        data,
        "steps of GN$^{-1}$ from two logits",
        xlabel="logit M of the frequent input",
        ylabel="logit m of the rare input",
    )


def caption(data) -> str:
    return _tightness.caption(
        data,
        """GN^-1 on logistic regression with two one-hot inputs: the lower bound on its steps over
    the steps that it takes, whole numbers.""",
    )
