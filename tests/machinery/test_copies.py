"""Copies of one network: every rule of the width is what its optimizer's first step does there."""

import numpy as np
import pytest

from lab.claims.width.copied import COPIES, Case, Data, Moves, copies
from lab.instruments.width.known import known_rule
from lab.optimizers import (
    LAMB,
    LARS,
    SGD,
    SOAP,
    Adafactor,
    AdaGrad,
    Adam,
    AdamW,
    DiagonalGN,
    GraftedShampoo,
    Lion,
    Muon,
    RMSProp,
    Shampoo,
    SignSGD,
    SophiaG,
)
from lab.optimizers.matrix.kbfgs import KBFGS
from lab.optimizers.matrix.natural import BlockNaturalGradient
from lab.optimizers.matrix.points import (
    EKFAC,
    PerExampleTNT,
    ShampooEMA,
)
from lab.optimizers.matrix.thin import ThinKronecker
from lab.theory.mup import PLACES, ROLES, RULES, update
from lab.theory.mup.tables import EQUAL

# name -> (optimizer, the damping in the rule and in the optimizer, whether biases are on their own)
SHOWN = {
    "SGD": (SGD(1.0), None, True),
    "KFAC": (ThinKronecker(1.0, 0.3), None, True),
    "FOOF": (ThinKronecker(1.0, 0.3, 1.0, 0.0), None, True),
    "GNT": (ThinKronecker(1.0, 0.3, 0.0, 1.0), None, True),
    "EKFAC": (EKFAC(1.0, 0.3, labels="exact", momentum=0.0), ("damping", "damping"), False),
    "BlockNaturalGradient": (BlockNaturalGradient(1.0, 0.3), ("damping", "damping"), False),
    "PerExampleTNT": (PerExampleTNT(1.0, 0.0, labels="exact"), None, True),
    "KBFGS": (KBFGS(1.0, 0.3), ("damping", "damping"), False),
    "Shampoo": (Shampoo(1.0, 0.3), ("L", "damping"), True),
    "ShampooEMA": (ShampooEMA(1.0, 0.3), ("L", "damping"), True),
    "GraftedShampoo": (GraftedShampoo(1.0, eps=0.0, damping=0.0), None, True),
    "SOAP": (SOAP(1.0, 0.0, 0.0, 0.3, weight_decay=0.0), ("eps", "eps"), False),
    "Muon": (Muon(1.0, 0.0, 0.3), ("eps", "eps"), True),
    "Adam": (Adam(1.0, eps=0.3), ("eps", "eps"), True),
    "AdamW": (AdamW(1.0, eps=0.3, weight_decay=0.0), ("eps", "eps"), True),
    "SignSGD": (SignSGD(1.0), None, True),
    "Lion": (Lion(1.0), None, True),
    "AdaGrad": (AdaGrad(1.0, eps=0.3), ("eps", "eps"), True),
    "RMSProp": (RMSProp(1.0, eps=0.3), ("eps", "eps"), True),
    "Adafactor": (Adafactor(1.0), None, True),
    "DiagonalGN": (DiagonalGN(1.0, -1.0, 0.3), ("eps", "damping"), True),
    "SophiaG": (SophiaG(1.0, 0.0, 0.0, 3.0, weight_decay=0.0), ("gamma", "gamma"), True),
    "LARS": (LARS(1.0, eps=0.3), ("eps", "eps"), True),
    "LAMB": (LAMB(1.0, eps=0.3), ("eps", "eps"), True),
}


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_what_its_optimizer_does(name):
    """Rates and dampings of every role, from heads of two sizes. Joined biases, whose inputs have
    one more entry, have no exact powers: they are left out."""
    optimizer, damped, own = SHOWN[name]
    # of thin steps, whose biases are their own
    rule = known_rule(optimizer) if isinstance(optimizer, ThinKronecker) else RULES[name]
    roles = ROLES if own else PLACES
    for head in (1.0, 0.7):
        case = Case(Data("tanh", 3, biases=own), 0.25, head)
        moves = Moves(name, rule, roles)
        found = moves.of(optimizer, [case], *(damped or ()))
        for role in roles:
            expected = float(update(rule, role, 0.25, head=head, widths=EQUAL))
            np.testing.assert_allclose(found[moves.symbol(role)], expected, atol=1e-6, err_msg=role)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_copies_compute_one_function(activation):
    """Outputs times k^(1 - head), features k times over."""
    data = Data(activation, 5)
    one = copies(data, 1)
    few, many = COPIES
    for head in (0.5, 1.0):
        whole = copies(data, many, head)
        z = one.network.evaluate(one.theta).z
        expected = z * many ** (1 - head) / few
        np.testing.assert_allclose(whole.network.evaluate(whole.theta).z, expected, atol=1e-12)
