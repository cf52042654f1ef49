"""Four quadrants: small or large batch, coordinates or eigenbasis, on Gaussian regression."""

import numpy as np
import style

READS = ("quadrants",)
PANELS = ("small_coordinate", "small_eigenbasis", "large_coordinate", "large_eigenbasis")


def draw(data):
    figure, axes = style.panels(2, 2, 9.0)
    parts = [style.part(data, case) for case in PANELS]

    def label(_, k):
        return style.counts_label(parts, k, of="final", form=".1e")

    for ax, found in zip(axes, parts, strict=True):
        style.bands(ax, found, label)
        ax.set(yscale="log", xlabel="step", ylabel="loss relative to the start")

    for pair, bottom in ((axes[:2], 1e-4), (axes[2:], 1e-13)):
        lowest = min(ax.get_ylim()[0] for ax in pair)
        for ax in pair:
            ax.set_ylim(max(lowest, bottom), 2)

    bases = ("rotated coordinates", "eigenbasis")
    sizes = (data["small"], data["large"])

    style.titles(axes, *(f"B = {size}, {basis}" for size in sizes for basis in bases))

    tails = [tail_of_adam(found) for found in parts]
    worst = int(np.argmax(tails))
    others = max(tail_without_adam(found) for found in parts[:3])
    style.foot(
        figure,
        f"""Gaussian linear regression, {data["dims"]} dimensions, geometric spectrum with condition
        number {data["kappa"]:g}, no label noise, fresh mini-batches. Left: randomly rotated
        coordinates; right: eigenbasis of the covariance. Learning rate ({data["rates"]} values over
        three decades) and geometric decay ({len(data["decays"])} values, 0 to
        {data["decays"][-1]:g} decades) are tuned alike for every method, for the median last loss
        on {data["tuning"]} seeds; shown are median and 10-90 % band on {data["seeds"]} others,
        paired between methods. At B = {data["small"]} idealised Adam stays near GN^-1/2 in both
        bases. A mean would be useless: with Adam in ({"abcd"[worst]}) it is {tails[worst]:.1g}
        times the median, a few runs far in the tail; with the other methods in (a-c) at most
        {others:.1f} times. Momentum alone (heavy ball) gains as much in (c) as Adam, whose
        idealised form, without momentum, does no better than SGD there. At B = {data["large"]} both
        are chaotic: last digits, which differ between machines, change their losses by some
        percent, and may choose another rate. Stand-in: for Fig. 2 of Liu et al. 2025, on an
        instance of our own.""",
        legend=axes[0],
        title=f"last median loss in (a) | (b) | (c) | (d); {style.ARROW}",
    )
    return figure


def tail_of_adam(found):
    """The mean over the median of Adam."""
    is_adam = found["methods"] == "Adam"
    return found["tail"][is_adam][0]


def tail_without_adam(found):
    """The largest mean over median of the methods that are no Adam."""
    is_adam = np.char.endswith(found["methods"], "Adam")
    return found["tail"][~is_adam].max()
