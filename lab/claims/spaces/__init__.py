"""What claims quantify over: one piece per symbol, drawn in batches, extremes included, searched
and reproduced.

`pieces` is how a space of symbols is drawn, `numbers` what one number can be, `matrices` and
`arrays` the rest. A new kind of symbol is a function that returns a Piece, the text that is printed
and a map from the unit cube:

    def angles(count: int) -> Piece:
        def at(u, values):
            return np.pi * u[:, :count]

        return Piece(f"[0, pi]^{count}", at, size=lambda largest: count)

What a claim draws can be looked at by seed and number, the first even ones of which are corners:

    CLAIMS["gd/quadratic-rate"].over.instance(seed=0, number=70)
"""

from lab.claims.spaces.arrays import data, lattice, sequence, start, vector
from lab.claims.spaces.matrices import orthogonal, psd, spd, spectrum
from lab.claims.spaces.numbers import (
    around,
    batch_sizes,
    between,
    choice,
    decades,
    dimension,
    half_integers,
    integers,
    let,
    sometimes,
    unit,
)
from lab.claims.spaces.pieces import Batch, Piece, Space

__all__ = [
    "Batch",
    "Piece",
    "Space",
    "around",
    "batch_sizes",
    "between",
    "choice",
    "data",
    "decades",
    "dimension",
    "half_integers",
    "integers",
    "lattice",
    "let",
    "orthogonal",
    "psd",
    "sequence",
    "sometimes",
    "spd",
    "spectrum",
    "start",
    "unit",
    "vector",
]
