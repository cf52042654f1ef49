"""Constant-step Adam stops at the edge of stability, and at a noise floor with label noise.

(a, b) sqrt(tau) over the rate against the batch size, without label noise, for a small and a large
number of dimensions: the floor is proportional to the rate. (c, d) Excess risk over noise^2 against
the rate, with label noise, for two batch sizes, beside the self-consistent theory and its first
order. Shaded: where the derivation holds. Theory is dashed, simulated medians have bands over
seeds.

All axes are logarithmic. (a, b) tau is the expected squared residual after the transient; its root
over the rate is a length in units of one step. Theory and simulation part at large batches, outside
the shade, where its leading order in B / n does not hold; that is drawn and not hidden. (c, d) Both
theories are drawn, since the first order in the rate is what is usually quoted, and where they part
the self-consistent one is to be right. Bands are over seeds and often thinner than a line. A median
off the dashed curve inside the shade would refute the derivation.
"""

from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from lab import style

READS = ("adam_floors",)


def draw(data):
    """floor (N, 3, B) and theory against batch; noisy_floor (M, 3, L) and its theories against lr.

    N dimensions, B batch sizes, M of them under noise, L rates; 3 are the lower quantile, the
    median and the upper one over seeds. valid is where a shade ends.
    """
    figure, axes = style.panels(2, 2)
    for j, ax in enumerate(axes[:2]):
        edge(ax, data, j)
        shade(ax, data["valid"][j])

    for j, ax in enumerate(axes[2:]):
        first = data["noisy_first"][j]
        look = {"color": "0.5", "linestyle": (0, (3, 1, 1, 1)), "gid": "reference"}
        ax.plot(data["lr"], first, label="first order in the learning rate", **look)
        style.theory(ax, data["lr"], data["noisy_theory"][j], "theory: self-consistent")
        simulated(ax, data["lr"], data["noisy_floor"][j], data)
        ax.set(xscale="log", yscale="log", xlabel="learning rate")
        ax.set_ylabel("excess risk / label noise$^2$")
        shade(ax, data["noisy_valid"][j])

    noisy = (f"label noise, n = {data['noisy_dims']}, B = {b}" for b in data["noisy_batches"])
    style.titles(axes, *(f"no label noise, n = {n}" for n in data["dims"]), *noisy)
    style.legend(figure, axes[2], 2)
    return figure


def edge(ax, data, j):
    """Floors without label noise against batch size, with plain numbers on the axis."""
    style.theory(ax, data["batch"], data["theory"][j], "theory: edge of stability")
    simulated(ax, data["batch"], data["floor"][j], data)
    ax.set(xscale="log", yscale="log", xlabel="batch size B")
    ax.set_ylabel("$\\sqrt{\\tau}$ / learning rate")
    # a floor falls by less than a decade: few powers of ten would be seen
    ax.set_ylim(bottom=0.55 * data["floor"][j].min())
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    ax.yaxis.set_major_formatter(ScalarFormatter())
    ax.yaxis.set_minor_formatter(NullFormatter())


def simulated(ax, x, quantiles, data):
    """Median and band over seeds."""
    low, median, high = quantiles
    line = style.curve(ax, "idealised Adam", x, median, "idealised Adam, simulated")
    label = f"band: 10-90 % of {data['seeds']} seeds"
    style.band(ax, x, low, high, line, label=label)


def shade(ax, valid):
    """The part of the axis where the derivation holds, without changing its limits."""
    left, right = ax.get_xlim()
    look = {"color": "0.93", "linewidth": 0, "zorder": 0}
    ax.axvspan(
        left,
        min(valid, right),
        label="range of the derivation",
        **look,
    )
    ax.set_xlim(left, right)


def caption(data) -> str:
    return """Where idealised Adam (expected squared gradient) with a constant learning rate
    stops, Gaussian inputs, in the eigenbasis. $\\tau$: expected squared residual, averaged over
    time after the transient (in (a, b) geometrically). (a, b) Without label noise
    $\\sqrt{\\tau}$ is proportional to the learning rate at the edge of mean-square stability;
    shaded: n at least 16 B. (c, d) With label noise the stationary risk of GN^-1/2 at Adam's
    effective step is that of Adam; shaded: excess risk E with (B + 1) E <= 0.05 n $\\tau$.
    Outside of the shade theory is drawn although its derivation, leading order in B / n, does
    not hold there. Single runs are chaotic: last digits, which differ between machines, move a
    point of (a, b) by some percent. Our own experiment, derived, for constant-step Adam in the
    stochastic regime of Liu et al. 2025."""
