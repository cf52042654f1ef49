"""How fast the lab is beside hand-written numpy, the floor of the machine, and libraries.

(a, b) Time of each rival over the lab's on Adam's sweeps, by case: right of 1 the lab is faster.
(c) Time of methods of matrices over that of their products and factorisations: 1 is no overhead.
(d) Seconds of the best diagonal scaling against the size. (e, f) Seconds of a step of one network,
alone and many together. Small markers are single rounds, large ones medians.

Ratios are logarithmic where they stand beside 1, so that twice and half are equally far from it.
Cases are in rows and have no order. Every number that is written is a median; its rounds are the
small markers, and where these spread over 1 nothing is decided. Times are interleaved in one
process, as a machine slows down and speeds up in minutes. Libraries that are not installed have no
rows. In (c) the line to compare with is 1, which is a method without any overhead; below it the
parts were timed slower than the whole, and that is noise.
"""

import numpy as np

from lab import style

READS = ("rivals",)


def draw(data):
    """Six panels, two of which are of one kind each: (a, b), (e, f)."""
    figure, (ends, often, matrix, best, single, many) = style.panels(3, 2, 3.0)
    for j, ax in enumerate((ends, often)):
        sweeps(ax, data, j)

    methods(matrix, data)
    scalings(best, data)
    training(single, data, "alone")
    training(many, data, "together")
    axes = (ends, often, matrix, best, single, many)
    told = "matrix methods", "best diagonal scaling", "one network", f"{data['together']} networks"
    style.titles(axes, *data["records"], *told)
    style.legend(figure, ends, 3, title="(a) and (b)")
    style.legend(figure, best, 3, title="(d)")
    style.legend(figure, single, 3, title="(e) and (f)")
    return figure


def sweeps(ax, data, j):
    """One row per case and rival; the lab itself is the line at 1.

    Rates x dimensions decide: many small problems cost calls, a large one its arithmetic.
    """
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
    # the numbers beside the outermost markers
    ax.margins(x=0.25)
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
        # from 0: a length is a time
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
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="rows of the matrix",
        ylabel="seconds",
    )
    ax.set_xticks(sizes, [str(n) for n in sizes])
    ax.set_xticks([], minor=True)


def training(ax, data, kind):
    """Seconds of a step of one network, by rival, a row per network.

    kind: "alone" or "together", where the lab's seconds are those of all networks over their
    number.
    """
    seconds = data[f"{kind}_seconds"]
    rounds = data[f"{kind}_runs"]
    rows = data[f"{kind}_place"]
    for k, name in enumerate(data["network_rivals"]):
        style.dots(ax, k, seconds[k], rows, str(name)).set(markersize=6)
        for every, row in zip(rounds[k], rows, strict=True):
            every_round(ax, k, every, row)

    names = [name.replace(", ", ",\n") for name in data[f"{kind}_names"]]
    ax.set(
        xscale="log",
        xlabel="seconds of a step of one network",
        ylabel="widths, rows",
    )
    # the first network on top, as a table has it
    ax.set(ylim=(rows.max() + 0.5, -0.5))
    ax.set_yticks(rows, names)


def dots(ax, k, ratios, rows, name):
    """Look k of the cycle, each dot with its number beside it: rivals of a case are too near to
    each other for numbers above."""
    style.dots(ax, k, ratios, rows, name).set(markersize=5)
    beside = {"textcoords": "offset points", "xytext": (6, 0), "ha": "left", "va": "center"}
    for ratio, row in zip(ratios, rows, strict=True):
        style.note(ax, f"{ratio:.2f}", (ratio, row), **beside)


def every_round(ax, k, rounds, row):
    """The single rounds behind a median: small markers, pale, in the look of the median."""
    line = style.dots(ax, k, rounds, [row] * len(rounds), "_round")
    line.set(
        gid="run",
        alpha=0.5,
        markersize=2.5,
    )


def caption(data) -> str:
    unasked = np.isinf(data["scaling_seconds"]).any()
    few = (
        "; Clarabel is asked for fewer rows: its time grows with their fifth power"
        if unasked
        else ""
    )
    return f"""{data["rounds"]} interleaved rounds in one process, on one core where the system
    allows it: medians with their number, small markers for the rounds; absolute times are this
    machine's, and ratios vary with it. (a), (b) Adam on a quadratic in float64, {data["steps"]}
    steps, cases named by rates x dimensions: the time of a rival over the lab's, so that to the
    right of 1 the lab is faster. Numpy in place is written by hand for this problem; the floor
    is its products, roots and quotients alone, in any order. Libraries appear where they are
    installed (optax: jit, vmap and scan, the gradient written H theta, or theta H, which XLA makes
    one product of all runs in their order, or left to jax.grad; a PyTorch loop is extrapolated from
    two rates). All record the same losses. (c) Steps on a matrix with {data["side"]} rows and
    columns over the matrix products and factorisations that the method is made of. (d) The best
    diagonal scaling of rotated spectra in units of their own, by the lab with its certificate and,
    where CVXPY is installed, by semidefinite programs, to the tolerances of their solvers{few}.
    (e), (f) SGD with all rows on ReLU networks of given widths, which PyTorch, where it is
    installed, trains one after the other and the lab {data["together"]} at once in (f), to the same
    losses. Our own experiment, on the cost of the experiments."""
