"""Kronecker-factored curvature and noise."""

from lab.claims.kronecker import (
    fisher,
    kbfgs,
    kfac,
    kronecker,
    lmo,
    muon,
    newton_root,
    shampoo,
    tnt,
)

TOPICS = [kronecker, tnt, kfac, fisher, shampoo, kbfgs, newton_root, muon, lmo]
