"""How far is Adam from GN^-1/2?

Its expected squared gradient over that of GN^-1/2, by batch size, basis and label noise. s_i =
E[(u_i^T g_B)^2] = (tau / B) Sigma_ii k_i with 1 <= k_i <= 1 + (B + 1) r, r = E / tau, in every
basis (derived). Only the spread of k over coordinates is a difference between the methods: a common
factor is a learning rate.
"""

import numpy as np

from lab.bases import coordinate, random
from lab.checks import count, nonnegative, positive
from lab.objectives import GaussianRegression
from lab.spectra import geometric
from lab.theory.moments import adam_over_gn_half
from lab.ties import rounded

QUICK = {"dims": 8, "points": 5, "runs": 2000}


def run(
    *,
    dims: int = 64,
    kappa: float = 1000.0,
    points: int = 25,
    largest: float = 1e6,
    marks: tuple = (1, 32, 1000, 30000, 1000000),
    noises: tuple = (0.0, 0.1, 1.0, 10.0),
    runs: int = 10000,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Sorted k_i, largest first, in the eigenbasis and in a Haar basis; Sigma diagonal, delta
    Gaussian, E = delta^T Sigma delta.

    eigen_k, haar_k (dims, points) against batch, rounded to integers, and upper (points,), the
    bound; eigen_measured, haar_measured (dims, marks): the same from `runs` mini-batch gradients at
    the batch sizes `marks`; ranked, ranked_measured (marks, dims): the eigenbasis again, against
    rank. z: the largest distance of a measured k_i, in standard errors. eigen_spread, haar_spread
    (marks,): max / min of P_Adam / P_GN^-1/2. noisy_k, noisy_upper (noises, points): the largest
    k_i in the eigenbasis, and the bound, for noise^2 = noises x E.
    """
    positive("largest", largest)
    nonnegative("noises", noises)
    count("runs", runs, 2)
    rng = np.random.default_rng(seed)
    sigma, delta = geometric(dims, kappa), rng.standard_normal(dims)
    batch, excess = (
        np.unique(np.geomspace(1, largest, points).round().astype(int)),
        float(np.sum(sigma * delta**2)),
    )
    found = {
        "batch": batch,
        "rank": np.arange(1, dims + 1),
        "marks": np.array(marks),
        "noises": np.array(noises),
        "runs": np.array(runs),
    }
    worst = []
    for name, basis in (("eigen", coordinate(dims)), ("haar", random(dims, rng))):
        k = np.stack([adam_over_gn_half(sigma, delta, 0.0, int(b), basis).k for b in batch], -1)
        order = np.argsort(-rounded(k[:, -1]), kind="stable")
        marked = np.stack([adam_over_gn_half(sigma, delta, 0.0, b, basis).k for b in marks], -1)
        measured, error = (
            x[order] for x in squared_gradients(sigma, delta, basis, marks, runs=runs, rng=rng)
        )
        worst.append(np.abs((measured - marked[order]) / error).max())
        found |= {
            f"{name}_k": k[order],
            f"{name}_measured": measured,
            f"{name}_spread": np.sqrt(marked.max(0) / marked.min(0)),
        }
        if name == "eigen":
            found |= {"ranked": marked[order].T, "ranked_measured": measured.T}
    found["upper"] = np.array([adam_over_gn_half(sigma, delta, 0.0, int(b)).upper for b in batch])
    noisy = [
        [adam_over_gn_half(sigma, delta, np.sqrt(share * excess), int(b)) for b in batch]
        for share in noises
    ]
    found["noisy_k"] = np.array([[result.k.max() for result in row] for row in noisy])
    found["noisy_upper"] = np.array([[result.upper for result in row] for row in noisy])
    return {**found, "z": np.array(max(worst))}


def squared_gradients(sigma, delta, basis, batches, *, runs, rng):
    """Mean and standard error of B (u_i^T g_B)^2 / (E Sigma_ii) without label noise, (dims,
    batches) each."""
    f, theta = GaussianRegression(sigma, 0.0), np.broadcast_to(delta, (runs, len(delta)))
    variance = (basis.q**2 * sigma[:, None]).sum(0)
    k = [
        b
        * basis.to(f.grad(theta, f.draw(rng, (runs,), b))) ** 2
        / (np.sum(sigma * delta**2) * variance)
        for b in batches
    ]
    return np.stack([x.mean(0) for x in k], -1), np.stack([x.std(0) / np.sqrt(runs) for x in k], -1)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
