"""Exponents of learning rates in the width, measured and derived, method by method.

One panel per layer, a row per method: c of the rate M^-c, hollow measured with its 95 % interval,
a black mark where a rule is derived. A row without a mark
has no derived rule: the measurement stands alone.

c is linear, with the same range in all panels. Rows with a derived rule come first. The grey bar is
the 95 % interval of a fit over widths, and is mostly shorter than its marker. Measured is the rate
at which a layer's first moving step has the same effect at every width, and no training. A marker
off its mark by a tenth is listed in the caption; for methods without a rule the number is an
observation, at these widths, and no theorem.
"""

import numpy as np

from lab import style

READS = ("new_exponents",)


def draw(data):
    """measured, low, high, derived (N, 3) at place (N,), one panel per layer.

    N methods. low and high are the ends of 95 % intervals, and where there is no rule derived is
    not finite, and no mark is drawn.
    """
    rows = len(data["names"])
    # lines of small letters
    figure, axes = style.panels(
        1,
        3,
        0.5 + 0.12 * max(rows, 10),
        narrow=3,
        squeezed=False,
    )
    for k, ax in enumerate(axes):
        low, high = data["low"][:, k], data["high"][:, k]
        ax.hlines(data["place"], low, high, color="0.6", linewidth=1, label="_interval")
        line = style.dots(ax, 0, data["measured"][:, k], data["place"], "measured")
        line.set_fillstyle("none")
        style.strokes(ax, data["derived"][:, k], data["place"], size=7)
        ax.set(
            xlabel="c",
            ylabel="method" if k == 0 else "",
            # one range for all layers: exponents are between -1 and 2
            xlim=(-1.6, 2.6),
        )
        ax.set_xticks([-1, 1])
        ax.set_ylim(rows - 0.4, -0.6)
        ax.set_yticks(data["place"], data["names"] if k == 0 else [""] * rows)
        ax.minorticks_off()
    for ax in axes[1:]:
        ax.set_ylabel(" ")
    style.titles(axes, *map(str, data["places"]))
    style.legend(figure, axes[0])
    return figure


def caption(data) -> str:
    count = np.count_nonzero(data["known"])
    return f"""Exponents c of the rate M^-c that a layer needs to move its features at every width:
    slopes of RMS(dW_l h_(l-1)) of the first step that moves, at a rate that does not scale, from
    the start of muP, with 95 % intervals; theory where a rule is derived ({count} methods). What is
    added to a denominator is 1e-12, but in the diagonal Gauss-Newton method and TNT, where it
    follows the width. {data["examples"]} digits, even against odd, full batch, two hidden layers of
    tanh without biases, widths {data["widths"][0]} to {data["widths"][-1]}, {data["seeds"]} starts.
    Where a gradient is 0 up to rounding some methods divide rounding by rounding, so last digits
    differ between machines. Our own experiment, beyond Ishikawa & Karakida (2024)."""
