"""Is the logarithm of the condition number convex along powers of a diagonal scaling?

log kappa(D^(-s/2) H D^(-s/2)), D = diag(H), is convex in s, so it lies below its chord on [0, 1]:
the square root of Adam under noise, s = 1/2, gets at most half of Jacobi's digits. Outside of
[0, 1] it lies above the chord. (derived; claim adam/noisy-is-gn-half)
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
    *, dims: int = 12, spread: float = 1e3, points: int = 61, seed: int = 0
) -> dict[str, np.ndarray]:
    """kappa (cases, points) against s in [0, 1.5], the chord where s <= 1, convex: the
    smallest second difference of the logarithm.

    spread > 1: of the scales of a well correlated matrix, of the eigenvalues of a rotated one; the
    shifted one has columns of mean 3.
    """
    above_one("spread", spread)
    rng = np.random.default_rng(seed)
    i = np.arange(dims)
    correlation = 0.5 ** np.abs(i[:, None] - i)
    scales = np.geomspace(1, 1 / spread, dims)
    q = random(dims, rng).q
    rows = 3 + rng.standard_normal((20 * dims, dims))
    cases = {
        "scaled": scales[:, None] * correlation * scales,
        "rotated": (q * geometric(dims, spread)) @ q.T,
        "shifted": rows.T @ rows / len(rows),
    }

    s = np.linspace(0, 1.5, points)
    kappas, chords = [], []
    for h in cases.values():
        root = np.diag(h) ** (-s[:, None] / 2)
        found = condition_number(root[:, :, None] * h * root[:, None, :])
        jacobi = condition_number(h / np.sqrt(np.outer(np.diag(h), np.diag(h))))
        kappas.append(found)
        chords.append(chord_bound(found[0], jacobi, s[s <= 1]))

    return {
        "cases": np.array(list(cases)),
        "s": s,
        "kappa": np.stack(kappas),
        "chord": np.stack(chords),
        "convex": np.diff(np.log(kappas), 2).min(-1),
    }


def summary(data) -> str:
    """What each case gains at s = 1/2 and at s = 1, whether it is convex and below its chord."""
    s, kappa = data["s"], data["kappa"]
    half, whole = np.abs(s - 0.5).argmin(), np.abs(s - 1).argmin()
    lines = ["Is log kappa convex along powers of the diagonal, and what does each power gain?"]
    for k, name in enumerate(data["cases"]):
        lines.append(
            f"{str(name).capitalize()}: condition number {number(kappa[k, 0])} at s = 0, "
            f"{number(kappa[k, half])} at {number(s[half])}, "
            f"{number(kappa[k, whole])} at {number(s[whole])}."
        )
    # 1e-9: eigenvalues know the condition number to eps kappa
    straight = (data["convex"] > -1e-9).all()
    lines.append(f"All curves are {'' if straight else 'NOT '}convex.")
    over = (kappa[:, s <= 1] / data["chord"]).max()
    verdict = "No curve is above" if over <= 1 + 1e-9 else f"A curve is {number(over)} times ABOVE"
    lines.append(f"{verdict} its chord on [0, 1].")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
