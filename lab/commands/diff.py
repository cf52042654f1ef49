"""lab diff: what differs between two stored results.

Bit for bit: for telling what a change of code or of a library moved.
"""

from __future__ import annotations

from collections.abc import Iterator

# of the headers: by whom and from what a result was made
MAKERS = ("experiment", "lab", "numpy", "python", "commit")


def do(options, rest) -> int:
    """lab diff A B [--from DIR]: exit code 1 when an array or a setting differs.

    Makers are printed and do not count as a difference. A and B are names of results, or files.
    ValueError for one that is not there.

    Exit code 0 says equal to the last bit, settings and arrays.
    """
    from lab.workshop import store
    from lab.workshop.results import differences, find

    path = find(options.root, options.first)
    # names are looked up before anything is read: one that is wrong is told at once
    other = find(options.root, options.second)
    first, about_first = store.load(path, "lab run")
    second, about_second = store.load(other, "lab run")

    # a likely reason of a difference, and none by itself
    for name in MAKERS:
        one = about_first[name]
        another = about_second[name]
        if one != another:
            print(f"{name}: {one} against {another}")

    # settings first: they explain arrays that differ
    found = list(_settings(about_first["settings"], about_second["settings"]))
    for difference in differences(first, second):
        found.append(f"array {difference.name}: {_told(difference)}")
    for line in found:
        print(line)
    if not found:
        print(f"the same settings, and {len(first)} arrays equal to the last bit")
    return 1 if found else 0


def _settings(first, second) -> Iterator[str]:
    """Of either, in the order of their names: "not there" is a value of its own.

    Defaults are in a header as well as what was asked: an experiment that got a new setting differs
    from its older results in that line.
    """
    for name in sorted({*first, *second}):
        one = first.get(name, "not there")
        other = second.get(name, "not there")
        if one != other:
            yield f"setting {name}: {one} against {other}"


def _told(one) -> str:
    """How many entries, and the largest relative difference of finite ones; or why not.

    The difference is relative to the larger of both entries.
    """
    if one.words:
        return one.words
    told = f"{one.entries} of {one.of} entries differ"
    if one.relative is None:
        return told
    return f"{told}, by {one.relative:.2g} at most"
