"""Networks of growing width: which parameterization learns features at every width."""

from lab.claims.width import (
    mup,
    mup_damping,
    mup_head,
    mup_limits,
    mup_matrices,
    mup_methods,
    mup_published,
    mup_ranks,
    mup_rules,
    mup_shampoo,
    mup_training,
)

TOPICS = [
    mup,
    mup_methods,
    mup_shampoo,
    mup_matrices,
    mup_training,
    mup_rules,
    mup_damping,
    mup_head,
    mup_limits,
    mup_published,
    mup_ranks,
]
