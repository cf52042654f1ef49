"""A verdict of two lines: what to do first and what it buys, and what is not a problem."""

from __future__ import annotations

import numpy as np

from lab.instruments.condition.report import Report
from lab.sentences import number

# below it nothing needs to be done: gradient descent takes a few hundred steps
FINE = 100.0
# a factor of kappa that is not worth mentioning
SMALL = 10.0


def verdict(report: Report) -> list[str]:
    """At most two lines that name columns."""
    causes = report.causes
    kappa = report.row("raw").kappa
    if kappa <= FINE:
        return [f"well conditioned, kappa {number(kappa)}: nothing to do."]

    tell = {"units": _units, "means": _means, "correlation": _correlation}
    sizes = dict(
        zip(
            causes._fields,
            causes,
            strict=True,
        )
    )
    # what each remedy buys by itself: means may hide behind units, and units behind means
    alone = {**sizes, "means": kappa / report.row("centred").kappa}
    first = max(alone, key=lambda name: alone[name])
    lines = [tell[first](report)]
    small = [_harmless(report, name) for name in sizes if sizes[name] < SMALL]
    others = [name for name in sizes if name != first and sizes[name] >= SMALL]
    rest = [
        _then(
            report,
            name,
            sizes[name],
        )
        for name in others
    ]
    if small:
        rest.append(f"not a problem: {', '.join(small)}")
    return lines + (["; ".join(rest) + "."] if rest else [])


def _then(
    report,
    name,
    factor,
) -> str:
    """What is to be done after the first remedy; standardising removes units and means."""
    if name == "correlation":
        first, second = report.pair
        pair = f"{report.columns[first]} and {report.columns[second]}"
        return f"what stays is correlation, of {pair} above all (kappa {number(factor)})"
    if name == "means":
        return f"that also centres {_about(report)} (a factor {number(factor)})"
    return f"its scale is a factor {number(factor)}, which standardising removes too"


def _about(report) -> str:
    """The column whose mean is largest beside its deviation."""
    shift = np.abs(report.means) / report.deviations
    k = int(shift.argmax())
    about = f"range {number(report.ranges[k])} about a mean of {number(report.means[k])}"
    return f"{report.columns[k]}, {about}"


def _buys(
    report,
    name,
) -> str:
    return f"kappa {number(report.row('raw').kappa)} -> {number(report.row(name).kappa)}"


def _units(report) -> str:
    size = np.hypot(report.means, report.deviations)
    high = report.columns[int(size.argmax())]
    low = report.columns[int(size.argmin())]
    # the constant is a column of size 1: one feature alone is out of scale with it
    told = f"{high} is {number(size.max() / size.min())} times as large as {low}"
    if len(size) == 1:
        told = f"{high} is of size {number(size[0])} beside a constant of 1"
    return f"Scale the columns first ({told}): standardised, {_buys(report, 'standardised')}."


def _means(report) -> str:
    return (
        f"First centre {_about(report)}, which no scaling replaces: "
        f"standardised, {_buys(report, 'standardised')}."
    )


def _correlation(report) -> str:
    first, second = report.pair
    bound = report.row("centred").bound
    least = f", none is below {number(bound)}" if np.isfinite(bound) else ""
    return (
        f"{report.columns[first]} and {report.columns[second]} (r = {report.correlation:.4f}) "
        f"depend on each other: drop or combine them, or add a ridge; no scaling helps{least}."
    )


def _harmless(
    report,
    name,
) -> str:
    factor = number(getattr(report.causes, name))
    if name == "correlation":
        return f"correlation (kappa {factor} once centred and scaled)"
    return f"{name} (a factor {factor})"
