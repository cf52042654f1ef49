"""Claims: theorems as objects with a verdict. `lab claims` prints them, the tests assert them."""

from lab.claims import (
    adal,
    adam,
    bases,
    blocks,
    conditioning,
    convex,
    estimators,
    fisher,
    floors,
    invariances,
    logistic,
    moments,
    momentum,
    online,
    quadratics,
    sgd,
)
from lab.claims.registry import Claim, Verdict, claim, collect, judge, judge_all, load, select
from lab.claims.relations import Check, assume, at_least, at_most, equal, every, identity, refuted, searched, slope, within

FULL_BATCH = [convex, momentum, quadratics, blocks, conditioning, logistic, bases]
STOCHASTIC = [moments, sgd, floors, fisher, estimators]
ADAPTIVE = [adam, adal, online, invariances]

CLAIMS: dict[str, Claim] = collect([*FULL_BATCH, *STOCHASTIC, *ADAPTIVE])

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
    "judge_all",
    "load",
    "refuted",
    "searched",
    "select",
    "slope",
    "within",
]
