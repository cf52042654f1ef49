"""How well can a fixed diagonal condition a quadratic in the plane? Condition number against the angle to the eigenbasis.

H = R(phi) diag(kappa, 1) R(phi)^T; GN^p scales by diag(H)^p. Closed forms (derived, Liu et al. 2025 A5), measured by eigenvalues.
"""

import numpy as np

from lab.linalg import kappa as condition

QUICK = dict(points=7, marks=4, kappas=(10.0, 1000.0))


def run(*, kappas: tuple = (10.0, 1e3, 1e5), points: int = 241, marks: int = 19) -> dict[str, np.ndarray]:
    """For each of K condition numbers: `theory_...` (K, points) against `angle` in degrees, `measured_...` (K, marks) against `marks`."""
    angle, few = np.linspace(0.0, 90.0, points), np.linspace(0.0, 90.0, marks)
    gn1, gn2 = closed_forms(np.array(kappas)[:, None], np.radians(angle))
    h = plane(np.array(kappas)[:, None], np.radians(few))
    d = np.diagonal(h, axis1=-2, axis2=-1)
    found = {"kappas": np.array(kappas), "angle": angle, "marks": few, "theory_GN^-1": gn1, "theory_GN^-1/2": gn2}
    for name, power in (("GD", 0.0), ("GN^-1/2", -0.5), ("GN^-1", -1.0)):
        half = d ** (power / 2)
        found[f"measured_{name}"] = condition(half[..., :, None] * h * half[..., None, :])
    return found


def closed_forms(kappa, phi) -> tuple[np.ndarray, np.ndarray]:
    """kappa(GN^-1) = (1 + |q|) / (1 - |q|), q = o / sqrt(D1 D2), and kappa(GN^-1/2) = (t + r) / (t - r), r = sqrt(t^2 - 4 D), of
    H = R(phi) diag(kappa, 1) R(phi)^T: D1 = kappa c^2 + s^2, D2 = kappa s^2 + c^2, o = (kappa - 1) c s, t = sqrt(D1) + sqrt(D2),
    D = kappa / sqrt(D1 D2). Written without cancellation: 1 - q^2 = kappa / (D1 D2), t - r = 4 D / (t + r)."""
    c, s = np.cos(phi), np.sin(phi)
    d1, d2, o = kappa * c**2 + s**2, kappa * s**2 + c**2, (kappa - 1) * c * s
    q, t, det = np.abs(o) / np.sqrt(d1 * d2), np.sqrt(d1) + np.sqrt(d2), kappa / np.sqrt(d1 * d2)
    r = np.sqrt(np.maximum(t**2 - 4 * det, 0.0))
    return (1 + q) ** 2 * d1 * d2 / kappa, (t + r) ** 2 / (4 * det)


def plane(kappa, phi) -> np.ndarray:
    """R(phi) diag(kappa, 1) R(phi)^T, (..., 2, 2)."""
    c, s = np.cos(phi), np.sin(phi)
    d1, d2, o = np.broadcast_arrays(kappa * c**2 + s**2, kappa * s**2 + c**2, (kappa - 1) * c * s)
    return np.stack([np.stack([d1, o], -1), np.stack([o, d2], -1)], -2)


if __name__ == "__main__":
    from lab.workshop import script

    script(__file__)
