"""AdaL converges linearly on quadratics, at a rate that beta2 alone sets, where Adam bursts."""

import style

READS = ("adal_linear_rate",)


def draw(data):
    figure, (left, right) = style.panels(1, 2, 4.9)
    t = data["t"]
    for k, name in enumerate(data["methods"]):
        colour, line, marker = style.CYCLE[k]
        look = {"color": colour, "linestyle": line, "marker": marker, "markevery": (3 * k, 14)}
        left.plot(t, data["distance"][:, k], label=str(name), gid="measured", **look)

    style.theory(left, data["late"], data["guide"], r"theory: slope $\frac{1}{2}\log\beta_2$")
    left.set(yscale="log", xlabel="step", ylabel="distance to the minimum")
    left.legend(loc="lower left")
    for k, p in enumerate(data["powers"]):
        line = style.measured(right, k, data["grid"], data["rates"][k], f"p = {p:g}")
        line.set_linestyle("none")

    for k in range(len(data["powers"])):
        label = r"theory: $\beta_2^{1/(2(p-1))}$" if k == 0 else "_theory"
        style.theory(right, data["grid"], data["theory"][k], label)

    right.set(xlabel=r"$\beta_2$", ylabel="factor per step")
    right.legend(title="power of the gradient")

    style.titles((left, right), "dense quadratic, constant rate", "one dimension, rate of decay")
    style.foot(
        figure,
        f"""(a) Full-batch quadratic in three dimensions (curvatures 1, 0.3, 0.1, rotated), learning
        rate {float(data["lr"]):g}, $\\beta_1$ = 0.9, $\\beta_2$ = {float(data["beta2"]):g}, eps =
        0: AdaL with its factor $|g|_1$ or $|g_i|$ decays like $\\beta_2^{{t/2}}$. Adam falls until
        its second moment has decayed so far that the step is unstable, and bursts back; when, last
        digits decide, which differ between machines. AMSGrad's second moment cannot decay: it
        becomes momentum in a fixed metric and converges, faster here, at a rate that depends on the
        curvature. (b) With $|g|^{{p-1}}g$ in place of g ($\\beta_1$ = 0; AdaL is p = 2 there): the
        measured factor over the last third of a run. Stand-in: derived from the printed update; no
        figure of the AdaL paper (Zhang et al. 2021) is known to us.""",
    )
    return figure
