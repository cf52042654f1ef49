"""Kronecker approximations of a Fisher block along training, by three measures.

Against step: (a) the Frobenius distance over the block's norm, (b) the log-det divergence over the
size, (c) kappa of the block preconditioned by the approximation, beside that without any. Less is
better in all three, and the order of methods need not be the same.

All three are logarithmic: errors differ by factors. (c) has one curve more, that of no
preconditioner, which is what the others must beat to be of use. Thick lines are medians over runs,
thin ones the runs. Measures are of the same matrices at the same steps, along one path, and so
crossings between panels are those of measures and not of training. A "nearest" above another curve
in (a) would be a fault, since it minimises that distance.
"""

from lab import style

READS = ("kronecker_error",)
LABELS = {
    "distance": "relative distance",
    "divergence": "log-det divergence / size",
    "kappa": "condition number",
}


def draw(data):
    """Of each measure X_median (A, K) and X (A, K, S) against step; kappa has one row more.

    A approximations, K recorded steps, S runs; distance and divergence are relative to the block,
    and none has a unit.
    """
    figure, axes = style.panels(1, 3, 2.8)
    looks = style.looks(data["names"]).values()
    for ax, name in zip(axes, LABELS, strict=True):
        # the last measure has one more
        for k, (look, values) in enumerate(zip(looks, data[f"{name}_median"], strict=False)):
            line = style.drawn(ax, look, data["step"], values)
            style.runs(ax, data["step"], data[name][k], line)
        ax.set(yscale="log", xlabel="step", ylabel=LABELS[name])
    style.titles(axes, "distance", "divergence", "as preconditioners")
    # of the panel that has every curve
    style.legend(figure, axes[2], 3)
    return figure


def caption(data) -> str:
    width, depth, examples = data["shape"]
    return f"""Fisher block of the second of {depth} tanh layers of {width} units, exact labels,
    {examples} digits of 4 x 4 pixels, along Adam on the full batch. Thick: median, thin: the
    {data["loss"].shape[-1]} runs. (a) In the Frobenius norm, over that of the block. (b) And (c):
    both damped by a multiple of the identity; none: without preconditioning. Likelihood: the best
    Gaussian fit. Our own experiment."""
