"""Claims in their former form, a statement and hypotheses in words and one check: none is left."""

from lab.claims.former.registry import Claim

CLAIMS: dict[str, Claim] = {}
