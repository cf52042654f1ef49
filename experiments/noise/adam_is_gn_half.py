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
from lab.sentences import number, share
from lab.spectra import geometric, geometric_integers
from lab.theory.moments import adam_over_gn_half
from lab.ties import rounded

QUICK = {"dims": 8, "points": 5, "runs": 2000}
UNITS = {
    "no unit": "eigen_* haar_* ranked* noises upper noisy_*",
    "position": "rank",
    "examples": "marks",
    "runs": "runs",
    "standard errors": "z",
}


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

    kappa > 0: of Sigma; points: batch sizes from 1 to largest > 0 without sampling; runs >= 2, for
    a standard error; noises >= 0.
    """
    positive("largest", largest)
    nonnegative("noises", noises)
    count("runs", runs, 2)
    rng = np.random.default_rng(seed)
    # diagonal, as every covariance is in its eigenbasis
    sigma = geometric(dims, kappa)
    # one error for all bases and batch sizes; without noise k depends on its direction only
    delta = rng.standard_normal(dims)
    batch = geometric_integers(1, largest, points)
    found = {
        "batch": batch,
        "rank": np.arange(1, dims + 1),
        "marks": np.array(marks),
        "noises": np.array(noises),
        "runs": np.array(runs),
    }

    distances = []
    bases = {"eigen": coordinate(dims), "haar": random(dims, rng)}
    for name, basis in bases.items():
        sizes = {"batches": batch.tolist(), "marks": marks, "runs": runs}
        part, distance = compared(sigma, delta, basis, **sizes, rng=rng)
        distances.append(distance)
        ranked = part.pop("ranked")
        found |= {f"{name}_{key}": array for key, array in part.items()}
        if name == "eigen":
            found |= {"ranked": ranked, "ranked_measured": part["measured"].T}
    found["z"] = np.array(max(distances))

    # the bound 1 + (B + 1) r knows no basis: one for both
    noiseless = ratios(sigma, delta, 0.0, batch.tolist())
    found["upper"] = np.array([ratio.upper for ratio in noiseless])
    return found | with_noise(sigma, delta, noises, batch.tolist())


def summary(data) -> str:
    """Whether k lies between its bounds, what the spread over coordinates is, and what label noise
    does.

    1e-9 is for rounding of the closed form, which is an equality at its ends. Measured values are
    compared one by one with their own error; of so many the farthest may be three or four standard
    errors away by chance.

    What is compared are expectations at a point. Adam's average over past gradients, whose points
    are others, and the square root of a noisy estimate come on top, and are no part of this.
    """
    inside = [
        (k >= 1 - 1e-9) & (k <= data["upper"] * (1 + 1e-9))
        for k in (data["eigen_k"], data["haar_k"])
    ]
    count = sum(int(part.sum()) for part in inside)
    lines = [
        "How far is Adam from GN^-1/2?",
        f"{share(count, 2 * data['eigen_k'].size)} values of k lie between 1 and 1 + (B + 1) r; "
        f"the measured one farthest off is {number(data['z'])} standard errors away.",
    ]
    for name, title in (("eigen", "eigenbasis"), ("haar", "random basis")):
        spread = data[f"{name}_spread"]
        pairs = zip(data["marks"], spread, strict=True)
        told = ", ".join(f"{number(x)} at B = {b}" for b, x in list(pairs)[:5])
        lines.append(f"Adam over GN^-1/2, largest over smallest, {title}: {told}.")
    for noise, k in list(zip(data["noises"], data["noisy_k"], strict=True))[:5]:
        lines.append(
            f"noise^2 = {noise:g} E: the largest k is {number(k[0])} at B = {data['batch'][0]}, "
            f"{number(k[-1])} at B = {data['batch'][-1]}."
        )
    return "\n".join(lines)


def with_noise(sigma, delta, noises, batches):
    """noisy_k and noisy_upper of run.

    sigma, delta (n,). The part r = E / (E + noise^2) is 1 without noise and 1/11 at noise^2 = 10 E.

    noise^2 = noises E, so that a noise means the same for every delta.
    """
    excess = float(np.sum(sigma * delta**2))
    largest = []
    upper = []
    for noise in np.sqrt(np.array(noises) * excess):
        row = ratios(sigma, delta, noise, batches)
        largest.append([ratio.k.max() for ratio in row])
        upper.append([ratio.upper for ratio in row])
    return {
        "noisy_k": np.array(largest),
        "noisy_upper": np.array(upper),
    }


def ratios(sigma, delta, noise, batches, basis=None):
    """Adam's squared gradient over that of GN^-1/2, for every batch size.

    Each has k (n,) and the bound upper; noise: the labels' standard deviation.

    basis None: coordinates, where sigma is diagonal, its own eigenbasis.
    """
    return [adam_over_gn_half(sigma, delta, noise, b, basis) for b in batches]


def compared(
    sigma,
    delta,
    basis,
    *,
    batches,
    marks,
    runs,
    rng,
):
    """k, measured, spread and ranked of run in one basis, coordinates in the order of k at the
    largest batch; and the largest distance of a measured one, in standard errors.

    basis: of the coordinates in which the squared gradient is taken. The order is that of the
    largest batch for all batches, so that a row of k is one coordinate; equal ones stay in their
    order. spread is of preconditioners, roots of second moments.
    """
    exact = ratios(sigma, delta, 0.0, batches, basis)
    k = np.stack([ratio.k for ratio in exact], -1)
    # rounded: ties stay in the order of coordinates on every machine
    order = np.argsort(-rounded(k[:, -1]), kind="stable")

    exact = ratios(sigma, delta, 0.0, marks, basis)
    marked = np.stack([ratio.k for ratio in exact], -1)
    mean, error = squared_gradients(sigma, delta, basis, marks, runs=runs, rng=rng)

    off = np.abs(mean - marked) / error
    part = {
        "k": k[order],
        "measured": mean[order],
        "spread": np.sqrt(marked.max(0) / marked.min(0)),
        "ranked": marked[order].T,
    }
    return part, off.max()


def squared_gradients(
    sigma,
    delta,
    basis,
    batches,
    *,
    runs,
    rng,
):
    """Mean and standard error of B (u_i^T g_B)^2 / (E Sigma_ii) without label noise, (dims,
    batches) each.

    B g^2 / (E Sigma_ii) has the mean k_i: tau is E, since there is no label noise. Every run is a
    batch of its own at the same point delta. Rows are drawn by the sampler in law, whose cost
    doesn't grow with B.
    """
    f = GaussianRegression(sigma, 0.0)
    theta = np.broadcast_to(delta, (runs, len(delta)))
    excess = np.sum(sigma * delta**2)
    weighted = basis.q**2 * sigma[:, None]
    # u_i^T Sigma u_i of every basis vector
    variance = weighted.sum(0)
    means = []
    errors = []
    for b in batches:
        batch = f.draw(rng, (runs,), b)
        g = basis.to(f.grad(theta, batch))
        k = b * g**2 / (excess * variance)
        means.append(k.mean(0))
        errors.append(k.std(0) / np.sqrt(runs))
    return np.stack(means, -1), np.stack(errors, -1)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
