"""Claims in their former form: a statement and hypotheses in words, one check. Each moves to its room, and leaves this folder."""

from lab.claims.former import (
    adal,
    adam,
    estimators,
    fisher,
    floors,
    invariances,
    logistic,
    moments,
    online,
    sgd,
)
from lab.claims.former.registry import Claim, collect

FULL_BATCH = [logistic]
STOCHASTIC = [moments, sgd, floors, fisher, estimators]
ADAPTIVE = [adam, adal, online, invariances]

CLAIMS: dict[str, Claim] = collect([*FULL_BATCH, *STOCHASTIC, *ADAPTIVE])
