"""lab diff: what differs between two stored results."""

from __future__ import annotations


def do(options, rest) -> int:
    """lab diff A B [--from DIR]: exit code 1 when an array or a setting differs."""
    from lab.workshop import store
    from lab.workshop.results import differences, find

    loaded = [
        store.load(find(options.root, name), "lab run") for name in (options.first, options.second)
    ]
    (first, about_first), (second, about_second) = loaded
    same = True
    for name in ("experiment", "lab", "numpy", "python", "commit"):
        if about_first[name] != about_second[name]:
            print(f"{name}: {about_first[name]} against {about_second[name]}")
            same = same and name != "experiment"

    settings = [about_first["settings"], about_second["settings"]]
    for name in sorted({*settings[0], *settings[1]}):
        values = [own.get(name, "not there") for own in settings]
        if values[0] != values[1]:
            print(f"setting {name}: {values[0]} against {values[1]}")
            same = False

    found = differences(first, second)
    for one in found:
        print(f"array {one.name}: {_told(one)}")
    if same and not found:
        print(f"the same settings, and {len(first)} arrays equal to the last bit")
    return 0 if same and not found else 1


def _told(one) -> str:
    if one.words:
        return one.words
    told = f"{one.entries} of {one.of} entries differ"
    # text has no relative difference
    return told if one.relative != one.relative else f"{told}, by {one.relative:.2g} at most"
