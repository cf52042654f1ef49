"""AdaL converges linearly on quadratics, at a rate that beta2 alone sets, where Adam bursts.

(a) Distance to the minimum against step: a straight line is linear convergence, and the dashed one
has the slope ln(beta2) / 2 a step, three times above AdaL's curve. (b) The factor a step against
beta2 for several powers p of the gradient, beside beta2^(1 / (2 (p - 1))). Curves that coincide are
drawn thin over wide.

(a) The vertical axis is logarithmic, as a linear rate is a straight line there; `distance` (K, M)
is cut at 1e-20, far below the rounding of theta. `guide` has the derived slope and a height of its
own, and so only its slope is to be compared. (b) `rates` are factors a step from the last third of
a run, linear, near 1: smaller is faster. The axis has room below for the legend of this panel. A
curve of AdaL that bends, or dots off their dashed lines in (b), would refute the rate.
"""

from lab import style

READS = ("adal_linear_rate",)


def draw(data):
    """distance (K, M) against t, guide against late; rates and theory (powers, G) against grid.

    K recorded steps, M methods, G values of beta2. distance is Euclidean, in the units of theta;
    late (2,) holds the steps between which guide is drawn.
    """
    figure, (left, right) = style.panels(1, 2)
    for k, name in enumerate(data["methods"]):
        line = style.curve(left, str(name), data["t"], data["distance"][:, k])
        # the first two may be one curve: the second is drawn thin over the first
        line.set(linewidth=(2.6, 0.9, 1.4, 1.4)[k % 4])

    style.theory(left, data["late"], data["guide"], r"theory: slope $\frac{1}{2}\log\beta_2$")
    left.set(
        yscale="log",
        xlabel="step",
        ylabel="distance to the minimum",
    )
    # below the rounding of theta there is nothing to compare
    left.set_ylim(max(data["distance"].min(), 1e-20) / 3, 3 * data["distance"].max())
    for k, p in enumerate(data["powers"]):
        style.dots(right, k, data["grid"], data["rates"][k], f"p = {p:g}")
        label = r"theory: $\beta_2^{1/(2(p-1))}$" if k == 0 else "_theory"
        style.theory(right, data["grid"], data["theory"][k], label)

    right.set(
        xlabel=r"$\beta_2$",
        ylabel="factor per step",
    )
    # room for the legend below the curves
    # from the data, as powers and beta2 are settings
    low, high = data["rates"].min(), data["rates"].max()
    right.set_ylim(low - 1.2 * (high - low), high + 0.1 * (high - low))
    style.inside(right, "lower right", 2, "power of the gradient")
    style.titles((left, right), "dense quadratic, constant rate", "one dimension, rate of decay")
    style.legend(figure, left, 3)
    return figure


def caption(data) -> str:
    return f"""(a) Full-batch quadratic in three dimensions (curvatures 1, 0.3, 0.1, rotated),
    learning rate {float(data["lr"]):g}, $\\beta_1$ = 0.9, $\\beta_2$ = {float(data["beta2"]):g},
    eps = 0; cut below 1e-20. The factor of AdaL is $|g|_1$, coordinatewise it is $|g_i|$ (drawn
    thin over it). The second moment of Adam decays until a step is unstable and bursts; when,
    last digits decide, which differ between machines. That of AMSGrad cannot decay: momentum in
    a fixed metric. (b) With $|g|^{{p-1}}g$ in place of g ($\\beta_1$ = 0; AdaL is p = 2 there):
    the measured factor over the last third of a run. Our own experiment, derived from the
    printed update; we know of no figure of the paper of AdaL (Zhang et al. 2021)."""
