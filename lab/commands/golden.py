"""lab golden: a trajectory that any test suite can read.

What it writes is what `lab conform` reads: settings, gradients and points of one run on one stream.
"""

from __future__ import annotations

import json


def do(options, rest) -> int:
    """lab golden OPTIMIZER --hyper value --steps 10

    One line per step with all digits, or with --json a record that `lab conform` reads. ValueError
    for an unknown optimizer or hyper-parameter.

    --dims and --seed choose the stream of what the method is asked; the start is step 0.
    """
    from lab import conformance
    from lab.workshop.words import chosen as read_words

    settings = conformance.golden_settings(options.name)
    optional = conformance.may_be_none(options.name)
    chosen = read_words(options.name, settings, rest, optional=optional)
    drawn = {name: chosen.pop(name) for name in ("steps", "dims", "seed")}
    record = conformance.golden(options.name, chosen, **drawn)
    if options.json:
        print(json.dumps(record, allow_nan=False))
        return 0
    for step, theta in enumerate([record["theta0"], *record["trajectory"]]):
        # repr has every digit that a float has
        print(f"{step:4d}  " + "  ".join(f"{x!r:>24}" for x in _numbers(theta)))
    return 0


def _numbers(nested):
    """The numbers of nested lists, in order."""
    for entry in nested:
        if isinstance(entry, (int, float)):
            yield entry
        else:
            yield from _numbers(entry)
