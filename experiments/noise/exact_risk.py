"""Does the moment recursion give the risk of SGD with a fixed preconditioner?

Expected loss, exact and by Monte Carlo. The eigenbasis of Sigma is part of the way from the
coordinates to a Haar basis: diagonal preconditioners do not commute with Sigma, and still help.
(recursion: derived)

1500 runs know a mean to 2.6 % of the spread of a run, and the errors drawn are five times that. The
shares 0.03 and 0.2 of the stability limit are small and moderate steps; near the limit the mean of
runs is carried by a few of them, and no number of runs here would find it.
"""

import numpy as np

from lab.bases import coordinate, random
from lab.checks import positive
from lab.exact import exact
from lab.exact.moments import preconditioner
from lab.geodesics import geodesic
from lab.objectives import GaussianRegression
from lab.optimizers import DiagonalGN
from lab.sentences import number, share
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.sgd import preconditioned_spectrum, stability_limit

QUICK = {"dims": 4, "steps": 20, "every": 5}
UNITS = {
    "no unit": "exact measured error shares",
    "steps": "marks later",
    "standard errors": "z worst",
    "runs": "runs",
    "label": "noise",
}

POWERS = {"GD": 0.0, "GN^-1/2": -0.5, "GN^-1": -1.0}


def run(
    *,
    dims: int = 12,
    kappa: float = 1000.0,
    tilt: float = 0.15,
    noise: float = 0.1,
    batches: tuple = (1, 8, 64),
    shares: tuple = (0.03, 0.2),
    steps: int = 120,
    every: int = 12,
    runs: int = 1500,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """For each batch size (B), method (M) and learning rate, a share (L) of the mean-square
    stability limit: loss over the first loss.

    exact (B, M, L, T) against t; measured, error (B, M, L, K) against marks: the mean over `runs`
    and its standard error; z: their distance in standard errors, without step 0; worst: the
    largest.

    kappa > 0: of Sigma, whose eigenbasis is the part tilt, in [0, 1], of the way to a Haar basis;
    noise >= 0: of the labels; shares > 0, below 1 where the risk stays bounded; every: steps
    between marks.
    """
    positive("shares", shares)
    rng = np.random.default_rng(seed)
    basis = geodesic(coordinate(dims), random(dims, rng), tilt)
    # not diagonal: powers of its diagonal do not commute with it
    sigma = with_spectrum(geometric(dims, kappa), basis)
    f = GaussianRegression(sigma, 0.0, noise)
    # far above what label noise leaves: the fall is what is looked at
    theta = 3 * rng.standard_normal(dims)

    protocol = {"steps": steps, "every": every, "runs": runs, "rng": rng}
    theory = []
    measured = []
    for batch in batches:
        for power in POWERS.values():
            curves, means = both(f, theta, power, batch, shares, **protocol)
            theory.append(curves)
            measured += means

    found = compared(np.array(theory), measured, len(shares), f.loss(theta))
    return found | {
        "t": np.arange(steps + 1),
        "methods": np.array(list(POWERS)),
        "batches": np.array(batches),
        "shares": np.array(shares),
        "runs": np.array(runs),
        "noise": np.array(noise),
        "dims": np.array(dims),
    }


def summary(data) -> str:
    """How far the Monte Carlo means are from the recursion.

    Five standard errors for the farthest of all means, at a confidence of one in a million each.
    Curves are told at the largest share only.

    A number beyond two standard errors is no fault: of independent means one in twenty is.
    """
    z = np.abs(data["z"])
    verdict = "gives" if data["worst"] <= 5 else "does NOT give"
    lines = [
        f"Does the moment recursion give the risk of SGD with a fixed preconditioner, "
        f"{data['runs']} runs?",
        f"It {verdict} it: the farthest of {z.size} means is {number(data['worst'])} standard "
        f"errors away, {share((z > 2).sum(), z.size)} are beyond two.",
    ]
    for b, batch in enumerate(data["batches"][:7]):
        last = data["exact"][b, :, -1, -1]
        ends = zip(data["methods"], last, strict=True)
        told = ", ".join(f"{'SGD' if name == 'GD' else name} {number(x)}" for name, x in ends)
        lines.append(
            f"B = {batch}: loss over that at the start after {data['t'][-1]} steps, at "
            f"{100 * data['shares'][-1]:g} % of the stability limit: {told}."
        )
    return "\n".join(lines)


def compared(exact_loss: np.ndarray, measured: list, shares: int, start: float) -> dict:
    """exact, measured, error, z and worst of run, over the loss at the start.

    exact_loss (B M, L, T), measured: B M L runs, averaged, in the same order; start: the loss at
    step 0, which is the same number for all. The exact curve is known at every step, the mean at
    the marks.

    Everything is relative to the loss at the start, errors as well.
    """
    marks = measured[0].t
    table = {
        "exact": exact_loss,
        "measured": np.stack([mean["loss"] for mean in measured]),
        "error": np.stack([mean.error["loss"] for mean in measured]),
    }
    shape = (-1, len(POWERS), shares)
    found = {}
    for name, losses in table.items():
        found[name] = (losses / start).reshape(*shape, losses.shape[-1])

    off = found["measured"] - found["exact"][..., marks]
    # all runs have the same loss at step 0
    z = off[..., 1:] / found["error"][..., 1:]
    # "later" leaves step 0 out, where there is nothing to compare
    return found | {"marks": marks, "later": marks[1:], "z": z, "worst": np.abs(z).max()}


def both(f, theta, power, batch, shares, *, steps, every, runs, rng):
    """The loss of SGD with GN^power, exactly (L, T), and its mean over runs at each rate.

    theta (n,): one start for all runs, so that the mean is over batches alone, as in the recursion.
    The limit is that of P Sigma. The standard error is that of `runs` independent runs at each
    mark; marks of one run are correlated.

    power: of GN; shares (L,) of the limit make the rates; exactly (L, T), and L averaged
    trajectories.
    """
    p = preconditioner(DiagonalGN(1.0, power), f.sigma)
    limit = stability_limit(preconditioned_spectrum(p, f.sigma), 0.0, batch)
    lr = np.array(shares) * limit
    curves = exact(f, DiagonalGN(lr, power), theta, steps=steps, batch=batch)

    # a sweep would share its batches: every learning rate gets its own
    starts = np.broadcast_to(theta, (runs, len(theta)))
    protocol = {"steps": steps, "batch": batch, "rng": rng, "every": every}
    found = [simulate(f, DiagonalGN(x, power), starts, **protocol) for x in lr]
    return curves["loss"].T, [run.mean() for run in found]


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
