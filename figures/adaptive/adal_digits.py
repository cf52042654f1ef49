"""AdaL, in its readings, against Adam and SGD on even and odd digits, all tuned alike.

(a) Loss against step at the best rate of each, median over runs. (b) Last loss against the rate
over the best one: how much a wrong rate costs. (c) |g|_1 of the full gradient along AdaL's run,
the factor by which its gradients are multiplied: 1 is where it would change nothing.

(a) is linear and begins half-way down, as methods differ by hundredths of the loss at the end. (b)
has both axes logarithmic: across, a rate over the best one of its method, so that curves of methods
with other units can lie on each other; up, `final`, cut at 3, since losses at too large rates are
of no size in particular. (c) is logarithmic, as a factor is. Bands would lie on one another, and so
(a) has the runs themselves, `runs` (M, K, S). A method whose runs all lie below those of another in
(a) would refute the tie that the caption reports.
"""

from lab import style

READS = ("adal_digits",)


def draw(data):
    """loss (M, K) and runs (M, K, S) against t; final (M, L) against relative rates; size (K,).

    M methods, K recorded steps, L rates, S runs on seeds of their own; loss is the mean over all
    images. size is that of AdaL at its best rate, the median over runs, without units.
    """
    figure, (left, middle, right) = style.panels(1, 3, 3.1)
    for k, name in enumerate(data["methods"]):
        line = style.curve(left, str(name), data["t"], data["loss"][k])
        style.runs(left, data["t"], data["runs"][k], line)
        style.curve(middle, str(name), data["relative"][k], data["final"][k])

    # of AdaL alone: the others do not multiply by it
    style.curve(right, "AdaL", data["t"], data["size"])
    style.level(right, 1.0, "factor 1")
    # from half-way down on: the start, where all are alike, would take the room
    low = data["runs"].min()
    high = data["loss"][:, -1].max()
    left.set(ylim=(low / 1.05, high * 1.6), xlabel="step", ylabel="loss on all digits")
    middle.set(xscale="log", yscale="log", xlabel="rate / best rate", ylabel="last loss")
    # few numbers on a short logarithmic axis
    middle.set_yticks([0.2, 0.3, 0.5, 1, 2], ["0.2", "0.3", "0.5", "1", "2"])
    middle.minorticks_off()
    middle.set_ylim(
        0.9 * data["final"].min(),
        min(1.1 * data["final"].max(), 3),
    )
    right.set(yscale="log", xlabel="step", ylabel="$|g|_1$ of the full gradient, AdaL")

    style.titles(
        (left, middle, right),
        "best rate of each",
        "cost of a wrong rate",
        "size of the gradient",
    )
    style.legend(figure, left, 3)
    header = ["method", "last loss", "runs", "best rate"]
    style.table(figure, header, rows(data))
    return figure


def rows(data):
    """Of every method the median of the last losses, their range, and the rate that was chosen."""
    found = []
    for k, name in enumerate(data["methods"]):
        label = style.look(str(name)).label
        last = data["runs"][k, -1]
        median = data["loss"][k, -1]
        spread = f"{last.min():.4f} to {last.max():.4f}"
        rate = style.count(data["lr"][k], ".2g")
        edge = style.arrow(data["edge"][k])
        row = [
            label,
            f"{median:.4f}",
            spread,
            rate + edge,
        ]
        found.append(row)
    return found


def caption(data) -> str:
    return f"""Logistic regression, even against odd handwritten digits (1,797 images),
    mini-batches of {int(data["batch"])}; thick: median, thin: the {data["runs"].shape[2]} runs.
    Every method has {data["relative"].shape[1]} rates over three decades, the same batches and
    the same steps; the lowest last median chooses; an arrow in the table: the best rate is at
    that edge of the grid. AdaL is the printed formula, with a rate that falls like
    $1/\\sqrt{{t}}$; constant rate: eps inside the quotient, too; coordinatewise: $|g_i|$ in
    place of $|g|_1$. (a) begins below the loss at the start. Runs at the largest rates are
    chaotic: last digits, which differ between machines, change their curves by some percent. Our
    own experiment: those of the paper of AdaL (Zhang et al. 2021) are not known to us, and
    nothing here is a number of theirs."""
