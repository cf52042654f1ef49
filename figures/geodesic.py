"""Between the coordinates and the eigenbasis: how diagonal Gauss-Newton and sign descent gain from a better basis."""

import style

READS = ("geodesic",)
NAMES = ("GN^-1/2", "GN^-1")


def draw(data):
    figure, axes = style.panels(1, 3, 4.6)
    for ax, case in zip(axes, ("plane", "haar", "hadamard"), strict=True):
        for name in NAMES:
            line = style.curve(ax, name, data["s"], data[f"{case}_{name}"])
            if case == "plane":
                line.set_linestyle("none")
                style.theory(ax, data["s"], data[f"theory_{name}"], label="theory (plane)" if name == NAMES[0] else "_theory")
        style.threshold(ax, data["kappa"], label="theory: GD, kappa" if case == "plane" else "_theory", vertical=False)
        ax.set(yscale="log", xlabel="s  (0 coordinates, 1 eigenbasis)", ylim=(0.7, data["kappa"] * 1.8))
    for ax, case in zip(axes[1:], ("haar", "hadamard"), strict=True):
        draw_sign(ax.twinx(), data, case, last=case == "hadamard")
    axes[0].set_ylabel("condition number after scaling")
    style.titles(axes, "plane", "Haar eigenvectors", "Hadamard eigenvectors")
    style.foot(
        figure,
        f"""Condition number of H scaled by its diagonal, in bases along the geodesic from the coordinates to the eigenvectors of H (kappa =
        {data["kappa"]:g}): GN^-1 ends at 1, GN^-1/2 at the root of kappa. (a) In the plane, {data["degrees"]:g} degrees apart, with the closed
        form. (b, c) {"in higher dimension"}; right axis: loss of sign descent after {data["budget"]} steps, relative to the start, at its
        best rate, median over starts. Hadamard coordinates hide the spectrum from every diagonal: all methods start at kappa.
        Stand-in: ours, on the bases between identity and eigenbasis in Liu et al. 2025.""",
        legend=axes[0],
        columns=5,
    )
    return figure


def draw_sign(ax, data, case, *, last):
    style.curve(ax, "sign", data["s"], data[f"{case}_sign"], "sign descent (right axis)")
    ax.set(yscale="log")
    ax.grid(False)
    ax.spines["right"].set_visible(True)
    ax.set_ylabel("relative loss of sign descent" if last else "")
