"""lab mup: the width rule of a method, in numbers for one's own training script.

    lab mup KFAC --width 1024 --base 128             # std, rate and damping per layer, derived
    lab mup mine.py:rule --measure                   # exponents of a rule of one's own
    lab mup Adam --check                             # derived beside measured, on several networks
    lab mup --judge table.csv --expected 0           # verdicts on a table that was printed

A hyper-parameter that is right at the width `base` is multiplied by (width / base)^-c, the damping
by (width / base)^-d, the starting deviation by (width / base)^-b. Of Adam, eight times as wide:

                            std                  rate           damping eps
    input                         1                     1                 0.125
    hidden                   0.3536                 0.125                 0.125
    output                    0.125                 0.125                     1
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def do(
    options,
    rest,
) -> int:
    """lab mup METHOD --width 1024 --base 128 | --measure | --check | --judge TABLE.csv

    ValueError without a METHOD where one is needed, and for one without a derived rule.
    """
    if options.judge is not None:
        return _judge(options)
    if options.check:
        return _check(options)
    if options.method is None:
        told = "--check or --judge TABLE.csv"
        raise ValueError(f"lab mup needs a METHOD, {told}: see lab mup --help")
    if options.measure:
        return _measure(options)
    return _rule(options)


def _rule(options) -> int:
    """Per-layer numbers, derived; 0 as the start of a bias, which is not drawn.

    "features move as" is the power of M of a first step: M^0 in muP. Roles are those of the
    derived table; a network without biases has no use for two of them.
    """
    from lab.checks import count
    from lab.theory.mup import exponents

    width = count("--width", options.width)
    base = count("--base", options.base)
    rule = _known(options.method)
    table = exponents(rule, options.parameterization)
    rows = _scaled(table, width / base, options.lr)
    if options.json:
        # as given, so that a script can check what it read
        facts = {"method": options.method, "width": width, "base": base}
        facts["parameterization"] = options.parameterization
        return _as_json(facts | {"roles": rows})

    print(f"{options.method} in {options.parameterization}, width {width}, right at width {base}:")
    print("std and damping: times those of the base width; rate: for --lr there\n")
    dampings = list(table.rule.damped)
    names = [f"damping {name}" for name in dampings]
    print(_line("", ["std", "rate", *names, "features move as"]))
    for role, told in rows.items():
        shares = [f"{told['damping'][name]:.4g}" for name in dampings]
        start = "0" if role.endswith("bias") else f"{told['start']:.4g}"
        cells = [start, f"{told['rate']:.4g}", *shares, f"M^{told['moves']:g}"]
        print(_line(role, cells))
    return 0


def _scaled(table, ratio: float, lr: float) -> dict[str, dict[str, Any]]:
    """By role, the exponents and what they come to at `ratio` times the base width.

    b, c, d; start = ratio^-b, rate = lr ratio^-c, damping = ratio^-d, moves the power of M.
    """
    from lab.theory.mup import moves

    moved = moves(table)
    rows = {}
    for role, row in table.rows.items():
        # W starts as M^-b: beside the 1 / sqrt(fan_in) of the base width
        b = float(row.b)
        c = float(row.c)
        powers = {name: float(d) for name, d in row.d.items()}
        rows[role] = {
            "b": b,
            "c": c,
            "d": powers,
            "start": ratio**-b,
            "rate": lr * ratio**-c,
            "damping": {name: ratio**-d for name, d in powers.items()},
            "moves": float(moved[role]),
        }
    return rows


def _measure(options) -> int:
    """The compiler's answer for an optimizer of the lab's, of a library, or of a file.

    Slopes with 95 % intervals, beside the derived exponents where there are any. Some ten seconds:
    starts at four widths, and for a damping twenty values of it.
    """
    from lab.instruments.width import width_rule

    found = width_rule(_method(options.method))
    if options.json:
        rows = {role: _facts(row) for role, row in found.rows.items()}
        return _as_json({"method": options.method, "damped": found.damped, "roles": rows})

    widths = ", ".join(map(str, found.widths))
    print(f"{options.method}: rate eta M^-c for every role, measured at widths {widths}")
    if found.damped is not None:
        print(f"d: of {found.damped}, rho M^-d")
    print(_line("", ["c", "derived c", "d", "derived d"]))
    for role, row in found.rows.items():
        known = "-" if row.derived_c is None else f"{row.derived_c:+.2f}"
        dampings = [f"{name} {d:+g}" for name, d in row.derived_d.items()]
        d = "-" if row.d is None else str(row.d)
        print(_line(role, [str(row.c), known, d, ", ".join(dampings) or "-"]))
    return 0


def _check(options) -> int:
    """Derived and measured rates of a method, or of all, layer by layer on several networks.

    Rows are printed as they come: all methods take minutes. The wide ones come first.
    """
    from lab.instruments.width.first_steps import derived_and_measured
    from lab.instruments.width.methods import METHODS, WIDE

    # the cheap ones first: all of them take minutes
    names = [options.method] if options.method else [*WIDE, *(m for m in METHODS if m not in WIDE)]
    rows = derived_and_measured(names, options.widest)
    if options.json:
        return _as_json({"rows": [_checked(row) for row in rows]})

    heading = None
    for row in rows:
        told = (
            f"{row.net.activation}, {_biases(row.net)}, widths {row.widths[0]} to {row.widths[-1]}"
        )
        # rows come network by network
        if told != heading:
            heading = told
            print(f"\nrate eta M^-c, {told}\n")
            print(_line("", ["role", "derived c", "c, 95 % interval", "at the largest two", ""]))
        cells = [row.role, f"{row.derived:+.2f}", str(row.slope), str(row.widest), row.said()]
        print(_line(row.method, cells), flush=True)
    return 0


def _biases(net) -> str:
    """How a table's heading tells of the biases."""
    return "no biases" if net.biases is None else f"biases of {net.biases:g}"


def _checked(row) -> dict[str, Any]:
    """A row of the check as JSON: what its line shows."""
    return {
        "method": row.method,
        "activation": row.net.activation,
        "biases": row.net.biases,
        "role": row.role,
        "widths": row.widths,
        "derived_c": row.derived,
        "c": _slope(row.slope),
        "widest": _slope(row.widest),
        "said": row.said(),
    }


def _judge(options) -> int:
    """Slope, interval and verdict of every column of a printed table.

    The expected slope is --expected, 0 unless given: what a table of muP should show.
    """
    from lab.instruments.width.judged import judged

    found = judged(options.judge, options.expected)
    if options.json:
        columns = {}
        for name, (x, said) in found.items():
            columns[name] = _slope(x) | {"verdict": said}
        facts = {"file": str(options.judge), "expected": options.expected}
        return _as_json(facts | {"columns": columns})
    print(_line("", ["slope, 95 % interval", f"expected {options.expected:+g}"]))
    for name, (x, said) in found.items():
        print(_line(name, [str(x), said]))
    return 0


def _known(method: str) -> Any:
    """The rule of a method. ValueError when no derivation is known.

    A name of RULES, which has methods that the lab does not run, or what `known_rule` finds.
    """
    from lab.instruments.width.known import known_rule
    from lab.theory.mup import RULES

    rule = RULES[method] if method in RULES else known_rule(_method(method))
    if rule is None:
        told = ", ".join(RULES)
        raise ValueError(
            f"METHOD = {method!r}: no rule was derived; there are {told}; lab mup {method} "
            "--measure measures one"
        )
    return rule


def _method(name: str) -> Any:
    """An optimizer by its name here, LIBRARY:NAME, or FILE.py:NAME (an optimizer or a function).

    Its rate is 0.01: exponents do not depend on it. ValueError for a name that is not there, and
    where FILE.py has none of it. The last colon separates: a path may have others.
    """
    from lab.conventions import LIBRARIES, build
    from lab.optimizers import OPTIMIZERS, defaults
    from lab.workshop.importing import import_file

    place, _, own = name.rpartition(":")
    if place in LIBRARIES:
        # every library has a word of its own for the rate
        rate = {"optax": "learning_rate"}.get(place, "lr")
        return build(place, LIBRARIES[place], own, {rate: 0.01})
    if place:
        module = import_file(Path(place))
        if not hasattr(module, own):
            raise ValueError(f"{place} has no {own}: METHOD is FILE.py:NAME")
        return getattr(module, own)
    if name not in OPTIMIZERS:
        told = ", ".join(OPTIMIZERS)
        raise ValueError(f"METHOD = {name!r}: must be LIBRARY:NAME, FILE.py:NAME or one of {told}")
    # any rate does: slopes are of moves relative to it
    return OPTIMIZERS[name](**(defaults(name) | {"lr": 0.01}))


def _facts(row) -> dict[str, Any]:
    """A row of the compiler's answer, as JSON."""
    return {
        "c": _slope(row.c),
        "derived_c": row.derived_c,
        "d": None if row.d is None else _slope(row.d),
        "derived_d": row.derived_d,
    }


def _slope(x) -> dict[str, Any]:
    """What has no number is null in JSON."""
    from math import isfinite

    found = {}
    for name, value in x._asdict().items():
        found[name] = value if isfinite(value) else None
    return found


def _as_json(facts: dict[str, Any]) -> int:
    """One line of JSON. ValueError for NaN or inf, which must have become null before."""
    import json

    print(json.dumps(facts, allow_nan=False))
    return 0


def _line(
    name: str,
    cells: list[str],
) -> str:
    """A line of a table: a name, and cells of 22 characters, which hold a slope with its
    interval.
    """
    columns = [cell.rjust(22) for cell in cells]
    return "".join([name.ljust(13), *columns]).rstrip()
