"""How much of Adam's full-batch advantage on the block instance is left at batch size B?

Hadamard blocks of unit diagonal as in block_covariance, now as the covariance of Gaussian inputs:
all powers of diagonal Gauss-Newton are SGD. The start is one +-1 eigenvector per block, of equal
size. Adam's v turns from GN-like to sign-like in block k at B_k = 1 / rho_k^2, rho_k the
correlation of an input of the block with the residual (derived).
"""

import numpy as np

from lab.exact import exact
from lab.objectives import GaussianRegression
from lab.optimizers import SGD, Adam, DiagonalGN, Geometric, IdealisedAdam, Scheduled
from lab.optimizers.protocol import with_
from lab.sentences import number, quantiles_of, share
from lab.simulation import simulate
from lab.spectra import geometric_integers, hadamard_blocks
from lab.theory.moments import adam_over_gn_half
from lab.theory.sgd import stability_limit
from lab.ties import rounded

QUICK = {
    "size": 4,
    "active": (0.2, 1.0, 2.0),
    "steps": 20,
    "levels": 4,
    "fine": 5,
    "rates": 4,
    "tuning": 2,
    "seeds": 3,
    "exact_rates": 10,
}
UNITS = {
    "examples": "fine crossover",
    "curvature": "active",
    "dimensions": "size",
    "no unit": "theory_SGD theory_GN^-1 SGD *Adam gain theory_gain",
}
# steps of one size, and the rate chosen among such runs
CHAOTIC = ("idealised Adam",)
DECADES = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
METHODS = {"SGD": SGD(1.0), "idealised Adam": IdealisedAdam(1.0), "Adam": Adam(1.0, 0.9, 0.99)}


def run(
    *,
    size: int = 8,
    active: tuple = (0.02, 0.2, 1.0, 6.0),
    steps: int = 150,
    factor: int = 8,
    levels: int = 9,
    fine: int = 33,
    rates: int = 21,
    exact_rates: int = 120,
    tuning: int = 32,
    seeds: int = 40,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """batch (N,): factor^0 ... factor^(levels - 1). SGD, idealised Adam, Adam (3, N): 10 %, 50 %,
    90 % quantiles over seeds of the last loss relative to the start, rate and decay tuned at every
    B on seeds of their own; edge (3, N) of the grid of rates.

    fine (F,) batch sizes; theory_SGD (F,): the exact expected loss of SGD at its best constant
    rate; theory_GN^-1 (F,): of GN^-1. crossover (K,): 1 / rho_k^2. gain (K, N): Adam's step on
    block k over that on the block of the largest eigenvalue, relative to GN^-1/2, at the start,
    from the second moment of the gradient; theory_gain (K, F): sqrt(k_max / k_k).

    active: one eigenvalue in (0, size) per block of `size` (a power of two) dimensions; steps: the
    budget; rates, exact_rates: of the simulated methods and of the exact ones; tuning, seeds: runs
    per rate, and runs that are reported.
    """
    lam = np.array(active)
    sigma, v = hadamard_blocks(lam, size)
    f = GaussianRegression(sigma, 0.0)
    theta = v.ravel()
    batch = factor ** np.arange(levels)
    some = geometric_integers(1, batch[-1], fine)
    found = {
        "batch": batch,
        "fine": some,
        "active": lam,
        "steps": np.array(steps),
        "size": np.array(size),
        "seeds": np.array(seeds),
    }
    for name, power in (("SGD", 0.0), ("GN^-1", -1.0)):
        best = expected(f, theta, some, power, steps=steps, rates=exact_rates)
        found[f"theory_{name}"] = best

    protocol = {"rates": rates, "runs": (tuning, seeds), "steps": steps, "seed": seed}
    edges = []
    for name, optimizer in METHODS.items():
        points = [tuned(f, optimizer, theta, b, **protocol) for b in batch.tolist()]
        bands, edge = zip(*points, strict=True)
        found[name] = np.stack(bands, -1)
        edges.append(edge)
    return found | {"edge": np.array(edges)} | gains(f, theta, lam, batch, some)


def summary(data) -> str:
    """From which batch size on Adam is surely ahead of SGD, and by how much at the largest.

    "Surely" is: the 90 % quantile of the one is below the 10 % quantile of the other, over the
    reported seeds. Medians are compared, since a mean of SGD's losses at these rates is that of its
    rarest runs.

    "From B on" names the first batch size at which a method is ahead; that it is at all larger ones
    is told by how many there are.
    """
    batch = data["batch"]
    lines = [
        f"How much of Adam's advantage on the block instance is left at batch size B, after "
        f"{data['steps']} steps?"
    ]
    for name in ("idealised Adam", "Adam"):
        ahead = data[name][2] < data["SGD"][0]
        behind = data[name][0] > data["SGD"][2]
        sizes = batch[ahead]
        ratio = data["SGD"][1] / np.maximum(data[name][1], np.finfo(float).tiny)
        since = f"from B = {sizes[0]} on" if len(sizes) else "at no B"
        lines.append(
            f"{name} is below SGD beyond the bands ({quantiles_of(int(data['seeds']))}) at "
            f"{share(ahead.sum(), len(batch))} batch sizes, {since}, and above it at "
            f"{behind.sum()}; SGD's median is {number(ratio[0])} times its own at B = {batch[0]}, "
            f"{number(ratio[-1])} times at B = {batch[-1]}."
        )
    crossings = ", ".join(number(b) for b in np.sort(data["crossover"]))
    lines.append(
        f"Theory: Adam's v turns to the squared gradient, block by block, at B = {crossings}."
    )
    return "\n".join(lines)


def gains(
    f: GaussianRegression,
    theta: np.ndarray,
    lam: np.ndarray,
    batch: np.ndarray,
    some: np.ndarray,
) -> dict[str, np.ndarray]:
    """crossover, gain and theory_gain of run, read at the first coordinate of every block: all of
    a block are alike.

    moment (K, N) is E[g_i^2] of a batch gradient, (1 - 1/B) (grad_i)^2 + E[g_i^2 of one example] /
    B. Adam's step divides by its root: for B -> inf the gains of the blocks are those of sign
    descent, at B = 1 those of GN^-1/2 up to sqrt(3). GN^-1/2 itself divides by 1 in every block
    here.
    """
    first = np.arange(len(lam)) * (len(theta) // len(lam))
    moments = [f.second_moment(theta, b).diag()[first] for b in batch.tolist()]
    moment = np.stack(moments, -1)
    ratios = [adam_over_gn_half(f.sigma, theta, 0.0, b).k[first] for b in some.tolist()]
    k = np.stack(ratios, -1)
    # the block of the largest gradient, to which gains are relative
    stiff = lam.argmax()
    return {
        "crossover": 1 / adam_over_gn_half(f.sigma, theta, 0.0, 1).rho2[first],
        "gain": np.sqrt(moment[stiff] / moment),
        "theory_gain": np.sqrt(k[stiff] / k),
    }


def expected(
    f: GaussianRegression,
    theta: np.ndarray,
    batches: np.ndarray,
    power: float,
    *,
    steps: int,
    rates: int,
) -> np.ndarray:
    """The exact expected last loss of GN^power over the loss at the start, at the best of `rates`
    constant steps, for every batch size.

    lab.exact's recursion of the second moments: no draws, no seed. The grid goes down two decades
    from the mean-square stability limit, which is included and is the same for both powers, since
    the diagonal is 1. batches (F,), the answer (F,).

    power 0 is SGD, -1 is GN^-1: in these blocks the same method, so that two equal curves are a
    check.
    """
    last = []
    for batch in batches.tolist():
        limit = stability_limit(np.linalg.eigvalsh(f.sigma), 0.0, batch)
        rule = DiagonalGN(limit * np.geomspace(1e-2, 1.0, rates), power=power)
        run = exact(f, rule, theta, steps=steps, batch=batch, every=steps)["loss"]
        last.append((run[-1] / run[0]).min())
    return np.array(last)


def tuned(
    f: GaussianRegression,
    optimizer,
    theta: np.ndarray,
    batch: int,
    *,
    rates: int,
    runs: tuple,
    steps: int,
    seed: int,
) -> tuple[np.ndarray, str]:
    """Quantiles of the last loss on the reporting seeds, at the rate and decay of the lowest median
    on the tuning seeds; and the edge.

    theta (n,). Seeds are the streams [seed, 1] to tune and [seed, 2] to report, equal for all
    methods and batch sizes: methods are paired. The rates are two decades below `top`, DECADES the
    decay of the rate over the whole run, so that the sweep is (rates, decays, runs). Quantiles are
    values of runs ("inverted_cdf"), since an interpolation between a diverged run and another would
    be inf or NaN.

    The start is one and the same for all runs: a seed is its batches. There is no label noise, so
    that SGD converges at a small constant rate. The budget is fixed: at another number of steps
    other rates are best.
    """
    # a schedule is constant, or a ratio below 1
    ratio = np.minimum(10 ** (-DECADES / steps), 1 - 1e-12)
    # SGD's median survives steps above the limit of its mean; Adam's rate is a distance, and the
    # start is at distance 1
    limit = stability_limit(np.linalg.eigvalsh(f.sigma), 0.0, batch)
    top = 3 * (limit if isinstance(optimizer, SGD) else 1.0)
    grid = top * np.geomspace(1e-2, 1.0, rates)

    def last_loss(method, count, stream):
        """Over that at the start, of `count` runs."""
        rng = np.random.default_rng([seed, stream])
        starts = np.tile(theta, (count, 1))
        protocol = {"steps": steps, "every": steps, "batch": batch, "rng": rng}
        loss = simulate(f, method, starts, **protocol)["loss"]
        return loss[-1] / loss[0]

    swept = Scheduled(Geometric(ratio[:, None]), with_(optimizer, lr=grid[:, None, None]))
    median = np.median(last_loss(swept, runs[0], 1), -1)
    # rounded: of pairs that agree to 12 digits the first wins on every machine
    k, j = np.unravel_index(rounded(median).argmin(), median.shape)

    chosen = Scheduled(Geometric(ratio[j]), with_(optimizer, lr=grid[k]))
    report = last_loss(chosen, runs[1], 2)
    bands = np.quantile(report, (0.1, 0.5, 0.9), method="inverted_cdf")
    edge = {0: "low", rates - 1: "high"}.get(int(k), "")
    return bands, edge


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
