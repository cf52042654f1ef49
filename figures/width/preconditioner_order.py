"""The gain of K-FAC's preconditioner: against the width, and its power through training.

(a) |step| over rate |gradient| against M in muP at the last step, by layer. (b, c) Its power of M
against the step, in muP and SP, with 95 % intervals, dashed the derived powers,
which are those of any step and not of the first alone.

(a) is logarithmic in both, thin lines are starts; (b, c) are linear in the exponent, and
logarithmic in the step. Bars are 95 % intervals of the fit over widths, at each step. Theory is a
level line because the power is claimed for every step and not for the first alone: a curve that
drifts off its line with the step would refute that, and one that starts off it the exponent.
"""

from _axes import named

from lab import style

READS = ("preconditioner_order",)


def draw(data):
    """gain (2, 3, T, W, S) and middle against widths; slope, low, high (2, 3, T) against times.

    2 parameterizations, of which the second is muP, 3 layers, T times, W widths, S starts. slope is
    an exponent of the width.
    """
    figure, axes = style.panels(1, 3, 2.7)
    maximal, *through = axes
    # muP is the second parameterization
    for k, layer in enumerate(data["layers"]):
        line = style.measured(maximal, k, data["widths"], data["middle"][1, k, -1], str(layer))
        style.runs(maximal, data["widths"], data["gain"][1, k, -1], line)
    maximal.set(yscale="log", xlabel="width M", ylabel="|step| / rate |gradient|")
    named(maximal, data["widths"])

    for p, ax in zip((1, 0), through, strict=True):
        for k, layer in enumerate(data["layers"]):
            style.threshold(ax, data["derived"][p, k], "_theory" if k else "theory", vertical=False)
            style.measured(ax, k, data["times"], data["slope"][p, k], str(layer))
            bars = ax.vlines(data["times"], data["low"][p, k], data["high"][p, k])
            bars.set(
                color="0.5",
                linewidth=0.8,
                zorder=1,
            )
        ax.set(
            xlabel="step",
            ylabel="power of M",
            # powers are between -1 and 1, and half a power of room
            ylim=(-1.7, 1.7),
        )
        named(ax, data["times"])
    last = data["times"][-1]
    style.titles(axes, f"muP, gain at step {last}", "muP, power", "SP, power")
    style.legend(
        figure,
        through[0],
    )
    return figure


def caption(data) -> str:
    return f"""What K-FAC's preconditioner multiplies the gradient by, layer by layer, two hidden
    layers of tanh on {data["examples"]} digits, full batch, trace damping. (a) Thick: median, thin:
    the {data["gain"].shape[-1]} starts. (b, c) Slopes in M; bars: 95 % intervals; dashed: derived.
    Our own experiment, in place of Fig. 2 of Ishikawa & Karakida (2024), which has orders M in the
    first and 1 / M in the last layer of a network on FashionMNIST."""
