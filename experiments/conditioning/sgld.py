"""What does a preconditioner do for Langevin dynamics: bias, and speed of mixing?

z+ = z - a/2 A z + sqrt(a) xi has the stationary variance 1 / (l (1 - a l / 4)) along an eigenvalue
l of A = P^T H P, where the posterior has 1 / l, and the memory 1 - a l / 2. Its step is limited by
the largest eigenvalue, its mixing by the smallest. (derived, after Lange, Deng, Ye & Lin 2023)

The variance s along l is where s = (1 - a l / 2)^2 s + a. At the same share of the largest stable
step the bias at the largest eigenvalue is the same with and without P; what P changes is the memory
of the slowest coordinate, (1 - a l / 2) with l the smallest eigenvalue.
"""

import numpy as np

from lab.objectives import Quadratic
from lab.optimizers import SGD
from lab.sentences import apart, number
from lab.simulation import simulate
from lab.spectra import geometric

QUICK = {
    "steps": 400,
    "chains": 200,
    "lags": 30,
}
UNITS = {
    "steps": "lags",
    "curvature": "lam_*",
    "no unit": "ratio theory memory law",
}


def run(
    *,
    dims: int = 8,
    kappa: float = 100.0,
    share: float = 0.25,
    steps: int = 4000,
    chains: int = 200,
    lags: int = 200,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """For H itself and for the perfect P, A = I: variance times eigenvalue, ratio (2, dims), of
    `chains` chains over the second half of the steps, and theory; correlation of the slowest
    coordinate, memory (2, lags), and its law.

    share in (0, 1): of the largest stable a, 4 / lmax; kappa > 0: of H.

    lam_1, lam_2 (dims,): the two spectra; lags (lags,) = 0, 1, ...; theory 1 / (1 - a l / 4), 4/3
    at the largest eigenvalue where share = 1/4. Chains start in the stationary law, so that nothing
    has to be thrown away; the second half is used for the variance, all of the path for the memory.
    No correction by acceptance: what is measured is the bias of the plain discretisation.
    """
    spectra = {
        "no preconditioner": geometric(dims, kappa),
        "perfect P": np.ones(dims),
    }
    found = {
        "methods": np.array(list(spectra)),
        "lags": np.arange(lags),
    }
    rows: dict[str, list] = {name: [] for name in ("ratio", "theory", "memory", "law")}
    for lam in spectra.values():
        a = share * 4 / lam.max()
        # a step of SGD(a / 2) whose gradient has noise 2 / sqrt(a) is one of Langevin
        f = Quadratic(
            np.diag(lam),
            noise=2 / np.sqrt(a),
        )
        exact = 1 / (1 - a * lam / 4)
        rng = np.random.default_rng(seed)
        # from the law that theory claims: a wrong one would drift away from it
        start = rng.standard_normal((chains, dims)) * np.sqrt(exact / lam)
        record = {"z": lambda z: z}
        path = simulate(f, SGD(a / 2), start, steps=steps, batch=1, rng=seed, record=record)["z"]
        slow = path[:, :, lam.argmin()]
        rows["ratio"].append(lam * (path[steps // 2 :] ** 2).mean((0, 1)))
        rows["theory"].append(exact)
        rows["memory"].append(correlation(slow, lags))
        rows["law"].append((1 - a * lam.min() / 2) ** np.arange(lags))
        found[f"lam_{len(rows['law'])}"] = lam
    return found | {name: np.array(values) for name, values in rows.items()}


def correlation(x: np.ndarray, lags: int) -> np.ndarray:
    """E x_t x_(t+k) / E x_t^2 for k < lags, over time and chains, x (K, S).

    x has mean 0 by symmetry: none is subtracted. Divided by the value at lag 0, which is measured
    as well.
    """
    count = len(x) - lags
    products = [(x[:count] * x[k : k + count]).mean() for k in range(lags)]
    return np.array(products) / products[0]


def summary(data) -> str:
    """Bias at the largest eigenvalue, and steps until a sample is independent.

    Memory is the time 1 / log(1 / (1 - a l / 2)) of the law, not a measured one.
    """
    lines = ["What does a preconditioner do for the bias and the mixing of Langevin dynamics?"]
    for k, name in enumerate(data["methods"]):
        decay = data["law"][k, 1]
        memory = -1 / np.log(decay) if 0 < decay < 1 else 0.0
        lines.append(
            f"{str(name)[0].upper()}{str(name)[1:]}: variance {number(data['ratio'][k].max())} "
            f"times the posterior's at most, {number(memory)} steps of memory."
        )
    gap = apart(data["ratio"], data["theory"])
    # chains and coordinates agree to some per cent, more where the memory is long
    verdict = "agree" if gap < 0.3 else "do NOT agree"
    lines.append(f"Variances {verdict} with 1 / (l (1 - a l / 4)), within {gap:.1g}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
