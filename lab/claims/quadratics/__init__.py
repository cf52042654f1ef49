"""Deterministic quadratics: rates, planes, bases."""

from lab.claims.quadratics import gd

TOPICS = [gd]
