"""Adam's preconditioner against GN^-1/2 on the digits, along training, for three batch sizes.

(a-c) The ratio of both per pixel, in the order of its size, at the start, half-way and close to the
optimum, by batch size; dashed F / B + (1 - 1 / B) g^2, with F the empirical Fisher. A level line is
Adam = GN^-1/2 up to a rate. (d) The largest over the smallest ratio against the batch size.

Ratios are logarithmic and divided by their geometric mean over pixels, since a common factor is a
learning rate; (a) to (c) have one range. Markers of the three batch sizes are hollow, half that,
and a dot, so that one inside the other is still seen. Across are ranks, which say nothing of where
in the image a pixel is. (d) is logarithmic in both, and shows at which batch the spread begins to
grow. Markers off their dashed curve by more than they scatter would refute the interpolation
between F and g^2.
"""

from lab import style

READS = ("digits_fisher",)
STAGES = {"start": "at the start", "middle": "half-way", "late": "close to the optimum"}


def draw(data):
    """STAGE_BATCH_measured and _theory (n,) against rank; STAGE_spread_... against sizes.

    n coefficients, one per pixel; ratios are over their geometric mean, without units. sizes are
    the batch sizes of the spread, the largest over the smallest ratio.
    """
    figure, axes = style.panels(2, 2)
    batches = {
        "one": "B = 1",
        "some": f"B = {data['batch']}",
        "full": "full batch",
    }
    for ax, stage in zip(axes, STAGES, strict=False):
        ratios(ax, data, stage, batches)

    # one range for the three stages: they are to be compared in height
    limits = [ax.get_ylim() for ax in axes[:3]]
    for ax in axes[:3]:
        ax.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))

    sizes = data["sizes"]
    for k, (stage, label) in enumerate(STAGES.items()):
        style.dots(axes[3], k, sizes, data[f"{stage}_spread_measured"], label)
    for k, stage in enumerate(STAGES):
        label = "_theory" if k else "theory"
        style.theory(axes[3], sizes, data[f"{stage}_spread_theory"], label)

    axes[3].set(xscale="log", yscale="log", xlabel="batch size B", ylabel="max / min of the ratio")
    excess = {stage: f"excess loss {data[f'{stage}_excess']:.2g}" for stage in STAGES}
    titles = (f"{label}, {excess[stage]}" for stage, label in STAGES.items())

    style.titles(axes, *titles, "spread against batch size")
    style.legend(figure, axes[0], title="(a) to (c)")
    style.legend(figure, axes[3], title="(d)")
    return figure


def ratios(ax, data, stage, batches):
    """Measured ratio per pixel, over its theory, at each batch size: hollow, half-size and a dot,
    so that those that coincide are all seen."""
    for k, (name, label) in enumerate(batches.items()):
        line = style.dots(ax, k, data["rank"], data[f"{stage}_{name}_measured"], label)
        line.set(
            fillstyle="none",
            markersize=(6.0, 3.5, 2.0)[k],
            markeredgewidth=0.8,
        )

    for k, name in enumerate(batches):
        label = "_theory" if k else "theory: exact interpolation"
        style.theory(ax, data["rank"], data[f"{stage}_{name}_theory"], label)

    ax.set(
        yscale="log",
        xlabel="pixel, in the order of its ratio",
        ylabel="Adam / GN$^{-1/2}$ preconditioner",
    )
    style.level(ax, 1.0, "")


def caption(data) -> str:
    return f"""Logistic regression, even against odd digits, {data["examples"]} images:
    preconditioner of Adam with its expected squared gradient over GN^-1/2, per pixel, geometric
    mean 1 since a factor is a learning rate; dotted: GN^-1/2. Markers: mean squares of
    mini-batch gradients ({data["budget"]} images or {data["draws"]} batches, whichever is more:
    the largest over the smallest of their ratios, in (d), leans on two pixels and is noisier);
    dashed: F/B + (1 - 1/B) times gradient squared, F the diagonal of the empirical Fisher. At
    $\\theta$ = 0 all images weigh 1/4 and F = G. At full batch Adam is sign descent. Excess loss
    is relative to the start. Our own experiment, on data; the comparison is that of Liu et al.
    2025."""
