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

What M^-c means is a power, not a constant: a rule moves a rate that is right from one width to
another, and finds none: the base width is where one has to tune.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.commands.mup_tables import as_json, line, slope_facts


def do(
    options,
    rest,
) -> int:
    """lab mup METHOD --width 1024 --base 128 | --measure | --check | --judge TABLE.csv

    ValueError without a METHOD where one is needed, and for one without a derived rule.
    """
    if options.judge is not None:
        if options.method is not None:
            told = f"--judge {options.judge} reads a table and takes no METHOD"
            raise ValueError(f"METHOD = {options.method!r}: {told}")
        return _judge(options)
    if options.check:
        from lab.commands.mup_check import check

        return check(options)
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
    from lab.checks import count, positive
    from lab.domains import number
    from lab.theory.mup import exponents

    width = count("--width", options.width)
    base = count("--base", options.base)
    lr = number("--lr", options.lr, positive)
    rule = _known(options.method)
    table = exponents(rule, options.parameterization)
    ratio = width / base
    rows = _scaled(table, ratio, lr)
    drawn = _of_drawn_biases(table, options, ratio)
    if options.json:
        # as given, so that a script can check what it read
        facts = {"method": options.method, "width": width, "base": base}
        facts["parameterization"] = options.parameterization
        return as_json(facts | {"roles": rows, "biases_of_order_1": drawn})

    print(f"{options.method} in {options.parameterization}, width {width}, right at width {base}:")
    print("std and damping: times those of the base width; rate: for --lr there\n")
    names = [f"damping {name}" for name in table.rule.damped]
    print(line("", ["std", "rate", *names, "features move as"]))
    for role, told in rows.items():
        start = "0" if role.endswith("bias") else f"{told['start']:.4g}"
        print(line(role, [start, *_numbers(told)]))
    if drawn:
        print("\nbiases that do not start at 0, but at order 1 at every width:\n")
    for role, told in drawn.items():
        print(line(role, ["1", *_numbers(told)]))
    return 0


def _numbers(told) -> list[str]:
    """The cells of a role beside its std.

    Rate, one per damping, and the power of the move, as printed.
    """
    shares = [f"{share:.4g}" for share in told["damping"].values()]
    return [f"{told['rate']:.4g}", *shares, f"M^{told['moves']:g}"]


def _of_drawn_biases(table, options, ratio: float) -> dict[str, dict[str, Any]]:
    """The rows of biases that start at order 1, where those are others than from 0.

    By role, of biases only; {} where the start of a bias does not matter to the rule. A bias that
    is a column of its weight's matrix shares that matrix, and its rate with it.
    """
    from lab.theory.mup import exponents

    if table.rule.drawn is None:
        return {}
    other = exponents(table.rule.drawn, options.parameterization)
    rows = _scaled(other, ratio, options.lr)
    return {role: told for role, told in rows.items() if role.endswith("bias")}


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
        return as_json({"method": options.method, "damped": found.damped, "roles": rows})

    widths = ", ".join(map(str, found.widths))
    print(f"{options.method}: rate eta M^-c for every role, measured at widths {widths}")
    if found.damped is not None:
        print(f"d: of {found.damped}, rho M^-d")
    print(line("", ["c", "derived c", "d", "derived d"]))
    for role, row in found.rows.items():
        known = "-" if row.derived_c is None else f"{row.derived_c:+.2f}"
        dampings = [f"{name} {d:+g}" for name, d in row.derived_d.items()]
        d = "-" if row.d is None else str(row.d)
        print(line(role, [str(row.c), known, d, ", ".join(dampings) or "-"]))
    return 0


def _judge(options) -> int:
    """Slope, interval and verdict of every column of a printed table.

    The expected slope is --expected, 0 unless given: what a table of muP should show.
    """
    from lab.domains import number
    from lab.instruments.width.judged import judged

    found = judged(options.judge, number("--expected", options.expected))
    if options.json:
        columns = {}
        for name, (x, said) in found.items():
            columns[name] = slope_facts(x) | {"verdict": said}
        facts = {"file": str(options.judge), "expected": options.expected}
        return as_json(facts | {"columns": columns})
    print(line("", ["slope, 95 % interval", f"expected {options.expected:+g}"]))
    for name, (x, said) in found.items():
        print(line(name, [str(x), said]))
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
        "c": slope_facts(row.c),
        "derived_c": row.derived_c,
        "d": None if row.d is None else slope_facts(row.d),
        "derived_d": row.derived_d,
    }
