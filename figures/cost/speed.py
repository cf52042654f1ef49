"""What batched sweeps, sampling in law and exact recursions save, on this machine.

(a) Times saved, a row each: median with its number, small markers for the rounds. (b) Seconds of a
gradient against the batch size: rows grow with it, a draw in law does not. (c) How far sweep and
single calls differ along a run: rounding. (d) Time of matrix methods over that of their matrix
work. (e, f) Powers of a factor from thin columns and from the whole matrix: seconds against the
width, errors against the damping.

Axes are logarithmic but for (c) and (d). (a) Across is how many times less time: a marker at 1
would be no gain. (b) Draws in law are level because they take as many random numbers at any batch;
single rounds are thin. (c) is linear and its unit the parameter at the start: a few units of
rounding, or the sweep would be another computation. (d) A length beyond 1 is what is not matrix
work. (e) shows a gain, (f) that it is not paid for with digits: the dashed bounds are ten eps
(lambda / rho)^e. An error above its bound would refute it.
"""

import textwrap

from lab import style

READS = ("speed",)


def draw(data):
    """Six panels, three rows of two; medians are large markers, rounds small ones or thin lines."""
    figure, axes = style.panels(3, 2, 2.8)
    left, middle, right, last, solves, lost = axes
    ratios(left, data)
    for k, name in enumerate(("law", "rows")):
        x = data["batch"] if name == "law" else data["rows"]
        label = "in law" if name == "law" else "rows"
        line = style.measured(middle, k, x, data[f"{name}_seconds"], label)
        style.runs(middle, x, data[f"{name}_runs"], line)
    middle.set(
        xscale="log",
        yscale="log",
        xlabel="batch size",
        ylabel="seconds per gradient",
    )
    line = style.measured(right, 2, data["step"], data["difference"], "sweep against calls")
    # a value per step: markers would be read as samples
    line.set_marker("")
    right.set(
        xlabel="step",
        ylabel="largest difference of a parameter",
        ylim=(0, None),
    )
    layers(last, data)
    thin(solves, lost, data)
    titles = "ratios", "gradients of regression", "same steps", "matrix methods"
    style.titles(axes, *titles, "powers of a factor", "what they lose")
    for ax, title in ((middle, "(b)"), (last, "(d)"), (lost, "(e) and (f)")):
        style.legend(figure, ax, title=title)
    return figure


def ratios(ax, data):
    """Times saved: the median with its number, and every round, on a logarithmic axis."""
    for k, runs in enumerate(data["ratio_runs"]):
        rounds = style.dots(ax, 1, runs, [data["which"][k]] * len(runs), "_round")
        rounds.set(gid="run", alpha=0.5)
    style.dots(ax, 0, data["ratio"], data["which"], "median of the rounds").set_markersize(7)
    above = {"textcoords": "offset points", "xytext": (0, 8), "ha": "center"}
    for k, ratio in enumerate(data["ratio"]):
        style.note(ax, f"{ratio:,.0f} x", (ratio, k), **above)

    ax.set(
        xscale="log",
        ylim=(-0.6, 2.6),
        # room for the number of the largest, which is written in the middle
        xlim=(data["ratio_runs"].min() / 3, data["ratio_runs"].max() * 6),
        xlabel="times faster",
        ylabel="what is saved",
    )
    saved = [textwrap.fill(name, 14) for name in data["saved"]]
    ax.set_yticks(data["which"], saved)


def layers(ax, data):
    """Time over that of the matrix work: medians and every round, by kind of step.

    1 would be a step that costs its products and factorisations and nothing else. A step that takes
    its roots anew has more matrix work, and so less else in proportion.
    """
    for kind, name in enumerate(("roots kept", "roots anew")):
        for k, runs in enumerate(data["layer_runs"][:, kind]):
            rounds = style.dots(ax, kind, runs, [data["layer_place"][k]] * len(runs), "_round")
            rounds.set(
                gid="run",
                alpha=0.5,
                markersize=3,
            )
        ratios = data["layer_ratio"][:, kind]
        style.dots(ax, kind, ratios, data["layer_place"], name).set_markersize(7)
    ax.set(
        xlabel="time / that of its matrix work",
        ylabel="method",
        xlim=(0, None),
    )
    ax.set_ylim(len(data["layer_place"]) - 0.5, -0.5)
    ax.set_yticks(data["layer_place"], [str(name) for name in data["layer_methods"]])


NAMES = (("thin, e = 1", "Cholesky"), ("thin, e = 1/2", "eigenvalues"))


def thin(solves, lost, data):
    """Seconds against the width, and errors against the damping, of both powers and both forms.

    The thin form has to be faster (e), and may not lose more digits (f).
    """
    for p, names in enumerate(NAMES):
        for k, name in enumerate(names):
            look = 2 * p + k
            seconds = data["thin_seconds"][p, k]
            style.measured(solves, look, data["thin_widths"], seconds, name)
            style.measured(lost, look, data["thin_shares"], data["thin_gap"][k, p], name)
        label = "_theory" if p else "theory: bounds"
        style.theory(lost, data["thin_shares"], data["thin_bound"][p], label)
    solves.set(
        xscale="log",
        yscale="log",
        xlabel="width",
        ylabel="seconds",
    )
    solves.set_xticks(data["thin_widths"], [str(width) for width in data["thin_widths"]])
    solves.minorticks_off()
    lost.set(
        xscale="log",
        yscale="log",
        xlabel="damping / largest eigenvalue",
        ylabel="error",
    )


def caption(data) -> str:
    return f"""{data["rounds"]} interleaved rounds in one process: medians, and small markers or
    thin lines for every round; absolute times are this machine's, and ratios vary with it. (a)
    Sweep: {data["calls"]} learning rates of Adam on a quadratic in {data["dims"]} dimensions,
    {data["step"][-1]} steps, as one call ({data["sweep_seconds"]:.2g} s) against {data["calls"]}
    calls ({data["calls_seconds"]:.2g} s). In law: a mini-batch gradient of Gaussian regression
    in {data["inputs"]} dimensions at B = {data["rows"][-1]} without rows. Exact risk:
    {data["rates"]} step sizes, {data["horizon"]:,} steps, {data["spectrum"]} dimensions in
    {data["exact_seconds"]:.2g} s, against {data["monte_carlo_seconds"]:.2g} s for the
    {data["runs"]:.0f} runs per step size that would give 1 % standard error (extrapolated from a
    short simulation, with the spread of a fifth of the stable step early in the run; later and
    at larger steps more are needed). (b) In law: from as many random numbers as dimensions and
    three more, for every batch size. (c) Difference of sweep and single calls over the largest
    parameter of the start. (d) One step of an encoder {"-".join(map(str, data["encoder"]))} at
    batch size {data["encoder_batch"]}, forward and backward passes included, over the matrix
    products and factorisations that the method is made of; of SGD and K-BFGS both steps are of one
    kind. (e) (Z Z^T + rho)^-e X with {data["thin_batch"]} columns of Z, X in their span, from the
    columns and from the whole matrix. (f) At width {data["thin_widths"][-1]}, the largest error
    over the largest entry; theory: ten times eps (lam / rho)^e. Errors are rounding, that is last
    digits, and depend on the machine. Our own experiment, on the cost of the experiments."""
