"""How far do two libraries' optimizers of one name drift apart on one gradient stream? At their defaults, and with equal numbers.

Open loop: both versions get the same gradients and the same learning rate, whatever they do with them. A name is shared when it is
spelt the same up to capitals and underscores; AMSGrad is torch's Adam(amsgrad=True). Versions as in lab.conventions. (derived)
"""

import dataclasses
import inspect
from functools import cache
from itertools import combinations

import numpy as np

from lab.arrays import Layers
from lab.checks import positive
from lab.conventions import FURTHER, LIBRARIES
from lab.optimizers.protocol import with_lr
from lab.simulation import replay
from lab.ties import rounded

QUICK = dict(steps=40, points=5, rows=3)


def run(*, steps: int = 400, points: int = 20, lr: float = 0.01, rows: int = 8, columns: int = 4, seed: int = 0) -> dict[str, np.ndarray]:
    """drift (pair, t) = |x_t - y_t| / max(|x_t - x_0|, |y_t - x_0|), x and y the paths of two libraries: 0 the same, 2 opposite.

    The gradients of a rows x columns matrix are a mean and four times as much noise, sizes spread over three decades. default: each
    library's own defaults but for the learning rate; matched: the second one with all numbers of the first, switches as they are.
    differ and switches (pair,): the fields of our class on which the two are different before and after. name, first, second (pair,);
    ordered by the last default, largest first; row: their numbers.
    """
    positive("lr", lr)
    rng = np.random.default_rng(seed)
    size = rng.permutation(np.geomspace(1e-3, 1.0, rows * columns)).reshape(rows, columns)
    stream = size * (0.25 * rng.standard_normal((rows, columns)) + rng.standard_normal((steps, rows, columns)))
    start, gradients = Layers([rng.standard_normal((rows, columns))]), [Layers([g]) for g in stream]
    t = np.unique(np.geomspace(1, steps, points).round().astype(int))
    path = cache(lambda optimizer: replay(with_lr(optimizer, lr), start, gradients)[0])
    found = []
    for name, first, second, x, y in pairs():
        same = matched(x, y)
        drifts = [drift(path(x), path(other))[t] for other in (y, same)]
        found.append((name, first, second, *drifts, ", ".join(differing(x, y)), ", ".join(differing(x, same))))
    found.sort(key=lambda pair: -rounded(pair[3][-1], 1.0))  # a stable sort: pairs that agree stay in the order of the libraries
    keys = ("name", "first", "second", "default", "matched", "differ", "switches")
    columns_of = {key: np.array(values) for key, values in zip(keys, zip(*found, strict=True), strict=True)}
    return {"t": t, "row": np.arange(len(found)), "steps": np.array(steps), "lr": np.array(lr), **columns_of}


def pairs():
    """Name, two libraries, and their optimizers of that name at the defaults."""
    versions = {}
    for library, entries in LIBRARIES.items():
        for name, entry in entries.items():
            versions.setdefault(plain(name), {})[library] = at_defaults(entry)
        for name, extra in ((name, extra) for (where, name), extra in FURTHER.items() if where == library):
            special = at_defaults(entries[name], **extra)
            versions.setdefault(plain(type(special).__name__), {}).setdefault(library, special)
    for found in versions.values():
        for (first, x), (second, y) in combinations(found.items(), 2):
            yield type(x).__name__, first, second, x, y


def plain(name):
    return name.lower().replace("_", "")


def at_defaults(entry, **extra):
    """Required settings, which are learning rates, at 1: they are replaced."""
    required = [key for key, p in inspect.signature(entry).parameters.items() if p.default is inspect.Parameter.empty]
    return entry(**dict.fromkeys(required, 1.0), **extra)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def matched(x, y):
    """y with every number of x; y itself when they are not of one class."""
    if type(x) is not type(y):
        return y
    names = [field.name for field in dataclasses.fields(x)]
    return dataclasses.replace(
        y, **{name: getattr(x, name) for name in names if is_number(getattr(x, name)) and is_number(getattr(y, name))}
    )


def differing(x, y):
    """Fields other than lr with different values; both classes when those differ."""
    if type(x) is not type(y):
        return [type(x).__name__, type(y).__name__]
    names = [field.name for field in dataclasses.fields(x) if field.name != "lr"]
    return [name for name in names if getattr(x, name) != getattr(y, name)]


def drift(x, y):
    """(T + 1,): the distance of two paths over the larger displacement, 0 at the start."""
    gap, moved = np.linalg.norm(x - y, axis=(1, 2)), [np.linalg.norm(z - z[0], axis=(1, 2)) for z in (x, y)]
    return gap / np.where(gap > 0, np.maximum(*moved), 1.0)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
