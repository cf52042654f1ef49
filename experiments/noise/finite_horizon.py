"""Which power of Gauss-Newton is best when training stops after T steps?

Exact risk, learning rate tuned per power and horizon. E[delta_i^2] = lam_i^-s at the start, s the
source exponent: a target is easy (s small) when little of it lies along small eigenvalues. GN^-1
has the best asymptotic rate, not the best risk at a finite horizon. (derived)
"""

import numpy as np

from lab.spectra import power_law
from lab.theory.sgd import best_exponent
from lab.ties import rounded

QUICK = {"dims": 10, "powers": 11, "points": 4, "longest": 100}


def run(
    *,
    dims: int = 100,
    exponent: float = 1.5,
    sources: tuple = (-0.5, 0.0, 0.5, 1.0),
    longest: int = 10000,
    points: int = 17,
    powers: int = 21,
    batch: int = 1,
) -> dict[str, np.ndarray]:
    """Against the horizons t (K,): best (S, K), the power p in [-9/8, 1/8] of lowest risk, and
    cost_GD, cost_GN^-1/2, cost_GN^-1 (S, K), the risk of p = 0, -1/2, -1 over the lowest."""
    lam, t = (
        power_law(dims, exponent),
        np.unique(np.geomspace(1, longest, points).round().astype(int)),
    )
    grid = np.linspace(-1.125, 0.125, powers)
    results = [best_exponent(lam, s, t, batch, powers=grid) for s in sources]
    found = {
        "t": t,
        "sources": np.array(sources),
        "grid": grid,
        "dims": np.array(dims),
        "exponent": np.array(exponent),
    }
    for name, power in (("GD", 0.0), ("GN^-1/2", -0.5), ("GN^-1", -1.0)):
        k = rounded(np.abs(grid - power), 1.0).argmin()
        found[f"cost_{name}"] = np.stack([x.risk[:, k] / x.risk.min(-1) for x in results])
    found["batch"] = np.array(batch)
    return {**found, "best": np.stack([x.best for x in results]), "last": np.array(-1.0)}


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
