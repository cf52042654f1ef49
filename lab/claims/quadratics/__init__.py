"""Quadratics: rates, planes, bases, steady states."""

from lab.claims.quadratics import (
    adagrad,
    adal,
    adam,
    adamw,
    basis,
    blocks,
    conditioning,
    empirical_fisher_basis,
    gd,
    gn,
    momentum,
    nadam,
    plane,
    sgd,
    sign,
    tnt,
)

GRADIENT = [gd, sgd, momentum, gn, sign]
ADAPTIVE = [adagrad, adal, adam, adamw, nadam]
BASES = [basis, plane, conditioning, empirical_fisher_basis, blocks, tnt]

TOPICS = GRADIENT + ADAPTIVE + BASES
