"""Adaptive methods: Adam, AdaL, sign descent, Sophia."""

from lab.claims.adaptive import adal, adam, sign, sophia

TOPICS = [adal, adam, sign, sophia]
