"""How far do two libraries' optimizers of one name drift apart on one gradient stream?

At their defaults, and with equal numbers. Open loop: both versions get the same gradients and the
same learning rate, whatever they do with them. A name is shared when it is spelt the same up to
capitals and underscores; AMSGrad is torch's Adam(amsgrad=True). Versions as in lab.conventions.
(derived)
"""

import inspect
from functools import cache
from itertools import combinations

import numpy as np

from lab.arrays import Layers
from lab.checks import positive
from lab.conventions import FURTHER, LIBRARIES
from lab.conventions.table import title
from lab.optimizers import L2, Regularized, hyperparameters, with_
from lab.simulation import replay
from lab.ties import rounded

QUICK = dict(steps=40, points=5, rows=3)


def run(
    *,
    steps: int = 400,
    points: int = 20,
    lr: float = 0.01,
    rows: int = 8,
    columns: int = 4,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """drift (pair, t) = |x_t - y_t| / max(|x_t - x_0|, |y_t - x_0|), x and y the paths of two
    libraries: 0 the same, 2 opposite.

    The gradients of a rows x columns matrix are a mean and four times as much noise, sizes spread
    over three decades. default: each library's own defaults but for the learning rate; matched: the
    second one with all numbers of the first, switches as they are. differ and switches (pair,): the
    fields of our class on which the two are different before and after. name, first, second
    (pair,); ordered by the last default, largest first; row: their numbers.
    """
    positive("lr", lr)
    rng = np.random.default_rng(seed)
    size = rng.permutation(np.geomspace(1e-3, 1.0, rows * columns)).reshape(rows, columns)
    stream = size * (
        0.25 * rng.standard_normal((rows, columns)) + rng.standard_normal((steps, rows, columns))
    )
    start, gradients = Layers([rng.standard_normal((rows, columns))]), [Layers([g]) for g in stream]
    t = np.unique(np.geomspace(1, steps, points).round().astype(int))
    path = cache(lambda optimizer: replay(with_(optimizer, lr=lr), start, gradients)[0])
    found = []
    for name, first, second, x, y in pairs():
        same = matched(x, y)
        drifts = [drift(path(x), path(other))[t] for other in (y, same)]
        found.append(
            (
                name,
                first,
                second,
                *drifts,
                ", ".join(differing(x, y)),
                ", ".join(differing(x, same)),
            )
        )
    found.sort(
        key=lambda pair: -rounded(pair[3][-1], 1.0)
    )  # a stable sort: pairs that agree stay in the order of the libraries
    keys = ("name", "first", "second", "default", "matched", "differ", "switches")
    columns_of = {
        key: np.array(values) for key, values in zip(keys, zip(*found, strict=True), strict=True)
    }
    return {
        "t": t,
        "row": np.arange(len(found)),
        "steps": np.array(steps),
        "lr": np.array(lr),
        **columns_of,
    }


def pairs():
    """Name, two libraries, and their optimizers of that name at the defaults."""
    versions = {}
    for library, entries in LIBRARIES.items():
        for name, entry in entries.items():
            versions.setdefault(plain(name), {})[library] = at_defaults(entry)
        for name, extra in (
            (name, extra) for (where, name), extra in FURTHER.items() if where == library
        ):
            special = at_defaults(entries[name], **extra)
            versions.setdefault(plain(title(special)), {}).setdefault(library, special)
    for found in versions.values():
        for (first, x), (second, y) in combinations(found.items(), 2):
            yield title(x), first, second, x, y


def plain(name):
    return name.lower().replace("_", "")


def at_defaults(entry, **extra):
    """Required settings, which are learning rates, at 1: they are replaced."""
    required = [
        key
        for key, p in inspect.signature(entry).parameters.items()
        if p.default is inspect.Parameter.empty
    ]
    return entry(**dict.fromkeys(required, 1.0), **extra)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def parts(optimizer):
    """The method itself, and its weight decay."""
    if isinstance(optimizer, Regularized):
        return optimizer.inner, optimizer.penalty.weight_decay
    return optimizer, hyperparameters(optimizer).get("weight_decay", 0.0)


def matched(x, y):
    """y with every number of x, weight decay too; y itself when they are not of one method."""
    (one, decay), (other, _) = parts(x), parts(y)
    if type(one) is not type(other):
        return y

    theirs = hyperparameters(other)
    numbers = {name: value for name, value in hyperparameters(one).items() if is_number(value)}
    same = with_(
        other, **{name: value for name, value in numbers.items() if is_number(theirs[name])}
    )
    if decay == 0 or "weight_decay" in theirs:
        return same
    around = y if isinstance(y, Regularized) else x
    return Regularized(same, L2(decay), around.on, around.form, around.times)


def differing(x, y):
    """Hyper-parameters other than lr with different values; both methods when those differ."""
    if type(parts(x)[0]) is not type(parts(y)[0]):
        return [title(x), title(y)]
    one, other = (hyperparameters(z) | {"weight_decay": parts(z)[1]} for z in (x, y))
    return [name for name in one if name != "lr" and name in other and one[name] != other[name]]


def drift(x, y):
    """(T + 1,): the distance of two paths over the larger displacement, 0 at the start."""
    gap, moved = (
        np.linalg.norm(x - y, axis=(1, 2)),
        [np.linalg.norm(z - z[0], axis=(1, 2)) for z in (x, y)],
    )
    return gap / np.where(gap > 0, np.maximum(*moved), 1.0)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
