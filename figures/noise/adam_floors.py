"""Constant-step Adam stops at the edge of stability, and at a noise floor with label noise."""

import style
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

READS = ("adam_floors",)


def draw(data):
    figure, axes = style.panels(2, 2, 7.4)
    for j, (ax, valid) in enumerate(zip(axes[:2], data["valid"], strict=True)):
        edge(ax, data, j)
        shade(ax, valid)

    for j, (ax, valid) in enumerate(zip(axes[2:], data["noisy_valid"], strict=True)):
        look = {"color": style.GREY, "linestyle": "-."}
        first = data["noisy_first"][j]
        ax.plot(data["lr"], first, label="first order in the learning rate", **look)
        style.theory(ax, data["lr"], data["noisy_theory"][j], "theory: self-consistent")
        band(ax, data["lr"], data["noisy_floor"][j])
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="learning rate",
            ylabel="excess risk / label noise$^2$",
        )
        shade(ax, valid)

    for ax in axes:
        ax.legend(loc="upper left" if ax in axes[2:] else "lower left")

    noisy = (f"label noise, n = {data['noisy_dims']}, B = {b}" for b in data["noisy_batches"])

    style.titles(axes, *(f"no label noise, n = {n}" for n in data["dims"]), *noisy)
    style.foot(
        figure,
        f"""Where idealised Adam (expected squared gradient) with a constant learning rate stops,
        Gaussian inputs, in the eigenbasis. Tau: expected squared residual, averaged over time after
        the transient (in (a, b) geometrically); triangles: median over {data["seeds"]} seeds,
        bands: 10 to 90 %. (a, b) Without label noise the root of tau is proportional to the
        learning rate; dashed: square root of B over the stability limit of GN^-1/2. Shaded: n >= 16
        B, where the derivation holds; beyond, Adam turns towards sign descent. (c, d) With label
        noise; dashed: the risk at which GN^-1/2 with Adam's effective step is stationary;
        dash-dotted: its first order. Shaded: excess risk E with (B + 1) E <= 0.05 n tau. Single
        runs are chaotic: last digits, which differ between machines, move a point of (a, b) by some
        percent. Stand-in: ours (derived), for constant-step Adam in the stochastic regime of Liu et
        al. 2025.""",
    )
    return figure


def edge(ax, data, j):
    """Floors without label noise against batch size, with plain numbers on the axis."""
    style.theory(ax, data["batch"], data["theory"][j], "theory: edge of stability")
    band(ax, data["batch"], data["floor"][j])
    ax.set(xscale="log", yscale="log", xlabel="batch size B", ylabel="root of tau / learning rate")
    ax.set_ylim(bottom=0.55 * data["floor"][j].min())
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    ax.yaxis.set_major_formatter(ScalarFormatter())
    ax.yaxis.set_minor_formatter(NullFormatter())


def band(ax, x, quantiles):
    """Median and band over seeds."""
    low, median, high = quantiles
    line = style.curve(ax, "Adam", x, median, "Adam, simulated")
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.3, linewidth=0)


def shade(ax, valid):
    """The part of the axis up to `valid`, without changing its limits."""
    left, right = ax.get_xlim()
    look = {"color": style.SKY, "alpha": 0.15, "linewidth": 0, "zorder": 0}
    ax.axvspan(left, min(valid, right), label="range of the derivation", **look)
    ax.set_xlim(left, right)
