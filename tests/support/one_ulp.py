"""Another machine, imitated: whatever differs between machines is moved in its last digit.

BLAS kernels, vector units and versions of libraries differ in last digits. `another_machine` moves
by one unit in the last place, or not at all, entry by entry:

- arrays that pass `lab.checks.real`: data, starts, spectra, bases, all that objectives, simulate
  and theory take;
- real random draws;
- what LAPACK and FUNCTIONS return.

Integers stay: they are exact everywhere. Moves are towards 0, so that pi stays within [0, pi].
Which entries move depends on value and place: equal entries no longer are, but the same array
moves the same way each time, as on a machine: two runs from one start still have one start.
"""

import sys
from contextlib import ExitStack, contextmanager
from unittest import mock

import numpy as np
from files import experiment, run_quick

from lab import checks

LAPACK = ("eigh", "eigvalsh", "eigvals", "svd", "solve", "inv", "qr", "lstsq")
FUNCTIONS = ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "power")
FUNCTIONS += ("linspace", "geomspace", "logspace")
DRAWS = ("standard_normal", "normal", "uniform", "random")
REAL = checks.real
ODD = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9)


def shaken(x, seed):
    """x with one ulp less or as it is, entry by entry; integers, inf, NaN, other types as they
    are."""
    if np.asarray(x).dtype != float or not np.size(x):
        return x
    values = np.ravel(x)
    whole = values == np.rint(values)

    # multiplicative hashing: the top bit of a product with large odd constants is as good as a coin
    place = np.arange(2 * seed + 1, 2 * seed + 1 + values.size, dtype=np.uint64)
    bits = np.abs(values).view(np.uint64) + place * np.uint64(ODD[0])
    coin = (bits ^ (bits >> np.uint64(29))) * np.uint64(ODD[1]) >> np.uint64(63)
    moved = np.where(whole | (coin == 0), values, np.nextafter(values, 0.0))
    return moved.reshape(np.shape(x))[()]


def _result_shaken(function, seed):
    def moved(*args, out=None, **kwargs):
        found = function(*args, **kwargs) if out is None else function(*args, out=out, **kwargs)
        if isinstance(found, tuple):
            parts = [shaken(part, seed) for part in found]
            return type(found)(*parts) if hasattr(found, "_fields") else tuple(parts)
        if out is None:
            return shaken(found, seed)
        out[...] = shaken(found, seed)
        return out

    return moved


def _generator(seed):
    """The generators of a machine: real draws are moved; integers, choices and permutations are the
    same everywhere."""
    draws = {name: _result_shaken(getattr(np.random.Generator, name), seed) for name in DRAWS}
    shaking = type("Shaking", (np.random.Generator,), draws)

    def default_rng(seed=None):
        return seed if isinstance(seed, np.random.Generator) else shaking(np.random.PCG64(seed))

    return default_rng


@contextmanager
def another_machine(seed):
    """While it lasts, arithmetic is that of another machine, a different one for every seed.

    What objects keep that are computed meanwhile stays: work of any size belongs into a process of
    its own.
    """

    def real(name, x, ndim=None):
        return shaken(REAL(name, x, ndim), seed)

    places = [(np.linalg, name) for name in LAPACK] + [(np, name) for name in FUNCTIONS]
    patches = [
        mock.patch.object(place, name, _result_shaken(getattr(place, name), seed))
        for place, name in places
    ]
    patches += [mock.patch.object(np.random, "default_rng", _generator(seed))]
    ours = [module for name, module in sys.modules.items() if name.split(".")[0] == "lab"]
    users = [module for module in ours if getattr(module, "real", None) is REAL]
    patches += [mock.patch.object(module, "real", real) for module in users]
    with ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        yield


def run_elsewhere(name, seed, *, quick=True):
    """What an experiment returns on another machine, at its QUICK settings or at its defaults."""
    with another_machine(seed):
        return run_quick(name) if quick else experiment(name).run()
