"""Block-wise covariance: all powers of diagonal Gauss-Newton are GD, sign methods are not.

(a) Loss relative to the start against step, each method at its best rate and up to the target. (b)
Steps to the target against the rate, with gaps where it is not reached: how much of (a) is tuning.
The curves of GD and of both powers of GN coincide, as the unit diagonal says. Table: steps and rate
of each.

Both axes of (a) are logarithmic, since methods need from ten to thousands of steps and six decades
of loss count. Curves end where they reach the dotted target; a method that does not reach it goes
on to the right edge. (b) reads from `rates` and `sweep` (M, L): a wide and flat curve is a method
that forgives a wrong rate; a line search has no rate, and no curve. Curves of GD and of the powers
of GN that came apart would refute the title: on a unit diagonal they are one method.
"""

from lab import style

READS = ("block_covariance",)


def draw(data):
    """The arrays of `compare`: loss (M, K) against t, sweep (M, L) against rates; target.

    M methods, K recorded steps, L rates. loss is over that at the start, without units; steps is
    inf for a target that was not reached.
    """
    figure, (left, right) = style.panels(1, 2)
    style.race(left, data)
    # below the target too: a last step may pass it by a decade
    left.set(xscale="log", yscale="log", xlim=(1, data["t"][-1]), ylim=(data["target"] / 30, 3))
    left.set(xlabel="step", ylabel="loss relative to the start")
    style.level(left, data["target"], "target")
    style.sweep(right, data)
    right.set(xlabel="learning rate", ylabel="steps to the target")

    style.titles((left, right), "every method at its best rate", "cost of a wrong rate")
    style.legend(figure, left)
    style.table(figure, *style.steps(data))
    return figure


def caption(data) -> str:
    return f"""Full-batch quadratic of Hadamard blocks with unit diagonal, condition number
    {data["kappa"]:.0f} on the subspace that the start excites. Diagonal Gauss-Newton divides by
    1 there; sign methods see the sign of the gradient, which for this special start is an
    eigenvector. Every method has {data["t"][-1]} steps and {data["rates"].shape[1]} rates over
    two decades; curves end at the target, gaps in (b) are rates that never reach it. Momentum
    has its optimal value in heavy ball. Adam at a constant rate is chaotic once it is past its
    edge of stability: its last digits, which differ between machines, decide on a few steps. Our
    own experiment, on an instance derived here, about what Fig. 1 (left) of Liu et al. 2025
    shows; their instance is not known to us."""
