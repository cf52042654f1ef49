"""What batched sweeps, sampling in law and exact recursions save, on this machine."""

import style

READS = ("speed",)


def draw(data):
    figure, (left, middle, right) = style.panels(1, 3, 4.9)
    line = style.measured(left, 0, data["ratio"], data["which"], "ratio of times")
    line.set(linestyle="none", markersize=8)
    above = {"textcoords": "offset points", "xytext": (0, 8), "ha": "center", "fontsize": 8}
    for k, ratio in enumerate(data["ratio"]):
        left.annotate(f"{ratio:,.0f} x", (ratio, k), **above)

    left.set(
        xscale="log",
        ylim=(-0.6, 2.6),
        xlim=(1, data["ratio"].max() * 6),
        xlabel="times faster",
        ylabel="what is saved",
    )
    saved = [name.replace(" ", "\n", 1) for name in data["saved"]]
    left.set_yticks(data["which"], saved)

    style.measured(middle, 1, data["rows"], data["rows_seconds"], "rows")
    style.measured(middle, 0, data["batch"], data["law_seconds"], "in law")
    middle.set(xscale="log", yscale="log", xlabel="batch size", ylabel="seconds per gradient")
    middle.legend(loc="upper right")
    line = style.measured(right, 2, data["step"], data["difference"], "sweep against calls")
    line.set_marker("")
    right.set(xlabel="step", ylabel="largest difference of a parameter", ylim=(0, None))

    style.titles((left, middle, right), "ratios", "gradients of regression", "same steps")
    style.foot(
        figure,
        f"""Medians of {data["rounds"]} interleaved rounds in one process; absolute times are this
        machine's, and ratios vary with it. (a) Sweep: {data["calls"]} learning rates of Adam on a
        quadratic in {data["dims"]} dimensions, {data["step"][-1]} steps, as one call
        ({data["sweep_seconds"]:.2g} s) against {data["calls"]} calls ({data["calls_seconds"]:.2g}
        s). In law: a mini-batch gradient of Gaussian regression in {data["inputs"]} dimensions at B
        = {data["rows"][-1]} without rows. Exact risk: {data["rates"]} step sizes,
        {data["horizon"]:,} steps, {data["spectrum"]} dimensions in {data["exact_seconds"]:.2g} s,
        against {data["monte_carlo_seconds"]:.2g} s for the {data["runs"]:.0f} runs per step size
        that would give 1 % standard error (extrapolated from a short simulation, with the spread of
        a fifth of the stable step early in the run; later and at larger steps more are needed). (b)
        Drawing in law costs the same for every batch size. (c) The sweep and the single calls take
        the same steps: difference over the largest parameter of the start. Stand-in: ours, on the
        cost of the experiments.""",
    )
    return figure
