"""How far do two libraries' optimizers of one name drift apart on one gradient stream?

At their defaults, and with equal numbers. Open loop: both versions get the same gradients and the
same learning rate, whatever they do with them. A name is shared when it is spelt the same up to
capitals and underscores; AMSGrad is torch's Adam(amsgrad=True). Versions as in lab.conventions.
(derived)

A pair is two libraries and one name. What is compared is the update rule with its defaults, as
lab.conventions has it, and not the libraries' code: drift says how much the choice of the library
matters to somebody who copies a name and a learning rate.
"""

import inspect
from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from lab.arrays import Layers
from lab.checks import positive
from lab.conventions import FURTHER, LIBRARIES
from lab.conventions.table import title
from lab.optimizers import L2, Regularized, hyperparameters, with_
from lab.sentences import number, share
from lab.simulation import replay
from lab.spectra import geometric_integers
from lab.ties import rounded

QUICK = dict(steps=40, points=5, rows=3)
UNITS = {
    "no unit": "default matched",
}


class Pair(NamedTuple):
    """Two libraries' versions of one name: drifts (points,) at their defaults and with equal
    numbers, and the fields on which they differ before and after."""

    name: str
    first: str
    second: str
    default: np.ndarray
    matched: np.ndarray
    differ: str
    switches: str


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

    default: each library's own defaults but for the learning rate; matched: the second one with all
    numbers of the first, switches as they are. differ and switches (pair,): the fields of our class
    on which the two are different before and after. name, first, second (pair,); ordered by the
    last default, largest first; row: their numbers.

    lr > 0, of all; `points` times of the steps are stored; rows, columns: of the one matrix that
    is trained.

    Not said: that a training run would differ as much. Here the gradients don't answer to the path
    (open loop), and in a closed one both may settle at the same minimum.
    """
    positive("lr", lr)
    start, gradients = stream(steps, (rows, columns), seed)
    # geometric, since paths part early or late
    t = geometric_integers(1, steps, points)

    @cache
    def path(optimizer):
        """The matrix after every step, (steps + 1, rows, columns)."""
        at_rate = with_(optimizer, lr=lr)
        return replay(at_rate, start, gradients)[0]

    found = []
    for name, first, second, x, y in pairs():
        same = matched(x, y)
        apart = drift(path(x), path(y))[t]
        matched_apart = drift(path(x), path(same))[t]
        before = ", ".join(differing(x, y))
        after = ", ".join(differing(x, same))
        pair = Pair(name, first, second, apart, matched_apart, before, after)
        found.append(pair)
    # a stable sort: pairs that agree stay in the order of the libraries
    found.sort(key=lambda pair: -rounded(pair.default[-1], 1.0))

    columns_of = {}
    for key in Pair._fields:
        values = [getattr(pair, key) for pair in found]
        columns_of[key] = np.array(values)
    return {
        "t": t,
        "row": np.arange(len(found)),
        "steps": np.array(steps),
        "lr": np.array(lr),
        **columns_of,
    }


def summary(data) -> str:
    """How many pairs part at their defaults, the farthest of them, and how many when numbers are
    equal.

    Pairs are told from the farthest on, three of them. 1e-9: two orders of the same operations
    differ by rounding, which 400 steps repeat, and every difference of a convention is far above
    that.
    """
    # drifts at the last time, with the libraries' own numbers and with equal ones
    last, equal = data["default"][:, -1], data["matched"][:, -1]
    # what repeated rounding leaves is the same path
    parts = last > 1e-9
    lines = [
        f"How far do two libraries' optimizers of one name drift apart in {data['steps']} steps, "
        "in units of the distance moved?",
        f"{share(parts.sum(), len(last))} pairs part at their defaults, and "
        f"{(equal > 1e-9).sum()} still do when all numbers are equal.",
    ]
    for k in np.flatnonzero(parts)[:3]:
        pair = f"{data['name'][k]}, {data['first'][k]} and {data['second'][k]}"
        lines.append(
            f"{pair}: {number(last[k])} ({data['differ'][k]}); "
            f"with equal numbers {number(equal[k])}."
        )
    return "\n".join(lines)


def stream(steps: int, shape: tuple, seed: int) -> tuple[Layers, list[Layers]]:
    """A start, and gradients of one matrix: a mean and four times as much noise, in sizes that are
    spread over three decades.

    Sizes of entries are geometric from 1e-3 to 1 and shuffled, so that eps, which libraries place
    differently, matters for some entries and not for others. The mean is a quarter of the noise:
    with a mean alone signs never change, with noise alone a path only diffuses. start and each
    gradient have the given shape (rows, columns).
    """
    rng = np.random.default_rng(seed)
    sizes = np.geomspace(1e-3, 1.0, shape[0] * shape[1])
    size = rng.permutation(sizes).reshape(shape)
    mean = 0.25 * rng.standard_normal(shape)
    gradients = size * (mean + rng.standard_normal((steps, *shape)))
    start = rng.standard_normal(shape)
    # blocks, which methods of matrices ask for
    return Layers([start]), [Layers([g]) for g in gradients]


def pairs():
    """Name, two libraries, and their optimizers of that name at the defaults.

    The order is that of LIBRARIES, and of the entries within: for equal drifts it is the order of
    the rows. A special switch (AMSGrad) makes a version of its own only where its library has no
    entry under that name.
    """
    versions = {}
    for library, entries in LIBRARIES.items():
        for name, entry in entries.items():
            versions.setdefault(plain(name), {})[library] = at_defaults(entry)
        for name, extra in further(library):
            special = at_defaults(entries[name], **extra)
            versions.setdefault(plain(title(special)), {}).setdefault(library, special)

    for found in versions.values():
        for (first, x), (second, y) in combinations(found.items(), 2):
            yield title(x), first, second, x, y


def further(library: str) -> list:
    """Names of a library, each with the switch that makes it a method of its own.

    (name, settings) of that library in FURTHER: torch's Adam with amsgrad=True is AMSGrad.
    """
    found = []
    for (where, name), extra in FURTHER.items():
        if where == library:
            found.append((name, extra))
    return found


def plain(name: str) -> str:
    """The spelling under which libraries are compared."""
    return name.lower().replace("_", "")


def at_defaults(entry, **extra):
    """Required settings, which are learning rates, at 1: they are replaced.

    Whatever the entry needs is a learning rate, the one setting for which libraries have no
    default; 1 is replaced by `lr` before the run.
    """
    settings = inspect.signature(entry).parameters.values()
    required = [p.name for p in settings if p.default is inspect.Parameter.empty]
    return entry(
        **dict.fromkeys(required, 1.0),
        **extra,
    )


def is_number(value) -> bool:
    """A number, and no switch."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def parts(optimizer):
    """The method itself, and its weight decay.

    A wrapper adds L2(weight_decay) around methods that have no decay of their own; without either
    the decay is 0.
    """
    if isinstance(optimizer, Regularized):
        return optimizer.inner, optimizer.penalty.weight_decay
    return optimizer, hyperparameters(optimizer).get("weight_decay", 0.0)


def matched(x, y):
    """y with every number of x, weight decay too; y itself when they are not of one method.

    Switches (where eps stands, whether moments are debiased) are kept: what still drifts is a
    difference of the rule and not of its numbers. A decay that y has nowhere to keep is added
    around it in the form that x, or y's own wrapper, uses.
    """
    one, decay = parts(x)
    other, _ = parts(y)
    if type(one) is not type(other):
        return y

    theirs = hyperparameters(other)
    ours = hyperparameters(one).items()
    numbers = {}
    for name, value in ours:
        if is_number(value) and is_number(theirs[name]):
            numbers[name] = value
    same = with_(other, **numbers)
    if decay == 0 or "weight_decay" in theirs:
        return same
    around = y if isinstance(y, Regularized) else x
    return Regularized(same, L2(decay), around.on, around.form, around.times)


def differing(x, y) -> list[str]:
    """Hyper-parameters other than lr with different values; both methods when those differ.

    What the table of the figure prints beside a pair; empty where the two are the same rule.
    """
    one, _ = parts(x)
    other, _ = parts(y)
    if type(one) is not type(other):
        return [title(x), title(y)]
    ours = with_decay(x)
    theirs = with_decay(y)
    shared = [name for name in ours if name in theirs and name != "lr"]
    return [name for name in shared if ours[name] != theirs[name]]


def with_decay(optimizer) -> dict:
    """The hyper-parameters of a method, weight decay among them wherever it stands."""
    _, decay = parts(optimizer)
    return hyperparameters(optimizer) | {"weight_decay": decay}


def moved(x: np.ndarray) -> np.ndarray:
    """The distance from the start, (T + 1,).

    The Frobenius norm of x_t - x_0 for x (T + 1, rows, columns).
    """
    return np.linalg.norm(x - x[0], axis=(1, 2))


def drift(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(T + 1,): the distance of two paths over the larger displacement, 0 at the start.

    At most 2, by the triangle inequality, and 2 only for opposite paths of one length. Two methods
    that go in the same direction at speeds 1 and 2 have the drift 1/2.
    """
    gap = np.linalg.norm(x - y, axis=(1, 2))
    farther = np.maximum(moved(x), moved(y))
    # 0 / 0 at the start, and where neither has moved
    return gap / np.where(gap > 0, farther, 1.0)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
