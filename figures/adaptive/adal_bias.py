"""Under skewed noise AdaL estimates another centre than the mean."""

import style

READS = ("adal_bias",)


def draw(data):
    figure, (left, right) = style.panels(1, 2, 4.9)
    for k, name in enumerate(data["methods"]):
        means(left, data, k, str(name))
        # Adam settles where SGD does
        if k != 1:
            label = r"theory: minimiser of E$|x-\xi|^q$, q = 2, 3, 4" if k == 0 else "_theory"
            style.theory(left, data["p"], data["theory"][k], label)
        look = {"histtype": "stepfilled", "alpha": 0.75} if k else {"histtype": "step"}
        right.hist(
            data["single"][k],
            bins=14,
            color=style.CYCLE[k][0],
            linewidth=1.3,
            gid="measured",
            **look,
        )
        style.threshold(right, float(data["theory"][k, 1]))

    left.set(xlabel="probability of a 1", ylabel="settled point")
    right.locator_params(axis="x", nbins=6)
    right.set(xlabel="settled point at probability 1/4", ylabel="runs")

    style.titles((left, right), "mean over runs", "single runs")
    style.foot(
        figure,
        """Minimising E$(x-\\xi)^2/2$ from single samples $\\xi$ that are 1 with a given
        probability, else 0: constant small steps, averages over the second half of each run, bars
        of five standard errors. SGD and Adam settle at the mean; AdaL at the minimiser of
        E$|x-\\xi|^3$, since its small-step condition is E[|g| g] = 0; with the loss as factor at
        that of E$|x-\\xi|^4$. For symmetric noise (probability 1/2) there is no bias. Stand-in:
        derived from the printed update; no such figure of the paper is known to us.""",
        legend=left,
        columns=3,
    )
    return figure


def means(ax, data, k, label):
    """Mean over runs with its error bars; hollow for the method that another one coincides with."""
    colour, _, marker = style.CYCLE[k]
    look = {
        "color": colour,
        "marker": marker,
        "markersize": 5.5 if k == 1 else 7,
        "mfc": colour if k else "none",
    }
    ax.errorbar(
        data["p"],
        data["mean"][k],
        5 * data["error"][k],
        linestyle="",
        label=label,
        gid="measured",
        **look,
    )
