"""lab condition: how badly a table is conditioned, what each remedy buys, what the best could.

    lab condition my.csv --target y --model logistic --ridge 0.01 --write standardised.csv

What is computed is in lab.instruments.condition; here it becomes lines, JSON, a table or a figure.

    columns               kappa   its root       ln K     Jacobi    GN^-1/2   row norm       best
    raw                4.99e+07    7,061.5       23.5   28,519.5  507,237.1  508,057.9   20,519.0
    standardised            8.1        2.8       0.94        8.1        8.1        8.1        8.1

and at the end two lines, the first of which says what to do:

    First centre b, range 6 about a mean of 102, which no scaling replaces: standardised, ...
"""

from __future__ import annotations


def do(options, rest) -> int:
    """lab condition FILE --target COLUMN [--model M] [--json] [--figure FILE] [--write FILE]

    Prints the tables and two lines of verdict, or with --json one object. ValueError, one line, for
    a table that cannot be read, a constant column, or more columns than rows without --ridge.
    """
    from lab.data import table
    from lab.data.names import split_names
    from lab.instruments.condition import condition, verdict

    chosen = {"features": split_names(options.features), "drop": split_names(options.drop)}
    found = table(options.file, options.target, missing=options.missing, **chosen)
    settings = {"model": options.model, "ridge": options.ridge, "tol": options.tol}
    report = condition(found.x, found.y, found.columns, **settings)

    told = verdict(report)
    if options.json:
        print(_json(report, found.notes, told))
    else:
        head = _head(report, options)
        for line in (*head, *found.notes, "", *_body(report, told)):
            print(line)
    # after the answer is printed, which is not lost to the name of a file
    if options.write:
        _write(options, found)
    if options.figure:
        _draw(options, report)
    return 0


def _head(
    report,
    options,
) -> list[str]:
    """What was read, and which model's Hessian this is."""
    m, n = report.shape
    return [
        f"{options.target} of {options.file}: {m} rows, {n} columns and a constant; model "
        f"{report.model}"
    ]


def _body(
    report,
    told,
) -> list[str]:
    """Condition numbers, steps, columns and digits, how it was computed, and the verdict."""
    return [
        *_table(report),
        "",
        *_steps(report),
        "",
        *_columns(report),
        _digits(report),
        *report.told,
        "",
        *told,
    ]


def _table(report) -> list[str]:
    """kappa of the Hessian after each remedy, and under diagonal preconditioners.

    The root of kappa beside it is that of the columns themselves, and what the heavy ball and
    conjugate gradients depend on. The legend says which method a scaling stands for.
    """
    head = ("kappa", "its root", "ln K", "Jacobi", "GN^-1/2", "row norm", "best", "certified")
    lines = [
        "condition number of the Hessian, as it is and under diagonal preconditioners:",
        f"{'columns':16}" + "".join(f"{word:>11}" for word in head),
    ]
    for row in report.rows:
        scalings = (row.jacobi, row.gn_half, row.row_norm, row.best, row.bound)
        values = (row.kappa, row.kappa**0.5, row.log_kaporin, *scalings)
        lines.append(f"{row.name:16}" + "".join(f"{_shown(x):>11}" for x in values))
    lines.append("(row norm: Adam with isotropic errors; GN^-1/2: with noisy gradients; certified:")
    lines.append(" no diagonal gets below; ln K bounds conjugate gradients; - not computed)")
    return lines


def _steps(report) -> list[str]:
    """Steps of four methods to the tolerance, and gradient descent's largest stable rate."""
    lines = [
        f"steps until the gradient is {report.tol:g} of its first, predicted | measured:",
        f"{'columns':22}{'GD':>17}{'heavy ball':>17}{'CG':>13}{'L-BFGS':>9}{'stable rate':>13}",
    ]
    for s in report.steps:
        gd = _pair(s.gd, s.gd_measured)
        ball = _pair(s.ball, s.ball_measured)
        cg = _pair(s.cg, s.cg_measured)
        rate = _shown(s.lr)
        lines.append(f"{s.name:22}{gd:>17}{ball:>17}{cg:>13}{_count(s.lbfgs):>9}{rate:>13}")
    lines.append(
        "(> not within the steps that are run; - not predicted, or not run; the gradient is"
    )
    lines.append(
        " in the units of the columns, so that raw it is that of the largest column alone)"
    )
    return lines


def _pair(
    predicted,
    measured,
) -> str:
    """ "predicted | measured", both as numbers of steps."""
    return f"{_count(predicted)} | {_count(measured)}"


def _count(x) -> str:
    """A number of steps: ">" where a run did not arrive, "-" where nothing was predicted.

    Whole up to a million, then two digits: a prediction is no more exact.
    """
    if x != x:
        return "-"
    if x == float("inf"):
        return ">"
    return f"{x:.0f}" if x < 1e6 else f"{x:.1e}"


def _shown(x) -> str:
    """Four digits; "-" where it was not computed, "infinite" for a singular Hessian.

    One decimal from 1 to a million, three digits elsewhere.
    """
    if x != x:
        return "-"
    if x == float("inf"):
        return "infinite"
    return f"{x:,.1f}" if 1 <= x < 1e6 else f"{x:.3g}"


# columns that are told about
WORST = 5


def _columns(report) -> list[str]:
    """The columns that are hardest, by shift and variance inflation.

    Hardness is the larger of ln |mean / deviation| and ln(VIF) / 2: VIF is a squared length, the
    shift a length. Neither counts below 1. The pair of the smallest eigenvalue comes last.
    """
    import numpy as np

    shift = np.abs(report.means) / report.deviations
    # a shift below 1 is no hardship, and has a negative logarithm
    hardness = np.maximum(np.log(np.maximum(shift, 1)), np.log(report.vif) / 2)
    lines = [f"{'column':22}{'mean':>13}{'deviation':>13}{'mean / dev.':>13}{'VIF':>13}"]
    # equal hardness: the order of the columns
    order = np.argsort(-np.round(hardness, 9), kind="stable")[:WORST]
    for k in order.tolist():
        values = (report.means[k], report.deviations[k], shift[k], report.vif[k])
        lines.append(f"{report.columns[k]:22}" + "".join(f"{_shown(x):>13}" for x in values))
    if len(report.columns) > WORST:
        lines.append(f"... the hardest {WORST} of {len(report.columns)} columns")
    first, second = report.pair
    if first != second:
        names = f"{report.columns[first]}, {report.columns[second]}"
        told = f"smallest eigenvalue of the correlations: {names}, r = {report.correlation:.4f}"
        lines.append(told)
    return lines


def _digits(report) -> str:
    """What is left of 16 digits, by QR and by the normal equations, raw and standardised.

    By QR a solution loses log10 of the columns' condition number, by the normal equations twice
    that.
    """
    left = ", ".join(f"{name} {value:.0f}" for name, value in report.digits.items())
    return f"digits left of 16: {left}"


def _json(
    report,
    notes,
    told,
) -> str:
    """Infinite and missing numbers as null, which JSON lacks.

    One object: the fields of `Report`, with the file's notes and the verdict beside them.
    """
    import json

    import numpy as np

    def plain(x):
        """Tuples with names as objects, arrays as lists, and no number that JSON has not."""
        if isinstance(x, dict):
            return {key: plain(value) for key, value in x.items()}
        if hasattr(x, "_asdict"):
            return plain(x._asdict())
        if isinstance(x, (list, tuple, np.ndarray)):
            return [plain(value) for value in x]
        if isinstance(x, (int, str)):
            return x
        return float(x) if np.isfinite(x) else None

    return json.dumps({**plain(report), "notes": list(notes), "verdict": told}, indent=1)


def _write(options, found) -> None:
    """The columns standardised, with the target; and the way back.

    z = (x - mean) / deviation: w^T z + w_0 is (w / deviation)^T x + w_0 - sum w mean / deviation.
    Classes are written by their names. Moments have all 17 digits, so that the way back is exact.
    """
    import csv
    import sys

    from lab.data import standardise

    # the same that the report calls standardised: deviations with 1 / m
    x = standardise(found.x, str(options.file), found.columns)
    with options.write.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow([*found.columns, options.target])
        for row, y in zip(x.tolist(), found.y.tolist(), strict=True):
            # words where the table had words
            last = found.classes[int(y)] if found.classes else y
            out.writerow([*row, last])

    # beside JSON, which goes to stdout, this is a message
    told = sys.stderr if options.json else sys.stdout
    print(f"{options.write}: standardised. A coefficient w of it is w / deviation of", file=told)
    print("  the column, and the constant loses w mean / deviation of each:", file=told)
    moments = zip(found.columns, found.x.mean(0), found.x.std(0), strict=True)
    for name, mean, deviation in moments:
        print(f"  {name}: mean {mean:.17g}, deviation {deviation:.17g}", file=told)


def _draw(
    options,
    report,
) -> None:
    """The figure, in the format of the file's ending. ValueError for another than png, pdf, svg."""
    from lab.commands.pictures import of_condition
    from lab.workshop import save_figure

    path = options.figure
    kind = path.suffix.removeprefix(".")
    if kind not in ("png", "pdf", "svg"):
        raise ValueError(f"--figure {path}: must end in .png, .pdf or .svg")
    save_figure(
        of_condition(report, options.target),
        path.parent,
        path.stem,
        (kind,),
    )
