"""The rules of the lab's methods, by name.

Default forms, biases included: one that is a column of its weights is `joined`. Another form of a
method has another rule, which `lab.instruments.width.known_rule` finds from the optimizer.
"""

from __future__ import annotations

from lab.theory.mup.rules import (
    Rule,
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
)

RULES: dict[str, Rule] = {
    "SGD": kronecker(0, 0),
    "KFAC": joined(kronecker(1, 1)),
    "BlockNaturalGradient": joined(natural()),
    "FOOF": joined(kronecker(1, 0)),
    "GNT": joined(kronecker(0, 1)),
    "EKFAC": joined(natural()),
    "PerExampleTNT": kronecker(1, 1),
    "KBFGS": joined(secant()),
    "Shampoo": shampoo(),
    "ShampooEMA": shampoo(),
    "GraftedShampoo": grafted(entrywise(0)),
    "SOAP": eigenbasis(),
    "Muon": spectral("rows"),
    "Adam": entrywise(0),
    "AdamW": entrywise(0),
    "SignSGD": entrywise(0),
    "Lion": entrywise(0),
    "AdaGrad": entrywise(0),
    "RMSProp": entrywise(0),
    "Adafactor": trust_ratio(entrywise(0)),
    "DiagonalGN": diagonal(),
    "SophiaG": clipped(),
    "LARS": trust_ratio(kronecker(0, 0)),
    "LAMB": trust_ratio(entrywise(0)),
}
