"""Does the moment recursion give the risk of SGD with a fixed preconditioner?

Expected loss, exact and by Monte Carlo. The eigenbasis of Sigma is part of the way from the
coordinates to a Haar basis: diagonal preconditioners do not commute with Sigma, and still help.
(recursion: derived)
"""

import numpy as np

from lab.bases import coordinate, geodesic, random
from lab.checks import positive
from lab.exact import exact
from lab.exact.moments import preconditioner
from lab.objectives import GaussianRegression
from lab.optimizers import DiagonalGN
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.sgd import preconditioned_spectrum, stability_limit

QUICK = {"dims": 4, "steps": 20, "every": 5}

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
    and its standard error; z: their distance in standard errors, without step 0.
    """
    positive("shares", shares)
    rng = np.random.default_rng(seed)
    sigma = with_spectrum(
        geometric(dims, kappa), geodesic(coordinate(dims), random(dims, rng), tilt)
    )
    f, theta = GaussianRegression(sigma, 0.0, noise), 3 * rng.standard_normal(dims)
    curves = []
    for batch in batches:
        for power in POWERS.values():
            spectrum = preconditioned_spectrum(preconditioner(DiagonalGN(1.0, power), sigma), sigma)
            lr = np.array(shares) * stability_limit(spectrum, 0.0, batch)
            theory = exact(f, DiagonalGN(lr, power), theta, steps=steps, batch=batch)
            starts = np.broadcast_to(theta, (runs, dims))
            # a sweep would share its batches: every learning rate gets its own
            monte_carlo = [
                simulate(
                    f, DiagonalGN(x, power), starts, steps=steps, batch=batch, rng=rng, every=every
                ).mean()
                for x in lr
            ]
            mean, error = (
                np.stack([m["loss"] for m in monte_carlo]),
                np.stack([m.error["loss"] for m in monte_carlo]),
            )
            curves.append((theory["loss"].T, mean, error))
    shape = (len(batches), len(POWERS), len(shares), -1)
    theory, mean, error = (
        (np.stack(x) / f.loss(theta)).reshape(shape) for x in zip(*curves, strict=True)
    )
    t, marks = np.arange(steps + 1), monte_carlo[0].t
    found = {
        "t": t,
        "marks": marks,
        "exact": theory,
        "measured": mean,
        "error": error,
        "later": marks[1:],
    }
    z = (mean - theory[..., marks])[..., 1:] / error[..., 1:]
    names = {
        "methods": np.array(list(POWERS)),
        "batches": np.array(batches),
        "shares": np.array(shares),
        "runs": np.array(runs),
    }
    return {
        **found,
        **names,
        "z": z,
        "worst": np.abs(z).max(),
        "noise": np.array(noise),
        "dims": np.array(dims),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
