"""Is AdaL better than Adam on a small real problem?

Even against odd handwritten digits, logistic regression, mini-batches. A stand-in: no experiment of
the AdaL paper is known. Every method has as many learning rates over as many decades, the same
batches and the same budget, and the best final loss (median over seeds) chooses; the size of the
gradient shows how far the factor |g|_1 is from 1.
"""

import numpy as np

from lab.arrays import norm
from lab.data import digits
from lab.instruments.tuning import tune
from lab.objectives import Logistic
from lab.optimizers import SGD, AdaL

QUICK = {"steps": 60, "rates": 3, "seeds": 2}
# at the largest rates steps have the size of the rate and the sign of a gradient
CHAOTIC = ("loss", "final", "size")


def run(
    *, steps: int = 1000, rates: int = 13, seeds: int = 5, batch: int = 32, ridge: float = 1e-3
) -> dict[str, np.ndarray]:
    """Median loss (methods, K) at the best rate of each, final losses on all rates (methods,
    rates), |g|_1 of the best AdaL (K,)."""
    pixels, label = digits()
    x = np.column_stack([pixels / 16, np.ones(len(pixels))])
    f = Logistic(x, label % 2, ridge)
    grids = np.geomspace(1, 1000, rates)
    methods = {
        "SGD": (SGD(1.0), 1e-2 * grids),
        "Adam": (AdaL(factor="none", eps_place="outside", schedule="constant"), 1e-4 * grids),
        r"Adam, rate 1/$\sqrt{t}$": (AdaL(factor="none", eps_place="outside"), 1e-3 * grids),
        r"AdaL (R1), rate 1/$\sqrt{t}$": (AdaL(), 1e-3 * grids),
        "AdaL (R2), constant rate": (AdaL(eps_place="outside", schedule="constant"), 1e-4 * grids),
        r"AdaL (R3), rate 1/$\sqrt{t}$": (AdaL(factor="coordinate"), 1e-3 * grids),
    }
    record = {"loss": f.loss, "size": lambda theta: norm(f.grad(theta), 1)}
    protocol = {
        "theta": np.zeros((seeds, x.shape[1])),
        "steps": steps,
        "batch": batch,
        "every": max(1, steps // 50),
        "record": record,
    }
    found = [tune(f, method, grid, **protocol) for method, grid in methods.values()]
    return {
        "methods": np.array(list(methods)),
        "t": found[0].record.t,
        "loss": np.stack([np.median(best.curve, axis=-1) for best in found]),
        "relative": np.stack([best.grid / best.lr for best in found]),
        "final": np.stack([best.final for best in found]),
        "lr": np.array([best.lr for best in found]),
        "edge": np.array([best.edge for best in found]),
        "size": np.median(found[3].record["size"][:, found[3].best], axis=-1),
        "batch": np.array(batch),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
