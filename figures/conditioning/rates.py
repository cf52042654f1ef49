"""Tuned momentum follows the root of the condition number; a fixed beta stops at sqrt(beta).

(a) Error over that at the start against step, every method at its best constant parameters, beside
rate^t, which a double root exceeds by a factor t. (b) 1 - rate against kappa for fixed beta: flat
at 1 - sqrt(beta) left of the dotted kappa, falling right of it.

(a) is logarithmic up, where a rate is a slope: `bound` is rate^t, and heavy ball's error ends above
it by the factor t of its double root, which a logarithm hardly shows. (b) has 1 - rate rather than
the rate, logarithmic, since rates near 1 look alike. Left of its dotted line a momentum is too
large for the problem, and gains nothing from a smaller kappa. Dots off their dashed curves would
refute the formula for the rate at a fixed beta.
"""

from lab import style

READS = ("rates",)


def draw(data):
    """error and bound (K, M) against t; gap and theory (betas, points) against kappas.

    K steps, M methods. error is over that at the start; critical has, for every beta, the kappa
    below which the rate is sqrt(beta).
    """
    figure, (left, right) = style.panels(1, 2)
    for k, look in enumerate(style.looks(data["methods"]).values()):
        style.drawn(left, look, data["t"], data["error"][:, k])
        label = r"theory: rate$^t$" if k == 0 else "_theory"
        style.theory(left, data["t"], data["bound"][:, k], label)
    left.set(
        yscale="log",
        xlabel="step",
        ylabel="error / error at the start",
    )
    style.inside(left, "lower left")

    for k, beta in enumerate(data["betas"]):
        label = rf"$\beta$ = {beta:g}"
        style.dots(right, k, data["kappas"], data["gap"][k], label)
        style.theory(right, data["kappas"], data["theory"][k], "_theory")
        # left of it beta is too large for kappa, and sets the rate
        style.place(right, data["critical"][k])
    right.set(
        xscale="log",
        yscale="log",
        xlabel=r"condition number $\kappa$",
        ylabel="1 - rate",
    )
    style.inside(right, "lower left")
    style.titles((left, right), "tuned", "heavy ball, momentum fixed")
    return figure


def caption(data) -> str:
    return f"""(a) Quadratic, {data["error"].shape[1]} methods at their best constant parameters,
    condition number {float(data["kappa"]):g}, from the sum of the extreme eigenvectors. Momentum
    has double roots there: its error is t times its rate to the power t. (b) Heavy ball on two
    eigenvalues at the best step for its fixed momentum; dotted: the condition number below which
    the rate is sqrt(beta) whatever the problem. Our own experiment; classical rates."""
