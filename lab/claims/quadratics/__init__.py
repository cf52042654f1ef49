"""Deterministic quadratics: rates, planes, bases."""

from lab.claims.quadratics import (
    basis,
    blocks,
    conditioning,
    empirical_fisher_basis,
    gd,
    gn,
    momentum,
    plane,
    sign,
)

TOPICS = [gd, gn, momentum, sign, blocks, plane, conditioning, empirical_fisher_basis, basis]
