"""The figures of `lab compare`, `lab spectrum` and `lab condition`, which need no checkout.

They are not in figures/, since those read stored results: these draw what was just computed.

Nothing is judged here: winners, ties and verdicts are sentences of the commands, and a caption
takes them from the same functions.
"""

from __future__ import annotations


def of_comparison(found, titles, name: str, size):
    """Excess loss against step in the four quadrants.

    found: of lab.instruments.quadrants; titles: case -> words, in the order of the panels; size:
    batch and steps. Full batch in the upper row, where curves are runs; mini-batches in the lower,
    where they are medians and bars the seeds.

    The vertical axis ends at 2, just above the start, so that a diverging method leaves the panel;
    what is below 1e-8 is cut.
    """
    from lab import style

    figure, axes = style.panels(2, 2)
    for ax, case in zip(axes, titles, strict=True):
        own = style.part(found, case)
        if case.startswith("full"):
            style.race(ax, own)
        else:
            style.medians(ax, own, "bars: the seeds")
        ax.set(yscale="log", xlabel="step", ylabel="excess loss")
        ax.minorticks_off()
        # a diverging method would make all others one line
        low, _ = ax.get_ylim()
        ax.set_ylim(max(low, 1e-8), 2)

    style.titles(axes, *titles.values())
    # the methods are the same in all four
    style.legend(figure, axes[0])
    style.caption(
        figure,
        f"""Logistic regression on {name}: loss above its minimum, relative to the start, of every
        method at its best rate; mini-batches of {size["batch"]}. Eigenbasis: of the curvature at
        the start.""",
    )
    return figure


def of_spectrum(lam, found, *, noise: float, batch: int | None, steps: int):
    """The spectrum, and the risk after T steps against the rate.

    lam (n,) decreasing; found: of lab.instruments.spectrum.advise. The risk is exact, not
    simulated. Rates are in units of each method's own largest stable one, so that one dotted line
    at 1 is the limit of all; the marker of a curve is at its minimum.

    n eigenvalues against their number; a flat end is the floor of a damped or rounded spectrum.
    Risks below 1e-15 of the start are not shown.
    """
    from lab import style
    from lab.instruments.spectrum import POWERS, for_steps

    figure, axes = style.panels(1, 2)
    # lines alone for many eigenvalues
    axes[0].plot(range(1, len(lam) + 1), lam, ".-", color="black", markersize=2, gid="measured")
    axes[0].set(yscale="log", xlabel="number", ylabel="eigenvalue")

    for advice in found:
        power = POWERS[advice.method]
        # in units of the method's own limit, so that all have it at 1
        lr, risk = for_steps(lam, power, noise=noise, batch=batch, steps=steps)
        line = style.curve(axes[1], advice.method, lr / advice.limit, risk)
        line.set_markevery([int(risk.argmin())])
    axes[1].axvline(1.0, color="black", linestyle=":", linewidth=0.8, gid="reference")
    lowest = min(advice.risk for advice in found)
    # before the scale, whose margins overflow where a rate diverges
    axes[1].set_ylim(max(lowest / 3, 1e-15), 3)
    axes[1].set(xscale="log", yscale="log", xlabel="rate / largest stable rate")
    axes[1].set_ylabel(f"risk after {steps} steps")

    for ax in axes:
        ax.minorticks_off()  # each tick costs milliseconds, and the answer is to come in a second
    style.titles(axes, "spectrum", "rates")
    style.legend(figure, axes[1])
    size = "the full batch" if batch is None else f"batches of {batch}"
    style.caption(
        figure,
        f"""(a) Eigenvalues. (b) Exact expected risk, relative to the start, at {size} and label
        noise {noise:g}; markers at the best rate, dotted the stability limit.""",
    )
    return figure


KINDS = {
    "as it is": "kappa",
    "Jacobi": "jacobi",
    "GN^-1/2": "gn_half",
    "best diagonal": "best",
    "certified bound": "bound",
}
METHODS = {"GD": "gd", "heavy ball": "ball", "CG": "cg", "L-BFGS": "lbfgs"}


def of_condition(report, target: str):
    """Condition numbers after each remedy, and steps of four methods, both by dots.

    report: of lab.instruments.condition; target: the column's name. What is NaN has no dot.

    Dots, not lines: treatments have no order in between. Both axes are logarithmic, so that a
    factor is a length.
    """
    from lab import style

    figure, axes = style.panels(1, 2)
    for k, (label, field) in enumerate(KINDS.items()):
        values = [getattr(row, field) for row in report.rows]
        place = range(len(values))
        style.dots(axes[0], k, place, values, label)
    for k, (label, field) in enumerate(METHODS.items()):
        known = [_finite(s, field) for s in report.steps]
        place = range(len(known))
        style.dots(axes[1], k, place, known, label)

    axes[0].set_ylabel("condition number")
    axes[1].set_ylabel(f"steps to {report.tol:g}")
    # two legends, since the panels share no mark
    named = (report.rows, report.steps)
    for ax, rows, what in zip(axes, named, ("(a) diagonal", "(b) method"), strict=True):
        names = [row.name for row in rows]
        ax.set_xticks(range(len(rows)), names, rotation=40, ha="right")
        ax.set_yscale("log")
        ax.minorticks_off()
        style.legend(figure, ax, 5, what)
    style.titles(axes, "condition number of the Hessian", "steps")
    style.caption(figure, _told(report, target))
    return figure


def _told(report, target) -> str:
    """The caption: the model, the verdict's two lines, and what the panels show.

    It says what the rows of the legend mean, since these figures stand without a text around them.

    m rows, n columns; tol is of a gradient in the units of the columns.
    """
    from lab.instruments.condition import verdict

    m, n = report.shape
    model = report.model.capitalize()
    found = " ".join(verdict(report))
    return f"""{model} regression of {target} on {n} columns, {m} rows. {found} (a) The Hessian
    after each remedy, under diagonal preconditioners; none gets below the certified bound. (b)
    Steps until the gradient is {report.tol:g} of its first, in the units of the columns: measured,
    or predicted where the run was too short; without a marker where neither is known."""


def _finite(steps, field: str) -> float:
    """What was measured; the prediction where the run was too short; NaN where there is none.

    NaN < inf is False: what was not measured falls through to the prediction.
    """
    inf = float("inf")
    predicted = getattr(steps, field)
    measured = getattr(steps, f"{field}_measured", predicted)
    for known in (measured, predicted):
        if known < inf:
            return known
    return float("nan")
