"""Adaptive methods: Adam, AdaL, sign descent, Sophia."""

from lab.claims.adaptive import adal, adam, adamw, invariance, sign, sophia

TOPICS = [adal, adam, adamw, invariance, sign, sophia]
