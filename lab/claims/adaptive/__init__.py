"""Adaptive methods: Adam, AdaL, sign descent."""

from lab.claims.adaptive import adal, adam, adamw, invariance, sign

TOPICS = [adal, adam, adamw, invariance, sign]
