"""Claims in their former form: a statement and hypotheses in words, one check. Each moves to its room, and leaves this folder."""

from lab.claims.former import (
    adal,
    adam,
    bases,
    blocks,
    conditioning,
    estimators,
    fisher,
    floors,
    invariances,
    logistic,
    moments,

    online,
    quadratics,
    sgd,
)
from lab.claims.former.registry import Claim, collect

FULL_BATCH = [quadratics, blocks, conditioning, logistic, bases]
STOCHASTIC = [moments, sgd, floors, fisher, estimators]
ADAPTIVE = [adam, adal, online, invariances]

CLAIMS: dict[str, Claim] = collect([*FULL_BATCH, *STOCHASTIC, *ADAPTIVE])
