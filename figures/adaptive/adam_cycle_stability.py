"""Phase diagram of Adam's two-cycle: growth of a kick, and what lies beyond the boundary."""

import numpy as np
import style

READS = ("adam_cycle_stability",)


def draw(data):
    figure, (left, right) = style.panels(1, 2, 4.6)
    phases(figure, left, data)
    excursions(right, data)
    thresholds = ", ".join(f"{c:.3f}" for c in data["critical"])

    style.titles((left, right), "kicked cycle", "where the run ends up")
    style.foot(
        figure,
        f"""Adam on a one-dimensional quadratic has the exact cycle x = a, -a, a, ... with a = lr (1
        - β1) / (2 (1 + β1)). (a) x is moved off it by one part in a million; red grows, blue
        decays. Dashed: 1 - 3 β1 (1 + β2) + β1² β2 = 0, where a pair of eigenvalues leaves the unit
        circle. (b) Largest excursion at the end of {data["late"]} steps after a kick of 1 %; 1 is
        the cycle. Beyond the threshold of its β2 (dashed: {thresholds}) a run bursts; close above
        it, and at β2 near 1, the kick grows too slowly to show. Red cells and bursts are chaotic:
        last digits, which differ between machines, change them by some percent. At the usual β1 =
        0.9 no cycle is stable. Stand-in: derived, not a figure of a paper.""",
    )
    return figure


def phases(figure, ax, data):
    """Growth of a kick over both averaging constants."""
    colours = {"cmap": "RdBu_r", "vmin": -6, "vmax": 6}
    cells = {"shading": "nearest", "rasterized": True}
    mesh = ax.pcolormesh(data["beta1"], data["beta2"], data["growth"], **colours, **cells)
    bar = figure.colorbar(mesh, ax=ax, location="top", shrink=0.9, pad=0.02, extend="both")
    bar.set_label(f"log$_{{10}}$ of deviation over kick, after {data['steps']} steps")
    style.theory(ax, data["curve"], data["beta2"], "theory: critical $\\beta_1$")
    ax.annotate("returns to the cycle", (0.05, 0.5), rotation=90, va="center", color="white")
    ax.annotate("leaves it", (0.33, 0.5), rotation=90, va="center", color="white")
    ax.set(
        xlabel=r"$\beta_1$",
        ylabel=r"$\beta_2$",
        xlim=(0, data["beta1"][-1]),
        ylim=(data["beta2"][0], 1),
    )
    ax.grid(False)
    ax.legend(loc="lower center", framealpha=0.85, frameon=True)


def excursions(ax, data):
    """How far from the cycle a kicked run is found, in units of the cycle."""
    pairs = zip(data["betas"], data["reach"], strict=True)
    for k, (b, reach) in enumerate(pairs):
        colour, line, marker = style.CYCLE[k]
        settings = {
            "color": colour,
            "linestyle": line,
            "marker": marker,
            "markevery": (3 * k, 12),
            "gid": "measured",
        }
        ax.plot(data["line"], reach, label=rf"$\beta_2$ = {b:g}", **settings)

    for k, b in enumerate(data["critical"]):
        style.threshold(ax, b, "_theory" if k else "theory: critical $\\beta_1$")

    ax.set(
        xlabel=r"$\beta_1$",
        ylabel="largest |x| / a late in the run",
        yscale="log",
        xlim=(0, data["line"][-1]),
    )
    ax.set_ylim(0.8, 5 * float(np.max(data["reach"])))
    ax.set_yticks([1, 2, 3, 5, 10, 20], ["1", "2", "3", "5", "10", "20"])
    ax.minorticks_off()
    ax.legend(loc="upper right")
