"""Phase diagram of Adam's two-cycle: growth of a kick, and what lies beyond the boundary.

(a) Over (beta1, beta2) the decimal logarithm of deviation over kick after some steps; dashed the
beta1 at which a pair of eigenvalues leaves the unit circle. (b) For some beta2 the largest |x| over
the amplitude a of the cycle, late in a kicked run, against beta1: 1 left of each dashed threshold.

(a) The colour is a decimal logarithm, `growth` (beta2, beta1), symmetric about 0 where the kick
keeps its size, and cut at 6 decades; blue and red of one darkness look alike in grey, and so words
say which side is which. The boundary is a root of a polynomial and was not fitted. (b) is
logarithmic up, since excursions of several amplitudes and the cycle itself at 1 belong in one
panel; near the threshold a kick grows slowly, and the rise comes a little to the right. Red left of
the dashed curve in (a) would refute it.
"""

import numpy as np

from lab import style

READS = ("adam_cycle_stability",)


def draw(data):
    """growth (beta2, beta1) as a map with its curve; reach (betas, line), critical (betas,).

    growth is a logarithm already, and its colours end at 6 decades either way. reach is in units of
    the amplitude of the cycle.
    """
    figure, (left, right) = style.panels(1, 2, 3.2)
    phases(figure, left, data)
    excursions(right, data)
    style.titles((left, right), "kicked cycle", "where the run ends up")
    style.legend(figure, right)
    return figure


def phases(figure, ax, data):
    """Growth of a kick over both averaging constants."""
    # dark is far from 0 on either side: signs are told by the words in the picture
    colours = {"cmap": "RdBu_r", "vmin": -6, "vmax": 6}
    cells = {"shading": "nearest", "rasterized": True}
    mesh = ax.pcolormesh(data["beta1"], data["beta2"], data["growth"], **colours, **cells)
    bar = figure.colorbar(mesh, ax=ax, location="bottom", shrink=0.9, pad=0.02, extend="both")
    bar.set_label(f"log$_{{10}}$ of deviation over kick, after {data['steps']} steps")
    style.theory(ax, data["curve"], data["beta2"], "theory: critical $\\beta_1$")
    inside = {"rotation": 90, "va": "center", "color": "white"}
    style.note(ax, "returns to the cycle", (0.03, 0.5), **inside)
    style.note(ax, "leaves it", (0.33, 0.5), **inside)
    ax.set(
        xlabel=r"$\beta_1$",
        ylabel=r"$\beta_2$",
        xlim=(0, data["beta1"][-1]),
        ylim=(data["beta2"][0], 1),
    )
    ax.grid(False)


def excursions(ax, data):
    """How far from the cycle a kicked run is found, in units of the cycle; the threshold of every
    beta2 has its marker at the top."""
    top = 6 * float(np.max(data["reach"]))
    pairs = zip(data["betas"], data["reach"], data["critical"], strict=True)
    for k, (b, reach, critical) in enumerate(pairs):
        line = style.measured(ax, k, data["line"], reach, rf"$\beta_2$ = {b:g}")
        style.threshold(ax, critical, "_theory" if k else "theory: critical $\\beta_1$")
        mark = {"marker": line.get_marker(), "color": line.get_color(), "clip_on": False}
        ax.plot([critical], [1.0], transform=ax.get_xaxis_transform(), gid="reference", **mark)

    ax.set(
        xlabel=r"$\beta_1$",
        ylabel="largest |x| / a late in the run",
        yscale="log",
        xlim=(0, data["line"][-1]),
        ylim=(0.8, top),
    )
    # plain numbers: multiples of the cycle, of which few decades are seen
    ticks = [tick for tick in (1, 2, 3, 5, 10, 20, 50, 100) if tick < top]
    ax.set_yticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()


def caption(data) -> str:
    return f"""Adam on a one-dimensional quadratic has the exact cycle x = a, -a, a, ... with a =
    lr $(1 - \\beta_1) / (2 (1 + \\beta_1))$. (a) x is moved off it by a small kick; red grows,
    blue decays. Dashed: $1 - 3 \\beta_1 (1 + \\beta_2) + \\beta_1^2 \\beta_2 = 0$, where a pair
    of eigenvalues leaves the unit circle. (b) Largest excursion at the end of {data["late"]}
    steps after a kick of 1 %, one run per $\\beta_1$; 1 is the cycle; markers at the top: whose
    threshold it is. Close above a threshold, and at $\\beta_2$ near 1, the kick grows slowly.
    Red cells and bursts are chaotic: last digits, which differ between machines, change them by
    some percent. Our own experiment, derived, not a figure of a paper."""
