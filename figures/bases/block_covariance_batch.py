"""On the block instance Adam's advantage over SGD, which is GN^-1 there, needs large batches."""

import style

READS = ("block_covariance_batch",)
NAMES = ("SGD", "idealised Adam", "Adam")


def draw(data):
    figure, (left, right) = style.panels(1, 2, 5.6)
    for name in NAMES:
        low, median, high = data[name]
        line = style.curve(left, name, data["batch"], median)
        left.fill_between(data["batch"], low, high, color=line.get_color(), alpha=0.15, linewidth=0)

    label = "theory: SGD = GN$^{-1}$, exact expected loss"
    style.theory(left, data["fine"], data["theory_SGD"], label)
    gains(right, data)
    crossovers((left, right), data)
    left.set_ylim(bottom=data["Adam"].min() / 1e4)  # room for the legend
    left.set_ylabel(f"loss after {data['steps']} steps relative to the start")
    right.set_ylabel("Adam's step over that in the stiffest block")
    opaque = {"frameon": True, "framealpha": 1.0, "edgecolor": "none"}
    left.legend(loc="lower left", **opaque)
    right.legend(loc="upper left", **opaque)

    # higher than elsewhere: eigenvalues stand between title and panel
    left.set_title("(a) tuned at every batch size", loc="left", pad=14)
    right.set_title("(b) idealised Adam at the start", loc="left", pad=14)
    style.foot(
        figure,
        f"""Gaussian inputs whose covariance consists of Hadamard blocks of size {data["size"]} with
        unit diagonal, no label noise, identity basis; the start is one eigenvector of +-1 per
        block. Vertical lines, with the eigenvalue of the block on top: B = 1/rho$^2$, where Adam's
        v turns from the noise to the squared gradient in that block (rho: correlation of an input
        with the residual). (a) Learning rate and geometric decay tuned at every B; median and 10-90
        % band over {data["seeds"]} seeds. Dashed: the exact recursion for SGD at its best constant
        rate, a mean; GN^-1 and GN^-1/2 are the same method here. At B = 1 idealised Adam gains
        nothing; Adam with momentum gains earlier than without. Idealised Adam is chaotic: last
        digits, which differ between machines, move it within its band. (b) Step on a block relative
        to that of the stiffest block, divided by the same ratio for GN^-1/2, which is 1. Stand-in:
        ours (derived), on the instance behind Fig. 1 (left) of Liu et al. 2025.""",
    )
    return figure


def gains(ax, data):
    """Adam's step on every block but the stiffest, measured and predicted."""
    stiff = data["active"].argmax()
    for k, eigenvalue in enumerate(data["active"]):
        if k != stiff:
            name = f"eigenvalue {eigenvalue:g}"
            line = style.measured(ax, k, data["batch"], data["gain"][k], name)
            line.set_linestyle("none")
            label = "theory" if k == 0 else "_theory"
            style.theory(ax, data["fine"], data["theory_gain"][k], label)


def crossovers(axes, data):
    """The predicted batch size of every block, with its eigenvalue on top."""
    for ax in axes:
        for k, crossover in enumerate(data["crossover"]):
            style.threshold(ax, crossover)
            ax.annotate(
                f"{data['active'][k]:g}",
                (crossover, 1.0),
                xycoords=("data", "axes fraction"),
                fontsize=7.5,
                ha="center",
                va="bottom",
            )
        ax.set(xscale="log", yscale="log", xlabel="batch size")
