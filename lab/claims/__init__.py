"""How to write a claim (draft)."""

from __future__ import annotations

from typing import Any

from lab.claims.declaration import Citation, Claim, claim, classical, derived, stated_by
from lab.claims.formulas import named, one_by_one, symbols
from lab.claims.judging import judge
from lab.claims.laws import refuted, slope, threshold, within
from lab.claims.proofs import enclosed, identity
from lab.claims.spaces import (
    around,
    batch_sizes,
    between,
    choice,
    data,
    decades,
    dimension,
    half_integers,
    integers,
    let,
    orthogonal,
    psd,
    sequence,
    sometimes,
    spd,
    spectrum,
    start,
    unit,
    vector,
)
from lab.claims.statements import at_least, at_most, equal


def __getattr__(name: str) -> Any:
    """CLAIMS, all of the lab's: imported when asked for, because they import this module."""
    if name == "CLAIMS":
        from lab.claims.contents import CLAIMS

        return CLAIMS
    raise AttributeError(f"module 'lab.claims' has no attribute {name!r}")
