"""How fast the lab is beside hand-written numpy, the floor of the machine, and libraries."""

import numpy as np

from lab import style

READS = ("rivals",)


def draw(data):
    figure, (ends, often, matrix, best) = style.panels(2, 2, 3.0)
    for j, ax in enumerate((ends, often)):
        sweeps(ax, data, j)

    methods(matrix, data)
    scalings(best, data)
    axes = (ends, often, matrix, best)
    style.titles(axes, *data["records"], "matrix methods", "best diagonal scaling")
    style.legend(figure, ends, 3)
    return figure


def sweeps(ax, data, j):
    """One row per case and rival; the lab itself is the line at 1."""
    rows = data["row"]
    ratios, rounds = data["adam_ratio"][j], data["adam_runs"][j]
    for k, name in enumerate(data["rivals"][1:], start=1):
        dots(ax, k - 1, ratios[:, k], rows[:, k], str(name))
        for case, row in enumerate(rows[:, k]):
            every_round(ax, k - 1, rounds[case, k], row)

    ax.axvline(1.0, color="0.5", linewidth=1.0, label="_lab")
    ax.set(
        xscale="log",
        ylim=(rows.min() - 0.2, rows.max()),
        xlabel="time / time of the lab",
        ylabel="rates x dimensions",
    )
    ax.margins(x=0.25)
    # the dots have their numbers beside them: few ticks, and none between
    shown = [x for x in (0.01, 0.1, 1.0, 10.0, 100.0) if ratios.min() / 2 < x < 2 * ratios.max()]
    ax.set_xticks(shown, [f"{x:g}" for x in shown])
    ax.minorticks_off()
    # the kind of a case under its size
    cases = ["\n".join(case.rsplit(" ", 1)) for case in data["cases"]]
    ax.set_yticks(rows.mean(1), cases)


def methods(ax, data):
    """A dot per method, with its ratio."""
    places = data["method"]
    dots(ax, 0, data["matrix_ratio"], places, "time / matrix work")
    for k, place in enumerate(places):
        every_round(ax, 0, data["matrix_runs"][k], place)
    ax.set(
        xlim=(0, 1.5 * data["matrix_ratio"].max()),
        ylim=(-0.6, len(places) - 0.4),
        xlabel="time / its matrix work",
        ylabel="method",
    )
    ax.set_yticks(places, list(data["methods"]))


def scalings(ax, data):
    """Seconds against the size, by solver."""
    sizes = data["scaling_sizes"]
    for k, name in enumerate(data["scaling_solvers"]):
        style.measured(ax, k, sizes, data["scaling_seconds"][k], str(name))
        for n, rounds in zip(sizes, data["scaling_runs"][k], strict=True):
            line = style.dots(ax, k, [n] * len(rounds), rounds, "_round")
            line.set(gid="run", alpha=0.5, markersize=2.5)
    ax.set(xscale="log", yscale="log", xlabel="rows of the matrix", ylabel="seconds")
    ax.set_xticks(sizes, [str(n) for n in sizes])
    ax.set_xticks([], minor=True)
    ax.legend(loc="upper left")


def dots(ax, k, ratios, rows, name):
    """Look k of the cycle, each dot with its number above it."""
    style.dots(ax, k, ratios, rows, name).set(markersize=6)
    beside = {"textcoords": "offset points", "xytext": (0, 4), "ha": "center", "va": "bottom"}
    for ratio, row in zip(ratios, rows, strict=True):
        style.note(ax, f"{ratio:.2f}", (ratio, row), **beside)


def every_round(ax, k, rounds, row):
    """The single rounds behind a median: small markers."""
    line = style.dots(ax, k, rounds, [row] * len(rounds), "_round")
    line.set(gid="run", alpha=0.5, markersize=2.5)


def caption(data) -> str:
    unasked = np.isnan(data["scaling_seconds"]).any()
    few = (
        ", which is asked for fewer rows: its time grows with their fifth power" if unasked else ""
    )
    return f"""{data["rounds"]} interleaved rounds in one process, on one core where the system
    allows it: medians with their number, small markers for the rounds; absolute times are this
    machine's, and ratios vary with it. (a), (b) Adam on a quadratic in float64, {data["steps"]}
    steps, cases named by rates x dimensions: the time of a rival over the lab's, so that to the
    right of 1 the lab is faster. Numpy in place is written by hand for this problem; the floor
    is its products, roots and quotients alone, in any order. Libraries appear where they are
    installed (optax: jit, vmap and scan; a PyTorch loop is extrapolated from two rates). All
    record the same losses, to {data["agreement"].max():.0e} of the start's. (c) Steps on a
    matrix with {data["side"]} rows and columns over the matrix products and factorisations that
    the method is made of. (d) The best diagonal scaling of rotated spectra in units of their own,
    by the lab with its certificate and, where CVXPY and Clarabel are installed, by a semidefinite
    program{few}. Our own experiment, on the cost of the experiments."""
