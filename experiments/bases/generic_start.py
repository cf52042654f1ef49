"""Does the advantage of sign descent survive a start that is not aligned?

Steps against the condition number. Blocks [[1, a], [a, 1]], kappa = (1 + a) / (1 - a), in the
identity basis. Aligned start: one eigenvector per block. Generic start: a random angle per block.
Target: a fraction of the loss in the soft eigenvectors at the start. (Liu et al. 2025; measurements
of our own)

The diagonal of a block is 1, so that all powers of diagonal Gauss-Newton are GD. An angle is
generic as soon as both eigenvectors are excited: signs then change within a block.
"""

import numpy as np

from lab.checks import above_one, probability
from lab.objectives import Quadratic
from lab.optimizers import SGD, Adam, Geometric, HeavyBall, Scheduled, SignSGD
from lab.sentences import number, span
from lab.simulation import simulate

VERSION = 2
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
UNITS = {
    "steps": "aligned* sign* Adam* heavy* GD* theory_*",
    "no unit": "slope_* target",
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
    kappa: aligned, sign, Adam, heavy ball, GD (K,), inf where the budget was not enough, and those
    of every start, ..._runs (K, seeds); slope_... and slope_..._runs (seeds,): the exponent of
    kappa, from a log-log fit; theory_GD, theory_heavy ball: log(1 / target) / (2
    log(1 / rho)).

    rho = (kappa - 1) / (kappa + 1) for GD, (sqrt kappa - 1) / (sqrt kappa + 1) for heavy ball.
    Every method is tuned on a grid of rates times decays (or momenta), GD, which has only a rate,
    on gd_rates of them and a longer budget, gd_steps.

    kappas > 1; blocks of two dimensions each; target in (0, 1); steps: the budget of the others.
    """
    above_one("kappas", kappas)
    probability("target", target)
    aligned, generic = starts(blocks, seeds, seed)
    budgets = {"target": target, "steps": steps, "gd_steps": gd_steps}
    grids = {"rates": rates, "decays": decays, "gd_rates": gd_rates}
    columns = [at(kappa, aligned, generic, **budgets, **grids) for kappa in kappas]

    kappa = np.array(kappas)
    found = {}
    for name in columns[0]:
        runs = np.array([column[name] for column in columns])
        median = np.median(runs, axis=-1)
        found[name] = median
        found[f"{name}_runs"] = runs
        found[f"slope_{name}"] = np.array(slope(kappa, median))
        found[f"slope_{name}_runs"] = np.array([slope(kappa, run) for run in runs.T])
    return {
        **found,
        "kappas": kappa,
        "target": np.array(target),
        "steps": np.array(steps),
        **theory(kappa, target),
    }


def summary(data) -> str:
    """The exponents of the condition number, with their range over the starts, and who is ahead at
    the largest one.

    The exponents of single starts, over which the range goes, are from steps at rates that were
    tuned for the median of all starts. An exponent is a local one: it depends on the range of
    kappas that was fitted.
    """
    kappa = data["kappas"]
    lines = [
        f"How do steps to {data['target']:g} of the loss grow with the condition number, "
        f"{number(kappa.min())} to {number(kappa.max())}? Exponents, range over "
        f"{data['sign_runs'].shape[1]} starts:"
    ]
    for name in ("GD", "heavy ball", "Adam", "sign", "aligned"):
        title = "sign descent from aligned starts" if name == "aligned" else name
        runs = data[f"slope_{name}_runs"]
        reached = np.isfinite(data[name])
        missing = "" if reached.all() else f"; not reached at {(~reached).sum()} of {len(kappa)}"
        lines.append(
            f"{title}: {data[f'slope_{name}']:.2f} "
            f"({span(round(runs.min(), 2), round(runs.max(), 2))}){missing}."
        )
    lines.append(
        "At the optimal rates theory has 1 for GD and 1/2 for heavy ball, for large kappa."
    )
    return "\n".join(lines)


def starts(
    blocks: int,
    seeds: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Aligned and generic ones, (seeds, 2 blocks) each: eigenvectors (1, 1) and (1, -1) in turn, of
    random sizes and signs, and points of the unit circle.

    All sizes are in [0.3, 1], so that no block starts at its minimum; generic blocks have length 1,
    and the soft part of their loss is anything between 0 and all of it.
    """
    rng = np.random.default_rng(seed)
    each = (seeds, blocks)
    angle = rng.uniform(0, 2 * np.pi, each)
    size = rng.uniform(0.3, 1.0, each) * rng.choice([-1.0, 1.0], each)

    second = np.where(np.arange(blocks) % 2, 1.0, -1.0)
    pairs = np.stack([np.ones(blocks), second], -1)
    aligned = size[..., None] * pairs
    generic = np.stack([np.cos(angle), np.sin(angle)], -1)
    return aligned.reshape(seeds, -1), generic.reshape(seeds, -1)


def slope(kappa: np.ndarray, steps: np.ndarray) -> float:
    """The least-squares exponent b of steps ~ kappa^b over the kappas where the target was reached
    (0 where fewer than two).

    kappa, steps (K,). log(steps) against log(kappa), all kappas with the same weight.
    """
    kept = np.isfinite(steps)
    if kept.sum() < 2:
        return 0.0
    x = np.log(kappa[kept])
    y = np.log(steps[kept])
    return float(np.polyfit(x, y, 1)[0])


def theory(kappa: np.ndarray, target: float) -> dict[str, np.ndarray]:
    """Steps at the optimal asymptotic rate rho: log(1 / target) / (2 log(1 / rho)).

    (K,) each. The loss falls like rho^(2 t): the factor 2. Heavy ball at its best parameters has a
    factor t as well, which is left out.
    """
    root = np.sqrt(kappa)
    rho = {
        "GD": (kappa - 1) / (kappa + 1),
        "heavy ball": (root - 1) / (root + 1),
    }
    found = {}
    for name, factor in rho.items():
        per_step = 2 * np.log(1 / factor)
        found[f"theory_{name}"] = np.log(1 / target) / per_step
    return found


def at(
    kappa: float,
    aligned: np.ndarray,
    generic: np.ndarray,
    *,
    target: float,
    steps: int,
    gd_steps: int,
    rates: int,
    decays: int,
    gd_rates: int,
) -> dict[str, np.ndarray]:
    """Steps of all methods at one condition number, (seeds,) each.

    aligned, generic (seeds, 2 blocks); H = I (x) [[1, a], [a, 1]], eigenvalues 1 + a and 1 - a, a =
    (kappa - 1) / (kappa + 1). Rates of sign methods are distances, 0.01 to 1, times a geometric
    decay 1 - ratio of 0.5 to 0.003 a step: between a run that is over in a few steps and one that
    has e^(-0.003 * 1200) = 2.7 % of its rate left at the end. The grids are the same for all
    kappas, except those of the momentum and of its step.

    The three starts are drawn once and are the same for all kappas and methods; a budget that is
    too short makes a column inf, and the fit leaves it out: GD needs 2.3 kappa steps, so that at
    kappa = 10000 the budget of 7000 is not enough.
    """
    a = (kappa - 1) / (kappa + 1)
    block = [[1.0, a], [a, 1.0]]
    blocks = generic.shape[-1] // 2
    f = Quadratic(np.kron(np.eye(blocks), block))
    top = 1 + a

    # axes: rates, decays or momenta, starts
    lr = np.geomspace(0.01, 1.0, rates)[:, None, None]
    ratio = 1 - np.geomspace(0.5, 0.003, decays)[:, None]
    sign = Scheduled(Geometric(ratio), SignSGD(lr))
    adam = Scheduled(Geometric(ratio), Adam(lr, 0.9, 0.95))

    # momentum from none to beyond the optimum, in terms of the condition number it would be
    # optimal for, at shares of its largest stable step
    roots = np.sqrt(np.geomspace(1.0, 4 * kappa, decays))[:, None]
    momentum = ((roots - 1) / (roots + 1)) ** 2
    share = np.geomspace(0.1, 1.0, rates)[:, None, None]
    heavy_ball = HeavyBall(share * 2 * (1 + momentum) / top, momentum)

    # up to the best step, 2 / (top + low) = 1; GD needs some 2.3 kappa steps for four decades
    gd = SGD(np.geomspace(0.5, 1.0, gd_rates)[:, None])
    # for small kappas a short run is enough
    longer = min(gd_steps, 50 + int(3 * kappa))
    budget = {"target": target, "steps": steps}
    return {
        "aligned": fewest(f, sign, aligned, **budget),
        "sign": fewest(f, sign, generic, **budget),
        "Adam": fewest(f, adam, generic, **budget),
        "heavy ball": fewest(f, heavy_ball, generic, **budget),
        "GD": fewest(f, gd, generic, target=target, steps=longer),
    }


def fewest(f: Quadratic, optimizer, starts: np.ndarray, *, target: float, steps: int) -> np.ndarray:
    """Steps from every start to target * (soft loss at the start), at the hyper-parameters of a
    batched sweep whose median over the starts is lowest.

    starts (S, n), the answer (S,). The soft eigenvectors are the lower half of the spectrum: the
    stiff half may be at its minimum or not, the target is a share of what is hard.
    """
    lam, q = np.linalg.eigh(f.h)
    half = len(lam) // 2
    z = starts @ q[:, :half]
    soft = (lam[:half] * z**2).sum(-1) / 2
    record = {"loss": lambda theta: f.loss(theta) / soft}
    run = simulate(
        f,
        optimizer,
        starts,
        steps=steps,
        record=record,
    )
    counts = run.steps_to(target)
    # all hyper-parameters in one axis: which of them wins is not asked
    counts = counts.reshape(-1, counts.shape[-1])
    return counts[np.median(counts, axis=-1).argmin()]


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
