"""What lab mup prints: lines of a table, slopes and facts as JSON."""

from __future__ import annotations

from typing import Any


def slope_facts(x) -> dict[str, Any]:
    """value, low and high of a slope; what has no number is null in JSON."""
    from math import isfinite

    found = {}
    for name, value in x._asdict().items():
        found[name] = value if isfinite(value) else None
    return found


def as_json(facts: dict[str, Any]) -> int:
    """One line of JSON. ValueError for NaN or inf, which must have become null before."""
    import json

    print(json.dumps(facts, allow_nan=False))
    return 0


def line(
    name: str,
    cells: list[str],
) -> str:
    """A line of a table: a name, and cells of 22 characters, which hold a slope with its
    interval.
    """
    columns = [cell.rjust(22) for cell in cells]
    return "".join([name.ljust(13), *columns]).rstrip()
