"""Preconditioning raises the batch size that still pays, and GN^-1 attains the best rate.

All against the batch size B, by method: (a) the largest stable rate, (b) the best gain 1 - rate of
a step, (c) steps and (d) examples per e-fold of the risk. Lines are exact, markers spectral radii,
dashed the bound of all preconditioners, dotted each method's critical batch, where (a) saturates
and (d) begins to rise.

All axes are logarithmic; every panel is against the batch size, so that one dotted line means the
same in all four. In (b) larger is better, in (c) and (d) smaller. Lines come from a scalar
equation, markers from eigenvalues of the matrix that propagates second moments: two computations
which share no code. The bound has the curve of GN^-1, which attains it in the eigenbasis. A marker
above the dashed line in (b), or below it in (c) and (d), would refute it.
"""

from lab import style

READS = ("stability_and_rate",)
PANELS = (
    ("limit", "stability limit of the learning rate", "largest stable step"),
    ("gap", "1 - (risk after / before one step)", "best mean-square rate"),
    ("steps", "steps per e-fold of the risk", "steps at the best rate"),
    ("samples", "examples per e-fold of the risk", "examples at the best rate"),
)


def draw(data):
    """limit, gap, steps, samples (M, points) against batch; measured_... (M, marks) at marks.

    M methods, points on a fine grid and marks on a coarse one. limit is in units of the rate, gap
    without a unit; critical has a batch size per method.
    """
    figure, axes = style.panels(2, 2)
    for ax, (kind, label, _) in zip(axes, PANELS, strict=True):
        for m, name in enumerate(data["methods"]):
            method = "SGD" if name == "GD" else str(name)
            exact = style.curve(ax, method, data["batch"], data[kind][m])
            exact.set(marker="", label="_exact", zorder=2)
            style.placed(ax, method, data["marks"], data[f"measured_{kind}"][m]).set_zorder(4)
            dotted = {"linestyle": ":", "linewidth": 1.1, "gid": "reference"}
            ax.axvline(data["critical"][m], color=exact.get_color(), **dotted)
            mark = {"marker": exact_marker(method), "color": exact.get_color(), "clip_on": False}
            place = ([data["critical"][m]], [1.0])
            ax.plot(*place, transform=ax.get_xaxis_transform(), gid="reference", **mark)
        # of (a) there is no bound: the scale of a preconditioner is in its stable rate
        if kind != "limit":
            bound = "theory: no preconditioner is faster"
            style.theory(ax, data["batch"], data[f"bound_{kind}"], bound)
        ax.set(xscale="log", yscale="log", xlabel="batch size B", ylabel=label)

    style.titles(axes, *(title for _, _, title in PANELS))
    style.legend(figure, axes[1])
    return figure


def exact_marker(method):
    """The marker of a method, at the top of the line of its critical batch."""
    return style.look(method).marker


def caption(data) -> str:
    return f"""SGD preconditioned in the eigenbasis by powers of the diagonal of Gauss-Newton,
    {data["dims"]} Gaussian inputs, covariance of condition number {data["kappa"]:g} with largest
    eigenvalue 1, no label noise. Lines: exact, from a scalar equation. Markers: spectral radius
    of the matrix that propagates second moments, by bisection in (a), minimised over the
    learning rate in (b-d). (b) shows 1 minus the rate, since rates near 1 look alike. Dashed:
    the rate (n + 1) / (B + n + 1), which no preconditioner beats. Dotted, with the marker of its
    method on top: critical batch, the sum of the eigenvalues of the preconditioned covariance
    over the largest; about there the stable step saturates and examples start to be wasted. Our
    own experiment, derived, on the stochastic regime of Liu et al. 2025."""
