"""Gradient noise: SGD, moments, and how gradients are drawn."""

from lab.claims.noise import moments, sampler, sgd

TOPICS = [moments, sampler, sgd]
