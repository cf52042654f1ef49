"""How sharp the number of steps is that GN^-1 needs on two logits.

Over the logits M of the frequent and m of the rare input: the lower bound over the steps taken.

The colour is the lower bound over the steps that were counted. Logits are linear: the number of
steps is exponential in M. Hatched is where the formula has no value or bounds nothing. A cell above
1 outside of it would refute the bound; dark cells are where it is true and far from sharp.
"""

import _tightness

READS = ("tightness_separation",)


def draw(data):
    """used (Y, X) over both logits; the bound and the steps are numbers of steps."""
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
