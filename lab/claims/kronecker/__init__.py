"""Kronecker-factored curvature and noise."""

from lab.claims.kronecker import kfac, kronecker, shampoo, tnt

TOPICS = [kronecker, tnt, kfac, shampoo]
