"""The methods that zero_head compares, and the powers that are derived for them: a part of it.

A step of the Kronecker family is -lr (B + rho_B)^-e_B G (A + rho_A)^-e_A, A of the layer's inputs,
B of gradients by its outputs: of the network's outputs ("output"), which residuals do not enter, or
of the losses ("loss"), which go with their square.

From a head of zeros the first step moves the head alone, by eta. It carries errors and Jacobians of
the layers below, which are of order eta then, and B of order eta^2; eta multiplies the second step
once more, which moves features by

    eta^(2 (1 - e_B))     where the damping follows B, as "trace" does
    eta^2                 where it does not, and B falls below it: as with e_B = 0
"""

from typing import NamedTuple

from lab.optimizers.matrix.thin import ThinKronecker
from lab.theory.mup import kick_power, kronecker, residual_power


class Variant(NamedTuple):
    """Exponents, whose gradients B is made of, kind of damping and how much of it."""

    e_A: float
    e_B: float
    errors: str
    damp: str
    damping: float

    def method(self, lr) -> ThinKronecker:
        """lr a number or (E, 1), a sweep."""
        return ThinKronecker(lr, self.damping, self.e_A, self.e_B, self.errors, self.damp)

    @property
    def relative(self) -> bool:
        """Whether the damping follows the size of B."""
        return self.damp == "trace" or self.e_B == 0


KICKS = {
    "K-FAC, trace": Variant(1.0, 1.0, "output", "trace", 0.1),
    "K-FAC, heuristic": Variant(1.0, 1.0, "output", "pi", 1e-3),
    "K-FAC, printed heuristic": Variant(1.0, 1.0, "output", "printed", 1e-3),
    "K-FAC, floor": Variant(1.0, 1.0, "output", "absolute", 1e-4),
    "half powers, trace": Variant(0.5, 0.5, "output", "trace", 0.1),
    "SGD": Variant(0.0, 0.0, "output", "trace", 0.0),
}
RESIDUALS = {
    "K-FAC, B of outputs": Variant(1.0, 1.0, "output", "trace", 0.1),
    "K-FAC, B of losses": Variant(1.0, 1.0, "loss", "trace", 0.1),
    "half powers, B of losses": Variant(0.5, 0.5, "loss", "trace", 0.1),
    "SGD": Variant(0.0, 0.0, "loss", "trace", 0.0),
    "K-FAC, B of losses, floor": Variant(1.0, 1.0, "loss", "absolute", 1e-4),
}
# one damping that follows B, one that follows its trace's root, one that does not follow
TRAINED = ("K-FAC, trace", "K-FAC, heuristic", "K-FAC, floor")


def derived_kick(v: Variant) -> float:
    """The power of eta; a damping that does not follow B lets it act as e_B = 0 does."""
    rule = kronecker(v.e_A, v.e_B if v.relative else 0)
    return float(kick_power(rule))


def derived_residual(v: Variant) -> float:
    """The power of the residual's size, under relative damping."""
    return float(residual_power(kronecker(v.e_A, v.e_B, v.errors)))
