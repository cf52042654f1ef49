"""Claims in their former form: a statement and hypotheses in words, one check. Each moves to its room, and leaves this folder."""

from lab.claims.former import (
    bases,
    blocks,
    conditioning,
    convex,
    estimators,
    fisher,
    floors,
    moments,
    momentum,
    quadratics,
    sgd,
)
from lab.claims.former.registry import Claim, collect

FULL_BATCH = [convex, momentum, quadratics, blocks, conditioning, bases]
STOCHASTIC = [moments, sgd, floors, fisher, estimators]

CLAIMS: dict[str, Claim] = collect([*FULL_BATCH, *STOCHASTIC])
