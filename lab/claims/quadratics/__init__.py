"""Quadratics: rates, planes, bases, steady states.

What is exact on theta^T H theta / 2 and elsewhere only local. GRADIENT holds methods without a
memory of gradient sizes, ADAPTIVE those with one, BASES what depends on the coordinates in which a
diagonal is taken.

On a quadratic a method with a fixed metric is a matrix, so that rates are eigenvalues and hold for
every start; most claims here are equalities. What batches add is in the room noise, what other
functions do in worst_case and logistic.
"""

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
    preconditioning,
    sgd,
    sign,
    tnt,
)

GRADIENT = [gd, sgd, momentum, gn, sign, preconditioning]
ADAPTIVE = [adagrad, adal, adam, adamw, nadam]
BASES = [basis, plane, conditioning, empirical_fisher_basis, blocks, tnt]

TOPICS = GRADIENT + ADAPTIVE + BASES
