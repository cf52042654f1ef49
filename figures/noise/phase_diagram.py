"""Which preconditioner wins in the plane, over batch size and angle, and where nobody does.

One panel per horizon and kappa. A cell is an angle to the eigenbasis and a batch size; its colour
and letter are the method with the lowest expected loss, pale a tie within 1 %. Dashed: the batch
sizes B = kappa tan^2 phi and kappa / tan^2 phi at which Adam's v turns from GN-like to sign-like in
either coordinate, and the angle at which kappa of GN^-1 reaches (1 + sqrt 2)^2.

Angles are linear from the eigenbasis at 0 to 45 degrees, where the coordinates see nothing; batch
sizes are logarithmic. Letters repeat what colours say, for grey and for other eyes; they stand in
every second cell, and in a lone one. Winners are by more than 1 %, and for idealised Adam, which is
simulated, by more than five standard errors, so that pale is "no winner" and not "not known".
Dashed curves are not borders of regions but places where Adam's v changes its kind.
"""

import numpy as np
from matplotlib.colors import ListedColormap

from lab import style

READS = ("phase_diagram",)
LETTERS = {"SGD": "S", "GN^-1/2": "H", "GN^-1": "G", "idealised Adam": "A"}
TIE = "0.93"
CELL = {"edgecolor": "white", "linewidth": 0}


def draw(data):
    """A panel per horizon (rows) and kappa (columns); in a column of a paper two stand beside each
    other. winner and tied (H, K, B, A).

    H horizons, K condition numbers, B batch sizes, A angles in degrees. winner is an index into
    methods; tied says that another one is within 1 %.
    """
    kappas = data["kappas"]
    horizons = data["horizons"]
    x = edges(data["angle"])
    y = log_edges(data["batch"])
    figure, axes = style.panels(len(horizons), len(kappas), 2.5, narrow=2)
    for ax, (h, k) in zip(axes, np.ndindex(len(horizons), len(kappas)), strict=False):
        regions(ax, data, h, k)
        label = "theory: $B = \\kappa \\tan^2\\varphi$, $\\kappa / \\tan^2\\varphi$"
        style.theory(ax, data["line"], data["near"][k], label)
        style.theory(ax, data["line"], data["far"][k], label="_theory")
        # an angle, and no batch size: it stays out of the legend of the curves
        style.threshold(ax, data["critical"][k], label="_theory")
        ax.set(
            yscale="log",
            xlim=x[[0, -1]],
            ylim=y[[0, -1]],
            xticks=[0, 15, 30, 45],
        )
        ax.set(xlabel="angle $\\varphi$ (degrees)", ylabel="batch size B")
        ax.grid(False)

    titles = [f"$\\kappa$ = {kappa:g}, {steps} steps" for steps in horizons for kappa in kappas]
    style.titles(axes[: len(titles)], *titles)
    regions_legend(axes[0])
    style.legend(figure, axes[0], 3)
    return figure


def regions_legend(ax):
    """Entries for the regions: a colour and a letter each, and white for ties."""
    for name, letter in LETTERS.items():
        look = style.look(name)
        ax.fill_between(
            [],
            [],
            facecolor=look.colour,
            label=f"{letter}: {look.label}",
            **CELL,
        )
    ax.fill_between([], [], facecolor=TIE, label="no winner: tie within 1 %", **CELL)


def regions(ax, data, h, k) -> None:
    """A cell per angle and batch size in the colour of its winner with its letter; pale where
    there is a tie."""
    winner = data["winner"][h, k]
    tied = data["tied"][h, k].astype(bool)
    x = edges(data["angle"])
    y = log_edges(data["batch"])
    colours = [style.look(str(name)).colour for name in data["methods"]]
    for index, colour in enumerate([*colours, TIE]):
        mask = tied if index == len(colours) else (winner == index) & ~tied
        if mask.any():
            cells = np.ma.masked_array(np.ones(mask.shape), ~mask)
            ax.pcolor(
                x,
                y,
                cells,
                cmap=ListedColormap([colour]),
                **CELL,
            )
            if index < len(colours):
                name = str(data["methods"][index])
                letters(ax, data, mask, LETTERS[name])


def letters(ax, data, mask, letter) -> None:
    """The letter in every second cell of the region, like a chessboard, and in a lone one."""
    rows, columns = np.nonzero(mask)
    # letters in every cell would be a grey of their own
    chosen = (rows + columns) % 2 == 0
    if not chosen.any():
        chosen[0] = True
    for row, column in zip(rows[chosen], columns[chosen], strict=True):
        place = (data["angle"][column], data["batch"][row])
        colour = "black" if letter == "H" else "white"
        style.note(ax, letter, place, ha="center", va="center", color=colour, weight="bold")


def edges(centres):
    """The boundaries of cells around equally spaced centres."""
    half = np.diff(centres) / 2
    first = centres[0] - half[0]
    last = centres[-1] + half[-1]
    return np.concatenate([[first], centres[:-1] + half, [last]])


def log_edges(centres):
    """The boundaries of cells around geometrically spaced centres."""
    return np.exp(edges(np.log(centres)))


def caption(data) -> str:
    return f"""Gaussian regression in two dimensions, no label noise, errors N(0, I) at the
    start. Colour and letter: the method with the lowest expected loss after that many steps, by
    more than 1 %; pale: another one is as close as that. $\\varphi$: angle to the eigenbasis.
    SGD, GN^-1/2 and GN^-1: each at its best constant rate, from the exact recursion. Idealised
    Adam: no closed form, mean of {data["seeds"]} runs with rate and geometric decay tuned on
    other seeds, compared with five standard errors to spare. Curves: the batch sizes at which
    Adam's v turns from GN-like to sign-like in the two coordinates, for errors along the soft
    eigenvector. Vertical: the angle at which $\\kappa$(GN^-1) reaches $(1 + \\sqrt{{2}})^2$. The
    border of Adam's region is as rough as its grid and its noise, and its runs are chaotic: last
    digits, which differ between machines, may move a cell there. Our own experiment, derived, on
    the plane between the quadrants of Liu et al. 2025."""
