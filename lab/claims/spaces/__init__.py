"""What claims quantify over: one piece per symbol, drawn in batches, extremes included, searched
and reproduced."""

from lab.claims.spaces.matrices import (
    data,
    lattice,
    orthogonal,
    psd,
    sequence,
    spd,
    spectrum,
    start,
    vector,
)
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
