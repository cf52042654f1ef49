"""In its own eigenbasis the largest logit caps the rate of Gauss-Newton; damping undoes that."""

import style

READS = ("reparameterised_logistic",)
TITLE = "steps to the target in (a) | (b); an arrow: the best rate is the highest of its grid"
SWEPT = ("GD", "GN^-1", "GN^-1/2", "sign")


def draw(data):
    figure, (plain, mapped, rates, controls) = style.panels(2, 2, 9.4)
    parts = [style.part(data, case) for case in ("plain", "mapped")]
    for ax, found in zip((plain, mapped), parts, strict=True):
        style.race(ax, found, label=lambda _, k: style.counts_label(parts, k))
        ax.set(
            xscale="log",
            yscale="log",
            xlim=(1, 600),
            ylim=(1e-6, 3),
            xlabel="step",
            ylabel="excess loss relative to the start",
        )
    draw_rates(rates, parts[0])
    draw_controls(controls, data, parts[0])

    style.titles(
        (plain, mapped, rates, controls),
        "z = theta, each at its best rate",
        "z = sinh(theta), each at its best rate",
        "z = theta: the rate that a method can afford",
        "z = theta: what removes the separation",
    )
    style.foot(
        figure,
        f"""Full-batch one-hot logistic regression, two logits starting at {data["M"]:g} and
        {data["m"]:g}, frequencies {data["spread"]:g} : 1; the coordinates are the eigenbasis of the
        Gauss-Newton matrix along the whole path. Target: max |z| at most {data["target"]:g}.
        {data["plain_rates"].shape[1]} rates over two decades each; for GD, the GN methods and sign
        descent the grid ends at 0.996 of the exact limit, drawn in (c): 2M/sinh M for GN^-1, 2M/(c
        sinh(M/2)) for GN^-1/2 with c the root of the larger frequency pi, 8/pi for GD, M/k with the
        least k that makes it smaller than twice the target for sign descent; a best rate at that
        edge is the stability limit at work. (d) The separation belongs to constant rates: line
        search or a damping of 0.01 removes it. Stand-in: for Fig. 1 (right) of Liu et al. 2025, on
        an instance of our own (derived); the paper's is not known.""",
        legend=plain,
        columns=3,
        title=TITLE,
    )
    return figure


def draw_rates(ax, found):
    """Steps against the rate, and the largest stable rates."""
    for k, name in enumerate(found["methods"]):
        if name in SWEPT:
            style.curve(ax, str(name), found["rates"][k], found["sweep"][k])
            label = "theory: exact limit" if name == SWEPT[-1] else "_theory"
            style.threshold(ax, found["threshold"][k], label)

    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="steps to the target")
    ax.legend(loc="lower left", fontsize=7.5)


def draw_controls(ax, data, found):
    """Steps against the damping, beside methods that need none."""
    style.curve(ax, "damped GN^-1", data["damping"], data["damped"], "damped GN$^{-1}$, best rate")
    for name in ("GN^-1", "sign", "GN^-1 + line search"):
        k = list(found["methods"]).index(name)
        look = style.METHODS[name]
        steps = found["steps"][k]
        label = f"{look.label}: {steps:.0f}"
        ax.axhline(steps, color=look.colour, linestyle=look.line, label=label)

    ax.set(
        xscale="log", yscale="log", ylim=(1, 400), xlabel="damping", ylabel="steps to the target"
    )
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 0.12), fontsize=7.5)
