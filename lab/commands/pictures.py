"""The figures of `lab compare` and `lab spectrum`, which need no checkout."""

from __future__ import annotations


def of_comparison(found, titles, name: str, size):
    """Excess loss against step in the four quadrants."""
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
    style.legend(figure, axes[0])
    style.caption(
        figure,
        f"""Logistic regression on {name}: loss above its minimum, relative to the start, of every
        method at its best rate; mini-batches of {size["batch"]}. Eigenbasis: of the curvature at
        the start.""",
    )
    return figure


def of_spectrum(lam, found, *, noise: float, batch: int | None, steps: int):
    """The spectrum, and the risk after T steps against the rate."""
    from lab import style
    from lab.instruments.spectrum import POWERS, for_steps

    figure, axes = style.panels(1, 2)
    # lines alone for many eigenvalues
    axes[0].plot(range(1, len(lam) + 1), lam, ".-", color="black", markersize=2, gid="measured")
    axes[0].set(yscale="log", xlabel="number", ylabel="eigenvalue")

    for advice in found:
        power = POWERS[advice.method]
        lr, risk = for_steps(lam, power, noise=noise, batch=batch, steps=steps)
        line = style.curve(axes[1], advice.method, lr / advice.limit, risk)
        line.set_markevery([int(risk.argmin())])
    axes[1].axvline(1.0, color="black", linestyle=":", linewidth=0.8, gid="reference")
    axes[1].set(xscale="log", yscale="log", xlabel="rate / largest stable rate")
    axes[1].set_ylabel(f"risk after {steps} steps")
    lowest = min(advice.risk for advice in found)
    axes[1].set_ylim(max(lowest / 3, 1e-15), 3)

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
