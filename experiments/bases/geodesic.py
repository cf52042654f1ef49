"""What happens between the coordinate basis and the eigenbasis?

Conditioning of diagonal GN and sign descent along the geodesic. Q(s) = Q0 exp(s log Q0^T Q1) from
the identity (s = 0) to the eigenbasis (s = 1), for Haar and Hadamard eigenvectors, the latter as
far from the coordinates as can be; and in the plane, where the condition numbers have a closed form
at the angle (1 - s) phi.

Sign descent's rate falls by 0.85 a step: over 60 steps by four decades, so that
the end of the decay is never what stops it.
"""

import numpy as np

from lab.bases import Orthogonal, coordinate, random
from lab.geodesics import geodesic
from lab.linalg import hadamard
from lab.objectives import Quadratic
from lab.optimizers import Geometric, InBasis, Scheduled, SignSGD
from lab.sentences import apart, closeness, number
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.conditioning import plane_kappa, preconditioned_kappa
from lab.ties import rounded

VERSION = 2
QUICK = {"dims": 4, "points": 5, "budget": 12, "rates": 6, "seeds": 2}
UNITS = {
    "steps": "budget",
    "no unit": "s theory_* plane_* haar_* hadamard_*",
    "degrees": "degrees",
}

POWERS = {"GN^-1": -1.0, "GN^-1/2": -0.5}


def run(
    *,
    dims: int = 16,
    kappa: float = 1000.0,
    points: int = 21,
    budget: int = 60,
    ratio: float = 0.85,
    rates: int = 40,
    seeds: int = 5,
    degrees: float = 40.0,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Against s (points,): condition numbers CASE_GN^-1, CASE_GN^-1/2 for CASE plane, haar,
    hadamard, in the plane also theory_...; and CASE_sign, the median loss of sign descent after
    `budget` steps at its best rate, relative to the start, of the runs CASE_sign_runs (points,
    seeds).

    dims: a power of two, since there are Hadamard matrices of such; kappa > 0; ratio in (0, 1):
    the decay of sign descent's rate per step; rates, seeds: of its grid and of its starts; degrees:
    from the coordinates to the eigenbasis in the plane.

    seed: of the Haar basis and of the starts, N(0, I), which are the same for all s of a case. The
    spectrum is geometric from 1 to 1 / kappa.
    """
    rng = np.random.default_rng(seed)
    s = np.linspace(0.0, 1.0, points)
    phi = np.radians(degrees)
    found = {
        "s": s,
        "kappa": np.array(kappa),
        "budget": np.array(budget),
        "degrees": np.array(degrees),
        "dims": np.array(dims),
    }
    for name, power in POWERS.items():
        found[f"theory_{name}"] = plane_kappa(kappa, (1 - s) * phi, power)

    bases = {
        "plane": turned_plane(phi),
        "haar": random(dims, rng),
        "hadamard": Orthogonal(hadamard(dims)),
    }
    for case, basis in bases.items():
        h = with_spectrum(geometric(len(basis.q), kappa), basis)
        # the shortest way: every basis on it is a turn by s times the angles between the two
        path = [geodesic(coordinate(len(h)), basis, x).q for x in s]
        q = np.stack(path)
        turned = q.swapaxes(-1, -2) @ h @ q
        for name, power in POWERS.items():
            found[f"{case}_{name}"] = preconditioned_kappa(turned, power)
        if case != "plane":
            starts = rng.standard_normal((seeds, len(h)))
            runs = sign_loss(h, q, starts, budget=budget, ratio=ratio, rates=rates)
            found[f"{case}_sign_runs"] = runs
            found[f"{case}_sign"] = np.median(runs, axis=-1)
    return found


def summary(data) -> str:
    """Condition numbers at both ends and half-way, and what sign descent makes of them.

    Condition numbers are those at s = 0, at the middle and at s = 1, as nearly as `points` allows.
    The closed forms exist in the plane only: in more dimensions the curves are what was found for
    this basis, and need not be monotone.

    A loss is the median over `seeds` starts, at the rate of the grid that is best for the same
    starts.

    For the plane no losses are told: sign descent runs in the other two cases only.
    """
    s = data["s"]
    middle = len(s) // 2
    places = (0, middle, -1)
    at = ", ".join(f"{s[k]:.2g}" for k in places)
    lines = [
        f"What happens between the coordinates (s = 0) and the eigenbasis (s = 1), "
        f"kappa = {number(data['kappa'])}? Condition numbers at s = {at}:"
    ]
    for case in ("plane", "haar", "hadamard"):
        told = []
        for name in POWERS:
            values = data[f"{case}_{name}"]
            told.append(f"{name} " + ", ".join(number(round(values[k], 3)) for k in places))
        lines.append(f"{case}: {'; '.join(told)}.")
    for case in ("haar", "hadamard"):
        loss = ", ".join(number(data[f"{case}_sign"][k]) for k in places)
        lines.append(f"Sign descent, {case}, loss after {data['budget']} steps: {loss}.")
    gap = max(apart(data[f"plane_{name}"], data[f"theory_{name}"]) for name in POWERS)
    lines.append(f"In the plane the closed forms are met to {closeness(gap)}.")
    return "\n".join(lines)


def turned_plane(phi: float) -> Orthogonal:
    """The plane turned by an angle.

    Orthogonal: columns are the basis vectors, at the angle phi (radians) to the axes.

    At s the basis is turned by s phi, and is (1 - s) phi away from the eigenbasis.
    """
    cosine, sine = np.cos(phi), np.sin(phi)
    return Orthogonal(np.array([[cosine, -sine], [sine, cosine]]))


def sign_loss(
    h: np.ndarray,
    q: np.ndarray,
    starts: np.ndarray,
    *,
    budget: int,
    ratio: float,
    rates: int,
) -> np.ndarray:
    """Loss after the budget over the loss at the start, with geometric decay, (bases, starts), at
    the rate whose median over starts is least.

    h (n, n), q (P, n, n) one basis per s, starts (S, n), in the coordinates of h. The method runs
    on z = q^T theta. The rate is tuned for every basis by itself, with all starts, on a grid from
    0.04 to 4.
    """
    # axes: rates, starts, bases; a rate is a distance, and starts are N(0, 1), hardly beyond 4
    lr = 4.0 * np.geomspace(0.01, 1.0, rates)[:, None, None]
    descent = Scheduled(Geometric(ratio), SignSGD(lr))
    optimizer = InBasis(Orthogonal(q), descent)
    theta = np.broadcast_to(starts[:, None], (len(starts), len(q), len(h)))

    loss = simulate(Quadratic(h), optimizer, theta, steps=budget, every=budget)["loss"]
    relative = loss[-1] / loss[0]
    # losses that agree to 1e-12 of the start are a tie, and the smallest rate wins
    best = rounded(np.median(relative, axis=1), 1.0).argmin(0)
    return relative[best, :, np.arange(len(q))]


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
