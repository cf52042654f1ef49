"""Adaptive methods: Adam, AdaL, sign descent."""

from lab.claims.adaptive import adal, adam, sign

TOPICS = [adal, adam, sign]
