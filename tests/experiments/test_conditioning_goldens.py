"""Condition numbers of real patches as another implementation has found them, on its own draws."""

import numpy as np
from files import experiment

# columns: kappa, under Jacobi, under unit row norms; logistic Hessian without a ridge
PRINTED = {
    "raw": (5.29e5, 9.03e4, 8.86e4),
    "standardised": (3.46e4, 3.48e4, 3.48e4),
    "rows normalised": (86.2, 75.7, 77.7),
    "whitened": (7.68, 3.31, 3.41),
}
PLACES = (0, 3, 4, 5)


def test_conditioning_of_patches():
    """Other patches and other labels of the same photograph: all within 2.5, and that standardising
    leaves nothing for a diagonal, where the raw pixels leave a factor of five."""
    found = experiment("real_conditioning").run(ridge=1e-9)
    kinds = ("kappa", "jacobi", "row_norm")
    ours = np.array([found[f"patches_{kind}"][list(PLACES)] for kind in kinds]).T
    ratio = ours / np.array(list(PRINTED.values()))
    assert (np.maximum(ratio, 1 / ratio) < 2.5).all()
    raw, standardised = ours[:2]
    assert raw[0] / raw[1] > 4
    np.testing.assert_allclose(standardised[1:] / standardised[0], 1.0, atol=0.02)
