"""Gradient noise: SGD, moments, floors."""

from lab.claims.noise import sgd

TOPICS = [sgd]
