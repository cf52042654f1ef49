"""Does the advantage of sign descent survive a start that is not aligned?

Steps against the condition number. Blocks [[1, a], [a, 1]], kappa = (1 + a) / (1 - a), in the
identity basis. Aligned start: one eigenvector per block. Generic start: a random angle per block.
Target: a fraction of the loss in the soft eigenvectors at the start. (Liu et al. 2025; measurements
of our own)
"""

import numpy as np

from lab.checks import above_one, probability
from lab.objectives import Quadratic
from lab.optimizers import SGD, Adam, Geometric, HeavyBall, Scheduled, SignSGD
from lab.simulation import simulate

QUICK = {
    "kappas": (10.0, 30.0),
    "blocks": 3,
    "steps": 120,
    "rates": 6,
    "decays": 4,
    "seeds": 2,
    "gd_steps": 150,
    "gd_rates": 8,
}


def run(
    *,
    kappas: tuple = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0),
    blocks: int = 16,
    target: float = 1e-4,
    steps: int = 1200,
    rates: int = 16,
    decays: int = 14,
    seeds: int = 3,
    gd_steps: int = 7000,
    gd_rates: int = 16,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Median steps to the target over the seeds at the best rate and decay (or momentum), for each
    kappa: aligned, sign, Adam, heavy ball, GD (K,), inf where the budget was not enough; slope_...:
    the exponent of kappa, from a log-log fit; theory_GD, theory_heavy ball: log(1 / target) / (2
    log(1 / rho)).

    rho = (kappa - 1) / (kappa + 1) for GD, (sqrt kappa - 1) / (sqrt kappa + 1) for heavy ball.
    Every method is tuned on a grid of rates times decays (or momenta), GD, which has only a rate,
    on gd_rates of them and a longer budget.
    """
    above_one("kappas", kappas)
    probability("target", target)
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, (seeds, blocks))
    size = rng.uniform(0.3, 1.0, (seeds, blocks)) * rng.choice([-1.0, 1.0], (seeds, blocks))
    pairs = np.stack([np.ones(blocks), np.where(np.arange(blocks) % 2, 1.0, -1.0)], -1)
    generic = np.stack([np.cos(angle), np.sin(angle)], -1).reshape(seeds, -1)
    aligned = (size[..., None] * pairs).reshape(seeds, -1)
    protocol = {"target": target, "steps": steps}
    columns = [
        at(kappa, aligned, generic, protocol, tuned=(rates, decays), gd=(gd_rates, gd_steps))
        for kappa in kappas
    ]
    found = {name: np.array([column[name] for column in columns]) for name in columns[0]}
    found |= {
        f"slope_{name}": np.array(slope(np.array(kappas), steps)) for name, steps in found.items()
    }
    return found | {
        "kappas": np.array(kappas),
        "target": np.array(target),
        "steps": np.array(steps),
        **theory(np.array(kappas), target),
    }


def slope(kappa: np.ndarray, steps: np.ndarray) -> float:
    """The least-squares exponent b of steps ~ kappa^b over the kappas where the target was reached
    (0 where fewer than two)."""
    kept = np.isfinite(steps)
    return (
        float(np.polyfit(np.log(kappa[kept]), np.log(steps[kept]), 1)[0]) if kept.sum() > 1 else 0.0
    )


def theory(kappa: np.ndarray, target: float) -> dict[str, np.ndarray]:
    """Steps at the optimal asymptotic rate rho: log(1 / target) / (2 log(1 / rho))."""
    rho = {
        "GD": (kappa - 1) / (kappa + 1),
        "heavy ball": (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1),
    }
    return {f"theory_{name}": np.log(1 / target) / (2 * np.log(1 / r)) for name, r in rho.items()}


def at(
    kappa: float,
    aligned: np.ndarray,
    generic: np.ndarray,
    protocol: dict,
    *,
    tuned: tuple,
    gd: tuple,
) -> dict:
    """Steps of all methods at one condition number."""
    a = (kappa - 1) / (kappa + 1)
    f = Quadratic(np.kron(np.eye(generic.shape[-1] // 2), [[1.0, a], [a, 1.0]]))
    rates, decays = tuned
    lr = np.geomspace(0.01, 1.0, rates)[:, None, None]
    ratio = 1 - np.geomspace(0.5, 0.003, decays)[:, None]
    top, low = 1 + a, 1 - a
    # momentum from none to beyond the optimum, in terms of the condition number it would be optimal for
    roots = np.sqrt(np.geomspace(1.0, 4 * kappa, decays))[:, None]
    momentum = ((roots - 1) / (roots + 1)) ** 2
    step = np.geomspace(0.1, 1.0, rates)[:, None, None] * 2 * (1 + momentum) / top
    descent = np.geomspace(0.5, 1.0, gd[0])[:, None] * 2 / (top + low)
    sign = Scheduled(Geometric(ratio), SignSGD(lr))
    return {
        "aligned": fewest(f, sign, aligned, **protocol),
        "sign": fewest(f, sign, generic, **protocol),
        "Adam": fewest(f, Scheduled(Geometric(ratio), Adam(lr, 0.9, 0.95)), generic, **protocol),
        "heavy ball": fewest(f, HeavyBall(step, momentum), generic, **protocol),
        "GD": fewest(
            f,
            SGD(descent),
            generic,
            target=protocol["target"],
            steps=min(gd[1], 50 + int(3 * kappa)),
        ),
    }


def fewest(f, optimizer, starts: np.ndarray, *, target: float, steps: int) -> float:
    """Median over the starts of the steps to target * (soft loss at the start), at the best
    hyper-parameters of a batched sweep."""
    lam, q = np.linalg.eigh(f.h)
    z = starts @ q[:, : len(lam) // 2]
    soft = (lam[: len(lam) // 2] * z**2).sum(-1) / 2
    record = {"loss": lambda theta: f.loss(theta) / soft}
    reached = simulate(f, optimizer, starts, steps=steps, record=record).steps_to(target)
    return float(np.median(reached, axis=-1).min())


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
