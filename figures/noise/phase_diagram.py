"""Which preconditioner wins in the plane, over batch size and angle."""

import numpy as np
import style
from matplotlib.colors import ListedColormap

READS = ("phase_diagram",)
LOOKS = {
    "SGD": ("S", style.GREY, ""),
    "GN^-1/2": ("H", style.SKY, "//"),
    "GN^-1": ("G", style.BLUE, ".."),
    "idealised Adam": ("A", style.VERMILLION, "xx"),
}
CELL = {"edgecolor": "white", "linewidth": 0, "alpha": 0.75}
LETTER = {
    "ha": "center",
    "va": "center",
    "fontsize": 9,
    "weight": "bold",
    "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1.5},
}


def draw(data):
    kappas = data["kappas"]
    horizons = data["horizons"]
    names = [str(name) for name in data["methods"]]
    x = edges(data["angle"])
    y = log_edges(data["batch"])
    figure, axes = style.panels(len(horizons), len(kappas), 7.6)
    for ax, (h, k) in zip(axes, np.ndindex(len(horizons), len(kappas)), strict=True):
        regions(ax, data["angle"], data["batch"], data["winner"][h, k], names)
        label = "theory: B = kappa tan$^2$(angle), kappa / tan$^2$(angle)"
        style.theory(ax, data["line"], data["near"][k], label)
        style.theory(ax, data["line"], data["far"][k], label="_theory")
        style.threshold(ax, data["critical"][k], label="_theory")
        ax.set(yscale="log", xlim=x[[0, -1]], ylim=y[[0, -1]], xticks=[0, 15, 30, 45])
        ax.set(xlabel="angle to the eigenbasis (degrees)", ylabel="" if k else "batch size")
        ax.grid(False)

    titles = (f"kappa = {kappa:g}, {steps} steps" for steps in horizons for kappa in kappas)

    style.titles(axes, *titles)
    foot(figure, data, axes[0])
    return figure


def foot(figure, data, ax):
    """The caption, and a legend of regions and of the theory lines."""
    for name, (letter, colour, hatch) in LOOKS.items():
        label = f"{letter}: {style.METHODS[name].label}"
        ax.fill_between([], [], facecolor=colour, hatch=hatch, label=label, **CELL)

    style.foot(
        figure,
        f"""Gaussian regression in two dimensions, no label noise, errors N(0, I) at the start.
        Colour and letter: the method with the lowest expected loss after that many steps. SGD,
        GN^-1/2 and GN^-1: each at its best constant rate, from the exact recursion; where they
        agree, as all do at 45 degrees, the map says SGD. Idealised Adam: no closed form, mean of
        {data["seeds"]} runs with rate and geometric decay tuned on other seeds; it wins only where
        it is lower by five standard errors. Curves: the batch sizes at which Adam's v turns from
        GN-like to sign-like in the two coordinates, for errors along the soft eigenvector; to
        differ from GN^-1/2 it has to be above the lower curve. Vertical: the angle at which
        kappa(GN^-1) reaches (1 + root 2)$^2$. With more steps GN^-1 takes over from small angles;
        its asymptotic rate is the best of the three everywhere. Idealised Adam needs large batches,
        many steps and a basis near 45 degrees (the border of its region is as rough as its grid and
        its noise, and last digits, which differ between machines, may move a cell there: the runs
        are chaotic). Stand-in: ours (derived), on the plane between the quadrants of Liu et al.
        2025.""",
        legend=ax,
        columns=2,
    )


def regions(ax, angle, batch, winner, names) -> None:
    """A cell per angle and batch size, coloured and hatched by winner, and a letter in the cell
    nearest to the middle of a region."""
    x = edges(angle)
    y = log_edges(batch)
    for index, name in enumerate(names):
        letter, colour, hatch = LOOKS[name]
        mask = winner == index
        if not mask.any():
            continue
        cells = np.ma.masked_array(np.ones(mask.shape), ~mask)
        ax.pcolor(x, y, cells, cmap=ListedColormap([colour]), hatch=hatch, **CELL)

        rows, columns = np.nonzero(mask)
        distance = (rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2
        near = np.argmin(distance)
        place = (angle[columns[near]], batch[rows[near]])
        ax.text(*place, letter, **LETTER)


def edges(centres):
    """The boundaries of cells around equally spaced centres."""
    half = np.diff(centres) / 2
    first = centres[0] - half[0]
    last = centres[-1] + half[-1]
    return np.concatenate([[first], centres[:-1] + half, [last]])


def log_edges(centres):
    """The boundaries of cells around geometrically spaced centres."""
    return np.exp(edges(np.log(centres)))
