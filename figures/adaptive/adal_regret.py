"""AdaL's average regret does not vanish on skewed linear losses, AMSGrad's maximum or not."""

import style

READS = ("adal_regret",)


def draw(data):
    figure, axes = style.panels(1, len(data["big"]), 4.4)
    for j, ax in enumerate(axes):
        for k, name in enumerate(data["methods"]):
            style.measured(ax, k, data["t"], data["average"][k, :, j], str(name))
        style.threshold(ax, float(data["limits"][j]), r"theory: $2(k-C)/(k+1)$", vertical=False)
        ax.set(xscale="log", xlabel="T", ylim=(-0.15, 1.6))

    axes[0].set_ylabel("regret / T")
    patterns = zip(data["big"], data["k"], strict=True)

    style.titles(axes, *(f"C = {big:g}, k = {k:g}" for big, k in patterns))
    style.foot(
        figure,
        """Linear losses on [-1, 1] whose gradient is C once and then -1 k times, repeated; rate 0.5
        / sqrt(t), $\\beta_1$ = 0.9, $\\beta_2$ = 0.99. The best point is +1 (k > C). AdaL weighs
        gradients by their size, and C$^2$ > k drives it to -1, where it pays twice the mean
        gradient per step for ever. The two curves of AdaL nearly coincide. A theorem R(T) = O(sqrt
        T) for AdaL would contradict this. Stand-in: the instance is ours (derived); the paper's own
        theorem is not known to us.""",
        legend=axes[0],
        columns=4,
    )
    return figure
