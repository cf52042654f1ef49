"""Claims: theorems as objects with a verdict. `lab claims` prints them, the tests assert them."""

from lab.claims import fisher
from lab.claims.registry import Claim, Verdict, claim, collect, judge, load, select
from lab.claims.relations import Check, assume, at_least, at_most, equal, every, identity, refuted, searched, slope, within

CLAIMS: dict[str, Claim] = collect([fisher])

__all__ = [
    "CLAIMS",
    "Check",
    "Claim",
    "Verdict",
    "assume",
    "at_least",
    "at_most",
    "claim",
    "collect",
    "equal",
    "every",
    "identity",
    "judge",
    "load",
    "refuted",
    "searched",
    "select",
    "slope",
    "within",
]
