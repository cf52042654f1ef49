"""Which changes of the objective does an optimizer not see?

Every registered method against five changes, measured. Two runs from the same start: on f, and on
the changed objective, mapped back. Every hyper-parameter that carries a unit of loss (eps, damping,
coupled decay) is 0 where 0 is allowed. Scale and diagonal changes act on a separable quadratic,
where they multiply all gradients, or those of each coordinate, by constants; permutation, sign and
rotation act on a dense one. (derived)

A method sees a change when the two paths part. Quadratics can refute an invariance and not prove
it: what is below rounding here may differ on another objective, which is why the classes declare
theirs and a test holds them to it.
"""

import numpy as np

from lab.instruments.invariances import bare, deviations
from lab.optimizers import OPTIMIZERS, defaults
from lab.optimizers.protocol import INVARIANCES
from lab.sentences import listed, share

VERSION = 2
QUICK = dict(dims=4, steps=4)
UNITS = {
    "no unit": "deviation",
}
# where the defaults act too late, or too little, to be seen in 12 steps
LOUD = dict(gamma=0.02, final_lr=0.1, trust_coefficient=0.3)


def run(
    *,
    dims: int = 6,
    steps: int = 12,
    lr: float = 0.05,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """deviation (method, change): the largest difference of the two paths; declared (method,
    change): whether the class says it is 0. matrices: the methods that act on matrices only, where
    these changes of a vector's coordinates mean nothing.

    dims, steps: of the two quadratics and the runs on them; lr > 0, of all methods.

    methods (M,), changes (5,): scale, diagonal, permutation, sign, rotation. A difference is the
    largest of all coordinates and steps, of paths from N(0, I). seed: of the start, the
    eigenvectors, the rotation and the permutation.
    """
    every = {name: bare(_loud(name, lr)) for name in OPTIMIZERS}
    # these changes are those of a vector's coordinates
    methods = {name: method for name, method in every.items() if not _of_matrices(method)}

    found = [deviations(method, dims=dims, steps=steps, seed=seed) for method in methods.values()]
    deviation = [[row[change] for change in INVARIANCES] for row in found]
    declared = [[k in method.invariances for k in INVARIANCES] for method in methods.values()]
    return {
        "methods": np.array(list(methods)),
        "changes": np.array(INVARIANCES),
        "deviation": np.array(deviation),
        "declared": np.array(declared),
        "matrices": np.array([name for name in every if name not in methods], dtype=str),
        "steps": np.array(steps),
        "dims": np.array(dims),
    }


def summary(data) -> str:
    """How many of the declared invariances hold, and which hold without being declared.

    A difference of 1e-9 parts what rounding leaves in twelve steps from what a method sees. An
    invariance that holds and is not declared is no fault: it may hold on these quadratics only.
    """
    # paths are of order 1 and the runs short: what is below is rounding
    holds = data["deviation"] < 1e-9
    declared = data["declared"].astype(bool)
    lines = [
        f"Which changes of the objective do {len(holds)} methods not see, in {data['steps']} "
        "steps?",
        f"{share((holds & declared).sum(), declared.sum())} declared invariances hold.",
    ]
    for j, change in enumerate(data["changes"]):
        lines.append(
            f"{change}: {share(holds[:, j].sum(), len(holds))} do not see it, "
            f"{(holds & ~declared)[:, j].sum()} of them without declaring it."
        )
    if len(data["matrices"]):
        others = listed(data["matrices"])
        lines.append(f"Not asked, since they act on matrices: {others}.")
    return "\n".join(lines)


def _of_matrices(method) -> bool:
    """Methods whose scope is "matrix" (Muon is one) act on a matrix of weights, not on a vector."""
    return getattr(method, "scope", "") == "matrix"


def _loud(name: str, lr: float):
    """A method with those of the LOUD settings that it has.

    gamma, final_lr and trust_coefficient have defaults so mild that a method that does see a change
    would be reported as blind to it.
    """
    settings = defaults(name)
    loud = {field: value for field, value in LOUD.items() if field in settings}
    return OPTIMIZERS[name](**(settings | loud | {"lr": lr}))


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
