"""Optimizers of one name in two libraries part on one gradient stream.

(a) A row per pair of libraries: the distance of the two paths over the distance moved at the last
step, with each library's defaults (dots) and with equal numbers (diamonds). (b) The same against
step for the farthest pair of five names. The table names the fields that differ; those with a star
differ with equal numbers too, since they are formulas.

(a) is logarithmic: distances go from rounding of one step to 2, twice the distance moved. Rows are
in the order of `default`, the farthest on top, so that a reader finds at once what matters; where
the panel is narrow they have the numbers of the table. Diamonds far left of their dots are
differences that a reader removes by setting numbers, those on their dots differences of formulas.
(b) is linear up, as its pairs are all of order 1. A pair without a row had one path at its
defaults. A diamond far right in a row without a star would mean a difference that the table of
conventions does not know.
"""

import numpy as np

from lab import style

READS = ("conventions_matter",)


def draw(data):
    """default and matched (pairs, K) against t, pairs by their last default, the largest first.

    Pairs whose paths agree at their defaults are no rows: there are `apart` that do not.

    K recorded steps. name, first and second are texts of each pair, differ and switches the fields
    that its settings disagree in, and those that no number removes.
    """
    apart = int((data["default"][:, -1] > 0).sum())
    figure, (top, bottom) = style.panels(2, 1, 1.6 + 0.1 * apart, squeezed=False)
    pairs = zip(data["name"], data["first"], data["second"], strict=True)
    names = [f"{name}, {a} / {b}" for name, a, b in pairs]
    ends(top, data, names[:apart])

    # rows are in the order of distance: the first of a name is its farthest pair
    _, first = np.unique(data["name"][:apart], return_index=True)
    farthest = np.sort(first)[:5]
    # the pair is the first of that name above; a column has no room for both names
    looks = style.looks(data["name"][farthest]).values()
    for k, look in zip(farthest, looks, strict=True):
        style.drawn(bottom, look, data["t"], data["default"][k])

    bottom.set(
        xscale="log",
        xlabel="step",
        ylabel="distance / distance moved",
    )
    bottom.set_ylim(0, 1.05 * max(data["default"].max(), 0.1))
    style.titles(
        (top, bottom),
        f"after {data['steps']} steps",
        "farthest pairs, at defaults",
    )
    style.legend(figure, top, title="(a)")
    style.legend(figure, bottom, title="(b)")
    shown = [k for k in range(apart) if data["differ"][k]]
    rows = [[numbered(k, names[k]), fields(data, k)] for k in shown]
    style.table(figure, ["pair", "settings that differ (* also with equal numbers)"], rows)
    return figure


def numbered(row, name) -> str:
    """The name of a pair in the table; where panels are narrow with the number of its row."""
    return f"{row + 1}  {name}" if style.page().narrow else name


def fields(data, row) -> str:
    """What differs, by our names; at most so many that a column holds them."""
    still = str(data["switches"][row]).split(", ")
    named = str(data["differ"][row]).split(", ")
    starred = [field + "*" if field in still else field for field in named]
    more = f" + {len(starred) - 3}" if len(starred) > 3 else ""
    return ", ".join(starred[:3]) + more


def ends(ax, data, names):
    """Last distance of every pair that parts, at the defaults and with equal numbers."""
    rows = data["row"][: len(names)]
    last = {column: data[column][: len(names), -1] for column in ("default", "matched")}
    style.dots(ax, 0, last["default"], rows, "library defaults")
    diamonds = style.dots(ax, 1, last["matched"], rows, "the same with equal numbers")
    diamonds.set(
        marker="D",
        mfc="none",
    )

    # pairs at 0 are no rows, so that this has a logarithm
    low = np.min(last["default"])
    ax.set(
        xscale="log",
        xlim=(low / 3, 4),
        ylim=(len(names) - 0.5, -0.5),
        xlabel="distance / distance moved",
    )
    # names would leave half of a column for the data: there the table has them, by number
    narrow = style.page().narrow
    ax.set_yticks(rows, range(1, len(names) + 1) if narrow else names)
    ax.set_ylabel("row of the table" if narrow else "name and libraries")
    ax.tick_params(
        length=0,
        axis="y",
    )


def caption(data) -> str:
    return f"""Two libraries' optimizers of one name on one stream of gradients of a matrix,
    learning rate {data["lr"]:g} for both: distance of the two paths over the distance moved; 0
    is the same path, 2 the opposite. Dots: other settings at each library's defaults; diamonds:
    the second library with all numbers of the first; a dot without a diamond: the same path once
    the numbers are equal. Over the steps: of five names the pair that stands highest. Fields
    with a star still differ then, because they are formulas and not numbers. torch 2.13, optax
    0.2.8, authors: their code or paper. Our own experiment, made from the table of conventions,
    not a figure of a paper."""
