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
    sizes = causes._asdict()
    first = _first(report)
    lines = [tell[first](report)]
    small = [_harmless(report, name) for name in sizes if sizes[name] < SMALL]
    rest = _then(report, first)
    if small:
        rest.append(f"not a problem: {', '.join(small)}")
    told = "; ".join(rest)
    return lines + ([f"{told[0].upper()}{told[1:]}."] if rest else [])


def _first(report) -> str:
    """The cause that what is done first removes: standardising, unless correlation is more than all
    that it buys."""
    causes = report.causes
    if causes.correlation >= max(SMALL, causes.units * causes.means):
        return "correlation"
    # means may hide behind units, and units behind means: what centring buys by itself
    means = report.row("raw").kappa / report.row("centred").kappa
    return "means" if max(causes.means, means) > causes.units else "units"


def _then(report, first) -> list[str]:
    """What else there is to do; standardising removes units and means."""
    causes = report.causes
    told = []
    if first == "correlation":
        units, means = _standardised(report)
        if units or means:
            told.append(f"before that, standardise, which {' and '.join(units + means)}")
        return told

    units, means = _standardised(report)
    other = means if first == "units" else units
    told += [f"standardising also {one}" for one in other]
    if causes.correlation >= SMALL:
        pair = f"{report.columns[report.pair[0]]} and {report.columns[report.pair[1]]}"
        what = f"correlation, of {pair} above all (kappa {number(causes.correlation)})"
        told.append(f"what stays is {what}")
    return told


def _standardised(report) -> tuple[list[str], list[str]]:
    """What standardising does about units, and about means, where they matter."""
    units, means, _ = report.causes
    scaled = [f"removes the columns' scale (a factor {number(units)})"] if units >= SMALL else []
    centred = [f"centres {_about(report)} (a factor {number(means)})"] if means >= SMALL else []
    return scaled, centred


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
    # the constant is a column of ones, and as much out of scale with the others as they are
    names = (*report.columns, "the constant")
    size = np.append(np.hypot(report.means, report.deviations), 1.0)
    high = names[int(size.argmax())]
    low = names[int(size.argmin())]
    told = f"{high} is {number(size.max() / size.min())} times as large as {low}"
    return f"Scale the columns first ({told}): standardised, {_buys(report, 'standardised')}."


def _means(report) -> str:
    return (
        f"First centre {_about(report)}, which no scaling replaces: "
        f"standardised, {_buys(report, 'standardised')}."
    )


def _correlation(report) -> str:
    first, second = report.pair
    bound = report.row("centred").bound
    least = f": kappa stays above {number(bound)}" if np.isfinite(bound) else ""
    return (
        f"{report.columns[first]} and {report.columns[second]} (r = {report.correlation:.4f}) "
        "depend on each other: drop or combine them, or add a ridge; no scaling helps with that"
        f"{least}."
    )


def _harmless(
    report,
    name,
) -> str:
    factor = number(getattr(report.causes, name))
    if name == "correlation":
        return f"correlation (kappa {factor} once centred and scaled)"
    return f"{name} (a factor {factor})"
