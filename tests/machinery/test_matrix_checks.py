"""What is a symmetric matrix, within rounding."""

import numpy as np
import pytest
from examples import spd

from lab.matrix_checks import symmetric


def test_symmetric():
    h = spd(4)
    h[0, 1] += 1e-17
    checked = symmetric("h", h, definite=True)
    np.testing.assert_array_equal(checked, checked.T, err_msg="(h + h^T) / 2 commutes")
    symmetric("h", np.diag([1.0, 0.0]))
    symmetric("h", np.diag([1.0, -1e-17]))
    for bad, said in (
        (np.ones((2, 3)), r"h has shape \(2, 3\): must be square"),
        (np.zeros((0, 0)), "h is empty: must have at least one entry"),
        (np.ones(4), r"h has shape \(4,\): must have 2 axes"),
        ([[1.0, 0.1], [0.0, 1.0]], r"h is not symmetric: \|h - h\^T\| reaches 0.1"),
        (np.diag([1.0, -0.1]), "h has smallest eigenvalue -0.1: must be positive semi-definite"),
    ):
        with pytest.raises(ValueError, match=said):
            symmetric("h", bad)
    with pytest.raises(ValueError, match="h has smallest eigenvalue 0: must be positive definite"):
        symmetric("h", np.diag([1.0, 0.0]), definite=True)
