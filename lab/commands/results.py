"""lab results: what is stored; lab results NAME: what is in one."""

from __future__ import annotations


def do(options, rest) -> int:
    """lab results [NAME] [--from DIR]"""
    if options.name is not None:
        return _one(options)

    from lab.workshop.results import changed, results

    found = results(options.root)
    if not found:
        print("no results are stored here: lab run EXPERIMENT makes one")
    for one in found:
        settings = _words(changed(options.root, one.header)) if one.header else ""
        told = f"{one.path.stem:40} {one.written}  {one.kilobytes:9.1f} kB  {one.state}"
        print(f"{told}  {settings}".rstrip())
    return 0


def _words(settings) -> str:
    """Settings as one would type them."""
    return " ".join(f"--{name} {_word(value)}" for name, value in settings.items())


def _word(value) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _one(options) -> int:
    from lab.workshop import store
    from lab.workshop.results import find, result

    path = find(options.root, options.name)
    one = result(options.root, path)
    arrays, header = store.load(path, "lab run")

    print(f"{path}\n{header['experiment']}, {one.written}, {one.kilobytes:.1f} kB, {one.state}")
    made = f"lab {header['lab']}, numpy {header['numpy']}, python {header['python']}"
    print(f"made by {made}, commit {header['commit']}, in {header['seconds']} s")
    print(f"settings: {_words(header['settings'])}")
    for name, array in arrays.items():
        print(f"  {name:32} {array.shape!s:18} {array.dtype!s:8} {_range(array)}")
    return 0


def _range(array) -> str:
    """What an array holds, in a few words."""
    import numpy as np

    if not array.size:
        return "empty"
    if array.dtype.kind in "fiu":
        low = np.nanmin(array)
        high = np.nanmax(array)
        return f"{low:.4g}" if low == high else f"{low:.4g} ... {high:.4g}"
    words = [str(x) for x in array.ravel()[:4]]
    more = ", ..." if array.size > len(words) else ""
    return ", ".join(words) + more
