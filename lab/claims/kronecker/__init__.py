"""Kronecker-factored curvature and noise."""

TOPICS = []
