"""Adaptive methods: Adam, AdaL, sign descent."""
