"""Deterministic quadratics: rates, planes, bases."""

from lab.claims.quadratics import blocks, gd, gn, momentum, sign

TOPICS = [gd, gn, momentum, sign, blocks]
