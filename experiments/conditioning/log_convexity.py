"""Is the logarithm of the condition number convex along powers of a diagonal scaling?

log kappa(D^(-s/2) H D^(-s/2)), D = diag(H), is convex in s, so it lies below its chord on [0, 1]:
the square root of Adam under noise, s = 1/2, gains at least half of Jacobi's digits. Outside of
[0, 1] it lies above the chord. (derived; claim adam/noisy-is-gn-half)

It is a statement about condition numbers at one point: a run that starts elsewhere, or whose noise
is not what s = 1/2 stands for, has another preconditioner.
"""

import numpy as np

from lab.bases import random
from lab.checks import above_one
from lab.linalg import kappa as condition_number
from lab.sentences import number
from lab.spectra import geometric
from lab.theory.preconditioning import chord_bound

QUICK = {"points": 13}
UNITS = {
    "no unit": "s chord convex",
}


def run(
    *,
    dims: int = 12,
    spread: float = 1e3,
    points: int = 61,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """kappa (cases, points) against s in [0, 1.5], the chord where s <= 1, convex: the
    smallest second difference of the logarithm.

    spread > 1: of the scales of a well correlated matrix, of the eigenvalues of a rotated one; the
    shifted one has columns of mean 3.

    Entries of `kappa` at s = 0, 1/2, 1 are no scaling, GN^-1/2 and Jacobi. cases (3,), s (points,);
    chord (cases, those s <= 1); convex (cases,) of log kappa, not divided by the square of the
    step. seed: of the rotation and of the shifted data.
    """
    above_one("spread", spread)
    # three reasons for a large kappa: units, directions, means
    cases = matrices(dims, spread, np.random.default_rng(seed))
    s = np.linspace(0, 1.5, points)
    kappas, chords = [], []
    between = s[s <= 1]
    for h in cases.values():
        diagonal = np.diag(h)
        # D^(-s/2) for every s at once, (points, dims)
        root = diagonal ** (-s[:, None] / 2)
        scaled = root[:, :, None] * h * root[:, None, :]
        found = condition_number(scaled)
        # Jacobi by itself, since s = 1 need not be on the grid
        outer = np.outer(diagonal, diagonal)
        jacobi = condition_number(h / np.sqrt(outer))
        kappas.append(found)
        chord = chord_bound(found[0], jacobi, between)
        chords.append(chord)

    # equal steps of s: a second difference has the sign of the second derivative
    bends = np.diff(np.log(kappas), 2)
    return {
        "cases": np.array(list(cases)),
        "s": s,
        "kappa": np.stack(kappas),
        "chord": np.stack(chords),
        "convex": bends.min(-1),
    }


def matrices(dims, spread, rng) -> dict[str, np.ndarray]:
    """Case -> H (dims, dims): columns of other units, eigenvectors of no coordinate, and means.

    "scaled" is d C d with C_ij = 0.5^|i - j| and d from 1 to 1 / spread: all that is wrong with it
    are units. "rotated" has the eigenvalues 1 ... 1 / spread in a Haar basis, where a diagonal can
    do little. "shifted" is the second moment of 20 n rows of N(3, 1) entries: its largest
    eigenvalue is that of the mean, its diagonal nearly constant.
    """
    i = np.arange(dims)
    lag = np.abs(i[:, None] - i)
    correlation = 0.5**lag
    scales = np.geomspace(1, 1 / spread, dims)
    q = random(dims, rng).q
    rows = 3 + rng.standard_normal((20 * dims, dims))
    return {
        "scaled": scales[:, None] * correlation * scales,
        "rotated": (q * geometric(dims, spread)) @ q.T,
        "shifted": rows.T @ rows / len(rows),
    }


def summary(data) -> str:
    """What each case gains at s = 1/2 and at s = 1, whether it is convex and below its chord.

    Convexity and the chord are checked to 1e-9, on the points of the grid. s = 1/2 and 1 are the
    nearest points.

    The chord is between s = 0 and s = 1; beyond, the curve is above its continuation.
    """
    s = data["s"]
    kappa = data["kappa"]
    half = np.abs(s - 0.5).argmin()
    whole = np.abs(s - 1).argmin()
    lines = ["Is log kappa convex along powers of the diagonal, and what does each power gain?"]
    for k, name in enumerate(data["cases"]):
        start = number(kappa[k, 0])
        gained = [f"{number(kappa[k, at])} at {number(s[at])}" for at in (half, whole)]
        case = str(name).capitalize()
        told = ", ".join(gained)
        lines.append(f"{case}: condition number {start} at s = 0, {told}.")
    # 1e-9: eigenvalues know the condition number to eps kappa
    convex = (data["convex"] > -1e-9).all()
    lines.append("All curves are convex." if convex else "All curves are NOT convex.")
    below = kappa[:, s <= 1]
    over = (below / data["chord"]).max()
    verdict = "No curve is above" if over <= 1 + 1e-9 else f"A curve is {number(over)} times ABOVE"
    lines.append(f"{verdict} its chord on [0, 1].")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
