"""A convolutional network on the digits: training loss and validation error by epochs.

(a) Training loss, logarithmic, up to one and a half times that of the start. (b) The share of
errors on digits that were not trained on, from 0 to 1. Thick medians, thin runs; the table has the
setting of each, which was chosen by training loss alone.

(a) is logarithmic, since training losses go down by decades; (b) is linear from 0 to 1, so that a
difference of some errors looks as small as it is. Both begin after the first epoch. Thin lines are
the runs (`loss`, `error`), thick their medians, which are what the caption ranks: methods whose
ranges of runs meet are called a tie. The setting that trains fastest was kept for (b), so that (b)
is no search for generalisation.
"""

from lab import style

READS = ("convnet_digits",)


def draw(data):
    """median, wrong (M, K), their runs loss, error (M, K, S), against epoch.

    M methods, K epochs, S runs. first is the training loss before the first step; wrong and error
    are shares of the digits that were held out.
    """
    figure, (left, right) = style.panels(1, 2, 2.8)
    for ax, each, median in ((left, "loss", "median"), (right, "error", "wrong")):
        for k, name in enumerate(data["methods"]):
            line = style.curve(
                ax,
                str(name),
                data["epoch"],
                data[median][k],
            )
            style.runs(ax, data["epoch"], data[each][k], line)
        ax.set_xlabel("epoch")
    # above it are first epochs that made things worse
    high = data["first"].max()
    left.set(
        yscale="log",
        ylabel="training loss",
        ylim=(data["loss"].min() / 1.2, 1.5 * high),
    )
    right.set(
        ylabel="share of errors",
        ylim=(0, 1),
    )
    style.titles((left, right), "training", "validation")
    style.legend(figure, left)
    rows = []
    for k, name in enumerate(data["methods"]):
        rate = style.count(data["lr"][k], ".2g") + style.arrow(data["edge"][k])
        other = f"{data['fields'][k]} {data['value'][k]:.2g}"
        rows.append([style.look(str(name)).label, rate, other])
    style.table(figure, ["method", "rate", "other setting"], rows)
    return figure


def caption(data) -> str:
    one, two = data["channels"]
    return f"""Two convolutions with {one} and {two} channels, rectified, and a dense layer, on
    {data["examples"]} digits, mini-batches of {data["batch"]}; validated on all others. Thick:
    median, thin: the {data["loss"].shape[-1]} runs, from the first epoch on. {data["settings"]}
    settings for every method; the table has the best of each by training loss on other seeds, with
    an arrow where the rate is at the edge of its grid. Near the largest steps that hold last
    digits, which differ between machines, grow. Our own experiment, after that of Ren & Goldfarb
    (2021) on CIFAR with networks far larger."""
