"""The methods with a derived table, as the rules mean them: a part of another experiment."""

from functools import cache
from typing import Any, NamedTuple

from lab.instruments.width import powers
from lab.optimizers import OPTIMIZERS
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Powers
from lab.theory.mup import Table, exponents

# before it is chosen
RATE = 1e-4
# below the entries of any gradient: the derived rules are those without eps
TINY = 1e-12


class Method(NamedTuple):
    """damped: by which derived damping its own one follows the width: "", "eps", "L", the product
    of the sizes of both sides, or "root", that in each of two factors."""

    optimizer: Any
    damped: str = ""


def _named(name: str, damped: str = "", **fields) -> Method:
    return Method(OPTIMIZERS[name](lr=RATE, **fields), damped)


def _thin(e_A: float, e_B: float) -> Method:
    """Damped by a share of the traces, which is valid at every width."""
    return Method(ThinKronecker(RATE, 0.1, e_A, e_B))


METHODS = {
    "SGD": _thin(0.0, 0.0),
    "KFAC": _thin(1.0, 1.0),
    "FOOF": _thin(1.0, 0.0),
    "GNT": _thin(0.0, 1.0),
    "EKFAC": _named("EKFAC", "L", damping=1e-2, labels="exact", momentum=0.0),
    "PerExampleTNT": _named("PerExampleTNT", "root", damping=1e-2, labels="exact", momentum=0.0),
    "KBFGS": _named("KBFGS", damping=1e-4),
    "Shampoo": _named("Shampoo", "L", damping=1e-3),
    # its average starts from 0 otherwise, and its first step has no root
    "ShampooEMA": _named("ShampooEMA", "L", damping=1e-3, beta2=0.0, momentum=0.0, early=True),
    "GraftedShampoo": _named("GraftedShampoo", eps=TINY),
    "SOAP": _named("SOAP", eps=TINY),
    "Muon": _named("Muon", eps=TINY),
    "Adam": _named("Adam", eps=TINY),
    "AdamW": _named("AdamW", eps=TINY),
    "SignSGD": _named("SignSGD"),
    "Lion": _named("Lion"),
    "AdaGrad": _named("AdaGrad", eps=TINY),
    "RMSProp": _named("RMSProp", eps=TINY),
    "Adafactor": _named("Adafactor", eps=TINY, least_scale=TINY),
    "DiagonalGN": _named("DiagonalGN", "eps", damping=1e-3),
    "SophiaG": _named("SophiaG", weight_decay=0.0),
    "LARS": _named("LARS"),
    "LAMB": _named("LAMB", eps=TINY),
}


@cache
def derived(name: str, kind: str) -> Table:
    """The table of a method, solved for once."""
    return exponents(name, kind)


def scaled(name: str, kind: str) -> dict[str, Powers]:
    """role -> powers of the width of a method in a parameterization, those of its damping too."""
    table = derived(name, kind)
    rows = powers(table)
    damped = METHODS[name].damped
    if not damped:
        return rows
    factors = table if damped == "eps" else derived("Shampoo", kind)
    shifts = powers(factors, "eps" if damped == "eps" else "L")
    found = {}
    for role, row in rows.items():
        # a bias has one factor, a weight two that share the product
        share = 0.5 if damped == "root" and not role.endswith("bias") else 1.0
        found[role] = Powers(row.b, row.c, share * shifts[role].d)
    return found
