"""A verdict of two lines: what to do first and what it buys, and what is not a problem.

kappa(raw) = units x means x correlation (`Causes`). Standardising removes the first two; the third
only dropping, combining or a ridge. The first line is the larger of both, in columns that have
names; the second what is left, and which causes are below SMALL. At kappa <= FINE nothing is to do.

    verdict(condition(x, y))[0]
    # First centre column 1, range 6 about a mean of 102, which no scaling replaces: ...
"""

from __future__ import annotations

import numpy as np

from lab.instruments.condition.report import Report
from lab.sentences import number

# below it nothing needs to be done: gradient descent takes a few hundred steps
FINE = 100.0
# a factor of kappa that is not worth mentioning
SMALL = 10.0


def verdict(report: Report) -> list[str]:
    """At most two lines that name columns, for `condition`'s report.

    Numbers are rounded, and ties go to the first column.
    """
    causes = report.causes
    kappa = report.row("raw").kappa
    if kappa <= FINE:
        return [f"well conditioned, kappa {number(kappa)}: nothing to do."]

    tell = {"units": _units, "means": _means, "correlation": _correlation}
    sizes = causes._asdict()
    first = _first(report)
    lines = [tell[first](report)]
    rest = _then(report, first)
    small = [_harmless(report, name) for name in sizes if sizes[name] < SMALL]
    if small:
        listed = ", ".join(small)
        rest.append(f"not a problem: {listed}")
    if rest:
        told = "; ".join(rest)
        begin = told[0].upper()
        lines.append(f"{begin}{told[1:]}.")
    return lines


def _first(report) -> str:
    """The cause that what is done first removes: standardising, unless correlation is more than all
    that it buys.

    Correlation wins a tie. Between units and means, either by what the factors say or by what
    centring alone buys, kappa(raw) / kappa(centred).
    """
    units, means, correlation = report.causes
    standardising = units * means
    if correlation >= max(SMALL, standardising):
        return "correlation"
    # means may hide behind units, and units behind means: what centring buys by itself
    raw = report.row("raw").kappa
    centred = report.row("centred").kappa
    return "means" if max(means, raw / centred) > units else "units"


def _then(report, first) -> list[str]:
    """What else there is to do; standardising removes units and means.

    With correlation first: "before that, standardise". Otherwise the other of units and means, and
    the pair of columns behind what stays, if that is SMALL or more.
    """
    units, means = _standardised(report)
    if first == "correlation":
        both = " and ".join(units + means)
        return [f"before that, standardise, which {both}"] if both else []

    other = means if first == "units" else units
    told = [f"standardising also {one}" for one in other]
    left = report.causes.correlation
    if left >= SMALL:
        pair = _pair(report)
        size = number(left)
        whose = f"{pair} above all" if _alone(report) else f"several columns, {pair} among them"
        told.append(f"what stays is correlation, of {whose} (kappa {size})")
    return told


def _pair(report) -> str:
    """The names of the two columns behind the smallest eigenvalue of the correlations."""
    first, second = report.pair
    columns = report.columns
    return f"{columns[first]} and {columns[second]}"


def _alone(report) -> bool:
    """Whether the pair by itself is badly conditioned: two columns have (1 + r) / (1 - r)."""
    r = abs(report.correlation)
    return 1 + r >= SMALL * (1 - r)


def _standardised(report) -> tuple[list[str], list[str]]:
    """What standardising does about units, and about means, where they matter: two lists of
    none or one sentence each, so that both can be told apart or together.
    """
    units, means, _ = report.causes
    scaled = []
    centred = []
    if units >= SMALL:
        scaled.append(f"removes the columns' scale (a factor {number(units)})")
    if means >= SMALL:
        about = _about(report)
        centred.append(f"centres {about} (a factor {number(means)})")
    return scaled, centred


def _about(report) -> str:
    """The column whose mean is largest beside its deviation, its range and mean."""
    # the constant and a column of large quotient q: kappa* is about 4 q^2, whatever their scales
    shift = np.abs(report.means) / report.deviations
    k = int(shift.argmax())
    about = f"range {number(report.ranges[k])} about a mean of {number(report.means[k])}"
    return f"{report.columns[k]}, {about}"


def _buys(
    report,
    name,
) -> str:
    """ "kappa A -> B", from raw columns to a treatment."""
    return f"kappa {number(report.row('raw').kappa)} -> {number(report.row(name).kappa)}"


def _units(report) -> str:
    """The line on scale, naming the largest and the smallest column by RMS, (mean^2 +
    dev.^2)^(1/2).
    """
    # the constant is a column of ones, and as much out of scale with the others as they are
    names = (*report.columns, "the constant")
    columns = np.hypot(report.means, report.deviations)
    size = np.append(columns, 1.0)
    high = int(size.argmax())
    low = int(size.argmin())
    times = number(size[high] / size[low])
    told = f"{names[high]} is {times} times as large as {names[low]}"
    buys = _buys(report, "standardised")
    return f"Scale the columns first ({told}): standardised, {buys}."


def _means(report) -> str:
    """The line on centring, naming the column with the largest |mean| / deviation."""
    return (
        f"First centre {_about(report)}, which no scaling replaces: "
        f"standardised, {_buys(report, 'standardised')}."
    )


def _correlation(report) -> str:
    """The line on the pair, or on several columns where no pair is enough, with the certified bound
    below which no scaling gets, if any.
    """
    bound = report.row("centred").bound
    least = f": kappa stays above {number(bound)}" if np.isfinite(bound) else ""
    pair = f"{_pair(report)} (r = {report.correlation:.4f})"
    # a sum of several columns, or factors that all of them share: no pair is to blame
    who, what = (
        (f"{pair} depend on each other", "drop or combine them")
        if _alone(report)
        else (f"Several columns depend on each other, {pair} among them", "drop or combine some")
    )
    return f"{who}: {what}, or add a ridge; no scaling helps with that{least}."


def _harmless(
    report,
    name,
) -> str:
    """How a cause below SMALL is told."""
    factor = number(getattr(report.causes, name))
    if name == "correlation":
        return f"correlation (kappa {factor} once centred and scaled)"
    return f"{name} (a factor {factor})"
