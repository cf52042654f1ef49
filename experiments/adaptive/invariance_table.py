"""Which changes of the objective does an optimizer not see?

Every registered method against five changes, measured. Two runs from the same start: on f, and on
the changed objective, mapped back. Every hyper-parameter that carries a unit of loss (eps, damping,
coupled decay) is 0 where 0 is allowed. Scale and diagonal changes act on a separable quadratic,
where they multiply all gradients, or those of each coordinate, by constants; permutation, sign and
rotation act on a dense one. (derived)
"""

import inspect

import numpy as np

from lab.instruments.invariances import bare, deviations
from lab.optimizers import OPTIMIZERS
from lab.optimizers.protocol import INVARIANCES

QUICK = dict(dims=4, steps=4)
LOUD = dict(
    gamma=0.02, final_lr=0.1, trust_coefficient=0.3
)  # where the defaults act too late, or too little, to be seen in 12 steps


def run(
    *, dims: int = 6, steps: int = 12, lr: float = 0.05, seed: int = 0
) -> dict[str, np.ndarray]:
    """deviation (method, change): the largest difference of the two paths; declared (method,
    change): whether the class says it is 0."""
    every = {name: bare(_loud(factory, lr)) for name, factory in OPTIMIZERS.items()}
    methods = {
        name: method for name, method in every.items() if getattr(method, "scope", "") != "matrix"
    }
    found = [deviations(method, dims=dims, steps=steps, seed=seed) for method in methods.values()]
    return {
        "methods": np.array(list(methods)),
        "changes": np.array(INVARIANCES),
        "deviation": np.array([[row[k] for k in INVARIANCES] for row in found]),
        "declared": np.array(
            [[k in method.invariances for k in INVARIANCES] for method in methods.values()]
        ),
    }


def _loud(factory, lr):
    known = inspect.signature(factory).parameters
    return factory(lr=lr, **{name: value for name, value in LOUD.items() if name in known})


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
