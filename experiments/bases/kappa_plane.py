"""How well can a fixed diagonal condition a quadratic in the plane?

Condition number against the angle to the eigenbasis. H = R(phi) diag(kappa, 1) R(phi)^T; GN^p
scales by diag(H)^p. Closed forms (derived, for Liu et al. 2025), measured by eigenvalues.

GN^-1 leaves [[1, r], [r, 1]], r = h_12 / (h_11 h_22)^(1/2), of condition number (1 + |r|) / (1 -
|r|). At 45 degrees h_11 = h_22, so r = (kappa - 1) / (kappa + 1), and the condition number is kappa
again.
"""

from itertools import pairwise

import numpy as np

from lab.sentences import apart, closeness, number
from lab.theory.conditioning import plane, plane_kappa, preconditioned_kappa

VERSION = 2
QUICK = {"points": 7, "marks": 4, "kappas": (10.0, 1000.0)}
UNITS = {
    "degrees": "angle marks",
    "no unit": "theory_* measured_* gap",
}
POWERS = {"GD": 0.0, "GN^-1/2": -0.5, "GN^-1": -1.0}


def run(
    *,
    kappas: tuple = (10.0, 1e3, 1e5),
    points: int = 181,
    marks: int = 10,
) -> dict[str, np.ndarray]:
    """For each of K condition numbers: `theory_...` (K, points) against `angle` in degrees,
    `measured_...` (K, marks) against `marks`; gap, their largest relative distance at the marks.

    kappas > 0: of H; points, marks: angles of the closed forms and of the eigenvalues, from 0.01 to
    45 degrees, in proportion, since what a large kappa asks for is small. Beyond 45 degrees the
    coordinates change places.

    Nothing is drawn. kappas (K,), angle (points,), marks (marks,). 1 / kappa is kappa, up to a
    factor, with the coordinates exchanged.
    """
    # geometric: the angle that matters is of the order kappa^-1/2
    angle = np.geomspace(0.01, 45.0, points)
    # eigenvalues at few angles: they are there to check the formula, which has all of them
    few = np.geomspace(0.01, 45.0, marks)
    kappa = np.array(kappas)
    rows = kappa[:, None]
    # (K, marks, 2, 2)
    h = plane(rows, np.radians(few))

    gaps = []
    found = {"kappas": kappa, "angle": angle, "marks": few}
    for name, power in POWERS.items():
        found[f"theory_{name}"] = plane_kappa(rows, np.radians(angle), power)
        found[f"measured_{name}"] = preconditioned_kappa(h, power)
        closed = plane_kappa(rows, np.radians(few), power)
        gaps.append(apart(found[f"measured_{name}"], closed))
    return found | {"gap": np.array(max(gaps))}


def summary(data) -> str:
    """Whether the order of the methods holds at all angles, and how small an angle GN^-1 needs.

    Better than 2 is an arbitrary mark: what it shows is that the angle it takes is of the order
    kappa^(-1/2), so that an eigenbasis is soon known too badly: one degree leaves GN^-1 a condition
    number of 124 at kappa = 1e5. The order of the methods is checked at the angles shown, to 1e-9.
    """
    order = [data[f"theory_{name}"] for name in ("GN^-1", "GN^-1/2", "GD")]
    holds = all((a <= b * (1 + 1e-9)).all() for a, b in pairwise(order))
    lines = [
        "How well can a fixed diagonal condition a quadratic in the plane?",
        f"GN^-1 is conditioned no worse than GN^-1/2, nor that than GD, at "
        f"{'all' if holds else 'NOT all'} angles shown.",
    ]
    for kappa, row in zip(data["kappas"], data["theory_GN^-1"], strict=True):
        good = data["angle"][row <= 2]
        most = f"up to {number(good[-1])} degrees" if len(good) else "at no angle shown"
        lines.append(
            f"kappa = {number(kappa)}: GN^-1 is conditioned better than 2 {most} from the "
            f"eigenbasis (kappa^-1/2 is {number(np.degrees(1 / np.sqrt(kappa)))} degrees)."
        )
    lines = lines[:9]
    lines.append(f"Eigenvalues meet the closed forms to {closeness(data['gap'])}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
