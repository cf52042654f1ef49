"""Optimizers of one name in two libraries part on one gradient stream."""

import numpy as np
import style

READS = ("conventions_matter",)


def draw(data):
    apart = int((data["default"][:, -1] > 0).sum())
    figure, (top, bottom) = style.panels(2, 1, 5.6 + 0.2 * apart)
    top.get_gridspec().set_height_ratios([1 + 0.2 * apart, 2.4])
    pairs = zip(data["name"], data["first"], data["second"], strict=True)
    names = [f"{name}, {a} / {b}" for name, a, b in pairs]
    ends(top, data, names[:apart])

    # rows are in the order of distance: the first of a name is its farthest pair
    _, first = np.unique(data["name"][:apart], return_index=True)
    farthest = np.sort(first)[: len(style.CYCLE)]
    for j, k in enumerate(farthest):
        style.measured(bottom, j, data["t"], data["default"][k], names[k])

    bottom.set(xscale="log", xlabel="step", ylabel="distance / distance moved")
    bottom.set_ylim(bottom=0)
    bottom.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

    style.titles(
        (top, bottom),
        f"after {data['steps']} steps, and the settings that differ",
        "against step, at the defaults: the farthest of a name",
    )
    style.foot(
        figure,
        f"""Two libraries' optimizers of one name on one stream of gradients of a matrix, learning
        rate {data["lr"]:g} for both: distance of the two paths over the distance moved; 0 is the
        same path, 2 the opposite. Dots: other settings at each library's defaults; diamonds: the
        second library with all numbers of the first. To the right the settings that differ, by our
        names; those with a star still differ then, because they are formulas and not numbers. A dot
        without a diamond: the same path once the numbers are equal. The paper of AdamW does not
        multiply its decay by the learning rate; that of AMSGrad debiases nothing, and optax takes
        its maximum after debiasing; AdaBelief's authors rectify. {same(names[apart:])}torch 2.13,
        optax 0.2.8, authors: their code or paper. Stand-in: ours (derived), from the conventions
        table.""",
        legend=top,
    )
    return figure


def ends(ax, data, names):
    """Last distance of every pair that parts, and in the margin the fields on which it differs."""
    rows = data["row"][: len(names)]
    last = {column: data[column][: len(names), -1] for column in ("default", "matched")}
    dots = style.measured(ax, 0, last["default"], rows, "library defaults")
    dots.set(linestyle="none")
    diamonds = style.measured(ax, 0, last["matched"], rows, "the same with equal numbers")
    diamonds.set(linestyle="none", marker="D", mfc="none", color=style.VERMILLION)

    margin = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": 7}
    for row in rows:
        still = str(data["switches"][row]).split(", ")
        fields = str(data["differ"][row]).split(", ")
        starred = [field + "*" if field in still else field for field in fields]
        ax.annotate(", ".join(starred), (1.01, row), **margin)

    low = np.min(last["default"])
    ax.set(
        xscale="log",
        xlim=(low / 3, 4),
        ylim=(len(names) - 0.5, -0.5),
        xlabel="distance / distance moved",
    )
    ax.set_yticks(rows, names)
    ax.set_ylabel("name and libraries")
    ax.tick_params(length=0, axis="y")


def same(names):
    """A sentence on the pairs that never part."""
    return f"The same path at the defaults: {'; '.join(names)}. " if names else ""
