"""Deterministic quadratics: rates, planes, bases."""

from lab.claims.quadratics import adagrad, adal, adam, adamw, gd, nadam

TOPICS = [adagrad, adal, adam, adamw, gd, nadam]
