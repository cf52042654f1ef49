"""What a layer needs and what happens inside one: exponents per layer, normalisation."""

from lab.claims.layers import mup, normalization

TOPICS = [mup, normalization]
