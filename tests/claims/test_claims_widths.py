"""What claims on widths measure: the starts they share, and how many."""

import numpy as np
import pytest

from lab.claims.width.networks import Sizes, geometric, moved, slopes, start, study, with_head
from lab.optimizers.matrix.thin import ThinKronecker

SIZES = Sizes((8, 32), 4)


@pytest.mark.parametrize("head", [1.0, 0.5])
@pytest.mark.parametrize("activation", ["tanh", "linear"])
def test_shared_draws_are_the_starts_of_every_study(activation, head):
    """They are drawn for one activation, data set and head, and given another head."""
    found = start(activation, 5, 32, head, SIZES)
    own = study(activation, 5, SIZES.at(32)).at(32, with_head(head))
    assert found.theta.roles == own.theta.roles
    for mine, other in zip(found.theta, own.theta, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-14)
    assert found.centred


def test_both_ends_of_a_slope_scatter_alike():
    """A logarithm scatters as M^(-1/2), so that starts times width is what counts."""
    assert [SIZES.at(m).starts for m in SIZES.widths] == [4, 1]
    assert [Sizes().at(m).starts * m for m in Sizes().widths] == [192 * 64] * 2
    # one start at least, however wide
    assert SIZES.at(1000).starts == 1


def test_slopes_are_those_of_geometric_means():
    method = ThinKronecker(1.0, 0.1)
    sizes = moved(method, "tanh", 3, 1.0, SIZES)["hidden"]
    found = slopes(method, "tanh", 3, 1.0, SIZES)["hidden"]
    assert found == pytest.approx(np.log(sizes[1] / sizes[0]) / np.log(4), rel=1e-12)
    assert geometric(np.array([1.0, 4.0])) == pytest.approx(2.0)
