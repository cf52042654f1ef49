"""lab results: what is stored; lab results NAME: what is in one.

A result says by itself what it is: settings, versions, commit and seconds are in its header. Its
state is what the code of today makes of it: current, older than its experiment, or damaged.

Nothing is recomputed here, and nothing deleted.
"""

from __future__ import annotations


def do(options, rest) -> int:
    """lab results [NAME] [--from DIR]

    One line per file: name, when, size, state, settings other than the defaults. With NAME what is
    inside. ValueError for a name that has no result.

    "older" is told, not mended: `lab run` makes a result again, which may take long.
    """
    if options.name is not None:
        return _one(options)

    from lab.workshop.results import changed, results

    found = results(options.root)
    if not found:
        print("no results are stored here: lab run EXPERIMENT makes one")
    for one in found:
        settings = ""
        if one.header:
            settings = _words(changed(options.root, one.header))
        size = f"{one.kilobytes:9.1f} kB"
        told = f"{one.path.stem:40} {one.written}  {size}  {one.state}  {settings}"
        print(told.rstrip())
    return 0


def _words(settings) -> str:
    """Settings as one would type them: --name value, lists with commas.

    So that a line can be pasted behind `lab run NAME`.
    """
    words = []
    for name, value in settings.items():
        shown = str(value)
        if isinstance(value, list):
            shown = ",".join(map(str, value))
        words += [f"--{name}", shown]
    return " ".join(words)


def _one(options) -> int:
    """Header, settings, and a line per array: name, shape, type, unit, range.

    Units are those that the experiment declares: see lab.workshop.units. ValueError for a damaged
    file, with the command that remakes it.
    """
    from lab.workshop import store
    from lab.workshop.results import experiment, find, result
    from lab.workshop.units import unit

    path = find(options.root, options.name)
    one = result(options.root, path)
    arrays, header = store.load(path, "lab run")
    name = header["experiment"]
    module = experiment(options.root, name)
    settings = _words(header["settings"])

    print(path)
    print(f"{name}, {one.written}, {one.kilobytes:.1f} kB, {one.state}")
    for fact in ("lab", "numpy", "python", "commit", "seconds"):
        print(f"  {fact} {header[fact]}")
    print(f"settings: {settings}")
    for key, array in arrays.items():
        shape = str(array.shape)
        kind = str(array.dtype)
        print(f"  {key:32} {shape:18} {kind:8} {unit(module, key, array):18} {_range(array)}")
    return 0


def _range(array) -> str:
    """What an array holds, in a few words: "low ... high" of numbers, the first four of others.

    NaN is left out; inf is an end, since a run that diverged is data.
    """
    import numpy as np

    if not array.size:
        return "empty"
    if array.dtype.kind in "fiu":
        # NaN would be both ends
        low = np.nanmin(array)
        high = np.nanmax(array)
        one = f"{low:.4g}"
        return one if low == high else f"{one} ... {high:.4g}"

    # names of methods: four of them tell which comparison this is
    first = array.ravel()[:4]
    shown = ", ".join(map(str, first))
    more = ", ..." if array.size > first.size else ""
    return shown + more
