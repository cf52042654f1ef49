"""Adaptive methods: Adam, AdaL, sign descent, Sophia, and what they average."""

from lab.claims.adaptive import adal, adam, adamw, invariance, moments, sign, sophia

TOPICS = [adal, adam, adamw, invariance, moments, sign, sophia]
