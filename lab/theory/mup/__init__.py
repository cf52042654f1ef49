"""Maximal-update parameterization: exponents in the width, derived, and limits of infinite width.

`exponents(method, parameterization)` is the table of one method, `moves(table)` what its first step
does at width M; `first_step`, `nngp`, `kernel_ridge` and `effective_kernel` the limits in numbers.
Source of what is published: Ishikawa & Karakida 2024.

    table = exponents("KFAC")
    table.rows["hidden"].c, moves(table)["hidden"]         # (0, 0): no rate depends on the width
    moves(exponents("KFAC", "SP"))["hidden"]               # -1/2: the features stand still

One device behind all of it: g(Z Z^T) Z = Z g(Z^T Z) for every function g of eigenvalues. With n
examples, fixed in number, what a step depends on besides Z are matrices (n, n) of inner products,
whose powers of M are those of `scales`. Exponents are exact (SymPy) and may contain symbols.
"""

from lab.theory.mup.damping import ratio_powers
from lab.theory.mup.first_step import Family, FirstStep, first_step
from lab.theory.mup.kernels import Gram, gram, kernel_ridge, nngp, relu_kernel, step_kernel
from lab.theory.mup.moves import (
    degree,
    gain,
    kick_power,
    logit_power,
    moves,
    rate_power,
    residual_power,
    shifted,
)
from lab.theory.mup.named import RULES
from lab.theory.mup.rates import critical_rate, effective_kernel, shrinkage
from lab.theory.mup.rules import (
    Rule,
    blocked,
    clipped,
    diagonal,
    eigenbasis,
    entrywise,
    grafted,
    joined,
    kronecker,
    natural,
    secant,
    shampoo,
    spectral,
    trust_ratio,
    unnormalised,
)
from lab.theory.mup.scales import PLACES, ROLES, Scales, scales
from lab.theory.mup.tables import Exponents, Table, conditions, exponents, update

__all__ = [
    "PLACES",
    "ROLES",
    "RULES",
    "Exponents",
    "Family",
    "FirstStep",
    "Gram",
    "Rule",
    "Scales",
    "Table",
    "blocked",
    "clipped",
    "conditions",
    "critical_rate",
    "degree",
    "diagonal",
    "effective_kernel",
    "eigenbasis",
    "entrywise",
    "exponents",
    "first_step",
    "gain",
    "grafted",
    "gram",
    "joined",
    "kernel_ridge",
    "kick_power",
    "kronecker",
    "logit_power",
    "moves",
    "natural",
    "nngp",
    "rate_power",
    "ratio_powers",
    "relu_kernel",
    "residual_power",
    "scales",
    "secant",
    "shampoo",
    "shifted",
    "shrinkage",
    "spectral",
    "step_kernel",
    "trust_ratio",
    "unnormalised",
    "update",
]
