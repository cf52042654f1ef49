"""The regret that Adam can't avoid, and where the lower bound on it ends.

Over the size C of the rare loss and beta2: the lower bound over the regret itself.
"""

import _tightness

READS = ("tightness_non_convergence",)


def draw(data):
    return _tightness.draw(
        data,
        "regret of Adam on periodic losses",
        xlabel="size C of the rare loss",
        ylabel="$\\beta_2$",
        xscale="log",
        yscale="log",
    )


def caption(data) -> str:
    return _tightness.caption(
        data,
        """Adam on the periodic losses C x, -x, -x: the lower bound on its regret per round over
    the regret of 1200 rounds.""",
    )
