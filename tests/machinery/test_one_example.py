"""A batch of one, and factors without full rank: what methods and instruments of the width answer
where every matrix of the batch has rank one."""

from dataclasses import replace

import numpy as np
import pytest

from lab.instruments.width import (
    Study,
    coordinate_check,
    known_rule,
    powers,
    standard_study,
    transfer,
    width_rule,
)
from lab.optimizers import EKFAC, FOOF, GNT, KBFGS, KFAC, SOAP, TNT, Adam, Muon, Shampoo
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Widths
from lab.simulation import simulate
from lab.theory.mup import exponents

WHOLE = standard_study(widths=(32, 64, 128), seeds=4)
ONE = replace(WHOLE, x=WHOLE.x[:1], y=WHOLE.y[:1])
RHO = 0.1
METHODS = {
    "KFAC": KFAC(0.01, RHO, momentum=0.0),
    "EKFAC": EKFAC(0.01, RHO),
    "FOOF": FOOF(0.01, RHO),
    "GNT": GNT(0.01, RHO),
    "TNT": TNT(0.01, RHO),
    "KBFGS": KBFGS(0.01, RHO),
    "Shampoo": Shampoo(0.01),
    "SOAP": SOAP(0.01, skip_first=False),
    "Muon": Muon(0.01),
    "Adam": Adam(0.01),
    "thin": ThinKronecker(0.01, RHO),
    "thin, of losses": ThinKronecker(0.01, RHO, errors="loss"),
}
UNDAMPED = {
    "KFAC": KFAC(0.01, 0.0, momentum=0.0),
    "EKFAC": EKFAC(0.01, 0.0),
    "FOOF": FOOF(0.01, 0.0),
    "GNT": GNT(0.01, 0.0),
    "TNT": TNT(0.01, 0.0),
    "KBFGS": KBFGS(0.01, 0.0),
    "thin": ThinKronecker(0.01, 0.0),
}


def stepped(method, study, batch=None):
    """The start at width 64, and what one step of a method in its parameterization leaves."""
    table = powers(exponents(known_rule(method)))
    start = study.at(64, table)
    sized = Parameterized(method, table, Widths(64, study.base))
    return start, simulate(start.objective, sized, start.theta, steps=1, batch=batch).final


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("batch", [None, 1])
def test_a_step_on_one_example(name, batch):
    """Of all the data there is, or of one drawn out of six: finite, of the start's shapes, and
    every block moves."""
    study = ONE if batch is None else WHOLE
    start, end = stepped(METHODS[name], study, batch)
    for new, old in zip(end, start.theta, strict=True):
        assert new.shape == old.shape
        assert np.isfinite(new).all()
        assert (new != old).any()


@pytest.mark.parametrize("name", UNDAMPED)
@pytest.mark.parametrize("study", [ONE, WHOLE], ids=["1", "6"])
def test_without_damping_factors_are_inverted_on_their_range(name, study):
    """64 units and no more than six examples: no direction that rounding alone has opened, which a
    product of two factors would multiply by 1 / eps^2."""
    start, end = stepped(UNDAMPED[name], study)
    for new, old in zip(end, start.theta, strict=True):
        # sampled labels leave small eigenvalues of their own, squared by a product of factors
        assert np.abs(new - old).max() < 1e8
        assert (new != old).any()


def test_without_damping_it_is_the_limit():
    """Of small dampings; and with whole matrices as with thin ones."""
    _, limit = stepped(ThinKronecker(0.01, 0.0), WHOLE)
    _, near = stepped(ThinKronecker(0.01, 1e-9), WHOLE)
    whole = KFAC(0.01, 0.0, momentum=0.0, labels="exact")
    _, dense = stepped(whole, WHOLE)
    _, column = stepped(ThinKronecker(0.01, 0.0, bias="column"), WHOLE)
    for pair in (zip(limit, near, strict=True), zip(dense, column, strict=True)):
        for one, other in pair:
            # a share 1e-9 of the traces, whose least eigenvalues are 1e-3 of them
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_every_layer_moves_the_output_alike():
    """J dW h = -lr chi / (1 + rho)^2 in all three layers and at every width, K-FAC and trace
    damping; the head's is its own move."""
    method = METHODS["thin"]
    checked = coordinate_check(method, exponents(known_rule(method)), ONE)
    output = checked.moves[0, ..., checked.names.index("output 3")]
    # chi = -y of size 1
    np.testing.assert_allclose(output, 0.01 / (1 + RHO) ** 2, rtol=1e-12)

    start, end = stepped(method, ONE)
    factors = start.network.evaluate(start.theta).curvature("exact", None).layers
    weights = [k for k, order in enumerate(start.theta.orders) if order == 2]
    for block, factor in zip(weights, factors, strict=True):
        step = end[block] - start.theta[block]
        moved = np.einsum("so,soi,si->s", factor.errors[:, 0, 0], step, factor.inputs[:, 0])
        # a difference of weights of order 1 is rounded to eps of them
        np.testing.assert_allclose(moved, 0.01 / (1 + RHO) ** 2, rtol=1e-10)


def test_a_coordinate_check_of_one_example():
    method = METHODS["thin"]
    checked = coordinate_check(method, exponents(known_rule(method)), ONE, steps=(1, 3))
    for step in (1, 3):
        for name, one in checked.slopes(step).items():
            # four starts of widths 32 to 128 scatter by a tenth
            assert abs(one.value) < 0.2, (name, step)
    bias = [checked.slopes(step)["hidden bias 2"].value for step in (1, 3)]
    # each is of its own step
    assert abs(bias[0] - bias[1]) > 1e-6
    with pytest.raises(ValueError, match="step = 2: must be one of those measured, 1, 3"):
        checked.slopes(2)


def test_the_rule_of_one_example():
    """Adam's (0, 1, 1), as from six."""
    rows = width_rule(Adam(0.01), ONE).rows
    found = [rows[role].c.value for role in ("input", "hidden", "output")]
    np.testing.assert_allclose(found, [0, 1, 1], atol=0.15)


def test_a_transfer_of_one_example():
    """The best rate of a step is 1 / K_eff, K_eff = 3 / (1 + rho)^2 + 3 / (1 + rho) with biases of
    their own, up to what features move."""
    method = ThinKronecker(1.0, 1.0)
    table = exponents(known_rule(method))
    found = transfer(method, table, ONE, np.geomspace(0.1, 1.6, 9), steps=1)
    # 1 / K_eff = 4 / 9; terms of the second order in the rate
    np.testing.assert_allclose(found.best, 4 / 9, rtol=0.3)
    assert found.edge == ("", "", "")


def test_no_example_is_no_study():
    with pytest.raises(ValueError, match=r"Study\.x"):
        Study(np.zeros((0, 3)), np.zeros(0))
