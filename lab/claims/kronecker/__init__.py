"""Kronecker-factored curvature and noise."""

from lab.claims.kronecker import kronecker, tnt

TOPICS = [kronecker, tnt]
