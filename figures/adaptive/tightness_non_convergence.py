"""The regret that Adam can't avoid, and where the lower bound on it ends.

Over the size C of the rare loss and beta2: the lower bound over the regret itself.

The colour is the bound over the regret: 1 is a bound that is attained. Both axes are logarithmic,
since the border beta2 <= 1 / (C^2 + 1) is a power of C for large C. A white cell outside the
hatched part would be a regret below the bound that is claimed there, and refute it.
"""

import _tightness

READS = ("tightness_non_convergence",)


def draw(data):
    """used (Y, X) over beta2 and C; regrets are per round, in units of the loss."""
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
