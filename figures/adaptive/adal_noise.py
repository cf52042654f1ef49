"""The tails of AdaL's transformed gradient, and why they vanish with the dimension."""

import style

READS = ("adal_noise",)


def draw(data):
    figure, (left, right) = style.panels(1, 2, 4.3)
    look = {"color": style.BLUE, "linestyle": "", "marker": "o"}
    look |= {"label": "measured", "gid": "measured"}
    left.errorbar(data["tried"], data["kurtosis"], 5 * data["error"], **look)
    style.theory(left, data["dims"], data["exact"], "theory (exact moments)")
    style.level(left, 3.0, "Adam: 3")
    left.set(xscale="log", xlabel="dimension", ylim=(2, 12.5))
    left.set_ylabel(r"kurtosis of $h_1 = |g|_1\, g_1$")

    right.plot(data["tried"], data["spread"], **look)
    style.theory(right, data["dims"], data["spread_theory"], r"theory: $\sqrt{(\pi/2-1)/n}$")
    right.set(xscale="log", yscale="log", xlabel="dimension", ylabel=r"relative spread of $|g|_1$")
    left.legend()
    right.legend()

    style.titles((left, right), "tails", "fluctuation of the factor")
    style.foot(
        figure,
        """Independent standard normal gradient coordinates; bars are five standard errors. The
        factor $|g|_1$ gives large samples more weight and so fattens the tails of what AdaL
        averages, but in high dimension it hardly fluctuates: with one norm over all parameters of a
        network AdaL's noise is Adam's. Stand-in: derived from the printed update; no figure of the
        paper is known to us.""",
    )
    return figure
