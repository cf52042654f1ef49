"""Networks of growing width: which parameterization learns features at every width.

Hidden widths are M, inputs and outputs d and C stay. W_l has entries of size M^-b_l at the start,
its rate is eta M^-c_l, its damping rho M^-d_l. A table of b, c, d is maximal (muP) where one step
moves the features of every layer by an amount of order 1, and the logits through them.

Two kinds of measurement. k copies of one network side by side (copied, trainings): every norm is an
exact power of k, and a rule holds to rounding. Drawn networks at two widths (networks): a slope in
log M with the scatter of starts, which sees what copies can't. The rules are derived in
lab.theory.mup; Yang & Hu 2021, Yang et al. 2022 (SGD, Adam), Ishikawa & Karakida 2024 (K-FAC,
Shampoo) and Qiu et al. 2025 state some of them, the others are derived here.
"""

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
