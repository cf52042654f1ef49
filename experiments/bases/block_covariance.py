"""Can Adam beat diagonal Gauss-Newton in the identity basis?

One full-batch quadratic on which all GN powers are gradient descent. Hadamard blocks of unit
diagonal: GN^-1 and GN^-1/2 divide by 1, so they are GD after rescaling the rate and pay for the
condition number 1200. The start lies on +-1 eigenvectors, one per block, so the sign of the
gradient is an eigenvector and sign methods need no condition number. (derived instance; Liu et al.
2025 state the existence of such a quadratic)
"""

import numpy as np

from lab.instruments.comparison import compare
from lab.objectives.instances import block_instance
from lab.optimizers import (
    SGD,
    Adam,
    DiagonalGN,
    ExactLineSearch,
    Halving,
    HeavyBall,
    Linear,
    Scheduled,
    SignSGD,
)
from lab.sentences import apart, closeness, first, number
from lab.simulation import simulate
from lab.spectra import geometric

QUICK = {
    "blocks": 3,
    "size": 4,
    "smallest": 0.3,
    "largest": 3.0,
    "steps": 120,
    "horizon": 40,
    "rates": 12,
}
UNITS = {
    "no unit": "final loss target",
    "learning rate": "rates",
    "steps": "sweep minimax",
}
# Adam past its edge of stability, and the rate chosen among such runs
CHAOTIC = ("lr", "steps", "final", "loss", "sweep")


def run(
    *,
    blocks: int = 8,
    size: int = 16,
    smallest: float = 0.01,
    largest: float = 12.0,
    steps: int = 3000,
    horizon: int = 120,
    rates: int = 100,
    target: float = 1e-6,
    seed: int = 7,
) -> dict[str, np.ndarray]:
    """The comparison of all methods; losses relative to the start; steps inf where the target is
    not reached.

    kappa: condition number of the excited subspace; minimax: steps of sign descent with rate R / 2,
    halved every step, R = |theta|_inf at the start.

    blocks of `size` (a power of two) dimensions, whose active eigenvalues lie between smallest > 0
    and largest < size; steps: the budget; horizon: steps over which a decaying rate falls to 0;
    rates: as many per method; target in (0, 1).

    Arrays as `lab.instruments.comparison.compare` has them: lr, edge, final (M,), loss (M, K),
    rates, sweep (M, L), for the eleven methods. One start, drawn with the seed; gradients are
    exact.
    """
    # only active eigenvalues matter: the start has no part along the others
    f, theta, active = block_instance(seed, blocks, size, smallest, largest)
    kappa = float(active.max() / active.min())
    start = f.loss(theta)
    record = {"loss": lambda theta: f.loss(theta) / start}
    table = methods(rates, kappa, horizon)
    found = compare(f, table, target, theta=theta, steps=steps, record=record)

    # halving 60 times exhausts the digits of the start
    # the minimax schedule: after k steps every coefficient is within R / 2^k of 0
    halving = Scheduled(Halving(), SignSGD(np.abs(theta).max() / 2))
    descent = simulate(f, halving, theta, steps=60, record=record)
    minimax = descent.steps_to(target)
    return {**found, "target": np.array(target), "kappa": np.array(kappa), "minimax": minimax}


def summary(data) -> str:
    """Who needs the fewest steps, what the schedule without tuning needs, and whether the powers of
    GN are GD.

    Steps within 1 % of the fewest are a tie. Losses of GD and of the powers of GN are compared as
    whole paths: 1e-6 is far above rounding and far below what a different rate would do. Without
    tuning means that the halving schedule is given R, and no grid.
    """
    rows = dict(zip(map(str, data["methods"]), data["loss"], strict=True))
    gap = max(apart(rows[name], rows["GD"]) for name in ("GN^-1", "GN^-1/2"))
    same = "are GD here" if gap < 1e-6 else "are NOT GD here"
    t = data["t"][-1]
    lines = [
        f"Who needs the fewest steps to {data['target']:g} of the loss on unit-diagonal blocks, "
        f"condition number {number(data['kappa'])}, budget {t}?",
        f"{first(data['methods'], data['steps'], unit='steps')}.",
        f"The powers of diagonal Gauss-Newton {same}, to {closeness(gap)} of their losses.",
        f"Sign descent with the untuned halving schedule needs {number(data['minimax'])} steps.",
    ]
    return "\n".join(lines)


def methods(rates: int, kappa: float, horizon: int) -> dict:
    """Method -> optimizer and grid: the same number of rates over two decades each; only the
    constant-rate sign method, whose rate is the accuracy it can reach, has them two decades
    lower.

    heavy ball has the momentum ((sqrt kappa - 1) / (sqrt kappa + 1))^2, best for the active
    eigenvalues; damping 0.1 shifts every diagonal entry from 1 to 1.1, so that damped GN^-1 is GD
    as well, at a rate 1.1 times as large. Sign descent at a constant rate ends at a distance of its
    order, which is what the decays are for; the linear ones are over in `horizon` steps, whatever
    the budget. The line search chooses its rate at every step and fills its row of the table with
    one value.

    Why sign methods need no condition number here: in a block with the eigenvector v of entries +-1
    the gradient is lam c v, whose sign is sign(c) v. A step moves c by the rate whatever lam is.
    """
    # from 1, above the limits of GD (1/6) and heavy ball (0.32), to 0.01: unstable rates lose by
    # themselves
    grid = geometric(rates, 100.0)
    root = np.sqrt(kappa)
    momentum = ((root - 1) / (root + 1)) ** 2
    adam = Adam(1.0, 0.9, 0.95)
    return {
        "GD": (SGD(1.0), grid),
        "GN^-1": (DiagonalGN(1.0), grid),
        "GN^-1/2": (DiagonalGN(1.0, power=-0.5), grid),
        "damped GN^-1": (DiagonalGN(1.0, damping=0.1), grid),
        "GD + line search": (ExactLineSearch(SGD(1.0)), np.ones(1)),
        "heavy ball": (HeavyBall(1.0, momentum), grid),
        "sign": (SignSGD(1.0), grid / 100),
        "Adam": (adam, grid),
        "Adam, decay": (Scheduled(Linear(horizon), adam), grid),
        "sign, decay": (Scheduled(Linear(horizon), SignSGD(1.0)), grid),
        "sign, halving": (Scheduled(Halving(), SignSGD(1.0)), grid),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
