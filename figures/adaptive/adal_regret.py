"""AdaL's average regret does not vanish on skewed linear losses, AMSGrad's maximum or not.

One panel per pattern: a gradient C once, then -1 for k rounds. Regret over T against T, beside the
dashed limit 2 (k - C) / (k + 1), which a method that stays at the worst point pays for ever.
AMSGrad is the control: the same without the factor |g|. The second of two curves that coincide is
thin.

Across is the number of rounds T, logarithmic, so that the first period and the last are seen alike;
up is `average`, regret over T, linear, as its limit is a number and not 0. All panels share their
range, so that the three `limits` can be compared. A regret of order T^(1/2), as bounds for such
methods claim, would come down to 0 in every panel as AMSGrad's does: curves of AdaL that fell below
the dashed line for good would refute the title.
"""

from lab import style

READS = ("adal_regret",)


def draw(data):
    """average (M, K, patterns) against t, limits (patterns,), of patterns with C = big and k.

    M methods, K values of T, at which average is regret over T, in units of the loss. Markers of
    the methods are shifted against each other, since two curves nearly coincide.
    """
    figure, axes = style.panels(1, len(data["big"]), 2.6)
    for j, ax in enumerate(axes):
        for k, name in enumerate(data["methods"]):
            line = style.curve(ax, str(name), data["t"], data["average"][k, :, j])
            # with AMSGrad's maximum or without is nearly one curve: the first is wide, below
            line.set(
                linewidth=(3.2, 1.1, 1.4)[k % 3],
                markevery=(k, 4),
            )
        style.threshold(ax, float(data["limits"][j]), r"theory: $2(k-C)/(k+1)$", vertical=False)
        # of all patterns, so that panels can be compared
        high = max(data["average"].max(), data["limits"].max())
        ax.set(
            xscale="log",
            xlabel="T",
            ylabel="regret / T",
            ylim=(-0.15, 1.1 * high),
        )

    patterns = zip(data["big"], data["k"], strict=True)
    style.titles(axes, *(f"C = {big:g}, k = {k:g}" for big, k in patterns))
    style.legend(figure, axes[0], 4)
    return figure


def caption(data) -> str:
    return """Linear losses on [-1, 1] whose gradient is C once and then -1 k times, repeated;
    rate falling like $1/\\sqrt{t}$. The best point is +1 where k > C. AdaL weighs gradients by
    their size, and $C^2$ > k drives it to -1, where it pays twice the mean gradient per step for
    ever. Our own experiment: the instance is derived here, the theorem of the paper of AdaL is
    not known to us; a bound R(T) = O($\\sqrt{T}$) for AdaL would contradict regrets that do not
    vanish."""
