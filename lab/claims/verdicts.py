"""What came of a claim: its parts, hypotheses and controls. None of these has a truth value.

Plain data that is sent between processes, printed, and written as JSON; nothing here measures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# from the strongest evidence to the weakest; a claim has that of its weakest part
# symbolic: decided as formulas. exact: integers and fractions, instance by instance. enclosure: on
# whole intervals, in ball arithmetic. numeric: equal to a tolerance, instance by instance.
# statistical: within standard errors. search: a bound that no instance broke
GRADES = ("symbolic", "exact", "enclosure", "numeric", "statistical", "search")


def no_truth_value(self) -> bool:
    """What `__bool__` is here, always a TypeError: `if verdict:` would read as "the claim is true",
    and be so for every verdict."""
    kind = type(self).__name__
    raise TypeError(
        f"a {kind} has no truth value: use lab.testing.assert_claim, or .holds and .words"
    )


@dataclass(frozen=True)
class Control:
    """One constant or exponent, moved: noticed at 2 % (exponents 0.05), or how far it could move
    unnoticed, and at which value the part does fail, "" without one.

    `lab claims --parts` counts those noticed; a part whose controls all go unnoticed, near by and
    further out, is rejected.
    """

    place: str
    noticed: bool
    free_to: str = ""
    fails_at: str = ""

    __bool__ = no_truth_value

    @property
    def fails(self) -> bool:
        """Whether some moved value makes the part fail, near by or further out."""
        return self.noticed or bool(self.fails_at)

    def __str__(self):
        if self.noticed:
            return f"{self.place}: noticed"
        failing = f", {self.fails_at} fails" if self.fails_at else ""
        return f"{self.place}: not sharp, {self.free_to} would do{failing}"


@dataclass(frozen=True)
class Part:
    """One relation of a claim. worst: the instance where it is closest to failing, or fails.

    words, detail: as printed, the second with both sides. tightness: None for what is no bound.
    because: the tolerance's reason, as the claim declares it.
    """

    name: str
    text: str
    holds: bool
    words: str
    grade: str
    detail: str = ""
    because: str = ""
    tightness: float | None = None
    worst: dict[str, Any] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()

    __bool__ = no_truth_value


@dataclass(frozen=True)
class Necessity:
    """hypothesis: as printed; witness: an instance just outside it, and outside no other, where a
    part fails, {} without one; words: which part, both sides, or why none was found.

    necessary = False proves nothing: see lab.claims.necessity.
    """

    hypothesis: str
    necessary: bool
    witness: dict[str, Any]
    words: str

    __bool__ = no_truth_value


@dataclass(frozen=True)
class Verdict:
    """What judging a claim gave.

    holds: every part stands and has a control that fails. words: see `summary`. grade: that of the
    weakest part, "none" where something fails. parts, hypotheses: in the order of the claim, none
    after an error. statement, proof, cites, code: the claim's own, for readers of a report.
    """

    id: str
    holds: bool
    words: str
    grade: str
    parts: tuple[Part, ...]
    hypotheses: tuple[Necessity, ...]
    seconds: float
    statement: str = ""
    proof: str = ""
    cites: str = ""
    code: str = ""

    __bool__ = no_truth_value

    @property
    def detail(self) -> str:
        """Both sides of every part at its worst instance, in one line."""
        return "; ".join(f"{p.name}: {p.detail}" for p in self.parts)

    @property
    def tightness(self) -> float | None:
        """The loosest bound's, so that no loose bound hides behind a tight one."""
        return min((p.tightness for p in self.parts if p.tightness is not None), default=None)

    def as_dict(self) -> dict[str, Any]:
        """The keys of `lab claims --json`."""
        # parts and hypotheses are objects of their own, below
        told = {k: x for k, x in _fields(self).items() if k not in ("parts", "hypotheses")}
        told["tightness"] = self.tightness
        told["parts"] = [
            _fields(p) | {"controls": [_fields(c) for c in p.controls]} for p in self.parts
        ]
        told["hypotheses"] = [_fields(h) for h in self.hypotheses]
        return plain(told)


def _fields(x) -> dict[str, Any]:
    """The fields of one object, its parts as they are."""
    return dict(vars(x))


def failed(id: str, words: str, seconds: float = 0.0) -> Verdict:
    """The verdict of a claim that could not be judged: it holds nothing, has no parts, and says why
    in words."""
    return Verdict(id, False, words, "none", (), (), seconds)


def weakest(grades) -> str:
    """Of some grades the one that comes last in GRADES. ValueError for an unknown one.

    ValueError for no grades at all, too.
    """
    return max(grades, key=GRADES.index)


def plain(x: Any) -> Any:
    """What JSON can hold: lists for arrays, null for what is not finite.

    inf and NaN have no JSON; what is neither number, text nor a container is told as text, such as
    fractions and symbols.
    """
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    if isinstance(x, np.ndarray):
        return plain(x.tolist())
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, (int, np.integer)):
        return int(x)
    if isinstance(x, (float, np.floating)):
        return float(x) if math.isfinite(x) else None
    # fractions and symbols, as they are printed
    return x if x is None else str(x)


def told(instance: dict[str, Any], digits: int = 6) -> str:
    """An instance in one line; arrays of more than nine entries by their shape. digits: of
    floating-point numbers, enough for a reader to type them; `--json` has them all.

    "every instance" where there is nothing to tell, of claims without symbols.
    """
    return (
        ", ".join(f"{name} = {_shown(x, digits)}" for name, x in instance.items())
        or "every instance"
    )


def _shown(x, digits) -> str:
    """One value as printed: numbers to so many digits, small arrays in full."""
    if isinstance(x, (float, np.floating)):
        return f"{x:.{digits}g}"
    if isinstance(x, np.ndarray) and x.ndim:
        few = np.array2string(x, precision=4, separator=", ").replace("\n", "")
        return few if x.size <= 9 else f"array {' x '.join(map(str, x.shape))}"
    return str(x)
