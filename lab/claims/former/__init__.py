"""Claims in their former form: a statement and hypotheses in words, one check. Each moves to its room, and leaves this folder."""

from lab.claims.former import bases, blocks, conditioning, convex, momentum, quadratics
from lab.claims.former.registry import Claim, collect

CLAIMS: dict[str, Claim] = collect([convex, momentum, quadratics, blocks, conditioning, bases])
