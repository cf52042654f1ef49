"""Every setting of every class that has a closed form, generated from the fields of the classes.

A field takes the value of the loud example, and besides: a number the value that does nothing, a
switch and a text every value, the method inside a wrapper every method with a closed form and one
without. What a constructor refuses is no setting.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing

import numpy as np
from examples import objectives, spd

from lab.arrays import Scalar
from lab.bases import Orthogonal, random
from lab.exact import EXACT
from lab.exact.neutral import neutral
from lab.objectives import GaussianRegression, OneHotLogistic, Quadratic
from lab.optimizers import (
    L2,
    OPTIMIZERS,
    SGD,
    Adam,
    Ascent,
    InVariables,
    Momentum,
    Regularized,
    example,
)

N = 6

# what the registered examples leave at its neutral value
LOUD = {"momentum": 0.6, "dampening": 0.4, "weight_decay": 0.3}

RNG = np.random.default_rng(12)
NULL = np.linalg.eigh(spd(N))[1][:, 0]
# the largest ratio of nonzero eigenvalues below
KAPPA = 100
SINGULAR = spd(N) - 0.02 * np.outer(NULL, NULL)  # without its smallest eigenvalue, 1/50
INSTANCES = {
    Quadratic: {
        "loud": objectives()["Quadratic"],
        "centred": Quadratic(spd(N)),
        "singular": Quadratic(SINGULAR, linear=SINGULAR @ RNG.standard_normal(N)),
        "diagonal": Quadratic(np.diag([2.0, 0.0, 0.5, 1.3, 0.02, 0.7]), linear=np.eye(N)[0]),
        "zero": Quadratic(np.zeros((N, N))),
        "n = 1": Quadratic([[0.8]], linear=[0.3], noise=0.4),
    },
    OneHotLogistic: {"loud": objectives()["OneHotLogistic"]},
    GaussianRegression: {
        "law": objectives()["GaussianRegression in law"],
        "rows": objectives()["GaussianRegression by rows"],
        "no noise": GaussianRegression(np.geomspace(2, 0.1, N), -0.4),
    },
}


def start(f, runs=()):
    """A point of the objective, in every run another."""
    return 2 * np.random.default_rng(4).standard_normal((*runs, f.start().shape[-1]))


def combinations(cls: type, choices: dict) -> list:
    """Every instance of a class whose fields take the given choices, but for those it refuses."""
    found = []
    for values in itertools.product(*choices.values()):
        try:
            found.append(cls(**dict(zip(choices, values, strict=True))))
        except (TypeError, ValueError):
            continue
    return found


def plain(cls: type) -> list:
    """Every setting of a method that is no wrapper."""
    return combinations(cls, {f.name: _values(cls, f.name) for f in dataclasses.fields(cls)})


def _values(cls, name):
    hint = typing.get_type_hints(cls, include_extras=True)[name]
    if hint is bool:
        return (False, True)
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)
    assert hint == Scalar, f"{cls.__name__}.{name}: say in exact_settings how it is varied"
    loud = LOUD.get(name, getattr(_example(cls), name, None))
    assert loud is not None, f"{cls.__name__}.{name}: add a loud value to LOUD in exact_settings"
    nothing = neutral(cls).get(name)
    return (loud,) if nothing is None else (nothing, loud)


def _example(cls):
    return example(cls.__name__) if cls.__name__ in OPTIMIZERS else None


def solved(objective: type) -> list[type]:
    """The types of optimizer that have a closed form on this type of objective."""
    return [optimizer for f, optimizer in EXACT if f is objective]


def insides(objective: type) -> list:
    """What wrappers are put around: every plain setting, wrappers, what has no closed form."""
    wrappers = (InVariables, Regularized, Momentum, Ascent)
    methods = [o for cls in solved(objective) if cls not in wrappers for o in plain(cls)]
    once = [Ascent(SGD(0.07)), Momentum(SGD(0.07), 0.5), Regularized(SGD(0.07), L2(0.3), on="p")]
    return [*methods, *once, Regularized(SGD(0.07), L2(0.2), on="z"), Adam(0.1)]


def optimizers(objective: type, cls: type, n: int = N) -> list:
    """Every setting of an optimizer that has a closed form on this type of objective."""
    if cls not in (InVariables, Regularized, Momentum, Ascent):
        return plain(cls)

    inside = insides(objective)
    if cls is InVariables:
        turns = [random(n, np.random.default_rng(2)), Orthogonal(-np.eye(n))]
        return combinations(cls, {"change": turns, "inner": inside})
    if cls is Regularized:
        return combinations(cls, {"inner": inside, "penalty": [L2(0.3)], **_texts(cls)})
    if cls is Momentum:
        rest = {"momentum": (0.6, 0.0), "nesterov": (False, True)}
        return combinations(cls, {"inner": inside, **rest, **_texts(cls)})
    return combinations(cls, {"inner": inside})


def _texts(cls):
    hints = typing.get_type_hints(cls)
    texts = {name: typing.get_args(hint) for name, hint in hints.items()}
    return {n: v for n, v in texts.items() if typing.get_origin(hints[n]) is typing.Literal}


def tree(thing) -> list:
    """A dataclass and all dataclasses inside."""
    inside = [getattr(thing, field.name) for field in dataclasses.fields(thing)]
    parts = [x for x in inside if dataclasses.is_dataclass(x)]
    return [thing, *(found for part in parts for found in tree(part))]


def active(thing) -> set[tuple[str, str]]:
    """(class, field) of everything in the tree that is not at its neutral value."""
    found = set()
    for part in tree(thing):
        nothing = neutral(type(part))
        for field in dataclasses.fields(part):
            value = getattr(part, field.name)
            if field.name not in nothing or np.any(np.asarray(value) != nothing[field.name]):
                found.add((type(part).__name__, field.name))
    return found
