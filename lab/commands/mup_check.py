"""lab mup --check: derived rates beside those of first steps on drawn networks.

Slopes are of the moves of one first step on one batch, against the width; where a finite width
bends them, the slope between the two largest widths, in a column of its own, is the nearer one to
the limit.
"""

from __future__ import annotations

from typing import Any

from lab.commands.mup_tables import as_json, line, slope_facts


def check(options) -> int:
    """Derived and measured rates of a method, or of all, layer by layer on several networks.

    Rows are printed as they come: all methods take minutes. The wide ones come first.

    --widest is the largest width; --json waits for all rows.
    """
    from lab.instruments.width.first_steps import derived_and_measured
    from lab.instruments.width.methods import METHODS, WIDE

    # the cheap ones first: all of them take minutes
    names = [options.method] if options.method else [*WIDE, *(m for m in METHODS if m not in WIDE)]
    rows = derived_and_measured(names, options.widest)
    notes = {}
    for name, method in (METHODS | WIDE).items():
        if name in names and method.note:
            notes[name] = method.note
    if options.json:
        found = list(map(_checked, rows))
        return as_json({"rows": found, "notes": notes})

    heading = None
    for row in rows:
        told = (
            f"{row.net.activation}, {_biases(row.net)}, widths {row.widths[0]} to {row.widths[-1]}"
        )
        # rows come network by network
        if told != heading:
            heading = told
            print(f"\nrate eta M^-c, {told}\n")
            print(line("", ["role", "derived c", "c, 95 % interval", "at the largest two", ""]))
        cells = [row.role, f"{row.derived:+.2f}", str(row.slope), str(row.widest), row.said()]
        print(line(row.method, cells), flush=True)
    for name, note in notes.items():
        print(f"\n{name}: {note}")
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
        "c": slope_facts(row.slope),
        "widest": slope_facts(row.widest),
        "said": row.said(),
    }
