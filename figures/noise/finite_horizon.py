"""GN^-1 is best in the long run; over a finite horizon a weaker power mostly is.

(a) The power p of the eigenvalues with the lowest exact risk after T steps against T, by how the
target is spread, E d_i^2 = lam_i^-s; dashed the
limit -1 of T to infinity. (b) The risk of three fixed powers over that of the
best one: what it costs to choose by name.

Horizons are logarithmic. (a) is linear in the power, between doing nothing at 0 and Newton at -1;
`best` moves by steps of its grid, which is why curves look like stairs. The four looks are four
ways for the target to be spread over the eigenvalues, where s = 0 is the isotropic one. (b) is
logarithmic and cut at 100: a method that leaves it on top has lost. All is exact risk, without
runs. A curve in (a) that ends above -1 however long its axis would refute the limit.
"""

from lab import style

READS = ("finite_horizon",)


def draw(data):
    """best (S, K) against t with its limit; cost_METHOD (S, K), of the source nearest to 0.

    S ways for the target to be spread, K horizons in steps. best is a power on its grid; cost is a
    risk over the least one, and so at least 1.
    """
    figure, (left, right) = style.panels(1, 2)
    for j, source in enumerate(data["sources"]):
        style.measured(left, j, data["t"], data["best"][j], f"s = {source:g}")

    style.threshold(left, data["last"], "theory: T to infinity", vertical=False)
    left.set(
        xscale="log",
        xlabel="horizon T (steps)",
        ylabel="best power p of the diagonal",
        ylim=(-1.2, 0.2),
        yticks=[-1, -0.75, -0.5, -0.25, 0],
    )
    # the isotropic target, which favours no power by itself
    shown = int(abs(data["sources"]).argmin())
    for name in ("GD", "GN^-1/2", "GN^-1"):
        method = "SGD" if name == "GD" else name
        style.curve(right, method, data["t"], data[f"cost_{name}"][shown])

    right.loglog()
    right.set(ylim=(0.85, 100), xlabel="horizon T (steps)")
    right.set_ylabel("risk over that of the best power")
    price = f"price of the three methods, s = {data['sources'][shown]:g}"
    style.titles((left, right), "best power", price)
    style.legend(figure, left, title="(a): E $d_i^2 = \\lambda_i^{-s}$ at the start")
    style.legend(figure, right, title="(b)")
    return figure


def caption(data) -> str:
    step = data["grid"][1] - data["grid"][0]
    return f"""(a) The power p for which SGD preconditioned by that power of the eigenvalues has
    the lowest expected risk after T steps at batch size {data["batch"]}, $\\lambda_i =
    i^{{-{data["exponent"]:g}}}$, {data["dims"]} Gaussian inputs, no label noise; p is 0 for SGD,
    -1/2 for GN^-1/2, -1 for GN^-1; s says how much of the target lies along small eigenvalues.
    Exact risk; the learning rate is tuned for every power and horizon, on rates 14 % apart,
    which blurs p by about one step of its grid, {step:.3g}. (b) Risk of three powers, each at
    its best rate, over the lowest one (cut at 100); s = 0 are isotropic targets. Our own
    experiment, derived, on the choice of the power in Liu et al. 2025."""
