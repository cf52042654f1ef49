"""How well can a fixed diagonal condition a quadratic in the plane? Condition number against the angle to the eigenbasis.

H = R(phi) diag(kappa, 1) R(phi)^T; GN^p scales by diag(H)^p. Closed forms (derived, Liu et al. 2025 A5), measured by eigenvalues.
"""

import numpy as np

from lab.linalg import kappa as condition

QUICK = {"points": 7, "marks": 4, "kappas": (10.0, 1000.0)}


def run(*, kappas: tuple = (10.0, 1e3, 1e5), points: int = 241, marks: int = 19) -> dict[str, np.ndarray]:
    """For each of K condition numbers: `theory_...` (K, points) against `angle` in degrees, `measured_...` (K, marks) against `marks`."""
    angle, few = np.linspace(0.0, 90.0, points), np.linspace(0.0, 90.0, marks)
    kappa = np.array(kappas)[:, None]
    h = plane(kappa, np.radians(few))
    found = {"kappas": np.array(kappas), "angle": angle, "marks": few}
    for name, power in (("GD", 0.0), ("GN^-1/2", -0.5), ("GN^-1", -1.0)):
        half = np.diagonal(h, axis1=-2, axis2=-1) ** (power / 2)
        found[f"theory_{name}"] = plane_kappa(kappa, np.radians(angle), power)
        found[f"measured_{name}"] = condition(half[..., :, None] * h * half[..., None, :])
    return found


def plane_kappa(kappa, phi, power: float) -> np.ndarray:
    """(t + r)^2 / (4 D), t = D1^(1+p) + D2^(1+p), D = kappa (D1 D2)^p, r^2 = t^2 - 4 D: the condition number of D^p H in the plane,
    D1 = kappa c^2 + s^2 and D2 = kappa s^2 + c^2 the diagonal of H. r^2 in a form without cancellation."""
    c, s = np.cos(phi), np.sin(phi)
    d1, d2, o = kappa * c**2 + s**2, kappa * s**2 + c**2, (kappa - 1) * c * s
    a, b, scale = d1 ** (1 + power), d2 ** (1 + power), (d1 * d2) ** power
    return (a + b + np.sqrt((a - b) ** 2 + 4 * scale * o**2)) ** 2 / (4 * kappa * scale)


def plane(kappa, phi) -> np.ndarray:
    """R(phi) diag(kappa, 1) R(phi)^T, (..., 2, 2)."""
    c, s = np.cos(phi), np.sin(phi)
    d1, d2, o = np.broadcast_arrays(kappa * c**2 + s**2, kappa * s**2 + c**2, (kappa - 1) * c * s)
    return np.stack([np.stack([d1, o], -1), np.stack([o, d2], -1)], -2)


if __name__ == "__main__":
    from lab.workshop import script

    script(__file__)
