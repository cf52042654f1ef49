"""From a generic start sign descent pays a power of the condition number, as heavy ball does.

Steps to the target, best tuning, against kappa, both logarithmic: a power is a straight line, and
its exponent is in the table. Dashed: kappa and sqrt(kappa), the laws of GD and of heavy ball at
their best parameters. The aligned start, one eigenvector per block, is the
one that full-batch claims are about.

Both axes are logarithmic, and the slope of a curve between decades is the power of kappa that a
reader looks for: `slope_...` in the table is a least-squares fit to it. Thick lines are medians
over starts, thin ones single starts; a gap is a target that was not reached within the budget.
Theory has constants of its own, and so its height is as much a part of the comparison as its slope
for GD and heavy ball. Sign descent with a slope near 0 from a generic start would refute the title.
"""

from lab import style

READS = ("generic_start",)
LINES = {
    "GD": "GD",
    "heavy ball": "heavy ball",
    "Adam": "Adam, decay",
    "sign": "sign, decay",
    "aligned": "sign, halving",
}


def draw(data):
    """Of each name steps (K,), ..._runs (K, seeds) and slope_... against kappas; inf leaves a gap.

    K condition numbers. steps are medians over starts, and slopes exponents of kappa, least squares
    in logarithms.
    """
    figure, (ax,) = style.panels(1, 1, 3.4)
    kappas = data["kappas"]
    for name, look in LINES.items():
        line = style.curve(ax, look, kappas, data[name], title(name))
        style.runs(ax, kappas, data[f"{name}_runs"], line)

    for name, power in (("GD", "$\\kappa$"), ("heavy ball", "$\\sqrt{\\kappa}$")):
        law = data[f"theory_{name}"]
        label = "theory: optimal rates" if name == "GD" else "_theory"
        style.theory(ax, kappas, law, label)
        place = {"textcoords": "offset points", "xytext": (4, 0), "va": "center"}
        style.note(ax, power, (kappas[-1], law[-1]), **place)
    ax.set(
        xscale="log",
        yscale="log",
        # by theory above, as GD itself is not run to the end at large kappa
        ylim=(data["aligned"].min() / 2, 4 * data["theory_GD"].max()),
        xlabel="condition number $\\kappa$",
        ylabel="steps to the target, best tuning",
    )

    style.titles([ax], "every method tuned at every $\\kappa$")
    style.legend(figure, ax, 3)
    rows = []
    for name in LINES:
        runs = data[f"slope_{name}_runs"]
        spread = f"{runs.min():.2f} to {runs.max():.2f}"
        rows.append([title(name), f"{data[f'slope_{name}']:.2f}", spread])
    style.table(figure, ["exponent of $\\kappa$", "median", "starts"], rows)
    return figure


def title(name):
    """The method and its start."""
    if name == "aligned":
        return "sign descent, aligned start"
    return f"{'sign descent' if name == 'sign' else name}, generic start"


def caption(data) -> str:
    return f"""Blocks [[1, a], [a, 1]] in the identity basis, full batch; steps until the loss is
    {data["target"]:g} of the initial loss in the soft eigenvectors; thick: median, thin: each of
    {data["sign_runs"].shape[1]} starts. Every method at its best rate and its best geometric
    decay (sign descent, Adam) or momentum (heavy ball); budget {data["steps"]} steps, for GD up
    to 3 $\\kappa$. Missing markers: not reached within the budget. Exponents: least squares on
    the logarithms; a curve with a bend has no one exponent. Aligned start: one eigenvector per
    block; generic: a random angle per block. Our own experiment, on how far the full-batch claim
    of Liu et al. 2025 depends on the start."""
