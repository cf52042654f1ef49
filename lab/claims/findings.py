"""What a search found, as a small file: shown again, and gone on from.

JSON with the fields of Found. A file belongs to one statement and one seed: when either has
changed, or the saved instance is judged otherwise now, the search starts anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lab.claims.confirming import gap
from lab.claims.declaration import Claim
from lab.claims.enclosures import Enclosed
from lab.claims.laws import Refuted
from lab.claims.proofs import Identity
from lab.claims.verdicts import no_truth_value, plain

# the excess of a search that has found no instance yet
NOWHERE = -1e9


@dataclass(frozen=True)
class Found:
    """What a search found: words, the part and instance closest to failing, how far over the line
    it is, and how it was confirmed.

    drawn: the seed of what was measured. rounds and seconds: how much was searched, so that a
    search that was stopped goes on from its file.
    """

    id: str
    refuted: bool
    words: str
    part: str
    excess: float
    instance: dict[str, Any] = field(default_factory=dict)
    confirmed: str = ""
    seed: int = 0
    drawn: int = 0
    rounds: int = 0
    evaluations: int = 0
    seconds: float = 0.0
    statement: str = ""

    __bool__ = no_truth_value


def save(file: Path, found: Found) -> None:
    """Written under another name first: a reader sees the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # two searches that write one file don't share a half-written one
    part = file.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(plain(asdict(found)), indent=1), encoding="utf-8")
    os.replace(part, file)


def load(file: Path) -> Found:
    """ValueError when the file is none of ours."""
    try:
        return Found(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as problem:
        raise ValueError(f"{file}: not a result of lab falsify ({problem})") from None


def kept(file, c, seed) -> Found:
    """What an earlier search of the same statement and seed left, to go on from.

    Its worst instance is measured again: the measurement may have changed since, under the same
    statement, and then the search starts anew.
    """
    fresh = Found(c.id, False, "", "", NOWHERE, seed=seed, statement=c.statement())
    if file is None or not file.is_file():
        return fresh
    saved = load(file)
    same = (saved.statement, saved.seed) == (fresh.statement, seed)
    return saved if same and _stands(c, saved) else fresh


def _stands(c, saved) -> bool:
    """Whether the saved instance violates its part now as it did then."""
    gaps = replay(c, saved) if saved.instance else {}
    now = gaps.get(saved.part, saved.excess)
    return (now > 0) == saved.refuted


def replay(c: Claim, found: Found) -> dict[str, float]:
    """The gap of every part at the saved instance: positive where it is violated. Parts that are
    proved, or refuted, have none."""
    instance = _arrays(c, found.instance)
    return {
        name: gap(c, r, instance, found.drawn)
        for name, r in c.says.items()
        if not isinstance(r, (Identity, Enclosed, Refuted))
    }


def _arrays(c, instance) -> dict[str, Any]:
    """The instance with arrays for the lists that JSON holds; grouped symbols are passed as they
    are."""
    return {k: x if k in c.over.grouped else _array(x) for k, x in instance.items()}


def _array(x) -> np.ndarray:
    """Integers stay what they are: `lattice` draws them, and exact arithmetic starts from them."""
    array = np.asarray(x)
    return array if array.dtype.kind in "iu" else array.astype(float)
