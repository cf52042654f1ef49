"""What lab.testing offers to other people's tests: it passes and fails where it should, and says
why."""

import numpy as np
import pytest

from lab.optimizers import L2, Adam, AdamW, Newton, Regularized
from lab.testing import assert_bound, assert_claim, assert_conforms


class Mine:
    """Somebody's Adam, with eps where they like it."""

    def __init__(self, inside):
        self.inside, self.t, self.m, self.v = inside, 0, 0.0, 0.0

    def step(self, theta, g):
        self.t += 1
        self.m, self.v = 0.9 * self.m + 0.1 * g, 0.999 * self.v + 0.001 * g**2
        v_hat = self.v / (1 - 0.999**self.t)
        root = np.sqrt(v_hat + 0.01) if self.inside else np.sqrt(v_hat) + 0.01
        return theta - 0.1 * self.m / (1 - 0.9**self.t) / root


def test_assert_conforms():
    assert_conforms(Mine(inside=False).step, Adam(lr=0.1, eps=0.01))
    with pytest.raises(AssertionError, match="eps is inside the root"):
        assert_conforms(Mine(inside=True).step, Adam(lr=0.1, eps=0.01))
    with pytest.raises(AssertionError, match="does not conform"):
        assert_conforms(Mine(inside=False).step, AdamW(lr=0.1, eps=0.01))
    with pytest.raises(TypeError, match="is no setting of AdamW"):
        assert_conforms(
            Mine(inside=False).step, Regularized(Adam(lr=0.1, debias="m"), L2(0.05), on="z")
        )
    with pytest.raises(TypeError, match="asks for more than gradients"):
        assert_conforms(Mine(inside=True).step, Newton(lr=0.1))


@pytest.mark.parametrize(
    ("step", "given"), [(Mine, "the class Mine"), (0.1, "0.1"), (Adam(lr=0.1), r"Adam\(")]
)
def test_what_is_no_function_is_refused(step, given):
    with pytest.raises(TypeError, match=rf"step is {given}.*: must be a function of \(theta, g\)"):
        assert_conforms(step, Adam(lr=0.1))


def test_assert_bound_and_claim():
    assert_bound([0.5, 1.0], 1.0)
    with pytest.raises(AssertionError, match=r"1.5 <= 1"):
        assert_bound([0.5, 1.5], 1.0)
    assert_claim("gd/quadratic-rate")
    with pytest.raises(ValueError, match="no claim matches"):
        assert_claim("gd/nothing")
