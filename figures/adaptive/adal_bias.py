"""Under skewed noise AdaL estimates another centre than the mean.

(a) Settled points against the probability of a 1: markers with bars of five standard errors, beside
the minimisers of E|x - xi|^q that each condition of rest comes to, q = 2, 3, 4, dashed. (b) At
probability 1/4 one row per method: every run a point, theory a short line across. Adam and SGD
settle at one place, so that Adam's markers are small and on top.

(a) `mean` (M, P) of the settled points over runs against `p`, both linear between 0 and 1: the
diagonal is the mean of the samples, which SGD finds. `theory` is the root of each method's own
condition of rest. (b) `single` shows how far one run is from that mean, so that the shift is seen
to be larger than the scatter. Rows are in the order of `methods`. A bar in (a) that leaves out its
dashed curve would refute the condition of rest; an AdaL that lies on the diagonal away from 1/2
would refute the title.
"""

from lab import style

READS = ("adal_bias",)


def draw(data):
    """mean, error, theory (M, P) against p (P,); single (M, R) the runs at p = 1/4, row (M,).

    M methods in the order of their rows, P probabilities, R runs. Settled points have the unit of
    the samples, and `error` is one standard error of `mean`: bars are five.
    """
    figure, (left, right) = style.panels(1, 2)
    for k, name in enumerate(data["methods"]):
        points = style.placed(left, str(name), data["p"], data["mean"][k])
        # above theory, and bold: the markers of AdaL are strokes, which dashes would hide
        points.set(zorder=4, markeredgewidth=1.4)
        bars = {"fmt": "none", "ecolor": points.get_color(), "label": "_error", "elinewidth": 0.8}
        left.errorbar(data["p"], data["mean"][k], 5 * data["error"][k], **bars)
        # Adam settles where SGD does: its markers are smaller and lie on top
        if k == 1:
            points.set(markersize=0.7 * points.get_markersize(), zorder=5)
        else:
            label = r"theory: minimiser of E$|x-\xi|^q$, q = 2, 3, 4" if k == 0 else "_theory"
            style.theory(left, data["p"], data["theory"][k], label)
        single_runs(right, data, k, str(name))

    left.set(xlabel="probability of a 1", ylabel="settled point, mean over runs")
    right.set(
        xlabel="settled point at probability 1/4",
        ylim=(-0.6, len(data["methods"]) - 0.4),
    )
    names = [style.look(str(name)).label.replace(", ", "\n") for name in data["methods"]]
    right.set_yticks(range(len(names)), names)
    right.set_ylabel("method")
    # three digits each: more numbers would touch in a column
    right.locator_params(axis="x", nbins=5)
    style.titles((left, right), "mean over runs", "single runs")
    style.legend(figure, left, 3)
    return figure


def single_runs(ax, data, k, name):
    """One row of points per method: settled points of single runs, and where theory has them."""
    runs = data["single"][k]
    row = data["row"][k]
    points = style.placed(ax, name, runs, [row] * len(runs))
    # pale, so that where runs are dense is darker
    points.set(alpha=0.5, gid="run")
    dashed = {"color": "black", "linestyle": "--", "gid": "theory"}
    ax.vlines(
        data["theory"][k, 1],
        row - 0.4,
        row + 0.4,
        linewidth=1.1,
        **dashed,
    )


def caption(data) -> str:
    return r"""Minimising E$(x-\xi)^2/2$ from single samples $\xi$ that are 1 with a given
    probability, else 0: constant small steps, averages over the second half of each run. (a)
    Bars, where longer than a marker: five standard errors. (b) Every point is a run. The
    small-step condition of AdaL is E[|g| g] = 0, that of the minimiser of E$|x-\xi|^3$; with the
    loss as factor it is that of E$|x-\xi|^4$. Our own experiment, derived from the printed
    update; we know of no such figure in the paper of AdaL."""
