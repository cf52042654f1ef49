"""The exact recursion runs through the Monte Carlo means."""

import style

READS = ("exact_risk",)


def draw(data):
    figure, axes = style.panels(2, 2, 7.6)
    for b, ax in enumerate(axes[: len(data["batches"])]):
        for m, name in enumerate(data["methods"]):
            for share in range(len(data["shares"])):
                points(ax, data, (b, m, share), str(name))
        for j, exact in enumerate(data["exact"][b].reshape(-1, len(data["t"]))):
            style.theory(
                ax, data["t"], exact, "_theory" if j else "theory: exact recursion"
            ).set_zorder(1.5)
        ax.set(yscale="log", xlabel="step", ylabel="expected loss, relative to the start")
    last = axes[3]
    last.axhspan(-5, 5, color="0.93", linewidth=0)
    for index in range(data["z"][..., 0].size):
        b, rest = divmod(index, len(data["methods"]) * len(data["shares"]))
        m, share = divmod(rest, len(data["shares"]))
        look = style.METHODS[str(data["methods"][m])]
        last.plot(
            data["later"],
            data["z"][b, m, share],
            color=look.colour,
            marker=look.marker,
            linewidth=0.6,
            fillstyle=fill(share),
        )
    last.set(ylim=(-6, 6), xlabel="step", ylabel="(Monte Carlo - exact) / standard error")
    style.titles(
        axes, *(f"batch size {b}" for b in data["batches"]), "residuals of (a-c), band of 5"
    )
    style.foot(
        figure,
        f"""Expected loss of SGD with a fixed preconditioner on linear regression with
        {data["dims"]} Gaussian inputs whose covariance does not commute with it, label noise of
        standard deviation {data["noise"]:g}. Dashed: the linear recursion for the second moments,
        without sampling. Markers: means of {data["runs"]} runs, with one standard error. Hollow and
        full: the smaller and the larger learning rate. The farthest of all points is
        {data["worst"]:.1f} standard errors away; residuals of one run are correlated over time.
        Stand-in: ours (derived), the expected risk of the methods of Liu et al. 2025.""",
        legend=axes[0],
        columns=4,
        title="learning rate as a share of the method's stability limit",
    )
    return figure


def points(ax, data, at, name):
    """Monte Carlo means with their standard errors."""
    look = style.METHODS[name]
    label = f"{'SGD' if name == 'GD' else look.label}, {100 * data['shares'][at[2]]:g} %"
    line = style.curve(ax, name, data["marks"], data["measured"][at], label)
    line.set(linestyle="none", fillstyle=fill(at[2]), markevery=None)
    ax.errorbar(
        data["marks"],
        data["measured"][at],
        data["error"][at],
        fmt="none",
        ecolor=look.colour,
        label="_error",
    )


def fill(share):
    """Hollow markers for the first learning rate."""
    return "none" if share == 0 else "full"
