"""Kronecker-factored curvature and noise."""

from lab.claims.kronecker import kronecker

TOPICS = [kronecker]
