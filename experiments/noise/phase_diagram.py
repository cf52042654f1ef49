"""Which preconditioner wins in the plane, over batch size and angle to the eigenbasis?

Gaussian regression, Sigma = R(phi) diag(kappa, 1) R(phi)^T, errors N(0, I) at the start, no
label noise. The criterion is the expected loss after a number of steps. SGD, GN^-1/2 and GN^-1
at their best constant rate: exact, from the linear recursion. Idealised Adam has no such
recursion; it is simulated with the sampler in law, rate and geometric decay tuned on seeds of
their own, and wins only where its mean is lower than the others by five standard errors. Over an
infinite horizon there is nothing to see: constant rates leave Adam at a floor, and of the others
GN^-1 is best at every angle, because in the plane it is the best conditioned (asymptotic factors
are returned). (derived)
"""

import numpy as np

from lab.bases import Orthogonal
from lab.checks import above_one, count, positive
from lab.objectives import GaussianRegression
from lab.optimizers import Geometric, IdealisedAdam, InBasis, Scheduled
from lab.simulation import simulate
from lab.spectra import geometric_integers
from lab.theory.conditioning import critical_angle, plane
from lab.theory.recursion import modes, risk_curve
from lab.theory.sgd import best_rate, preconditioned_spectrum, stability_limit
from lab.ties import rounded

VERSION = 2
QUICK = {
    "kappas": (10.0, 100.0),
    "points": 3,
    "levels": 3,
    "rates": 4,
    "tuning": 4,
    "seeds": 10,
    "horizons": (5, 20),
    "exact_rates": 20,
}
UNITS = {
    "degrees": "angle line critical",
    "examples": "near far",
    "steps": "horizons",
    "no unit": "loss error rate",
    "position": "winner",
}
# idealised Adam, and the rate chosen among its runs; a cell of `winner` may be at the border of
# five errors
CHAOTIC = ("loss", "error", "winner", "tied")
POWERS = {"SGD": 0.0, "GN^-1/2": -0.5, "GN^-1": -1.0}
RATIOS = 1 - np.array([1e-12, 0.02, 0.05, 0.1, 0.25])


def run(
    *,
    kappas: tuple = (10.0, 100.0, 1000.0),
    points: int = 10,
    levels: int = 9,
    largest: float = 1e8,
    horizons: tuple = (10, 100),
    rates: int = 12,
    exact_rates: int = 200,
    tuning: int = 12,
    seeds: int = 400,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """loss (T, K, N, P, 4): expected loss over that at the start, for T horizons, K kappas, N batch
    sizes, P angles in degrees, and `methods`; error (T, K, N, P): one standard error of Adam's.
    winner (T, K, N, P): index of the lowest; ties go to the first, and Adam must be lower by five
    standard errors. tied (T, K, N, P): whether another one is within 1 % of the winner. rate (K, N,
    P, 3): the asymptotic factor per step of the others at their best steps.

    line (L,) angles; near, far (K, L): the B at which Adam's v turns from GN- to sign-like, errors
    along the soft eigenvector, in the coordinate nearer to it, kappa tan^2, and in the other, kappa
    / tan^2; critical (K,): the angle beyond which kappa(GN^-1) > (1 + sqrt 2)^2.

    kappas > 1; points angles from 0 to 45 degrees; levels batch sizes from 1 to largest > 0; rates,
    exact_rates: of Adam and of the others; tuning, seeds >= 2: Adam's runs per rate and decay, and
    those that are reported.
    """
    above_one("kappas", kappas)
    positive("largest", largest)
    count("seeds", seeds, 2)
    batch = geometric_integers(1, largest, levels)
    angle = np.linspace(0.0, 45.0, points)
    phi = np.radians(angle)
    t = np.array(horizons)

    settings = {
        "exact_rates": exact_rates,
        "sizes": (rates, tuning, seeds),
        "seed": seed,
    }
    loss, error, rate = losses(kappas, batch, phi, t, **settings)
    return {
        "batch": batch,
        "angle": angle,
        "kappas": np.array(kappas),
        "methods": np.array([*POWERS, "idealised Adam"]),
        **lines(np.array(kappas)),
        "horizons": t,
        "loss": loss,
        "error": error,
        "rate": rate,
        "winner": winner(loss, error),
        "tied": tied(loss, error),
        "seeds": np.array(seeds),
    }


def summary(data) -> str:
    """In how many cells each method wins, by more than a tie, for every horizon and condition
    number."""
    names = [str(name) for name in data["methods"]]
    clear = ~data["tied"].astype(bool)
    cells = clear[0, 0].size
    lines = [f"Which preconditioner wins in the plane, over {cells} cells of batch size and angle?"]
    for h, steps in enumerate(data["horizons"]):
        for k, kappa in enumerate(data["kappas"]):
            won = [(clear[h, k] & (data["winner"][h, k] == j)).sum() for j in range(len(names))]
            told = ", ".join(f"{name} {count}" for name, count in zip(names, won, strict=True))
            ties = f"ties within 1 % {(~clear[h, k]).sum()}"
            lines.append(f"{steps} steps, kappa = {kappa:g}: {told}, {ties}.")
    return "\n".join(lines[:10])


def losses(kappas, batch, phi, t, *, exact_rates, sizes, seed):
    """loss, error and rate of run, cell by cell.

    kappas (K,), batch (N,), phi (P,) in radians, t (T,) horizons. The exact ones are computed cell
    by cell, Adam's for all angles at once.
    """
    cells = (len(kappas), len(batch), len(phi))
    loss = np.empty((len(t), *cells, 4))
    error = np.empty((len(t), *cells))
    rate = np.empty((*cells, 3))
    for k, n in np.ndindex(cells[:2]):
        kappa = kappas[k]
        b = int(batch[n])
        for i, turn in enumerate(phi):
            best, least = fixed(plane(kappa, turn), b, t, exact_rates)
            rate[k, n, i] = best
            loss[:, k, n, i, :3] = least
        mean, spread = adam(
            kappa,
            phi,
            b,
            t=t,
            sizes=sizes,
            seed=seed,
        )
        loss[:, k, n, :, 3] = mean
        error[:, k, n] = spread
    return loss, error, rate


def lines(kappas: np.ndarray) -> dict[str, np.ndarray]:
    """line, near, far and critical of run.

    (L,) and (K, L): batch sizes; 1 to 44 degrees: at 0 far is infinite.
    """
    line = np.linspace(1.0, 44.0, 60)
    tangent = np.tan(np.radians(line)) ** 2
    column = kappas[:, None]
    return {
        "line": line,
        "near": column * tangent,
        "far": column / tangent,
        "critical": np.degrees(critical_angle(kappas)),
    }


def winner(loss: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Index of the lowest of the exact ones, the first of those that agree to 9 digits; the last
    where it is surely lower.

    loss (..., 4), error (...): five standard errors, so that chance gives Adam no cell.
    """
    fixed_ones = loss[..., :3]
    best = fixed_ones.min(-1, keepdims=True)
    tied = fixed_ones <= best * (1 + 1e-9)
    exact = tied.argmax(-1)
    surely_lower = loss[..., 3] + 5 * error < best[..., 0]
    return np.where(surely_lower, 3, exact)


def tied(loss: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Whether the winner is hardly one: within 1 % of the lowest loss there is another, Adam within
    five of its standard errors besides."""
    first = winner(loss, error)
    best = np.take_along_axis(loss, first[..., None], -1)
    slack = np.zeros_like(loss)
    slack[..., 3] = 5 * error
    # where Adam wins, its own uncertainty counts against the others
    reach = best * 1.01 + np.where(first == 3, 5 * error, 0.0)[..., None]
    return (loss - slack <= reach).sum(-1) > 1


def fixed(
    sigma: np.ndarray,
    batch: int,
    t: np.ndarray,
    rates: int,
) -> tuple[list, np.ndarray]:
    """Best asymptotic rate (3,), and best expected loss (T, 3) over `rates` constant steps, of the
    fixed preconditioners, exactly.

    sigma (2, 2); rates in equal steps up to the limit, which is included.
    """
    rate = []
    loss = []
    for power in POWERS.values():
        p = np.diag(sigma) ** power
        spectrum = preconditioned_spectrum(p, sigma)
        rate.append(best_rate(spectrum, 0.0, batch).rate)

        q, m = modes(p, sigma, np.eye(2))
        share = np.linspace(1 / rates, 1.0, rates)
        lr = stability_limit(spectrum, 0.0, batch) * share[:, None]
        times = np.append(0, t)
        risk = risk_curve(lr * q, m.sum(0), times, batch)
        relative = risk[1:] / risk[0]
        loss.append(relative.min(-1))
    return rate, np.stack(loss, -1)


def adam(
    kappa: float,
    phi: np.ndarray,
    batch: int,
    *,
    t: np.ndarray,
    sizes: tuple,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean loss (T, P) and its standard error, at the rate and ratio of the lowest mean on the
    tuning seeds, for each horizon and angle. sizes: rates, tuning seeds, reporting seeds.

    In eigencoordinates, where the angles are bases, one per run.

    Here the mean is tuned, not the median: the criterion is the expected loss.
    """
    rates, tuning, seeds = sizes
    f = GaussianRegression(np.array([kappa, 1.0]), 0.0)
    start = (kappa + 1) / 2
    # a rate is a distance, of a start that is about 1 away
    lr = np.geomspace(0.005, 3.0, rates)

    def last(rate, ratio, theta, horizons):
        """The loss over its expectation at the start, (horizons, ..., seeds, angles)."""
        falling = Scheduled(Geometric(ratio), IdealisedAdam(rate))
        rule = InBasis(turned(phi), falling)
        batches = np.random.default_rng([seed, 2, len(theta)])
        starts = np.broadcast_to(theta, (len(theta), len(phi), 2))
        steps = int(horizons[-1])
        protocol = {
            "steps": steps,
            "batch": batch,
            "every": int(t[0]),
            "rng": batches,
        }
        run = simulate(f, rule, starts, **protocol)
        return run["loss"][np.searchsorted(run.t, horizons)] / start

    # axes: rates, ratios, seeds, angles
    every_rate = lr[:, None, None, None]
    every_ratio = RATIOS[:, None, None]
    tuned = last(every_rate, every_ratio, normal(seed, 0, tuning), t)
    mean = tuned.mean(-2)
    flat = mean.reshape(len(t), -1, len(phi))
    best = rounded(flat).argmin(1)

    means = []
    errors = []
    for j, choice in enumerate(best):
        # one choice per angle
        k, i = np.divmod(choice, len(RATIOS))
        fresh = normal(seed, 1, seeds)
        report = last(lr[k], RATIOS[i], fresh, t[j : j + 1])[0]
        means.append(report.mean(0))
        errors.append(report.std(0, ddof=1) / np.sqrt(seeds))
    return np.stack(means), np.stack(errors)


def turned(phi: np.ndarray) -> Orthogonal:
    """The plane turned back by each angle, (P, 2, 2)."""
    cosine, sine = np.cos(phi), np.sin(phi)
    first = np.stack([cosine, sine], -1)
    second = np.stack([-sine, cosine], -1)
    return Orthogonal(np.stack([first, second], -2))


def normal(seed: int, stream: int, size: int) -> np.ndarray:
    """Starts N(0, I), common to all angles, (size, 1, 2)."""
    return np.random.default_rng([seed, stream]).standard_normal((size, 1, 2))


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
