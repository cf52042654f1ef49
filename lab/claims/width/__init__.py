"""Networks of growing width: which parameterization learns features at every width."""

from lab.claims.width import mup, mup_damping, mup_head, mup_limits, mup_methods, mup_published

TOPICS = [mup, mup_methods, mup_damping, mup_head, mup_limits, mup_published]
