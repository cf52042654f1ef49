"""Which changes of the objective does an optimizer not see? Every registered method against five changes, measured.

Two runs from the same start: on f, and on the changed objective, mapped back. Every hyper-parameter that carries a unit of loss (eps,
damping, coupled decay) is 0 where 0 is allowed. Scale and diagonal changes act on a separable quadratic, where they multiply all
gradients, or those of each coordinate, by constants; permutation, sign and rotation act on a dense one. (derived)
"""

import contextlib
import dataclasses

import numpy as np

from lab.arrays import scalars
from lab.bases import Orthogonal, random
from lab.objectives import Quadratic
from lab.optimizers import OPTIMIZERS, InBasis
from lab.optimizers.protocol import INVARIANCES
from lab.simulation import simulate
from lab.theory.spectra import geometric, with_spectrum

QUICK = dict(dims=4, steps=4)
LOUD = dict(gamma=0.02, final_lr=0.1, trust_coefficient=0.3)  # where the defaults act too late, or too little, to be seen in 12 steps


def run(*, dims: int = 6, steps: int = 12, lr: float = 0.05, seed: int = 0) -> dict[str, np.ndarray]:
    """deviation (method, change): the largest difference of the two paths; declared (method, change): whether the class says it is 0."""
    rng = np.random.default_rng(seed)
    theta, rotation = rng.standard_normal(dims), random(dims, rng)
    methods = {name: bare(_loud(cls, lr)) for name, cls in OPTIMIZERS.items() if getattr(cls, "scope", "") != "matrix"}
    dense = Quadratic(with_spectrum(geometric(dims, 9.0), random(dims, rng)))
    factors = {"scale": np.full(dims, 7.3), "diagonal": geometric(dims, 15.0, 5.0)}
    bases = {
        "permutation": Orthogonal(np.eye(dims)[rng.permutation(dims)]),
        "sign": Orthogonal(np.diag(np.where(np.arange(dims) % 2, -1.0, 1.0))),
        "rotation": rotation,
    }
    lam, rows = np.linspace(0.4, 1.7, dims), []
    for method in methods.values():
        plain = {True: _path(Quadratic(np.diag(lam)), method, theta, steps), False: _path(dense, method, theta, steps)}
        changed = {k: _path(Quadratic(np.diag(lam * c)), method, theta, steps) for k, c in factors.items()}
        changed |= {k: _path(dense, InBasis(q, method), theta, steps) for k, q in bases.items()}
        rows.append([np.abs(changed[k] - plain[k in factors]).max() for k in INVARIANCES])
    return {
        "methods": np.array(list(methods)),
        "changes": np.array(INVARIANCES),
        "deviation": np.array(rows),
        "declared": np.array([[k in method.invariances for k in INVARIANCES] for method in methods.values()]),
    }


def bare(optimizer):
    """The optimizer with every hyper-parameter that carries a unit of loss at 0, where 0 is allowed."""
    for field, _ in scalars(optimizer):
        if optimizer.units.get(field, (0, 0))[1]:
            with contextlib.suppress(ValueError):
                optimizer = dataclasses.replace(optimizer, **{field: 0.0})
    return optimizer


def _loud(cls, lr):
    known = {field.name for field in dataclasses.fields(cls)}
    return cls(lr=lr, **{name: value for name, value in LOUD.items() if name in known})


def _path(objective, optimizer, theta, steps):
    return simulate(objective, optimizer, theta, steps=steps, record={"theta": lambda x: x})["theta"]


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
