"""Gradient noise: SGD, moments, floors."""

from lab.claims.noise import moments, sgd

TOPICS = [moments, sgd]
