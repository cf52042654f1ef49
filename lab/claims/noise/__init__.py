"""Gradient noise: SGD, moments, floors."""

from lab.claims.noise import momentum, sgd

TOPICS = [sgd, momentum]
