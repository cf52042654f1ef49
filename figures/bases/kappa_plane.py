"""In every basis of the plane GN^-1 is conditioned no worse than GN^-1/2, nor that than GD."""

import style

READS = ("kappa_plane",)
NAMES = ("GD", "GN^-1/2", "GN^-1")


def draw(data):
    figure, axes = style.panels(1, len(data["kappas"]), 4.2)
    for k, (ax, kappa) in enumerate(zip(axes, data["kappas"], strict=True)):
        for name in NAMES:
            line = style.curve(ax, name, data["marks"], data[f"measured_{name}"][k])
            line.set(linestyle="none", markevery=None)
        for name in NAMES:
            label = "theory" if name == "GD" else "_theory"
            style.theory(ax, data["angle"], data[f"theory_{name}"][k], label)
        ax.set(
            yscale="log",
            ylim=(0.8, kappa * 1.6),
            xticks=[0, 45, 90],
            xlabel="angle to the eigenbasis (degrees)",
        )
    axes[0].set_ylabel("condition number after scaling")

    style.titles(axes, *(f"kappa = {kappa:,.0f}" for kappa in data["kappas"]))
    style.foot(
        figure,
        """Condition number of the preconditioned quadratic in two dimensions, against the angle
        between coordinates and eigenvectors. Markers: from eigenvalues. Dashed: closed forms; for
        GD the level kappa. The order GN^-1, GN^-1/2, GD never changes, and all three meet at 45
        degrees. The larger kappa, the faster the gain is lost: GN^-1 needs an angle below about
        kappa to the power -1/2. Stand-in: ours (derived), on the role of the basis in Liu et al.
        2025.""",
        legend=axes[0],
        columns=4,
    )
    return figure
