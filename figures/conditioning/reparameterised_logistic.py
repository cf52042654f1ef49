"""In its own eigenbasis the largest logit caps the rate of Gauss-Newton; damping undoes that.

(a, b) Excess loss against step in theta and in z = sinh theta, every method at its best rate. (c)
Steps to the target against the rate, and the exact stability limits, dashed, with the marker of the
method on top: a best rate beside it is the limit at work. (d) Steps against the damping, beside
methods that need none, as level lines.

Losses are logarithmic, steps symmetric-logarithmic in (a) and (b), so that step 0 has a place and
one step of a line search is seen; the two panels share their range. (c) and (d) are logarithmic in
both axes. A curve in (c) ends where a step diverges, and where it ends is what its dashed line
predicts, to the left of it. The panel is dense, as eleven methods meet in it: who needs how many
steps is read from the table, and the curves are there for their shape. If damping in (d) reached
the level lines of methods that need none, their lead would be one of a rate.
"""

from lab import style

READS = ("reparameterised_logistic",)
SWEPT = ("GD", "GN^-1", "GN^-1/2", "sign")


def draw(data):
    """Two comparisons under plain_ and mapped_, with thresholds (M,); damped against damping.

    M methods; thresholds are exact limits of the rates of those that have one. damped are steps to
    the target, inf where it was not reached.
    """
    figure, (plain, mapped, rates, controls) = style.panels(2, 2, 2.9)
    parts = [style.part(data, case) for case in ("plain", "mapped")]
    for ax, found in zip((plain, mapped), parts, strict=True):
        style.race(ax, found)
        # from before step 1, where line searches end
        ax.set(
            xscale="symlog",
            xlim=(0, found["t"][-1]),
            xlabel="step",
        )
        ax.set(yscale="log", ylim=(1e-6, 3), ylabel="excess loss relative to the start")
    draw_rates(rates, parts[0])
    draw_controls(controls, data, parts[0])

    style.titles(
        (plain, mapped, rates, controls),
        "z = $\\theta$, each at its best rate",
        "z = sinh $\\theta$, each at its best rate",
        "z = $\\theta$: the rate that a method can afford",
        "z = $\\theta$: what removes the separation",
    )
    style.legend(figure, plain, 3)
    style.table(figure, ["steps to the target", "(a)", "(b)"], style.tuned(parts, "steps", ".0f"))
    return figure


def draw_rates(ax, found):
    """Steps against the rate, and the largest stable rates, each with the marker of its method."""
    for k, name in enumerate(found["methods"]):
        # those whose limit is known exactly
        if name in SWEPT:
            line = style.curve(ax, str(name), found["rates"][k], found["sweep"][k])
            label = "theory: exact limit" if name == SWEPT[-1] else "_theory"
            limit = found["threshold"][k]
            style.threshold(ax, limit, label)
            mark = {"marker": line.get_marker(), "color": line.get_color(), "clip_on": False}
            ax.plot([limit], [1.0], transform=ax.get_xaxis_transform(), gid="reference", **mark)

    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="steps to the target")


def draw_controls(ax, data, found):
    """Steps against the damping, beside methods that need none, which are level lines."""
    style.curve(ax, "damped GN^-1", data["damping"], data["damped"])
    for name in ("GN^-1", "sign", "GN^-1 + line search"):
        k = list(found["methods"]).index(name)
        look = style.look(name)
        style_of = {"color": look.colour, "linestyle": look.line, "label": look.label}
        ax.axhline(found["steps"][k], **style_of)

    ax.set(xscale="log", yscale="log", xlabel="damping", ylabel="steps to the target")


def caption(data) -> str:
    return f"""Full-batch one-hot logistic regression, two logits starting at M = {data["M"]:g}
    and {data["m"]:g}, frequencies {data["spread"]:g} : 1; the coordinates are the eigenbasis of
    the Gauss-Newton matrix along the whole path. Target: max |z| at most {data["target"]:g}; it
    is not a level of the loss, so curves end at different heights, each where its method gets
    there. {data["plain_rates"].shape[1]} rates over two decades each (an arrow in the table: the
    best is at that edge of the grid); for GD, the GN methods and sign descent the grid ends at
    0.996 of the exact limit, dashed in (c): 2M/sinh M for GN^-1, 2M/(c sinh(M/2)) for GN^-1/2
    with $c^2$ the larger frequency, 8/c$^2$ for GD, M/k for sign descent with the least k for
    which it is below twice the target; a best rate at that edge is the stability limit at work.
    Our own experiment, on an instance derived here, about what Fig. 1 (right) of Liu et al. 2025
    shows; theirs is not known to us."""
