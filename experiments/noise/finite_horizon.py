"""Which power of Gauss-Newton is best when training stops after T steps?

Exact risk, learning rate tuned per power and horizon. E[delta_i^2] = lam_i^-s at the start, s the
source exponent: a target is easy (s small) when little of it lies along small eigenvalues. GN^-1
has the best asymptotic rate, not the best risk at a finite horizon. (derived)

21 powers from -9/8 to 1/8 are 1/16 apart, and hold -1, -1/2 and 0: a best power is known to 1/16,
less what the grid of rates blurs.

Each horizon is a training of its own, with a rate of its own: a curve over T is no run. A rate that
decays, which is what one would use, may order the powers otherwise.
"""

import numpy as np

from lab.sentences import number
from lab.spectra import geometric_integers, power_law
from lab.theory.sgd import best_exponent
from lab.ties import rounded

QUICK = {"dims": 10, "powers": 11, "points": 4, "longest": 100}
UNITS = {
    "no unit": "sources grid exponent best last cost_*",
}
POWERS = {"GD": 0.0, "GN^-1/2": -0.5, "GN^-1": -1.0}


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
    cost_GD, cost_GN^-1/2, cost_GN^-1 (S, K), the risk of p = 0, -1/2, -1 over the lowest.

    exponent: of the eigenvalues i^-exponent; sources: S source exponents; longest, points: horizons
    from 1 to longest; powers: a grid, of which 1 + a multiple of 10 holds the three named powers.

    Nothing is drawn: risks are exact expectations over batches. last: -1, where the best power goes
    for T -> inf. The rates tried are 40 from 0.01 to 1.5 times the stability limit, for each power
    and horizon; a rate is constant over a run, no decay is tried.
    """
    lam = power_law(dims, exponent)
    t = geometric_integers(1, longest, points)
    # a little beyond both ends, so that -1 and 0 can be inside
    grid = np.linspace(-1.125, 0.125, powers)
    # (K, powers) of risks for every source
    results = [best_exponent(lam, s, t, batch, powers=grid) for s in sources]

    found = {
        "t": t,
        "sources": np.array(sources),
        "grid": grid,
        "dims": np.array(dims),
        "exponent": np.array(exponent),
        "batch": np.array(batch),
        "best": np.stack([result.best for result in results]),
        "last": np.array(-1.0),
    }
    for name, power in POWERS.items():
        # the first of two that are equally near
        k = rounded(np.abs(grid - power), 1.0).argmin()
        costs = [result.risk[:, k] / result.risk.min(-1) for result in results]
        found[f"cost_{name}"] = np.stack(costs)
    return found


def summary(data) -> str:
    """The best power at the shortest, the middle and the longest horizon, for every source.

    The three horizons are the shortest, the middle one of the grid and the longest; at most seven
    sources are told. A best power at an end of the grid, -9/8 or 1/8, may lie beyond it.

    Costs are relative to the lowest risk of the grid at the same horizon, 1 at the least.
    """
    t = data["t"]
    places = (0, len(t) // 2, -1)
    at = ", ".join(f"{t[k]}" for k in places)
    lines = [
        f"Which power p of Gauss-Newton is best when training stops after T steps, B = "
        f"{data['batch']}? T = {at}:"
    ]
    for j, source in enumerate(data["sources"][:7]):
        best = ", ".join(f"{data['best'][j, k]:.3g}" for k in places)
        cost = data["cost_GN^-1"][j]
        lines.append(
            f"s = {source:g}: p = {best}; GN^-1 has up to {number(cost.max())} times the lowest "
            f"risk, {number(cost[-1])} times at the end."
        )
    lines.append(f"In the long run theory has p = {data['last']:g}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
