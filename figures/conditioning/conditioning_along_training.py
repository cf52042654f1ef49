"""kappa of the preconditioned Hessian along training on the digits, for four batch sizes.

One panel per batch size: the condition number of the Hessian where the run is, scaled as each
method scales there, against the step; that of the Hessian alone beside it. Dotted: what Jacobi and
GN^-1/2 come to at the optimum; dashed: certified, no diagonal is below. All panels have one range.

Both axes are logarithmic; steps are those of the optimizer, from the first at which kappa was
recorded. `kappa` is that of D^(-1/2) H D^(-1/2) with the method's own D at that step, so that a
change may come from the point or from the divisor; the Hessian's own curve tells one from the
other. There is one run per curve, and so no spread of seeds is shown. A curve below the dashed line
near the optimum would refute the certificate, which is that of the optimum.
"""

from lab import style

READS = ("conditioning_along_training",)


def draw(data):
    """kappa and hessian (batches, methods, T) against t; lines (2,) with names, and the bound.

    T recorded steps. All are condition numbers, without units; lines and bound are those of the
    Hessian at the optimum.
    """
    # two beside each other, rounded up
    rows = -(-len(data["batches"]) // 2)
    figure, axes = style.panels(rows, 2)
    # that of the last method: it depends on where the run is, little on the method
    last = data["methods"][-1]
    named = [*data["methods"], f"Hessian alone, {last}"]
    *methods, hessian = style.looks(named).values()
    for k, ax in enumerate(axes[: len(data["batches"])]):
        steps = data["t"]
        for look, values in zip(methods, data["kappa"][k], strict=True):
            style.drawn(ax, look, steps, values)
        alone = data["hessian"][k, -1]
        style.drawn(ax, hessian, steps, alone)
        optimum(ax, data)
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="step",
            ylabel="condition number",
        )
        # room for the names of the dotted lines
        ax.set_xlim(left=data["t"][0] / 5)

    alike(axes)
    titles = [title(size) for size in data["batches"]]
    style.titles(axes, *titles)
    style.legend(figure, axes[0])
    return figure


def optimum(ax, data):
    """What scalings make of the Hessian at the optimum, and what no diagonal gets below."""
    for name, value in zip(data["names"], data["lines"], strict=True):
        called = style.lowered(str(name))
        style.level(ax, value, called)
    style.threshold(
        ax,
        float(data["bound"]),
        "theory: no diagonal is below",
        vertical=False,
    )


def alike(axes):
    """All panels with the vertical range that holds every one of them."""
    limits = [ax.get_ylim() for ax in axes]
    lows, highs = zip(*limits, strict=True)
    low = min(lows)
    high = max(highs)
    for ax in axes:
        ax.set_ylim(low, high)


def title(size) -> str:
    """A batch size in words; 0 stands for all examples."""
    return f"B = {size}" if size else "full batch"


def caption(data) -> str:
    noisy = data["kappa"][data["batches"] > 0, :, -1]
    apart = 100 * abs(noisy / data["lines"][-1] - 1).max()
    return f"""Logistic regression, even against odd digits, 16 sums of 2 x 2 pixels and a
    constant, {data["examples"]} images: condition number of the Hessian where the run is,
    divided as the method divides there, one run per curve. Dotted: Jacobi and GN^-1/2 at the
    optimum; dashed: certified, no diagonal gets below it there. With mini-batches the last
    values are within {apart:.0f} % of that of GN^-1/2. RMSProp in the full batch is chaotic:
    last digits change the end of its curve. Our own experiment, on data; that adaptive methods
    improve the conditioning is what Ye 2024 says."""
