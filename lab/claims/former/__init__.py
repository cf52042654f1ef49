"""Claims in their former form: a statement and hypotheses in words, one check. Each moves to its room, and leaves this folder."""

from lab.claims.former import (
    adal,
    adam,
    bases,
    blocks,
    conditioning,
    convex,
    invariances,
    logistic,
    momentum,
    online,
    quadratics,
)
from lab.claims.former.registry import Claim, collect

FULL_BATCH = [convex, momentum, quadratics, blocks, conditioning, logistic, bases]
ADAPTIVE = [adam, adal, online, invariances]

CLAIMS: dict[str, Claim] = collect([*FULL_BATCH, *ADAPTIVE])
