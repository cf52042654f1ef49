"""The methods with a derived table, as the rules mean them.

Rules are for the first step on one batch without eps: hence no momentum where it would delay that
step, and averages that start at once. K-FAC, FOOF and GNT are one thin Kronecker method with the
exponents (e_A, e_B) = (1, 1), (1, 0), (0, 1); (0, 0) is gradient descent. WIDE has those for which
thousands of units are cheap, METHODS all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from lab.instruments.width.functions import Batch, FromFunction
from lab.instruments.width.known import known_rule
from lab.instruments.width.study import powers
from lab.optimizers import OPTIMIZERS
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Powers
from lab.theory.mup import RULES, Rule, exponents
from lab.thin import power_times

# before it is chosen
RATE = 1e-4
# below the entries of any gradient: the derived rules are those without eps
TINY = 1e-12
# of the traces that is their damping
SHARE = 0.1


class Method(NamedTuple):
    """damped: by which derived damping its own one follows the width: "", "eps", "L", the product
    of the sizes of both sides, or "root", that in each of two factors. note: where it is not the
    method as published, in what."""

    optimizer: Any
    damped: str = ""
    note: str = ""


def _named(
    name: str,
    fields: Mapping[str, Any],
    damped: str = "",
) -> Method:
    """A registered method with the rate RATE and these fields."""
    return Method(OPTIMIZERS[name](lr=RATE, **fields), damped)


def _thin(e_A: float, e_B: float) -> Method:
    """A method with the exponents -e_A and -e_B of its two factors, damped by a share of the
    traces, which is valid at every width: both scale alike. Biases are columns, as the lab's K-FAC,
    FOOF and GNT have them.
    """
    return Method(ThinKronecker(RATE, SHARE, e_A, e_B, bias="column"))


NO_EPS = {"eps": TINY}
EXACT = {"damping": 1e-2, "labels": "exact", "momentum": 0.0}
# SHARE^2 of the product of both traces, 4 to 17 at width 64: features of ReLU share a mean, and
# with less damping a few small eigenvalues decide what a bias's column moves
PRODUCT = {"damping": 0.1}
OF_THE_PRODUCT = (
    "its damping is about a hundredth of the product of the traces, K-FAC's share of both. With a "
    "tenth of it, a hidden layer's bias at ReLU is farther from its power of M than the margin here"
)
# its average starts from 0 otherwise, and its first step has no root
AT_ONCE = {"damping": 1e-3, "beta2": 0.0, "momentum": 0.0, "early": True}

METHODS = {
    "SGD": _named("SGD", {}),
    "KFAC": _thin(1.0, 1.0),
    "FOOF": _thin(1.0, 0.0),
    "GNT": _thin(0.0, 1.0),
    "EKFAC": _named("EKFAC", EXACT | PRODUCT, "L")._replace(note=OF_THE_PRODUCT),
    "PerExampleTNT": _named("PerExampleTNT", EXACT, "root"),
    "KBFGS": _named("KBFGS", {"damping": 1e-4}),
    "Shampoo": _named("Shampoo", {"damping": 1e-3}, "L"),
    "ShampooEMA": _named("ShampooEMA", AT_ONCE, "L"),
    "GraftedShampoo": _named("GraftedShampoo", NO_EPS),
    "SOAP": _named("SOAP", NO_EPS),
    "Muon": _named("Muon", NO_EPS),
    "Adam": _named("Adam", NO_EPS),
    "AdamW": _named("AdamW", NO_EPS),
    "SignSGD": _named("SignSGD", {}),
    "Lion": _named("Lion", {}),
    "AdaGrad": _named("AdaGrad", NO_EPS),
    "RMSProp": _named("RMSProp", NO_EPS),
    "Adafactor": _named("Adafactor", NO_EPS | {"least_scale": TINY}),
    "DiagonalGN": _named("DiagonalGN", {"damping": 1e-3}, "eps"),
    "SophiaG": _named("SophiaG", {"weight_decay": 0.0}),
    "LARS": _named("LARS", {}),
    "LAMB": _named("LAMB", NO_EPS),
}


def thin_shampoo(
    w: np.ndarray,
    batch: Batch,
) -> np.ndarray:
    """-(G G^T + rho)^(-1/4) G (G^T G + rho)^(-1/4),  rho = tr(G G^T) / 10, from thin factors

    G = D H^T of n examples: G G^T = Z Z^T with Z = D (H^T H)^(1/2), and by the push-through
    identity both roots are one of the left side, (Z Z^T + rho)^(-1/2) G. So is a bias's one root.
    """
    n = len(batch.inputs)
    d = batch.errors.T / n
    lam, q = np.linalg.eigh(batch.inputs @ batch.inputs.T)
    # eigenvalues of a Gram matrix that rounding made negative are 0
    root = (q * np.sqrt(np.maximum(lam, 0.0))) @ q.T
    z = d @ root
    rho = SHARE * (z**2).sum()
    return -power_times(z, d, -0.5, rho) @ batch.inputs


def thin_tnt(
    w: np.ndarray,
    batch: Batch,
) -> np.ndarray:
    """-t (H_1 + rho)^-1 G (H_2 + rho)^-1,  rho = t / 10,  t = tr H_1 = tr H_2

    H_1 = E |h|^2 J J^T and H_2 = E |J|^2 h h^T of one output, from thin factors. TNT itself adds
    one damping to U_1 = (t d_1 / d_2)^(1/2) H_1 / t and to U_2 = (t d_2 / d_1)^(1/2) H_2 / t: in
    the first and the last layer these have different powers of the width, so that no damping is
    valid for both.
    """
    n = len(batch.inputs)
    h = batch.inputs.T / np.sqrt(n)
    j = batch.jacobian[:, 0].T / np.sqrt(n)
    outer = j * np.linalg.norm(batch.inputs, axis=1)
    inner = h * np.linalg.norm(batch.jacobian[:, 0], axis=1)
    t = (outer**2).sum()
    left = power_times(outer, batch.errors.T / n, -1.0, SHARE * t)
    right = power_times(inner, batch.inputs.T, -1.0, SHARE * t)
    return -t * left @ right.T


PER_FACTOR = (
    "damped by a tenth of the trace of each factor. As published one number is added to both: that "
    "keeps its share of both, at every width, in hidden layers alone"
)
# those that decompose no matrix of a layer: thousands of units are cheap
WIDE = {name: METHODS[name] for name in ("SGD", "Adam", "KFAC", "FOOF", "GNT")} | {
    "Shampoo": Method(FromFunction(thin_shampoo, RATE)),
    "PerExampleTNT": Method(FromFunction(thin_tnt, RATE), note=PER_FACTOR),
}


def law(
    name: str,
    method: Method,
) -> Rule:
    """The rule of a method: that of its optimizer, whose biases may be treated otherwise than by
    the default form of the name; that of the name for a function."""
    return known_rule(method.optimizer) or RULES[name]


def scaled(
    name: str,
    parameterization: str,
) -> dict[str, Powers]:
    """role -> powers of the width of a method in a parameterization, those of its damping too.

    name: of METHODS; parameterization: "muP", "SP" or another that `exponents` knows.
    """
    return _with_damping(METHODS[name], name, parameterization)


def unscaled(
    name: str,
    method: Method,
) -> dict[str, Powers]:
    """The same in muP, with a rate that is the same for every role and width: c = 0."""
    rows = _with_damping(method, name, "muP")
    return {role: row._replace(c=0.0) for role, row in rows.items()}


def _with_damping(
    method,
    name,
    parameterization,
) -> dict[str, Powers]:
    """role -> (b, c, d): d is that of the damping named by `method.damped`, 0 without one.

    "L" and "root" are Shampoo's d of its left side: the product of both sides is what a single
    damping in place of two must scale as, and "root" gives each of two factors half of it.
    """
    table = exponents(law(name, method), parameterization)
    rows = powers(table)
    if not method.damped:
        return rows
    factors = table if method.damped == "eps" else exponents("Shampoo", parameterization)
    shifts = powers(factors, "eps" if method.damped == "eps" else "L")
    found = {}
    for role, row in rows.items():
        # a bias has one factor, a weight two that share the product
        share = 0.5 if method.damped == "root" and not role.endswith("bias") else 1.0
        found[role] = Powers(row.b, row.c, share * shifts[role].d)
    return found
