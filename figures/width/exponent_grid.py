"""Measured against derived slopes of one step, for all pairs of exponents.

A column per layer (input, hidden, output), a row per size of the head, b_L: the slope in M of
RMS(dW_l h_(l-1)) against e_B, a look per e_A, dashed the derived line. Panels of a row have one
range, so that a slope of a half is a half in all.

Both axes are linear, as they are exponents. Markers are hollow, for several e_A may have one slope:
that of the input layer does not depend on e_A, nor that of the head on e_B. Slopes are fits over
the widths, and carry an error of finite width of some hundredths, largest in the input layer. A
marker a quarter off its line would be another exponent and refute the rule; one a twentieth off is
the finite width.
"""

import numpy as np

from lab import style

READS = ("exponent_grid",)


def draw(data):
    """measured and predicted (H, 3, e_A, e_B): panel (h, layer), against e_B.

    H sizes of the head; measured and predicted are slopes of logarithms, without units. Every panel
    has all pairs of exponents.
    """
    heads = len(data["heads"])
    figure, axes = style.panels(heads, 3, 2.4, narrow=3)
    values = data["exponents"]
    named = [str(place) for _ in data["heads"] for place in data["places"]]
    for k, ax in enumerate(axes):
        h, p = divmod(k, 3)
        for i, e_A in enumerate(values):
            line = style.dots(ax, i, values, data["measured"][h, p, i], f"$e_A$ = {e_A:g}")
            line.set_fillstyle("none")
            label = "theory" if i == 0 else "_theory"
            style.theory(ax, values, data["predicted"][h, p, i], label)
        head = data["heads"][h]
        ax.set(
            xlabel="$e_B$",
            ylabel=f"slope, $b_L$ = {head:g}",
        )
        ax.set_xticks([0, 0.5, 1], ["0", "½", "1"])
        # whole numbers with room, the same for the three layers
        low, high = data["predicted"][h].min(), data["predicted"][h].max()
        ax.set_ylim(
            np.floor(low) - 0.25,
            np.ceil(high) + 0.25,
        )
    style.titles(axes, *named)
    style.legend(
        figure,
        axes[0],
        columns=3,
    )
    return figure


def caption(data) -> str:
    return f"""Slopes in the width of RMS(dW_l h_(l-1)) after one step of the Kronecker family with
    exponents (e_A, e_B) at a rate that does not scale; theory is the derived line.
    {data["examples"]} digits, even against odd, half squares, f_0 subtracted, two hidden layers of
    tanh without biases, damping {data["damping"]:g} of the traces, widths {data["widths"][0]} to
    {data["widths"][-1]}, {data["seeds"]} starts. Entries of the head W_L are of order M^-b_L: b_L =
    1 in muP, 1/2 in SP. Our own experiment, on the exponents of Ishikawa & Karakida (2024)."""
