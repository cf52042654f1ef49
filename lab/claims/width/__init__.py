"""Networks of growing width: which parameterization learns features at every width."""

from lab.claims.width import mup

TOPICS = [mup]
