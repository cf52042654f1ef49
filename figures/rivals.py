"""How fast the lab is beside hand-written numpy, the floor of the machine, and other libraries, on the machine that made the figure."""

import style

READS = ("rivals",)


def draw(data):
    figure, (ends, often, matrix) = style.panels(1, 3, 4.9)
    for ax, record in zip((ends, often), data["adam_ratio"], strict=True):
        sweeps(ax, record, data)
    methods(matrix, data)

    style.titles((ends, often, matrix), *data["records"], "matrix methods")
    style.foot(
        figure,
        f"""Medians of {data["rounds"]} interleaved rounds in one process, on one core where the system allows it; absolute times are this
        machine's, and ratios vary with it. (a), (b) Adam on a quadratic in float64, {data["steps"]} steps, cases named by rates x
        dimensions: the time of a rival over the lab's, so that to the right of 1 the lab is faster. Numpy in place is written by hand for
        this problem; the floor is its products, roots and quotients alone, in any order. Libraries appear where they are installed
        (optax: jit, vmap and scan; a PyTorch loop is extrapolated from two rates). All record the same losses, to
        {data["agreement"].max():.0e} of the start's. (c) Steps on a matrix with {data["side"]} rows and columns over the matrix products
        and factorisations that the method is made of. Stand-in: ours, on the cost of the experiments.""",
        legend=ends,
        columns=3,
    )
    return figure


def sweeps(ax, ratios, data):
    """One row per case, one look per rival; the lab itself is the line at 1."""
    places = data["case"]
    for k, name in enumerate(data["rivals"][1:], start=1):
        line = style.measured(ax, k - 1, ratios[:, k], places, str(name))
        line.set(linestyle="none", markersize=7)
        for ratio, place in zip(ratios[:, k], places, strict=True):
            ax.annotate(f"{ratio:.2f}", (ratio, place), textcoords="offset points", xytext=(0, 7), ha="center", fontsize=7)
    ax.axvline(1.0, color=style.GREY, linewidth=1.0, label="_lab")
    ax.set(xscale="log", ylim=(-0.6, len(places) - 0.4), xlabel="time / time of the lab", ylabel="rates x dimensions")
    ax.set_yticks(places, [case.replace(" dense", "\ndense").replace(" diagonal", "\ndiagonal") for case in data["cases"]])


def methods(ax, data):
    """A dot per method, with its ratio."""
    places = data["method"]
    line = style.measured(ax, 0, data["matrix_ratio"], places, "time / matrix work")
    line.set(linestyle="none", markersize=7)
    for ratio, place in zip(data["matrix_ratio"], places, strict=True):
        ax.annotate(f"{ratio:.2f}", (ratio, place), textcoords="offset points", xytext=(0, 7), ha="center", fontsize=7)
    ax.set(xlim=(0, None), ylim=(-0.6, len(places) - 0.4), xlabel="time / time of its matrix work", ylabel="method")
    ax.set_yticks(places, list(data["methods"]))
