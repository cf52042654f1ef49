"""Adam goes to the worst point of a convex problem, AMSGrad to the best."""

import style

READS = ("non_convergence",)
METHODS = ("Adam", "AMSGrad")


def draw(data):
    figure, (left, right) = style.panels(1, 2, 4.2)
    for k, name in enumerate(METHODS):
        colour, line, marker = style.CYCLE[k]
        look = {
            "color": colour,
            "linestyle": line,
            "marker": marker,
            "markevery": (20 + 15 * k, 60),
            "label": name,
            "gid": "measured",
        }
        left.plot(data["t"], data["regret"][k], **look)
        right.plot(data["long_t"], data["x"][k], **look)

    regret(left, data)
    walk(right, data)

    style.titles(
        (left, right),
        f"losses {data['large']:g}x, -x, -x, ...",
        "losses 1010x once in 101 rounds, else -10x",
    )
    style.foot(
        figure,
        f"""Online linear losses on the box [-1, 1]; in both the best fixed point is x = -1. (a) β1
        = 0, β2 = 1 / (1 + C²) with C = {data["large"]:g}, no debiasing, rate {data["lr"]:g} / √t,
        start 1: Adam is pushed back to x = 1 in every period and its regret per round does not
        vanish; that of AMSGrad does. (b) β1 = 0.9, β2 = 0.99, rate {data["long_lr"]:g} / √t, start
        0. Reproduces the counterexample of Theorem 1 and the synthetic online problem of Reddi,
        Kale & Kumar 2018 from their losses (recalled); the rates are ours.""",
    )
    return figure


def regret(left, data):
    """The panel of the first problem: its limit, its axes."""
    style.threshold(left, data["limit"], "theory: (2C - 4) / 3, Adam", vertical=False)
    left.set(
        xscale="log",
        xlabel="round T",
        ylabel="regret / T",
        ylim=(-0.1, 2.1),
        xlim=(1, data["t"][-1]),
    )
    left.legend(loc="upper right")


def walk(right, data):
    """The panel of the second problem: its best and worst points, its axes."""
    best, worst = data["walls"]
    style.level(right, worst, "worst point")
    style.level(right, best, "")
    right.annotate(
        "best point",
        (0.99, best - 0.02),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="top",
        fontsize=7.5,
        color="0.35",
    )
    right.set(
        xscale="log", xlabel="round", ylabel="x", ylim=(-1.15, 1.25), xlim=(1, data["long_t"][-1])
    )
    right.legend(loc="center left")
