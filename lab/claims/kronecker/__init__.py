"""Kronecker-factored curvature and noise."""

from types import ModuleType

TOPICS: list[ModuleType] = []
