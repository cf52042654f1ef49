"""Kronecker-factored curvature and noise: what TNT, K-FAC, Shampoo, K-BFGS and Muon divide by.

Letters of the room: G a gradient, a tensor d_1 x ... x d_k with D = d_1 ... d_k entries; C = E[vec
G vec G^T], (D, D); M_i = E[mat_i(G) mat_i(G)^T], (d_i, d_i), the mode moments; tau = tr C = tr M_i.
Instances are the first axis, (R, ...). A Fisher block of a dense layer is C of the gradients with
labels from the model."""

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
