"""Kronecker-factored curvature and noise."""

from lab.claims.kronecker import kbfgs, kfac, kronecker, newton_root, shampoo, tnt

TOPICS = [kronecker, tnt, kfac, shampoo, kbfgs, newton_root]
