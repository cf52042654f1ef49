"""Deterministic quadratics: rates, planes, bases."""

from lab.claims.quadratics import adal, gd

TOPICS = [adal, gd]
