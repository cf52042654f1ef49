"""AdaL, in its readings, against Adam and SGD on even and odd digits, all tuned alike."""

import style

READS = ("adal_digits",)
LOOKS = [(style.GREY, "-", "P"), *style.CYCLE]


def draw(data):
    figure, (left, middle, right) = style.panels(1, 3, 5.4)
    for k, name in enumerate(data["methods"]):
        colour, line, marker = LOOKS[k]
        look = {"color": colour, "linestyle": line, "marker": marker, "gid": "measured"}
        final = data["final"][k]
        label = f"{name}: {final.min():.4f} at {data['lr'][k]:.2g}{style.at_edge(data, k)}"
        left.plot(data["t"], data["loss"][k], markevery=(k, 9), label=label, **look)
        middle.plot(data["relative"][k], final, markersize=4, **look)

    colour, line, _ = LOOKS[3]  # AdaL (R1)
    right.plot(data["t"], data["size"], color=colour, linestyle=line, gid="measured")
    style.level(right, 1.0, "factor 1")
    left.set(ylim=(0.2, 0.42), xlabel="step", ylabel="loss on all digits")
    middle.set(xscale="log", ylim=(0.2, 0.72), xlabel="rate / best rate", ylabel="final loss")
    right.set(yscale="log", xlabel="step", ylabel="$|g|_1$ of the full gradient, AdaL (R1)")

    style.titles(
        (left, middle, right), "best rate of each", "cost of a wrong rate", "size of the gradient"
    )
    style.foot(
        figure,
        f"""Logistic regression, even against odd handwritten digits (1,797 images), mini-batches of
        {int(data["batch"])}; medians of the seeds. Every method has {data["relative"].shape[1]}
        rates over three decades, the same batches and the same steps; the best final loss chooses.
        R1: the printed formula; R2: constant rate, eps inside the quotient; R3: $|g_i|$ in place of
        $|g|_1$. Runs at the largest rates are chaotic: last digits, which differ between machines,
        change their curves by some percent. AdaL shows no advantage here; its factor falls below 1
        after some 50 steps. Stand-in: the experiments of the AdaL paper (Zhang et al. 2021) are not
        known to us, and nothing here is a number of theirs.""",
        legend=left,
        columns=2,
    )
    return figure
