"""Normalisation inside a network: by layer, by batch, by weight."""

from lab.claims.layers import normalization

TOPICS = [normalization]
