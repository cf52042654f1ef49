"""What normalisation does to the Hessian of a neuron, and batch normalisation as a preconditioner.

normalization: of centred and scaled inputs; bnp: of the gradient multiplied by what would centre
and scale them. Both after Lange, Helfrich & Ye 2022 and Ye 2024, whose wording is not known to us:
what stands here is derived. Layer and weight normalisation: lab.claims.layers.
"""

from lab.claims.normalization import bnp, normalization

TOPICS = [normalization, bnp]
