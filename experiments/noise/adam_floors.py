"""Where does Adam with a constant learning rate stop?

Stationary residual of idealised Adam against batch size and learning rate. Idealised Adam is
GN^-1/2 with the effective step lr sqrt(B / tau), tau = E[delta^T Sigma delta] + noise^2: it grows
as the loss falls. Without label noise it settles at the edge of mean-square stability, so sqrt(tau)
is proportional to lr; with it, where the stationary risk of GN^-1/2 at the effective step is the
risk itself. (derived, leading order for n >> B)
"""

import numpy as np

from lab.objectives import GaussianRegression
from lab.optimizers import IdealisedAdam
from lab.simulation import simulate
from lab.spectra import geometric
from lab.theory.floors import adam_floor, adam_label_floor

QUICK = {
    "dims": (4, 32),
    "batches": (1, 2, 8),
    "rates": 3,
    "noisy_batches": (1, 8),
    "steps": 60,
    "noisy_dims": 8,
}
# idealised Adam takes steps of one size and settles at the edge of stability
CHAOTIC = ("floor",)


def run(
    *,
    dims: tuple = (32, 256),
    batches: tuple = (1, 2, 4, 8, 16, 32, 64, 128, 256),
    kappa: float = 100.0,
    steps: int = 1200,
    seeds: int = 12,
    noisy_dims: int = 64,
    noisy_batches: tuple = (1, 16),
    rates: int = 7,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Without label noise, for N dimensions: floor (N, 3, batches), sqrt(tau) / lr: lower quantile,
    median and upper one over seeds of the geometric mean over the last two thirds of the steps;
    theory (N, batches); valid (N,): the largest batch with n >= 16 B.

    With noise 1, for M batch sizes: noisy_floor (M, 3, rates), noisy_theory, noisy_first (M,
    rates): delta^T Sigma delta against lr, averaged over time; noisy_valid (M,): the lr up to which
    (B + 1) E <= 0.05 n tau, the theory's assumption.
    """
    rng, levels = np.random.default_rng(seed), (0.1, 0.5, 0.9)
    floor = [
        [np.quantile(edge(geometric(n, kappa), b, steps, seeds, rng), levels) for b in batches]
        for n in dims
    ]
    theory = [[np.sqrt(adam_floor(geometric(n, kappa), 1.0, b)) for b in batches] for n in dims]
    found = {
        "dims": np.array(dims),
        "batch": np.array(batches),
        "floor": np.array(floor).swapaxes(1, 2),
        "theory": np.array(theory),
    }
    found |= {
        "valid": np.array(dims) / 16,
        "seeds": np.array(seeds),
        "noisy_dims": np.array(noisy_dims),
    }
    lam, lr = geometric(noisy_dims, kappa), np.geomspace(0.003, 0.3, rates)
    excess = [[adam_floor(lam, x, b, 1.0) - 1 for x in lr] for b in noisy_batches]
    measured = [
        label_noise(lam, b, lr, steps=2 * steps, seeds=seeds, rng=rng) for b in noisy_batches
    ]
    found["noisy_floor"] = np.quantile(measured, levels, axis=-1).swapaxes(0, 1)
    found["noisy_first"] = np.array(
        [[adam_label_floor(lam, x, b, 1.0) for x in lr] for b in noisy_batches]
    )
    found |= {"noisy_theory": np.array(excess), "lr": lr, "noisy_batches": np.array(noisy_batches)}
    found["noisy_valid"] = np.array([largest_rate(lam, b) for b in noisy_batches])
    return found


def edge(lam, batch, steps, seeds, rng):
    """sqrt(tau) / lr without label noise, one per seed, (seeds,)."""
    theta = 0.3 * rng.standard_normal((seeds, len(lam))) * np.sqrt(adam_floor(lam, 1.0, batch))
    run = simulate(
        GaussianRegression(lam, 0.0),
        IdealisedAdam(1.0),
        theta,
        steps=steps,
        batch=batch,
        rng=rng,
        every=5,
    )
    return np.exp(np.log(2 * run["loss"][run.t >= steps / 3]).mean(0) / 2)


def label_noise(lam, batch, lr, *, steps, seeds, rng):
    """delta^T Sigma delta with label noise 1, averaged over time, (rates, seeds); starts near the
    stationary law, on common batches."""
    excess = np.array([adam_floor(lam, x, batch, 1.0) - 1 for x in lr])
    share = np.sqrt(lam) / np.sqrt(lam).sum()
    theta = np.sqrt(excess[:, None, None] * share / lam) * rng.standard_normal((seeds, len(lam)))
    run = simulate(
        GaussianRegression(lam, 0.0, 1.0),
        IdealisedAdam(lr[:, None]),
        theta,
        steps=steps,
        batch=batch,
        rng=rng,
        every=5,
    )
    return 2 * run["loss"][run.t >= steps / 6].mean(0) - 1


def largest_rate(lam, batch):
    """The lr of a fine grid up to which (B + 1) E <= 0.05 n tau."""
    lr = np.geomspace(1e-4, 10, 400)
    tau = np.array([adam_floor(lam, x, batch, 1.0) for x in lr])
    return lr[(batch + 1) * (tau - 1) <= 0.05 * len(lam) * tau][-1]


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
