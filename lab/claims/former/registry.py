"""A claim is declared once: statement, source, assumptions, evidence, check, and a negative control that must fail."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from lab.checks import one_of
from lab.claims.former.relations import Check, OutsideAssumptionsError
from lab.workshop.importing import import_file

EVIDENCE = ("symbolic", "exact", "enclosure", "numeric", "statistical", "search")
FAILS_AS_IT_MUST = "fails, as it must"


@dataclasses.dataclass(frozen=True)
class Claim:
    """id "topic/kebab-name"; paper; statement; source ("derived: ..." when it is ours); assumes; evidence; control: settings of `check`
    under which it must fail; check(**settings) -> Check."""

    id: str
    paper: str
    statement: str
    source: str
    assumes: str
    evidence: str
    control: Mapping[str, Any]
    check: Callable[..., Check]

    def __call__(self, **settings) -> Check:
        return self.check(**settings)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What came of a claim: holds, in words, how tight, what was measured, how long, and whether its control failed as it must."""

    claim: Claim
    holds: bool
    verdict: str
    tightness: float | None
    detail: str
    seconds: float
    control: str

    def as_dict(self) -> dict[str, Any]:
        """The keys of `lab claims --json`."""
        told = {name: getattr(self.claim, name) for name in ("id", "paper", "statement", "source", "assumes", "evidence")}
        told |= {name: getattr(self, name) for name in ("verdict", "tightness", "detail", "seconds", "control")}
        if self.tightness is not None and not math.isfinite(self.tightness):
            told["tightness"] = None  # JSON has no NaN
        return told


def claim(id: str, *, paper: str, statement: str, source: str, assumes: str, evidence: str, control: Mapping[str, Any]):
    """Decorator: the function becomes the check of a Claim. ValueError for an unknown kind of evidence or an empty control."""
    one_of("evidence", evidence, EVIDENCE)
    if not control:
        raise ValueError(f"{id}: control is empty: name settings under which the check must fail")
    return lambda check: Claim(id, paper, statement, source, assumes, evidence, control, check)


def collect(modules: Iterable) -> dict[str, Claim]:
    """All claims defined in the modules, by id, in the order given. ValueError when an id occurs twice."""
    found: dict[str, Claim] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Claim) and found.setdefault(value.id, value) is not value:
                raise ValueError(f"two claims are called {value.id!r}: rename the one in {module.__name__}")
    return found


def load(path: str | Path) -> dict[str, Claim]:
    """The claims of a user's own Python file. ValueError when there is no such file, no claim in it, or it exits while it is imported."""
    try:
        module = import_file(Path(path))
    except SystemExit as stopped:
        raise ValueError(f"{path} exits while it is imported (SystemExit: {stopped}): guard what it runs by __name__") from None
    found = collect([module])
    if not found:
        raise ValueError(f"{path} defines no claim: decorate a function with lab.claims.claim")
    return found


def select(claims: Mapping[str, Claim], pattern: str) -> list[Claim]:
    """The claims whose id matches a shell pattern. ValueError when none does."""
    chosen = [c for c in claims.values() if fnmatch(c.id, pattern)]
    if not chosen:
        raise ValueError(f"no claim matches {pattern!r}; lab list names them")
    return chosen


def judge(c: Claim) -> Verdict:
    """Run the check and its control. The claim stands only if the check holds and the control fails.

    Whatever they raise is the verdict of this claim, "error", named; only an interrupt from the keyboard goes further.
    """
    start = time.perf_counter()
    check = _outcome(c, {})
    if isinstance(check, Refusal):
        words = f"outside its assumptions: {check.reason}" if check.kind == "outside" else f"error: {check.reason}"
        return Verdict(c, False, words, None, check.reason, time.perf_counter() - start, "not run")

    control = run_control(c)
    holds = check.holds and control == FAILS_AS_IT_MUST
    seconds = time.perf_counter() - start
    return Verdict(c, holds, _words(check, control), check.tightness, check.detail, seconds, control)


class Refusal(NamedTuple):
    """Why a check gave no result: kind "outside" (of what the claim assumes) or "error"."""

    kind: str
    reason: str


def _outcome(c: Claim, settings: Mapping[str, Any]) -> Check | Refusal:
    try:
        check = c(**settings)
    except OutsideAssumptionsError as hypothesis:
        return Refusal("outside", str(hypothesis))
    except (Exception, SystemExit) as problem:  # a claim of a user's own file may raise anything
        return Refusal("error", _named(problem))
    if not isinstance(check, Check):
        return Refusal("error", f"it returned {type(check).__name__}: must be a Check")
    return check


def _named(problem: BaseException) -> str:
    """The exception in one line, with its type."""
    return " ".join(f"{type(problem).__name__}: {problem}".split())


def run_control(c: Claim) -> str:
    """The check under its control settings: "fails, as it must", or what went wrong."""
    check = _outcome(c, c.control)
    if isinstance(check, Refusal):
        return f"outside the assumptions: {check.reason}" if check.kind == "outside" else f"error: {check.reason}"
    return "holds, so this claim could not have failed" if check.holds else FAILS_AS_IT_MUST


def _words(check: Check, control: str) -> str:
    if not check.holds:
        return "FAILS"
    if control.startswith("error: "):
        return f"error: its control raised {control.removeprefix('error: ')}"
    if control != FAILS_AS_IT_MUST:
        return "rejected: its control does not fail"
    if check.kind == "refuted":
        return f"refuted ({check.witness})"
    if check.kind == "search":
        return "not refuted by search"
    if check.tightness is not None and check.tightness > 0.999 and check.witness:
        return f"holds, tight at {check.witness}"
    return "holds"
