"""The tails of AdaL's transformed gradient, and why they vanish with the dimension.

(a) Kurtosis of h_1 = |g|_1 g_1 for normal g against the dimension n, beside its exact value: at
large n it is that of a normal variable, 3, which Adam averages. (b) The relative spread of |g|_1,
which is (pi / 2 - 1)^(1/2) n^(-1/2): the factor is a constant in high dimension.

(a) `kurtosis` at the dimensions `tried`, with bars of five standard errors (`error`), beside
`exact` moments on all of `dims`: logarithmic across, linear up, as the limit 3 is approached and
not 0. The dotted level is a normal variable's, which Adam averages as it is. (b) Both axes are
logarithmic, since n^(-1/2) is a straight line there. A bar in (a) that leaves out the dashed curve
would refute the moments, and a curve that does not come down to 3 the statement that tails vanish.
"""

from lab import style

READS = ("adal_noise",)


def draw(data):
    """kurtosis, error and spread at the dimensions `tried`; exact and spread_theory on all of dims.

    error is one standard error of kurtosis, which has no unit; spread is a standard deviation over
    a mean. Theory is on every dimension, measurements on a few.
    """
    figure, (left, right) = style.panels(1, 2)
    points = style.placed(left, "AdaL", data["tried"], data["kurtosis"], "measured")
    points.set(marker="o")
    bars = {"fmt": "none", "ecolor": points.get_color(), "label": "_error", "elinewidth": 0.8}
    left.errorbar(data["tried"], data["kurtosis"], 5 * data["error"], **bars)
    style.theory(left, data["dims"], data["exact"], "theory (exact moments)")
    # the kurtosis of a normal variable, whatever the dimension
    style.level(left, 3.0, "Adam: 3")
    left.set(
        xscale="log",
        xlabel="dimension n",
        ylim=(2, 12.5),
    )
    left.set_ylabel(r"kurtosis of $h_1 = |g|_1\, g_1$")

    points = style.placed(right, "AdaL", data["tried"], data["spread"], "measured")
    points.set(marker="o")
    style.theory(right, data["dims"], data["spread_theory"], r"theory: $\sqrt{(\pi/2-1)/n}$")
    right.set(
        xscale="log", yscale="log", xlabel="dimension n", ylabel=r"relative spread of $|g|_1$"
    )
    right.set_ylim(0.7 * data["spread"].min(), 1.4 * data["spread"].max())
    style.inside(left)
    style.inside(right)
    style.titles((left, right), "tails", "fluctuation of the factor")
    return figure


def caption(data) -> str:
    return """Independent standard normal gradient coordinates; bars, where longer than a marker,
    are five standard errors. The factor $|g|_1$ gives large samples more weight, which fattens
    the tails of what AdaL averages, and in high dimension it hardly fluctuates. Our own
    experiment, derived from the printed update; we know of no such figure in the paper of AdaL."""
