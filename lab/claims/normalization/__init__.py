"""What normalisation does to the Hessian of a neuron, and batch normalisation as a
preconditioner."""

from lab.claims.normalization import bnp, normalization

TOPICS = [normalization, bnp]
